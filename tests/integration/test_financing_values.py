"""What financing on this platform says of an enterprise, worked by hand; step by step and all at once are the same."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from tests.conftest import Sessions
from tests.credit.conftest import Deliveries
from tests.credit.scene import deliver_tax, value_of
from tests.factories import Factory
from tests.ledger import Ledger
from tests.lending_scene import LendingScene
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession
from xinyidai.core.validation import parse
from xinyidai.credit.indicators import State
from xinyidai.credit.indicators.given import LOAN_BALANCE, OVERDUE
from xinyidai.credit.models import CreditBatch
from xinyidai.credit.scoring.service import rescore_when_the_day_changed
from xinyidai.lending.commands import RecordRepayment, RenewLine, ReportOverdue, ReverseDisbursement
from xinyidai.lending.credit_values import hand_down, hand_down_when_the_day_changed
from xinyidai.lending.jobs import FinancingChanged
from xinyidai.lending.models import CreditLine, OverdueReport
from xinyidai.lending.services import (
    close_credit_line,
    record_repayment,
    renew_line,
    report_overdue,
    reverse_disbursement,
    reverse_repayment,
)
from xinyidai.outbox.models import OutboxJob
from xinyidai.worker.registry import HANDLINGS

MISTAKE = ReverseDisbursement(reason="金额录入错误")
UNKNOWN = (None, State.MISSING)


class Borrower(LendingScene):
    """Every step is followed by what the worker does about it, and then by a look at the two indicators."""

    def follow(self) -> tuple[object, object]:
        with self.sessions.as_(SYSTEM) as session:
            waiting = select(OutboxJob).where(OutboxJob.name == FinancingChanged.name, col(OutboxJob.done_at).is_(None))
            jobs = session.exec(waiting.order_by(col(OutboxJob.id))).all()
            assert jobs, "the step enqueued nothing"
            for job in jobs:
                handling = HANDLINGS[job.name]
                handling.handler(session, handling.job.from_payload(job.payload), self.now, job.id)
                job.done_at = self.now
            session.commit()
            assert hand_down(session, self.now) == (), "all at once gives something else"
            return value_of(session, self.enterprise.id, LOAN_BALANCE), value_of(session, self.enterprise.id, OVERDUE)


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime, tmp_path: Path) -> Borrower:
    one = Borrower(factory, sessions, now)
    with sessions.as_(SYSTEM) as session:
        deliver_tax(Deliveries(session, tmp_path, now), str(one.enterprise.usci), ["100000"] * 12)
        session.commit()
    return one


def percent(value: str) -> tuple[Decimal, State]:
    return Decimal(value), State.PRESENT


def times(value: int) -> tuple[Decimal, State]:
    return Decimal(value), State.PRESENT


def act(scene: Borrower, service: object, target: UUID, command: object = None) -> UUID:
    officer = scene.officers[0]
    with scene.sessions.as_(officer) as session:
        arguments = [session, officer, target, *([command] if command is not None else []), scene.now]
        row = service(*arguments)  # type: ignore[operator]
        session.commit()
        found: UUID = row.id
        return found


def repayment(scene: Borrower, yuan: str, reference: str = "HK-1") -> RecordRepayment:
    form = {"principal": yuan, "interest": "0", "repaid_on": str(scene.today), "external_reference": reference}
    return parse(RecordRepayment, form)


def overdue(scene: Borrower, days: int) -> ReportOverdue:
    form = {"as_of": str(scene.today), "principal": "1000" if days else "0", "days": str(days), "grade": "normal"}
    return parse(ReportOverdue, form)


def test_every_step_of_money_moves_the_balance_and_a_payout_taken_back_leaves_nothing_known(scene: Borrower) -> None:
    line = scene.line()
    payout = scene.pay(line, amount_wan="60")
    assert scene.follow() == (percent("50"), times(0))
    repaid = act(scene, record_repayment, line, repayment(scene, "300000"))
    assert scene.follow() == (percent("25"), times(0))
    act(scene, reverse_repayment, repaid, MISTAKE)
    assert scene.follow() == (percent("50"), times(0))
    act(scene, reverse_disbursement, payout, MISTAKE)
    assert scene.follow() == (UNKNOWN, UNKNOWN)


def test_a_renewal_carries_the_balance_over_and_a_closure_leaves_it(scene: Borrower) -> None:
    line = scene.line()
    scene.pay(line, amount_wan="60")
    form = {"contract_number": "XD-1", "annual_rate": "4", "term_months": "12", "approved_on": str(scene.today)}
    renewal = act(scene, renew_line, line, parse(RenewLine, {**form, "expires_on": "2027-03-18"}))
    assert scene.follow() == (percent("50"), times(0))
    act(scene, close_credit_line, renewal)
    assert scene.follow() == (percent("50"), times(0))
    act(scene, record_repayment, renewal, repayment(scene, "600000"))
    assert scene.follow() == (percent("0"), times(0))


def test_a_report_of_days_past_due_costs_points_and_the_enterprise_is_ranked_again(scene: Borrower) -> None:
    line = scene.line()
    scene.pay(line, amount_wan="60")
    scene.follow()
    act(scene, report_overdue, line, overdue(scene, 3))
    assert scene.follow()[1] == times(1)
    act(scene, report_overdue, line, overdue(scene, 0))
    assert scene.follow()[1] == times(0), "the last report of a day counts"
    with scene.sessions.as_(SYSTEM) as session:
        names = session.scalars(text("select distinct name from outbox_jobs")).all()
        assert "enterprises.facts_changed" in names
        causes = session.scalars(text("select cause from credit_scores where enterprise_id = :id order by id"),
                                 {"id": scene.enterprise.id}).all()  # fmt: skip
        assert set(causes) == {"given"}


TODAY = date(2026, 3, 18)
AGO = timedelta(days=1)


@pytest.mark.parametrize(
    ("said", "reports", "owed", "expected"),
    [
        ("never overdue", [], True, 0),
        ("a report of nothing past due", [("2026-01-10", 0)], True, 0),
        ("the days of one time follow each other", [("2026-01-10", 1), ("2026-01-11", 2), ("2026-01-12", 0)], True, 1),
        ("paid and overdue again", [("2026-01-10", 1), ("2026-01-12", 0), ("2026-02-10", 5)], True, 2),
        ("over on the day before the window begins", [("2025-03-17", 4), ("2025-03-20", 0)], True, 0),
        ("over on the first day of the window", [("2025-03-19", 4), ("2025-03-20", 0)], True, 1),
        ("begun before the window and never paid", [("2024-11-01", 4)], True, 1),
        ("begun before the window and repaid in full", [("2024-11-01", 4)], False, 0),
        ("corrected on the same day", [("2026-01-10", 4), ("2026-01-10", 0)], True, 0),
    ],
)
def test_how_often_somebody_was_overdue(
    session: ActorSession, factory: Factory, now: datetime, said: str, reports: list[tuple[str, int]], owed: bool,
    expected: int,
) -> None:  # fmt: skip
    ledger, one = Ledger(factory), factory.enterprise()
    line = ledger.line(factory.product(factory.institution()), one, approved_on=date(2024, 6, 1))
    ledger.pay(line, 500_000, date(2024, 6, 2))
    if not owed:
        ledger.repay(line, 500_000, date(2026, 1, 20))
    report(session, line, reports, now)
    hand_down(session, now)
    assert given_to(session, one.id)[OVERDUE] == expected, said


def report(session: ActorSession, line: CreditLine, reports: list[tuple[str, int]], now: datetime) -> None:
    whose = {name: getattr(line, name) for name in ("enterprise_id", "institution_id", "region_code")}
    for day, days in reports:
        amount = Decimal(100 if days else 0)
        as_of = date.fromisoformat(day)
        session.add(
            OverdueReport(
                credit_line_id=line.id, **whose, as_of=as_of, principal=amount, interest=Decimal(0), days=days,
                grade="normal", note="", recorded_at=now,
            )
        )  # fmt: skip
        session.flush()


def given_to(session: ActorSession, enterprise_id: UUID) -> dict[str, Decimal | date]:
    rows = session.execute(
        text("select indicator, value from credit_given_values where enterprise_id = :id"), {"id": enterprise_id}
    )
    return {{84: LOAN_BALANCE, 85: OVERDUE}[number]: value for number, value in rows}


def test_two_lenders_are_one_balance_and_a_loan_repaid_long_ago_says_nothing_of_the_last_year(
    session: ActorSession, factory: Factory, now: datetime
) -> None:
    ledger, twice, past, never = Ledger(factory), factory.enterprise(), factory.enterprise(), factory.enterprise()
    products = [factory.product(factory.institution()) for _each in range(2)]
    for product, amount in zip(products, (200_000, 300_000), strict=True):
        ledger.pay(ledger.line(product, twice), amount, date(2025, 2, 1))
    old = ledger.line(products[0], past, approved_on=date(2024, 1, 2))
    ledger.pay(old, 100_000, date(2024, 1, 3))
    ledger.repay(old, 100_000, date(2025, 3, 18))
    assert set(hand_down(session, now)) == {twice.id, past.id}
    assert given_to(session, twice.id) == {LOAN_BALANCE: Decimal(500_000), OVERDUE: Decimal(0)}
    assert given_to(session, past.id) == {LOAN_BALANCE: Decimal(0)}
    assert given_to(session, never.id) == {}
    assert hand_down(session, now, [never.id]) == ()
    assert given_to(session, twice.id) != {}, "values of others are left alone"


def test_what_was_there_before_is_handed_down_in_the_night_and_time_lets_an_overdue_go(
    session: ActorSession, factory: Factory, now: datetime
) -> None:
    ledger, one = Ledger(factory), factory.enterprise()
    line = ledger.line(factory.product(factory.institution()), one, approved_on=date(2025, 2, 1))
    ledger.pay(line, 500_000, date(2025, 2, 2))
    report(session, line, [("2025-03-20", 4), ("2025-03-21", 0)], now)
    clean = CreditBatch(
        dataset="judgment", catalogue_version="test", source_unit="市中级人民法院", file_name="a.csv",
        file_sha256="0" * 64, file_bytes=1, received_at=now, status="taken",
    )  # fmt: skip
    session.add(clean)
    session.flush()
    assert hand_down_when_the_day_changed(session, now) == 1
    rescore_when_the_day_changed(session, now)
    assert value_of(session, one.id, OVERDUE) == times(1)
    assert hand_down_when_the_day_changed(session, now) == 0, "once a day"
    later = now + timedelta(days=2)
    assert hand_down_when_the_day_changed(session, later) == 1
    rescore_when_the_day_changed(session, later)
    assert value_of(session, one.id, OVERDUE) == times(0)
