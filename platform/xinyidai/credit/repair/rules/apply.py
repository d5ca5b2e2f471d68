"""One record against the rules. Pure: no clock, no database."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from xinyidai.credit.repair.rules.load import DisplayRules, Version, display_rules
from xinyidai.credit.repair.types import Severity


@dataclass(frozen=True, slots=True)
class Display:
    """What the rules say of a record. None: no rule says so; a record without ``display_until`` stays displayed.

    On the day ``display_until`` it is displayed no more; on the day ``repairable_from`` a repair may be asked for.
    """

    severity: Severity | None = None
    repairable_from: date | None = None
    display_until: date | None = None
    rule_version: str | None = None


NO_RULE = Display()


def display_of(
    kind: str,
    decided_on: date | None,
    ends_on: date | None,
    payload: Mapping[str, object],
    rules: DisplayRules | None = None,
) -> Display:
    """``kind`` is the data set; ``ends_on`` its own end: of a list the removal, of a penalty the end of publicity."""
    rules = rules or display_rules()
    if decided_on is None:
        # Without a date nothing can be counted; a removal still ends the display.
        return Display(display_until=ends_on) if kind in rules.lists else NO_RULE
    version = rules.version_of(decided_on)
    if kind in rules.lists:
        one = rules.lists[kind]
        return Display(one.severity, months_after(decided_on, one.minimum_months), ends_on, version.code)
    if kind in rules.penalties:
        return _penalty(kind, decided_on, ends_on, payload, version, rules)
    return NO_RULE


def _penalty(
    kind: str,
    decided_on: date,
    ends_on: date | None,
    payload: Mapping[str, object],
    version: Version,
    rules: DisplayRules,
) -> Display:
    categories = _categories(kind, payload, rules)
    severity = severity_of(categories, _amount(kind, payload, rules), rules)
    bounds = version.bounds[severity]
    minimum, maximum = bounds.minimum_months, bounds.maximum_months
    if version.long_minimum_months and _needs_long_minimum(payload, rules):
        minimum = max(minimum, version.long_minimum_months)
    if version is rules.versions[-1] and categories and categories <= rules.classes.undisplayed_categories:
        maximum = 0
    until = months_after(decided_on, maximum)
    if ends_on is not None:
        until = min(until, max(ends_on, decided_on))  # the authority may end the display earlier, never later
    return Display(severity, min(months_after(decided_on, minimum), until), until, version.code)


def severity_of(categories: frozenset[str], amount: Decimal | None, rules: DisplayRules | None = None) -> Severity:
    """The class of a penalty by its kinds and its amount in yuan; several kinds: the gravest.

    An amount that is not known makes a fine general: neither minor nor serious can be shown.
    """
    classes = (rules or display_rules()).classes
    if categories & classes.serious_categories or (amount is not None and amount >= classes.serious_from):
        return Severity.SERIOUS
    small = amount is not None and amount <= classes.minor_up_to
    without_money = bool(categories) and "fine" not in categories and amount is None
    if categories <= classes.minor_categories and (small or without_money):
        return Severity.MINOR
    return Severity.GENERAL


def months_after(day: date, months: int) -> date:
    """The same day of a later month; its last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _categories(kind: str, payload: Mapping[str, object], rules: DisplayRules) -> frozenset[str]:
    name = rules.penalties[kind].category
    if not name:
        return frozenset({"fine"})
    found = payload.get(name) or ()
    return frozenset({found} if isinstance(found, str) else map(str, found) if isinstance(found, list) else ())


def _amount(kind: str, payload: Mapping[str, object], rules: DisplayRules) -> Decimal | None:
    given = [payload[name] for name in rules.penalties[kind].amounts if payload.get(name) is not None]
    return sum((Decimal(str(value)) for value in given), Decimal(0)) if given else None


def _needs_long_minimum(payload: Mapping[str, object], rules: DisplayRules) -> bool:
    said = " ".join(str(payload.get(name) or "") for name in rules.long_minimum_fields)
    return any(word in said for word in rules.long_minimum_words)
