"""Repayment plans against the worked figures of the domain rules, and what holds for every loan."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyidai.lending.repayment import RepaymentPlan, interest_per_wan_and_day, repayment_plan
from xinyidai.products.types import RepaymentMode

MILLION, RATE = Decimal(1_000_000), Decimal("3.45")
FIXED = [
    RepaymentMode.EQUAL_INSTALMENT,
    RepaymentMode.EQUAL_PRINCIPAL,
    RepaymentMode.INTEREST_MONTHLY,
    RepaymentMode.INTEREST_QUARTERLY,
    RepaymentMode.BULLET,
]


def plan(mode: RepaymentMode, amount: Decimal = MILLION, rate: Decimal = RATE, months: int = 12) -> RepaymentPlan:
    found = repayment_plan(amount, rate, months, mode)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("mode", "first", "last", "interest"),
    [
        ("equal_instalment", "84898.82", "84898.83", "18785.85"),
        ("equal_principal", "86208.33", "83572.95", "18687.50"),
        ("interest_monthly", "2875.00", "1002875.00", "34500.00"),
        ("interest_quarterly", "8625.00", "1008625.00", "34500.00"),
        ("bullet", "1034500.00", "1034500.00", "34500.00"),
    ],
)
def test_a_million_at_3_45_percent_over_a_year_costs_what_the_rules_say(
    mode: str, first: str, last: str, interest: str
) -> None:
    found = plan(RepaymentMode(mode))
    assert (found.first_payment, found.last_payment, found.total_interest) == (
        Decimal(first),
        Decimal(last),
        Decimal(interest),
    )


def test_the_last_quarter_is_shorter_where_the_term_is() -> None:
    assert [one.month for one in plan(RepaymentMode.INTEREST_QUARTERLY, months=14).instalments] == [3, 6, 9, 12, 14]


@pytest.mark.parametrize("mode", ["revolving", "by_stages", "other"])
def test_a_mode_that_does_not_fix_the_payments_has_no_plan(mode: str) -> None:
    assert repayment_plan(MILLION, RATE, 12, RepaymentMode(mode)) is None


def test_ten_thousand_yuan_in_use_for_a_day_cost_96_fen() -> None:
    assert interest_per_wan_and_day(RATE) == Decimal("0.96")


@given(
    mode=st.sampled_from(FIXED),
    amount=st.decimals("0.01", "100000000", places=2),
    rate=st.decimals("0.0001", "36", places=4),
    months=st.integers(1, 360),
)
def test_every_plan_repays_exactly_the_loan(mode: RepaymentMode, amount: Decimal, rate: Decimal, months: int) -> None:
    instalments = plan(mode, amount, rate, months).instalments
    assert sum(one.principal for one in instalments) == amount
    assert all(one.principal >= 0 and one.interest >= 0 and one.balance >= 0 for one in instalments)
    assert (instalments[-1].balance, instalments[-1].month) == (0, months)
    assert all(one.payment == one.payment.quantize(Decimal("0.01")) for one in instalments)
