"""Size class of an enterprise by the rule of 2011 (工信部联企业〔2011〕300号).

Large, medium and small must reach the lower limits of all indicators of their row, else one class down;
micro needs only one. That is the same as the smallest of the classes per indicator. Money in 万元.

Not covered: finance, education, health, public bodies, international organisations, railways and the
letting of own property. They are *not classifiable*, which is a result and not a gap. An indicator that
is not known makes the class unknown.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from xinyidai.core.reference import industries
from xinyidai.enterprises.types import SizeClass

EMPLOYEES, REVENUE, TOTAL_ASSETS = "X", "Y", "Z"
_DESCENDING = (SizeClass.LARGE, SizeClass.MEDIUM, SizeClass.SMALL)
_ASCENDING = (SizeClass.MICRO, *reversed(_DESCENDING))
_INDUSTRY_CODE = re.compile(r"[A-T]([0-9]{2,4})?")


@dataclass(frozen=True, slots=True)
class Limits:
    """Lower limits of one indicator; below the last one is micro."""

    large: Decimal
    medium: Decimal
    small: Decimal

    def class_of(self, value: int | Decimal) -> SizeClass:
        for size, limit in zip(_DESCENDING, (self.large, self.medium, self.small), strict=True):
            if value >= limit:
                return size
        return SizeClass.MICRO


@dataclass(frozen=True, slots=True, eq=False)
class SizeGroup:
    """One industry group of the rule, a singleton; without limits where the rule does not cover it."""

    key: str
    name_zh: str
    name_en: str
    prefixes: tuple[str, ...]
    limits: Mapping[str, Limits]

    @property
    def is_classifiable(self) -> bool:
        return bool(self.limits)


@dataclass(frozen=True, slots=True)
class SizeAssessment:
    """The class and how it came about."""

    size: SizeClass
    group: SizeGroup | None
    by_indicator: Mapping[str, SizeClass]
    missing: tuple[str, ...]
    """Indicators the row asks for and that are not known."""


@cache
def groups() -> Mapping[str, SizeGroup]:
    text = (files("xinyidai.enterprises") / "data" / "sme_size.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return MappingProxyType({key: _group(key, rows) for key in dict.fromkeys(row["industry_key"] for row in rows)})


def _group(key: str, rows: list[dict[str, str]]) -> SizeGroup:
    own = [row for row in rows if row["industry_key"] == key]
    limits = {
        row["indicator"]: Limits(Decimal(row["large_min"]), Decimal(row["medium_min"]), Decimal(row["small_min"]))
        for row in own
        if row["classifiable"] == "yes"
    }
    prefixes = tuple(own[0]["gbt4754_prefixes"].split(";"))
    return SizeGroup(key, own[0]["name_zh"], own[0]["name_en"], prefixes, MappingProxyType(limits))


@cache
def _by_prefix() -> Mapping[str, SizeGroup]:
    return MappingProxyType({prefix: group for group in groups().values() for prefix in group.prefixes})


@cache
def group_of(industry: str | None) -> SizeGroup | None:
    """The group of a code with its section letter; None where the code does not decide it.

    ``G59`` holds cargo handling, which goes with transport, and warehousing: it decides nothing. ``P`` holds
    education alone and does.
    """
    if industry is None or not _INDUSTRY_CODE.fullmatch(industry):
        return None
    for length in range(len(industry), 0, -1):
        group = _by_prefix().get(industry[:length])
        if group is not None:
            return group
    below = {group_of(child.code) for child in industries.children(industry)}
    return below.pop() if len(below) == 1 else None


def assess(
    industry: str | None,
    *,
    employees: int | None = None,
    revenue: Decimal | None = None,
    total_assets: Decimal | None = None,
) -> SizeAssessment:
    """Size class from the industry code and the indicators; revenue and total assets in 万元."""
    group = group_of(industry)
    if group is None:
        return SizeAssessment(SizeClass.UNKNOWN, None, MappingProxyType({}), ())
    if not group.is_classifiable:
        return SizeAssessment(SizeClass.NOT_CLASSIFIABLE, group, MappingProxyType({}), ())
    given = {EMPLOYEES: employees, REVENUE: revenue, TOTAL_ASSETS: total_assets}
    known = {
        indicator: limits.class_of(_checked(indicator, value))
        for indicator, limits in group.limits.items()
        if (value := given[indicator]) is not None
    }
    missing = tuple(indicator for indicator in group.limits if indicator not in known)
    size = SizeClass.UNKNOWN if missing else min(known.values(), key=_ASCENDING.index)
    return SizeAssessment(size, group, MappingProxyType(known), missing)


def _checked(indicator: str, value: int | Decimal) -> int | Decimal:
    if not Decimal(value).is_finite() or value < 0:
        raise ValueError(f"indicator {indicator} must be a number of at least 0, not {value}")
    return value


def size_class(
    industry: str | None,
    *,
    employees: int | None = None,
    revenue: Decimal | None = None,
    total_assets: Decimal | None = None,
) -> SizeClass:
    return assess(industry, employees=employees, revenue=revenue, total_assets=total_assets).size
