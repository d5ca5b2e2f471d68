"""What the registry knows, in the units of the matching contract; what it does not know is left out."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.facts import facts_of, months_between

AS_OF = date(2026, 3, 18)
NOW = datetime(2026, 3, 18, tzinfo=UTC)


def enterprise(**fields: object) -> Enterprise:
    return Enterprise(
        subject_kind="enterprise", name="面条厂", name_pinyin="miantiaochang", created_at=NOW, updated_at=NOW, **fields
    )


def test_known_facts_come_in_the_contracts_units() -> None:
    facts = facts_of(
        enterprise(
            region_code="370402",
            industry_code="C1431",
            size_class="small",
            registration_status="operating",
            registered_on=date(2020, 1, 15),
            registered_capital=Decimal("120.5"),
            capital_currency="CNY",
            employees=0,
            revenue=Decimal("800.123456"),
            labels=["tech_sme", "high_tech"],
        ),
        AS_OF,
    )
    assert facts == {
        "region": "370402",
        "industry": "C1431",
        "size": "small",
        "subject_kind": "enterprise",
        "registration_status": "operating",
        "months_in_business": 74,
        "registered_capital": 1_205_000,
        "employees": 0,
        "annual_revenue": 8_001_234.56,
        "labels": ["high_tech", "tech_sme"],
    }


def test_what_is_not_known_is_left_out_and_never_zero() -> None:
    assert facts_of(enterprise(), AS_OF) == {"subject_kind": "enterprise"}


@pytest.mark.parametrize("size", ["not_classifiable", "unknown"])
def test_a_size_that_is_no_size_is_unknown(size: str) -> None:
    assert "size" not in facts_of(enterprise(size_class=size), AS_OF)


def test_capital_in_another_currency_is_unknown_rather_than_converted() -> None:
    assert "registered_capital" not in facts_of(
        enterprise(registered_capital=Decimal(100), capital_currency="USD"), AS_OF
    )


@pytest.mark.parametrize(
    ("start", "months"),
    [
        (date(2026, 3, 18), 0),
        (date(2026, 2, 19), 0),
        (date(2026, 2, 18), 1),
        (date(2025, 3, 19), 11),
        (date(2025, 3, 18), 12),
        (date(2024, 2, 29), 24),
        (date(2026, 3, 19), None),
        (None, None),
    ],
)
def test_age_is_counted_in_full_months(start: date | None, months: int | None) -> None:
    assert months_between(start, AS_OF) == months
