"""The all-in price of a loan against the worked figures of the domain rules, and what holds for every loan."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyidai.core.errors import InvalidInput
from xinyidai.core.validation import parse
from xinyidai.lending.commands import OfferedFee
from xinyidai.lending.cost_sheet import dated_payments
from xinyidai.lending.costs import Cost, Fee, cost_of, monthly_rate, payments
from xinyidai.lending.types import FeeDue, FeeKind, FeeMethod
from xinyidai.products.types import RepaymentMode

MILLION, RATE = Decimal(1_000_000), Decimal("3.45")
FEN = Decimal("0.01")


def fee(due: str, *, amount: str | None = None, percent: str | None = None, method: str = "transfer") -> Fee:
    return Fee(
        FeeKind.GUARANTEE,
        "担保公司",
        FeeMethod(method),
        FeeDue(due),
        Decimal(amount) if amount else None,
        Decimal(percent) if percent else None,
    )


def cost(*fees: Fee, mode: str = "equal_instalment", months: int = 12) -> Cost:
    return cost_of(MILLION, RATE, months, RepaymentMode(mode), fees)


def test_one_percent_up_front_makes_3_45_percent_into_5_32_nominal_and_5_46_effective() -> None:
    found = cost(fee("upfront", percent="1", method="deducted")).all_in
    assert found is not None
    assert (found.nominal.quantize(FEN), found.effective.quantize(FEN)) == (Decimal("5.32"), Decimal("5.46"))


@pytest.mark.parametrize("mode", ["equal_instalment", "equal_principal", "interest_monthly"])
def test_without_fees_the_all_in_rate_is_the_nominal_rate(mode: str) -> None:
    found = cost(mode=mode).all_in
    assert found is not None
    assert found.nominal.quantize(Decimal("0.001")) == RATE
    assert found.effective.quantize(FEN) == Decimal("3.51")


def test_interest_paid_in_one_sum_at_the_end_is_worth_less_than_its_rate() -> None:
    found = cost(mode="bullet").all_in
    assert found is not None
    assert (found.nominal.quantize(FEN), found.effective.quantize(FEN)) == (Decimal("3.40"), Decimal("3.45"))


@pytest.mark.parametrize(
    ("due", "times", "total"),
    [("upfront", 1, 5000), ("monthly", 24, 120_000), ("yearly", 2, 10_000), ("at_end", 1, 5000)],
)
def test_a_fee_is_due_as_often_as_it_says(due: str, times: int, total: int) -> None:
    half_percent = fee(due, percent="0.5")
    assert len(half_percent.months_due(24)) == times
    assert half_percent.total(MILLION, 24) == total


def test_a_yearly_fee_is_charged_for_every_year_begun_at_its_start() -> None:
    assert fee("yearly", percent="1").months_due(13) == [0, 12]
    assert fee("yearly", percent="1").months_due(12) == [0]


def test_what_the_lender_bears_costs_the_enterprise_nothing() -> None:
    borne = cost(fee("upfront", amount="3000", method="borne_by_lender"))
    assert (borne.fees_total, borne.received, borne.all_in) == (0, MILLION, cost().all_in)


def test_total_received_and_heaviest_month_count_every_fee_once() -> None:
    found = cost(fee("upfront", percent="1"), fee("monthly", amount="100"), fee("at_end", amount="50"))
    assert found.interest == Decimal("18785.85")
    assert found.fees_total == Decimal("11250")
    assert found.total == Decimal("30035.85")
    assert found.received == Decimal("990000")
    assert found.heaviest_month == Decimal("84998.82")
    assert found.last_payment == Decimal("85048.83")


def test_the_principal_that_is_due_at_the_end_is_not_hidden_behind_small_months() -> None:
    assert cost(mode="interest_monthly").heaviest_month == Decimal("2875.00")
    assert cost(mode="interest_monthly").last_payment == Decimal("1002875.00")
    assert cost(mode="bullet").heaviest_month == 0
    assert cost(mode="bullet").last_payment == Decimal("1034500.00")


def test_a_revolving_loan_is_priced_as_if_used_in_full_and_says_so() -> None:
    found = cost(mode="revolving")
    assert found.assumed
    assert found.interest == Decimal("34500.00")


@pytest.mark.parametrize("mode", ["by_stages", "other"])
def test_a_price_that_the_contract_leaves_open_is_unknown_and_not_zero(mode: str) -> None:
    found = cost(mode=mode)
    assert (found.plan, found.interest, found.total, found.all_in, found.last_payment) == (None,) * 5
    assert found.heaviest_month is None


def test_a_loan_eaten_up_by_its_fees_has_no_rate() -> None:
    assert cost(fee("upfront", amount="1000000")).all_in is None
    assert monthly_rate(Decimal(100), {1: Decimal(99)}) is None


@given(
    amount=st.decimals("1000", "100000000", places=2),
    rate=st.decimals("0.1", "36", places=4),
    months=st.integers(1, 360),
    mode=st.sampled_from(["equal_instalment", "equal_principal", "interest_monthly", "interest_quarterly", "bullet"]),
    percent=st.decimals("0.01", "5", places=2),
    due=st.sampled_from(FeeDue),
)
def test_at_the_all_in_rate_what_is_paid_is_worth_what_is_received(
    amount: Decimal, rate: Decimal, months: int, mode: str, percent: Decimal, due: FeeDue
) -> None:
    fees = (Fee(FeeKind.OTHER, "某机构", FeeMethod.TRANSFER, due, percent=percent),)
    found = cost_of(amount, rate, months, RepaymentMode(mode), fees)
    assert found.plan is not None
    if found.all_in is None:
        assert found.received <= 0
        return
    plain = cost_of(amount, rate, months, RepaymentMode(mode)).all_in
    assert plain is not None
    assert found.all_in.nominal >= plain.nominal
    monthly = found.all_in.nominal / 1200
    later = payments(found.plan, fees, amount, months)
    first = later.pop(0, Decimal(0))
    worth = sum(paid / (1 + monthly) ** month for month, paid in later.items())
    assert abs(worth - (amount - first)) < FEN
    assert found.total == sum(later.values()) + first - amount


@pytest.mark.parametrize(
    ("drawn_on", "days"),
    [
        (date(2027, 1, 31), ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        (date(2028, 1, 31), ["2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"]),
        (date(2028, 2, 29), ["2028-03-29", "2028-04-29", "2028-05-29", "2028-06-29"]),
        (date(2026, 10, 31), ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"]),
    ],
)
@pytest.mark.parametrize("mode", ["equal_instalment", "equal_principal", "interest_monthly"])
def test_a_day_that_a_month_does_not_have_is_its_last_and_comes_back_where_it_has(
    mode: str, drawn_on: date, days: list[str]
) -> None:
    rows = dated_payments(cost(mode=mode, months=4), drawn_on)
    assert [str(row.day) for row in rows] == days
    assert (sum(row.principal for row in rows), rows[-1].balance) == (MILLION, 0)


def test_a_loan_of_one_month_with_a_fee_up_front_has_two_days_on_its_sheet() -> None:
    rows = dated_payments(cost(fee("upfront", amount="500"), months=1), date(2028, 1, 31))
    assert [(str(row.day), row.payment) for row in rows] == [
        ("2028-01-31", 500),
        ("2028-02-29", Decimal("1002875.00")),
    ]


@pytest.mark.parametrize(("method", "due"), [("deducted", "monthly"), ("deducted", "yearly"), ("deducted", "at_end"),
                                             ("with_instalment", "upfront"), ("with_instalment", None)])  # fmt: skip
def test_a_fee_is_due_when_it_can_be_paid_in_its_way(method: str, due: str | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(OfferedFee, {"kind": "other", "payee": "某公司", "yuan": "5", "method": method, "due": due})
    assert set(refused.value.fields) == {"due"}
