"""What a fact is: the vocabulary of the catalogue of facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from matching import Kind
from xinyidai.core.i18n import N_, _, current_locale
from xinyidai.core.labels import LabelledEnum
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.types import Access

Choices = Callable[[], list[tuple[str, str]]]

OPS_OF_KIND: Mapping[Kind, tuple[str, ...]] = {
    "number": (">=", "<=", "between"),
    "string": ("in", "not_in"),
    "boolean": ("is",),
    "list": ("any_of", "none_of"),
}


class Source(LabelledEnum):
    """Who answers for a fact."""

    MARKET_REGULATION = "market_regulation", N_("market regulation (business registry)")
    ANNUAL_REPORT = "annual_report", N_("annual report of the enterprise")
    TITLE_AUTHORITY = "title_authority", N_("authority that grants the title")
    TAX = "tax", N_("tax authority")
    SOCIAL_INSURANCE = "social_insurance", N_("social insurance authority")
    HOUSING_FUND = "housing_fund", N_("housing provident fund centre")
    POWER_SUPPLY = "power_supply", N_("power supply company")
    WATER_SUPPLY = "water_supply", N_("water supply company")
    GAS_SUPPLY = "gas_supply", N_("gas supply company")
    COURTS = "courts", N_("courts")
    CREDIT_PLATFORM = "credit_platform", N_("public credit platform")
    STATEMENT = "statement", N_("statement of the enterprise in its need")


class Change(LabelledEnum):
    """What can move a fact."""

    FIXED = "fixed", N_("cannot be changed")
    TIME = "time", N_("changes with time")
    EFFORT = "effort", N_("can be changed by the enterprise")


class Unit(LabelledEnum):
    """What a number counts. Amounts are held in yuan and written in 万元."""

    MONTHS = "months", N_("months")
    YUAN = "yuan", N_("10,000 yuan")
    PERSONS = "persons", N_("persons")
    KWH = "kwh", N_("kWh")
    CUBIC_METRES = "m3", N_("m³")
    SHARE = "share", N_("%")
    POINTS = "points", N_("points")
    TIMES = "times", N_("times")
    PERCENT = "percent", N_("percent a year")

    @property
    def whole(self) -> bool:
        """Counted in whole numbers only."""
        return self in (Unit.MONTHS, Unit.PERSONS, Unit.TIMES)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that may be known of an enterprise and that a product may ask for.

    ``phrases`` gives an op its own sentence (message id) where the general one would sound stiff; a yes-or-no fact
    has one for ``is true`` and one for ``is false``. ``choices`` are the values a coded fact can have; facts whose
    ops are ``prefix_in`` accept a code or the beginning of one.
    """

    name: str
    message: str
    kind: Kind
    source: Source
    datasets: tuple[str, ...] = ()
    """Data sets of the data catalogue that it is made from; none: the registry, or the need itself."""
    fresh_days: int | None = None
    """How old it may be (assumed): days since the end of the newest month or year that it rests on, and for a list,
    where nothing also means something, days since the list last came for the city. None: as the registry has it."""
    change: Change = Change.FIXED
    unit: Unit | None = None
    minimum: int = 0
    maximum: int | None = None
    choices: Choices | None = None
    name_of: Callable[[str], str] | None = None
    """The name of one code where there are thousands, none of them translated; otherwise ``choices`` is asked."""
    ops: tuple[str, ...] = ()
    phrases: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return _(self.message)

    @property
    def allowed_ops(self) -> tuple[str, ...]:
        return self.ops or OPS_OF_KIND[self.kind]

    @property
    def by_consent(self) -> bool:
        """Whether the enterprise has to agree before it is read."""
        known = catalogue().datasets
        return any(known[code].access is Access.CONSENT for code in self.datasets)

    @property
    def changeable(self) -> bool:
        """Whether the enterprise can do something about it, be it by waiting."""
        return self.change is not Change.FIXED

    @property
    def is_coded(self) -> bool:
        """Asked for by a code or the beginning of one, as regions and industries are."""
        return "prefix_in" in self.ops

    def label_of(self, value: str) -> str:
        """The name of a coded value in the current language; an unknown one as it is."""
        if self.name_of is not None:
            return self.name_of(value)
        return _names(self.choices, current_locale()).get(value, value) if self.choices else value


@cache
def _names(choices: Choices, _locale: str) -> Mapping[str, str]:
    """Kept for each language: a ranked list asks for the names of a vocabulary once a condition."""
    return dict(choices())
