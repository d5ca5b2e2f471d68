"""Money that comes before money was out, corrections of days long past, and fees that eat the loan."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory
from tests.lending_scene import LendingScene
from xinyidai.accounts.models import User
from xinyidai.core.actor import SYSTEM
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import use_locale
from xinyidai.core.validation import parse
from xinyidai.institutions.types import InstitutionKind
from xinyidai.lending.commands import GrantCreditLine, RecordDisbursement, RecordRepayment, RenewLine, ReportOverdue
from xinyidai.lending.models import Offer, OverdueReport, Repayment
from xinyidai.lending.repayment import repayment_plan
from xinyidai.lending.services import (
    grant_credit_line,
    record_disbursement,
    record_repayment,
    renew_line,
    report_overdue,
)
from xinyidai.messages.dispatch import decide_recipients
from xinyidai.products.types import RepaymentMode


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


class Loan:
    """30 万元 paid out ten days after the line was granted, 30 days ago."""

    def __init__(self, scene: LendingScene) -> None:
        self.scene = scene
        later, scene.now = scene.now + timedelta(days=30), scene.now
        self.granted = scene.today
        self.line_id = scene.line()
        scene.now, scene.today = later, scene.today + timedelta(days=30)
        self.paid_on = self.granted + timedelta(days=10)
        scene.pay(self.line_id, paid_on=str(self.paid_on))

    def repay(self, principal: str, day: date, reference: str = "HK-1") -> None:
        form = {"principal": principal, "interest": "5", "repaid_on": str(day), "external_reference": reference}
        with self.scene.sessions.as_(self.scene.officers[0]) as session:
            record_repayment(session, session.actor, self.line_id, parse(RecordRepayment, form), self.scene.now)
            session.commit()

    def overdue(self, day: date, **fields: object) -> None:
        form = {"as_of": str(day), "principal": "1000", "days": "3", "grade": "special_mention", **fields}
        with self.scene.sessions.as_(self.scene.officers[0]) as session:
            report_overdue(session, session.actor, self.line_id, parse(ReportOverdue, form), self.scene.now)
            session.commit()

    def rows(self) -> tuple[int, int]:
        with self.scene.sessions.as_(SYSTEM) as session:
            return len(session.exec(select(Repayment)).all()), len(session.exec(select(OverdueReport)).all())


@pytest.fixture
def loan(scene: LendingScene) -> Loan:
    return Loan(scene)


def test_principal_cannot_come_back_before_it_was_paid_out(loan: Loan) -> None:
    early = loan.paid_on - timedelta(days=1)
    with pytest.raises(InvalidInput) as refused:
        loan.repay("1000", early)
    assert set(refused.value.fields) == {"repaid_on"}
    assert f"{early.year}年{early.month}月{early.day}日" in refused.value.fields["repaid_on"]
    assert loan.rows() == (0, 0)
    loan.repay("1000", loan.paid_on)
    assert loan.rows() == (1, 0)


def test_nothing_is_overdue_before_money_was_out(loan: Loan) -> None:
    early = loan.paid_on - timedelta(days=1)
    for fields in ({}, {"principal": "0", "interest": "5"}):
        with pytest.raises(InvalidInput) as refused:
            loan.overdue(early, **fields)
        assert set(refused.value.fields) <= {"as_of", "principal"}
    assert loan.rows() == (0, 0)


def test_a_report_of_a_past_day_is_corrected_by_what_was_owed_then(loan: Loan) -> None:
    loan.overdue(loan.paid_on + timedelta(days=5), principal="200000")
    loan.repay("300000", loan.paid_on + timedelta(days=12))
    loan.overdue(loan.paid_on + timedelta(days=5), principal="150000")
    with pytest.raises(InvalidInput) as refused:
        loan.overdue(loan.paid_on + timedelta(days=13), principal="1")
    assert set(refused.value.fields) == {"principal"}
    assert loan.rows() == (1, 2)


def test_a_renewal_does_not_carry_over_what_was_paid_out_later(loan: Loan) -> None:
    form = {
        "contract_number": "XD-1",
        "annual_rate": "4",
        "term_months": 12,
        "approved_on": str(loan.paid_on - timedelta(days=1)),
        "expires_on": str(loan.paid_on + timedelta(days=365)),
    }
    scene = loan.scene
    with scene.sessions.as_(scene.officers[0]) as session, pytest.raises(InvalidInput) as refused:
        renew_line(session, session.actor, loan.line_id, parse(RenewLine, form), scene.now)
    assert set(refused.value.fields) == {"approved_on"}


@pytest.mark.parametrize(("locale", "said"), [("zh_CN", "2026年3月18日"), ("en", "18 March 2026")])
def test_a_refused_day_is_said_as_a_person_says_it(scene: LendingScene, locale: str, said: str) -> None:
    line_id = scene.line()
    early, form = str(scene.today - timedelta(days=1)), scene.payout_form()
    late = {"as_of": early, "principal": "0", "days": "0", "grade": "normal"}
    back = {"interest": "5", "repaid_on": early, "external_reference": "HK-1"}
    told = []
    with scene.sessions.as_(scene.officers[0]) as session, use_locale(locale):
        for act, command in (
            (record_disbursement, parse(RecordDisbursement, {**form, "paid_on": early})),
            (record_repayment, parse(RecordRepayment, back)),
            (report_overdue, parse(ReportOverdue, late)),
        ):
            with pytest.raises(InvalidInput) as refused:
                act(session, session.actor, line_id, command, scene.now)  # type: ignore[operator]
            told += refused.value.fields.values()
    assert len(told) == 3
    assert all(said in sentence for sentence in told), told


def test_a_line_granted_before_the_application_names_that_day_in_words(scene: LendingScene) -> None:
    scene.accept(scene.offer())
    command = parse(GrantCreditLine, scene.line_form(approved_on=str(scene.today - timedelta(days=400))))
    with scene.sessions.as_(scene.officers[0]) as session, pytest.raises(InvalidInput) as refused:
        grant_credit_line(session, session.actor, scene.leads[0].id, command, scene.now)
    assert "年" in refused.value.fields["approved_on"]


def test_fees_and_the_guarantors_together_cannot_take_up_the_whole_loan(scene: LendingScene, factory: Factory) -> None:
    guarantor = factory.institution(kind=InstitutionKind.GUARANTOR.value)
    scene.products[0] = factory.product(scene.banks[0], guarantees=["guarantee"])
    scene.leads[0] = factory.lead(factory.need(scene.enterprise), scene.products[0])
    factory.session.commit()
    fees = (
        {"kind": "other", "payee": "某公司", "percent": "36"},
        {"kind": "other", "payee": "某公司", "percent": "30"},
    )
    terms = {"guarantee_mode": "guarantee", "guarantor_id": str(guarantor.id), "guarantor_share": "80"}
    with pytest.raises(InvalidInput) as refused:
        scene.offer(fees=fees, **terms, guarantor_fee="34")
    assert set(refused.value.fields) == {"fees"}
    offer_id: UUID = scene.offer(fees=fees, **terms, guarantor_fee="33")
    with scene.sessions.as_(SYSTEM) as session:
        assert session.get_one(Offer, offer_id).amount == 800_000


@pytest.mark.parametrize("mode", [one for one in RepaymentMode if one not in ("revolving", "staged", "other")])
def test_a_loan_without_interest_is_paid_back_in_equal_shares_to_the_fen(mode: RepaymentMode) -> None:
    plan = repayment_plan(Decimal("1000000.01"), Decimal(0), 7, mode)
    if plan is None:
        return
    assert sum(one.principal for one in plan.instalments) == Decimal("1000000.01")
    assert plan.total_interest == 0


def kinds_mailed(loan: Loan, seconds_between: int) -> list[str]:
    """What the enterprise gets by mail of a report of something overdue, put right so many seconds later."""
    scene = loan.scene
    with scene.sessions.as_(SYSTEM) as session:
        session.get_one(User, scene.member_user.id).email = "a@factory.example"
        session.commit()
    scene.now += timedelta(hours=2)
    loan.overdue(scene.today)
    scene.now += timedelta(seconds=seconds_between)
    with scene.sessions.as_(SYSTEM) as session:
        decide_recipients(session, scene.now)
        session.commit()
    loan.overdue(scene.today, principal="0", days="0", grade="normal")
    mailed = """select m.kind from message_deliveries d join messages m on m.id = d.message_id
                 where d.channel = 'mail' and m.kind like 'lending.overdue%' order by m.created_at"""
    with scene.sessions.as_(SYSTEM) as session:
        decide_recipients(session, scene.now + timedelta(minutes=2))
        return [str(kind) for kind in session.execute(text(mailed)).scalars()]


def test_an_overdue_report_put_right_within_the_minute_frightens_nobody(loan: Loan) -> None:
    assert kinds_mailed(loan, 40) == []


def test_an_enterprise_that_was_told_of_an_overdue_payment_is_told_of_its_end(loan: Loan) -> None:
    assert kinds_mailed(loan, 90) == ["lending.overdue_reported", "lending.overdue_over"]
