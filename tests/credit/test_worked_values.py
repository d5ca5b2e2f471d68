"""Every case of ``worked_values`` at once: an enterprise for each, one computation of the city."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from tests.credit.conftest import Deliveries
from tests.credit.scene import scored, value_of
from tests.credit.worked_values import CASES, Fields
from tests.factories import Factory
from xinyidai.core.db import ActorSession
from xinyidai.credit.catalogue import Dataset, Field, catalogue
from xinyidai.credit.indicators import State, scorecard
from xinyidai.credit.models import CreditBatch
from xinyidai.credit.types import FieldType

WORKED_ELSEWHERE = {"tax_grade", "tax_paid_12m", "tax_growth_yoy", "tax_gap_months", "tax_burden_deviation",
                    "insured_persons", "insured_persons_change_12m", "provident_fund_coverage", "revenue_cv_24m",
                    "revenue_growth_yoy"}  # fmt: skip
"""In ``test_indicators.py``."""


def test_every_indicator_has_a_value_worked_by_hand() -> None:
    worked = {case.code for case in CASES if case.value is not None}
    financing = {"loan_balance_to_revenue", "platform_repayment_12m"}  # in test_financing_values.py
    assert {one.code for one in scorecard().indicators} <= worked | WORKED_ELSEWHERE | financing


def test_each_computed_value_is_the_one_worked_by_hand(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    every_list_has_come(session, now)
    firms = [factory.enterprise(**case.registered) for case in CASES]
    rows: dict[str, list[Fields]] = defaultdict(list)
    for firm, case in zip(firms, CASES, strict=True):
        for code, given in case.delivered.items():
            rows[code] += [{catalogue().datasets[code].subject: firm.usci, **one} for one in given]
    for code, given in rows.items():
        deliver(deliveries, catalogue().datasets[code], given)
    scored(session, now)
    found = [value_of(session, firm.id, case.code) for firm, case in zip(firms, CASES, strict=True)]
    wrong = [
        f"{case.code}, {case.said}: {value} {state.name}, not {case.value}"
        for case, (value, state) in zip(CASES, found, strict=True)
        if value != (None if case.value is None else Decimal(case.value))
        or (state is State.MISSING) != (case.value is None)
    ]
    assert wrong == []


def every_list_has_come(session: ActorSession, now: datetime) -> None:
    for code in sorted(scorecard().lists):
        session.add(
            CreditBatch(
                dataset=code, catalogue_version="test", source_unit=catalogue().datasets[code].source_unit,
                file_name=f"{code}.csv", file_sha256=code, file_bytes=1, received_at=now, status="taken",
            )
        )  # fmt: skip
    session.flush()


def deliver(deliveries: Deliveries, dataset: Dataset, rows: list[Fields]) -> None:
    """As one file with the columns that are named in it, and those that the catalogue requires."""
    named = {name for row in rows for name in row}
    assert named <= set(dataset.field_of), dataset.code
    titles = [one.code for one in dataset.fields if one.code in named or one.required or one.code in dataset.key]
    lines = [[row.get(name, usual(dataset.field_of[name], serial)) for name in titles]
             for serial, row in enumerate(rows)]  # fmt: skip
    unit = "市税务局" if dataset.by_any_unit else ""
    result = deliveries.take(deliveries.file(lines, titles), dataset.code, source_unit=unit)
    refused = [(one.field, one.value, one.reason.en) for one in result.rejects]
    assert refused == [], dataset.code


def usual(field: Field, serial: int) -> object:
    if not field.required and field.code not in catalogue().datasets[field.dataset].key:
        return ""
    if field.codes:
        return field.codes[0].code
    plain = {FieldType.DATE: "2025-01-01", FieldType.YEAR: "2024", FieldType.DECIMAL: "1", FieldType.INTEGER: "1",
             FieldType.DATETIME: "2025-01-01", FieldType.MONTH: "202602"}  # fmt: skip
    return plain.get(field.type, f"{field.code}{serial}")
