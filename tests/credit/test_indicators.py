"""The declared indicators hold together; each computed value is the one a person would work out by hand."""

import csv
from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from tests.credit.conftest import Deliveries
from tests.credit.scene import deliver_tax, months, scored, value_of
from tests.factories import Factory
from xinyidai.core.db import ActorSession
from xinyidai.core.i18n import use_locale
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.indicators import State, scorecard
from xinyidai.credit.indicators.formulas import formulas, veto_conditions
from xinyidai.credit.indicators.given import LOAN_BALANCE, OVERDUE, Given, give
from xinyidai.credit.indicators.load import DATA
from xinyidai.credit.indicators.statement import Whose, months_back, values_sql
from xinyidai.credit.indicators.words import bin_said, value_said
from xinyidai.credit.types import DatasetKind

PRESENT, MISSING, STALE = State.PRESENT, State.MISSING, State.STALE


def test_there_are_86_indicators_of_1000_points_in_nine_dimensions() -> None:
    card = scorecard()
    assert [one.number for one in card.indicators] == list(range(1, 87))
    assert [one.maximum for one in card.dimensions.values()] == [90, 170, 130, 120, 130, 110, 70, 80, 100]
    assert card.maximum == 1000
    assert len({one.code for one in card.indicators}) == 86


def test_every_source_stands_in_the_data_catalogue() -> None:
    for one in scorecard().indicators:
        for name in one.inputs:
            dataset, _dot, field = name.partition(".")
            found = catalogue().datasets[dataset]
            assert field in found.field_of, name
            if found.kind is DatasetKind.OBSERVATIONS:
                assert name in catalogue().metric_codes, name
        assert one.inputs, one.code


def test_every_text_is_there_in_both_languages_and_every_bin_can_be_said() -> None:
    for name in ("indicators.csv", "texts.csv", "remedies.csv"):
        for row in csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines()):
            texts = [column for column in row if column.endswith(("_zh", "_en"))]
            assert texts, name
            assert [column for column in texts if not row[column].strip()] == [], (name, row)
    for one in scorecard().indicators:
        for locale in ("zh_CN", "en"):
            with use_locale(locale):
                assert "{value}" in one.reason, one.code
                assert all(bin_said(one, each) for each in one.bins), one.code
                assert value_said(one, one.bins[-1].lower or Decimal(0)), one.code


def test_every_indicator_has_a_formula_and_every_veto_a_condition() -> None:
    card = scorecard()
    assert set(formulas(card)) == {one.code for one in card.indicators}
    assert set(veto_conditions(card)) == card.vetoes
    assert "M" in next(each.name_en for each in card.by_code["tax_grade"].bins if each.lower == 3)


@pytest.mark.parametrize(("whose", "who"), [(Whose.SOME, "any(:who)"), (Whose.ONE, ":who")])
def test_many_few_and_one_are_computed_by_the_same_text(whose: Whose, who: str) -> None:
    few = values_sql(whose)
    for condition in ("o.enterprise_id", "e.enterprise_id", "b.id", "g.enterprise_id"):
        few = few.replace(f"{condition} = {who}", "true")
    assert few == values_sql(Whose.EVERYBODY)


def test_the_same_day_of_a_shorter_month_is_its_last() -> None:
    assert months_back(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_back(date(2026, 3, 31), 12) == date(2025, 3, 31)


def test_of_an_enterprise_in_the_register_alone_nothing_else_is_known(
    factory: Factory, session: ActorSession, now: datetime
) -> None:
    one = factory.enterprise()
    scored(session, now)
    known = {each.code for each in scorecard().indicators if value_of(session, one.id, each.code)[1] is PRESENT}
    assert known == {"years_in_business", "registration_status", "industry_outlook_class", "size_class"}


def test_one_delivered_field_makes_nothing_else_known(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    """GREATEST and LEAST pass over nulls: what is not known must not come out as their other operand."""
    one = factory.enterprise()
    deliver_tax(deliveries, one.usci, ["100000"] * 12)
    rows = [(one.usci, "a", month, 700) for month in months(12)]
    deliveries.take(
        deliveries.file(rows, ("usci", "account_no", "billing_period", "monthly_amount")), "electricity_supply"
    )
    scored(session, now)
    known = {each.code for each in scorecard().indicators if value_of(session, one.id, each.code)[1] is PRESENT}
    assert known - {"years_in_business", "registration_status", "industry_outlook_class", "size_class"} == {
        "declared_revenue_12m", "revenue_cv_24m", "tax_paid_12m", "tax_gap_months", "tax_burden_deviation",
        "electricity_cv_12m",
    }  # fmt: skip


def test_revenue_growth_and_swings_come_from_the_last_24_months(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    one = factory.enterprise()
    deliver_tax(deliveries, one.usci, ["120000"] * 12 + ["100000"] * 12, ["3600"] * 6 + ["0"] * 6 + ["3000"] * 12)
    scored(session, now)
    expected = {
        "declared_revenue_12m": "1440000.00",
        "revenue_growth_yoy": "20.00",
        "revenue_cv_24m": "9.09",
        "tax_paid_12m": "21600.00",
        "tax_growth_yoy": "-40.00",
        "tax_gap_months": "6",
        "tax_burden_deviation": "57.14",
    }
    assert {code: value_of(session, one.id, code) for code in expected} == {
        code: (Decimal(value), PRESENT) for code, value in expected.items()
    }


def test_missing_months_are_neither_zero_nor_a_gap_in_payment(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    with_holes, too_few, late = factory.enterprise(), factory.enterprise(), factory.enterprise()
    deliver_tax(deliveries, with_holes.usci, ["100000", "", "100000", ""] + ["100000"] * 8)
    deliver_tax(deliveries, too_few.usci, ["100000"] * 8)
    deliver_tax(deliveries, late.usci, [""] * 4 + ["100000"] * 12)
    scored(session, now)
    assert value_of(session, with_holes.id, "declared_revenue_12m") == (Decimal(1_200_000), PRESENT)
    assert value_of(session, with_holes.id, "tax_gap_months") == (0, PRESENT)
    assert value_of(session, too_few.id, "declared_revenue_12m") == (None, MISSING)
    assert value_of(session, late.id, "revenue_growth_yoy") == (None, MISSING)
    assert value_of(session, late.id, "insured_persons") == (None, MISSING)


def test_figures_that_came_too_long_ago_are_stale(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    one = factory.enterprise()
    deliver_tax(deliveries, one.usci, [""] * 3 + ["100000"] * 12)
    scored(session, now)
    assert value_of(session, one.id, "declared_revenue_12m") == (Decimal(1_200_000), STALE)


def test_staff_is_read_from_its_newest_month(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    one = factory.enterprise()
    titles = ("usci", "fee_period", "insured_persons", "employer_amount", "in_arrears", "arrears_amount")
    last = months(16)[1:]
    rows = [(one.usci, month, 30 if place < 12 else 24, 36000, "0", "") for place, month in enumerate(last)]
    deliveries.take(deliveries.file(rows, titles), "social_insurance")
    fund = [(one.usci, month, 15, 9000) for month in last if month != last[5]]
    deliveries.take(deliveries.file(fund, ("usci", "fee_period", "depositors", "deposit_amount")), "provident_fund")
    scored(session, now)
    expected = {
        "insured_persons": "30",
        "insured_persons_change_12m": "25.00",
        "social_insurance_normal_months": "15",
        "social_insurance_arrears_ratio": "0",
        "insured_persons_qoq": "0.00",
        "contribution_base_vs_region": "100.00",
        "provident_fund_coverage": "50.00",
        "provident_fund_normal_months": "5",
    }
    assert {code: value_of(session, one.id, code)[0] for code in expected} == {
        code: Decimal(value) for code, value in expected.items()
    }


def test_several_meters_are_one_use_and_the_worst_account_counts(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    one = factory.enterprise()
    titles = ("usci", "account_no", "billing_period", "monthly_amount", "arrears_amount", "account_status")
    rows = [
        (one.usci, meter, month, amount, owed, status)
        for place, month in enumerate(months(18))
        for meter, amount, owed, status in (
            ("a", 600 if place < 6 else 500, 0, "正常"),
            ("b", 500, 100, "欠费"),
        )
    ]
    deliveries.take(deliveries.file(rows, titles), "electricity_supply")
    scored(session, now)
    expected = {
        "electricity_6m_yoy": "10.00",
        "electricity_cv_12m": "4.76",
        "electricity_arrears": "100.00",
        "electricity_account_status": "3",
        "utility_arrears_total": "100.00",
        "water_use_change_6m": None,
    }
    assert {code: value_of(session, one.id, code)[0] for code in expected} == {
        code: None if value is None else Decimal(value) for code, value in expected.items()
    }


def _penalty(session: ActorSession, deliveries: Deliveries, usci: str, number: str, fine: str = "1") -> None:
    titles = ("usci", "document_no", "violation_facts", "decided_on", "penalty_amount")
    deliveries.take(deliveries.file([(usci, number, "x", "2025-06-01", fine)], titles), "tax_penalty")


def test_a_list_without_a_record_is_zero_once_it_was_delivered_and_unknown_before(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    clean, fined = factory.enterprise(), factory.enterprise()
    scored(session, now)
    assert value_of(session, clean.id, "tax_penalties_36m") == (None, MISSING)
    _penalty(session, deliveries, str(fined.usci), "a1")
    scored(session, now)
    assert value_of(session, clean.id, "tax_penalties_36m") == (0, PRESENT)
    assert value_of(session, fined.id, "tax_penalties_36m") == (1, PRESENT)


def test_a_list_that_nobody_has_delivered_for_long_is_stale(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    one = factory.enterprise()
    _penalty(session, deliveries, str(one.usci), "a1")
    scored(session, now.replace(year=2027, month=4))
    assert value_of(session, one.id, "tax_penalties_36m") == (1, STALE)


@pytest.mark.parametrize("change", ["repaired_at = now()", "display_until = '2026-03-18'"])
def test_what_is_repaired_or_no_longer_displayed_counts_no_more(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime, change: str
) -> None:
    one = factory.enterprise()
    _penalty(session, deliveries, str(one.usci), "a1")
    scored(session, now)
    assert value_of(session, one.id, "tax_penalties_36m") == (1, PRESENT)
    session.execute(text(f"update credit_events set {change} where enterprise_id = :id"), {"id": one.id})
    scored(session, now, [one.id])
    assert value_of(session, one.id, "tax_penalties_36m") == (0, PRESENT)


def test_tax_grade_m_is_a_category_of_its_own(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    new, good = factory.enterprise(), factory.enterprise()
    titles = ("usci", "evaluation_year", "grade", "graded_on")
    rows = [
        (new.usci, 2024, "M", "2025-04-01"),
        (good.usci, 2023, "C", "2024-04-01"),
        (good.usci, 2024, "A", "2025-04-02"),
    ]
    deliveries.take(deliveries.file(rows, titles), "tax_credit_grade")
    scored(session, now)
    card = scorecard().by_code["tax_grade"]
    found = [value_of(session, one.id, "tax_grade")[0] for one in (new, good)]
    assert [card.bin_of(value or Decimal(0)).name_en for value in found] == ["M (new or no record)", "A"]


def test_a_value_given_from_above_enters_the_score(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    one = factory.enterprise()
    deliver_tax(deliveries, one.usci, ["100000"] * 12)
    balance = Given(one.id, LOAN_BALANCE, Decimal(600_000), date(2026, 3, 1))
    assert give(session, [balance, Given(one.id, OVERDUE, Decimal(2), date(2026, 3, 1))]) == (one.id,)
    assert give(session, [balance], []) == (), "nobody's other values leave"
    scored(session, now)
    assert value_of(session, one.id, LOAN_BALANCE) == (Decimal(50), PRESENT)
    assert value_of(session, one.id, OVERDUE) == (Decimal(2), PRESENT)
    assert give(session, [balance], [one.id]) == (one.id,)
    scored(session, now)
    assert value_of(session, one.id, OVERDUE) == (None, MISSING)
    with pytest.raises(ValueError, match="computed"):
        give(session, [Given(one.id, "tax_grade", Decimal(1), date(2026, 3, 1))])
