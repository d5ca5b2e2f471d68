"""What a fact is: the vocabulary of the catalogue of facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from matching import Kind
from xinyidai.core.i18n import N_, _
from xinyidai.core.labels import LabelledEnum

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
    POWER_SUPPLY = "power_supply", N_("power supply company")
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
    by_consent: bool = False
    change: Change = Change.FIXED
    unit: Unit | None = None
    maximum: int | None = None
    choices: Choices | None = None
    ops: tuple[str, ...] = ()
    phrases: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return _(self.message)

    @property
    def allowed_ops(self) -> tuple[str, ...]:
        return self.ops or OPS_OF_KIND[self.kind]

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
        return dict(self.choices()).get(value, value) if self.choices else value
