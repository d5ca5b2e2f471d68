"""What the registry knows of an enterprise, as the matching contract wants it.

Whatever is not known is left out: a missing fact is unknown, never zero and never "no". Facts of other sources (tax,
social insurance, courts) stand in ``credit_facts.py``; ``known_facts.py`` puts the two together.
"""

from datetime import date
from decimal import Decimal

from xinyidai.core.money import yuan_from_wan
from xinyidai.enterprises.models import Enterprise
from xinyidai.enterprises.types import SizeClass
from xinyidai.needs.models import Need

Fact = str | int | float | bool | list[str]
_SIZES = frozenset({SizeClass.LARGE, SizeClass.MEDIUM, SizeClass.SMALL, SizeClass.MICRO})


def facts_of(enterprise: Enterprise, as_of: date) -> dict[str, Fact]:
    """Known facts only, in one fixed order. Money in yuan, age in full months on ``as_of``.

    No label on record says nothing about whether one was granted, so an empty list counts as unknown.
    """
    capital = enterprise.registered_capital if enterprise.capital_currency == "CNY" else None
    facts: dict[str, Fact | None] = {
        "region": enterprise.region_code,
        "industry": enterprise.industry_code,
        "size": enterprise.size_class if enterprise.size_class in _SIZES else None,
        "subject_kind": enterprise.subject_kind,
        "registration_status": enterprise.registration_status,
        "months_in_business": months_between(enterprise.registered_on, as_of),
        "registered_capital": yuan(capital),
        "employees": enterprise.employees,
        "annual_revenue": yuan(enterprise.revenue),
        "labels": sorted(enterprise.labels) or None,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def stated_facts(need: Need) -> dict[str, Fact]:
    """What the enterprise itself states in its need. No loans means that nothing is owed."""
    if need.has_existing_loans is None:
        return {}
    owed = need.existing_loan_balance if need.has_existing_loans else Decimal(0)
    stated: dict[str, Fact] = {"existing_loans": need.has_existing_loans}
    return stated if owed is None else {**stated, "existing_loan_balance": plain_number(owed)}


def months_between(start: date | None, end: date) -> int | None:
    """Full months from ``start`` to ``end``; unknown where the start is missing or lies ahead."""
    if start is None or start > end:
        return None
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def yuan(wan: Decimal | None) -> int | float | None:
    return None if wan is None else plain_number(yuan_from_wan(wan))


def plain_number(value: Decimal) -> int | float:
    """As JSON writes it: whole yuan without a point."""
    return int(value) if value == value.to_integral_value() else float(value)
