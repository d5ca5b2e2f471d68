"""The rules as their file has them, read strictly."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from xinyidai.core.i18n import current_locale
from xinyidai.credit.repair.types import Severity

_FILE = files("xinyidai.credit.repair.rules") / "data" / "display_rules.toml"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Months from the decision: before the first no repair, at the second the display ends by itself."""

    minimum_months: int
    maximum_months: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the rule, in force from its first to its last day; ``last_day`` None: still in force."""

    code: str
    name_zh: str
    name_en: str
    source: str
    first_day: date
    last_day: date | None
    bounds: Mapping[Severity, Bounds]
    long_minimum_months: int

    @property
    def name(self) -> str:
        return self.name_zh if current_locale() == "zh_CN" else self.name_en


@dataclass(frozen=True, slots=True)
class ClassRules:
    """How a penalty is classed; amounts in yuan."""

    serious_categories: frozenset[str]
    serious_from: Decimal
    minor_categories: frozenset[str]
    minor_up_to: Decimal
    undisplayed_categories: frozenset[str]


@dataclass(frozen=True, slots=True)
class PenaltyFields:
    """``category`` is empty where the data set has no such field: every record of it is then a fine."""

    category: str
    amounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListRule:
    minimum_months: int
    severity: Severity


@dataclass(frozen=True, slots=True)
class DisplayRules:
    """``latest_governs``: the newest version rules every record, whenever it was decided."""

    versions: tuple[Version, ...]
    latest_governs: bool
    classes: ClassRules
    long_minimum_words: tuple[str, ...]
    long_minimum_fields: tuple[str, ...]
    penalties: Mapping[str, PenaltyFields]
    lists: Mapping[str, ListRule]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Data sets whose records have an end of display."""
        return (*self.penalties, *self.lists)

    def version_of(self, decided_on: date) -> Version:
        """The version that rules a decision of this day; what is older than the first falls under the first."""
        if self.latest_governs:
            return self.versions[-1]
        in_force = [one for one in self.versions if one.first_day <= decided_on]
        return in_force[-1] if in_force else self.versions[0]

    def named(self, code: str) -> Version | None:
        return next((one for one in self.versions if one.code == code), None)


@cache
def display_rules() -> DisplayRules:
    """The rules that come with this version of the platform."""
    return load(_FILE.read_text(encoding="utf-8"))


def load(text: str) -> DisplayRules:
    """Raises ValueError or KeyError where the file is not whole."""
    data = tomllib.loads(text)
    if data["governs"] not in ("decided_on", "latest"):
        raise ValueError(f"governs: {data['governs']}")
    classes = data["classes"]
    return DisplayRules(
        versions=tuple(sorted(map(_version, data["versions"]), key=lambda one: one.first_day)),
        latest_governs=data["governs"] == "latest",
        classes=ClassRules(
            serious_categories=frozenset(classes["serious_categories"]),
            serious_from=Decimal(classes["serious_from_yuan"]),
            minor_categories=frozenset(classes["minor_categories"]),
            minor_up_to=Decimal(classes["minor_up_to_yuan"]),
            undisplayed_categories=frozenset(classes["undisplayed_categories"]),
        ),
        long_minimum_words=tuple(data["long_minimum_fields"]["words"]),
        long_minimum_fields=tuple(data["long_minimum_fields"]["fields"]),
        penalties={
            kind: PenaltyFields(entry["category"], tuple(entry["amounts"])) for kind, entry in data["penalties"].items()
        },
        lists={
            kind: ListRule(entry["minimum_months"], Severity(entry["severity"]))
            for kind, entry in data["lists"].items()
        },
    )


def _version(entry: Mapping[str, Any]) -> Version:
    return Version(
        code=entry["code"],
        name_zh=entry["name_zh"],
        name_en=entry["name_en"],
        source=entry["source"],
        first_day=entry["from"],
        last_day=entry.get("until"),
        bounds={one: Bounds(**entry[one.value]) for one in Severity},
        long_minimum_months=entry["long_minimum_months"],
    )
