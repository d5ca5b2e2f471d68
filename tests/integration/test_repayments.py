"""What comes back, what is overdue, what is renewed, and what two people must see: the rows and what follows."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from tests.lending_scene import LendingScene
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.db import attempt
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import use_locale
from xinyidai.core.validation import parse
from xinyidai.lending.commands import (
    DecideDuplicate,
    GrantCreditLine,
    RecordDisbursement,
    RecordRepayment,
    RejectPayout,
    RenewLine,
    ReportOverdue,
    ReverseDisbursement,
)
from xinyidai.lending.models import CreditLine, Disbursement, OverdueReport, PayoutProposal, Repayment
from xinyidai.lending.services import (
    close_credit_line,
    confirm_payout,
    decide_duplicate,
    grant_credit_line,
    pay_out,
    record_disbursement,
    record_repayment,
    reject_payout,
    renew_line,
    report_overdue,
    reverse_disbursement,
    reverse_repayment,
)
from xinyidai.messages.models import Message
from xinyidai.statistics.check import check
from xinyidai.statistics.filters import PayoutFilter
from xinyidai.statistics.periods import ALWAYS
from xinyidai.statistics.queries.funnel import granted
from xinyidai.statistics.queries.totals import totals

MISTAKE = ReverseDisbursement(reason="金额录入错误")


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


def repayment_form(scene: LendingScene, **fields: object) -> dict[str, object]:
    return {
        "principal": "300000",
        "interest": "1200.50",
        "repaid_on": str(scene.today),
        "external_reference": "HK-1",
        **fields,
    }


def repay(scene: LendingScene, line_id: UUID, **fields: object) -> UUID:
    with scene.sessions.as_(scene.officers[0]) as session:
        command = parse(RecordRepayment, repayment_form(scene, **fields))
        row = record_repayment(session, scene.officers[0], line_id, command, scene.now)
        session.commit()
        return row.id


def undo(scene: LendingScene, repayment_id: UUID) -> None:
    with scene.sessions.as_(scene.officers[0]) as session:
        reverse_repayment(session, scene.officers[0], repayment_id, MISTAKE, scene.now)
        session.commit()


def renew(scene: LendingScene, line_id: UUID, contract: str = "XD-1", **fields: object) -> UUID:
    form = {"contract_number": contract, "annual_rate": "3.9", "term_months": "12", "approved_on": str(scene.today)}
    form |= {"expires_on": str(scene.today + timedelta(days=365)), **fields}  # type: ignore[dict-item]
    with scene.sessions.as_(scene.officers[0]) as session:
        line = renew_line(session, scene.officers[0], line_id, parse(RenewLine, form), scene.now)
        session.commit()
        return line.id


def close(scene: LendingScene, line_id: UUID) -> None:
    with scene.sessions.as_(scene.officers[0]) as session:
        close_credit_line(session, scene.officers[0], line_id, scene.now)
        session.commit()


def owed(scene: LendingScene, line_id: UUID) -> Decimal:
    with scene.sessions.as_(SYSTEM) as session:
        return Decimal(
            session.execute(text("select outstanding from line_balances where id = :id"), {"id": line_id}).scalar_one()
        )


def holds(scene: LendingScene) -> None:
    """Every sentence of ``xyd check`` but those about rankings, which these scenes do without."""
    with scene.sessions.as_(SYSTEM) as session:
        assert [
            one for one in check(session) if "is ranked" not in one.sentence and "history" not in one.sentence
        ] == []


# --- repayments


def test_a_loan_paid_back_in_full_settles_its_need_and_the_enterprise_is_told(scene: LendingScene) -> None:
    line_id = scene.line(amount_wan="30")
    scene.pay(line_id)
    repay(scene, line_id, principal="100000")
    assert (scene.state()["need"], owed(scene, line_id)) == ("disbursed", Decimal(200_000))
    last = repay(scene, line_id, principal="200000", external_reference="HK-2")
    assert (scene.state()["need"], scene.state()["leads"][0], owed(scene, line_id)) == ("settled", "funded", 0)
    with scene.sessions.as_(SYSTEM) as session:
        assert session.exec(select(Message).where(Message.kind == "lending.need_settled")).one()
    holds(scene)
    # A repayment that was wrong opens the need again.
    undo(scene, last)
    assert (scene.state()["need"], owed(scene, line_id)) == ("disbursed", Decimal(200_000))
    holds(scene)


def test_a_line_of_which_more_can_be_drawn_is_settled_only_once_it_is_closed(scene: LendingScene) -> None:
    line_id = scene.line()
    scene.pay(line_id)
    repay(scene, line_id)
    assert scene.state()["need"] == "disbursed"
    close(scene, line_id)
    assert scene.state()["need"] == "settled"
    holds(scene)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("principal", "-1"),
        ("principal", "300000.01"),
        ("principal", "0.001"),
        ("interest", "-0.01"),
        ("repaid_on", "2026-03-19"),
        ("repaid_on", "2026-03-17"),
        ("external_reference", " "),
    ],
)
def test_a_wrong_repayment_is_refused_at_the_field(scene: LendingScene, field: str, value: str) -> None:
    line_id = scene.line()
    scene.pay(line_id)
    before = scene.state()
    with scene.sessions.as_(scene.officers[0]) as session, attempt(session) as outcome:
        command = parse(RecordRepayment, repayment_form(scene, **{field: value}))
        record_repayment(session, scene.officers[0], line_id, command, scene.now)
    assert set(outcome.errors) == {field}
    assert scene.state() == before


def test_a_repayment_of_nothing_or_told_twice_is_refused(scene: LendingScene) -> None:
    line_id = scene.line()
    scene.pay(line_id)
    with pytest.raises(InvalidInput, match="principal"):
        repay(scene, line_id, principal="0", interest="0")
    repay(scene, line_id, principal="1000")
    with pytest.raises(InvalidInput, match="external_reference"):
        repay(scene, line_id, principal="1000")
    assert owed(scene, line_id) == Decimal(299_000)


def test_a_payout_that_was_paid_back_cannot_be_reversed_before_the_repayment(scene: LendingScene) -> None:
    line_id = scene.line()
    payout = scene.pay(line_id)
    row = repay(scene, line_id, principal="0.01", interest="0")
    with scene.sessions.as_(scene.officers[0]) as session, pytest.raises(Conflict, match="Reverse that first"):
        reverse_disbursement(session, scene.officers[0], payout, MISTAKE, scene.now)
    undo(scene, row)
    with pytest.raises(Conflict, match="already reversed"):
        undo(scene, row)
    with scene.sessions.as_(scene.officers[0]) as session:
        reverse_disbursement(session, scene.officers[0], payout, MISTAKE, scene.now)
        session.commit()
    assert scene.state()["leads"][0] == "credit_approved"
    holds(scene)


def test_what_comes_back_of_a_revolving_line_can_be_drawn_again(scene: LendingScene, factory: Factory) -> None:
    scene.products[0].repayment_modes = ["revolving"]
    factory._save(scene.products[0])
    factory.session.commit()
    scene.accept(scene.offer(repayment_mode="revolving"))
    with scene.sessions.as_(scene.officers[0]) as session:
        line_id = session.exec(select(CreditLine.id)).first()
    assert line_id is None
    line_id = _grant(scene)
    scene.pay(line_id, amount_wan="80")
    first = repay(scene, line_id, principal="500000")
    scene.pay(line_id, amount_wan="50", external_reference="FK-2")
    with pytest.raises(InvalidInput, match="paid out in full"):
        scene.pay(line_id, amount_wan="0.0001", external_reference="FK-3")
    with pytest.raises(Conflict, match="drawn again"):
        undo(scene, first)
    assert (scene.paid(line_id), owed(scene, line_id)) == (Decimal(1_300_000), Decimal(800_000))
    repay(scene, line_id, principal="800000", external_reference="HK-2")
    assert scene.state()["need"] == "disbursed"
    close(scene, line_id)
    assert scene.state()["need"] == "settled"
    holds(scene)


def _grant(scene: LendingScene) -> UUID:
    with scene.sessions.as_(scene.officers[0]) as session:
        command = parse(GrantCreditLine, scene.line_form())
        line = grant_credit_line(session, scene.officers[0], scene.leads[0].id, command, scene.now)
        session.commit()
        return line.id


# --- renewals


def test_a_renewal_carries_the_loan_on_and_no_total_counts_it_twice(scene: LendingScene) -> None:
    line_id = scene.line()
    scene.pay(line_id)
    repay(scene, line_id, principal="100000")
    with scene.sessions.as_(SYSTEM) as session:
        before = totals(session, PayoutFilter()), granted(session, ALWAYS)
    renewal = renew(scene, line_id)
    assert (owed(scene, line_id), owed(scene, renewal)) == (0, Decimal(200_000))
    with scene.sessions.as_(SYSTEM) as session:
        assert (totals(session, PayoutFilter()), granted(session, ALWAYS)) == before
        need = session.execute(text("select granted, paid from needs where id = :id"), {"id": scene.need.id}).one()
        assert tuple(need) == (Decimal(800_000), Decimal(300_000))
        assert session.get_one(CreditLine, line_id).closed_on == scene.today
    assert (scene.state()["need"], scene.state()["leads"][0]) == ("disbursed", "funded")
    with pytest.raises(Conflict, match="renews an earlier loan"):
        scene.pay(renewal, external_reference="FK-9")
    with pytest.raises(Conflict, match="nothing to renew"):
        renew(scene, line_id, "XD-2")
    holds(scene)
    again = renew(scene, renewal, "XD-3")
    repay(scene, again, principal="200000", external_reference="HK-3")
    assert scene.state()["need"] == "settled"
    holds(scene)


def test_a_renewal_is_undone_by_reversing_its_one_row(scene: LendingScene) -> None:
    line_id = scene.line()
    scene.pay(line_id)
    renewal = renew(scene, line_id)
    with scene.sessions.as_(SYSTEM) as session:
        row = session.exec(select(Repayment.id).where(Repayment.renewal_line_id == renewal)).one()
    paid = repay(scene, renewal, principal="1", external_reference="HK-4")
    with pytest.raises(Conflict, match="repaid or renewed itself"):
        undo(scene, row)
    undo(scene, paid)
    undo(scene, row)
    assert (owed(scene, line_id), owed(scene, renewal)) == (Decimal(300_000), 0)
    holds(scene)
    second = renew(scene, line_id, "XD-5")
    assert owed(scene, second) == Decimal(300_000)
    holds(scene)


def test_a_renewal_out_of_time_or_under_a_used_contract_number_is_refused(scene: LendingScene) -> None:
    line_id = scene.line()
    scene.pay(line_id)
    for field, value in (("approved_on", "2026-03-19"), ("approved_on", "2026-03-17"), ("expires_on", "2026-03-18")):
        with pytest.raises(InvalidInput, match=field):
            renew(scene, line_id, **{field: value})
    with scene.sessions.as_(scene.officers[0]) as session, attempt(session) as outcome:
        form = {"contract_number": "HT-2026-001", "annual_rate": "3.9", "term_months": "12"}
        form |= {"approved_on": str(scene.today), "expires_on": "2027-03-18"}
        renew_line(session, scene.officers[0], line_id, parse(RenewLine, form), scene.now)
    assert set(outcome.errors) == {"contract_number"}


# --- overdue


def test_overdue_reports_are_dated_never_changed_and_the_enterprise_is_told(scene: LendingScene) -> None:
    line_id = scene.line()
    scene.pay(line_id)

    def report(**fields: object) -> None:
        form = {"as_of": str(scene.today), "principal": "1000", "days": "12", "grade": "special_mention", **fields}
        with scene.sessions.as_(scene.officers[0]) as session:
            report_overdue(session, scene.officers[0], line_id, parse(ReportOverdue, form), scene.now)
            session.commit()

    report()
    report(principal="0", days="0", grade="normal")
    for wrong in (
        {"days": "0"},
        {"principal": "0"},
        {"principal": "300000.01"},
        {"grade": "bad"},
        {"as_of": "2026-03-19"},
        {"as_of": "2026-03-17"},
    ):
        with pytest.raises(InvalidInput):
            report(**wrong)
    with scene.sessions.as_(SYSTEM) as session:
        assert [row.grade for row in session.exec(select(OverdueReport).order_by(col(OverdueReport.id)))] == [
            "special_mention",
            "normal",
        ]
        assert len(session.exec(select(Message).where(Message.kind == "lending.overdue_reported")).all()) == 1


# --- four eyes


def large(scene: LendingScene, **fields: object) -> RecordDisbursement:
    return parse(RecordDisbursement, scene.payout_form(amount_wan="60", **fields))


LIMIT = Decimal(500_000)


def propose(scene: LendingScene, actor: Actor, line_id: UUID, **fields: object) -> UUID:
    with scene.sessions.as_(actor) as session:
        made = pay_out(session, actor, line_id, large(scene, **fields), scene.now, four_eyes=LIMIT)
        session.commit()
        assert isinstance(made, PayoutProposal)
        return made.id


def confirm(scene: LendingScene, actor: Actor, proposal_id: UUID) -> None:
    with scene.sessions.as_(actor) as session:
        confirm_payout(session, actor, proposal_id, scene.now)
        session.commit()


def test_a_large_payout_counts_only_when_a_second_person_confirms_it(scene: LendingScene) -> None:
    line_id = scene.line()
    before = scene.state()
    proposal = propose(scene, scene.officers[0], line_id)
    assert scene.state() == before
    with pytest.raises(Forbidden):
        confirm(scene, scene.officers[0], proposal)
    confirm(scene, scene.manager, proposal)
    assert (scene.paid(line_id), scene.state()["leads"][0]) == (Decimal(600_000), "disbursing")
    with pytest.raises(Conflict, match="decided"):
        confirm(scene, scene.manager, proposal)
    holds(scene)


def test_the_proposer_cannot_confirm_even_as_manager(scene: LendingScene, factory: Factory) -> None:
    line_id = scene.line()
    proposal = propose(scene, scene.manager, line_id)
    with pytest.raises(Conflict, match="yourself"):
        confirm(scene, scene.manager, proposal)
    second = actor_of(factory.officer_of(scene.banks[0], Role.INSTITUTION_MANAGER))
    other_bank = actor_of(factory.officer_of(scene.banks[1], Role.INSTITUTION_MANAGER))
    factory.session.commit()
    with pytest.raises(NotFound):
        confirm(scene, other_bank, proposal)
    confirm(scene, second, proposal)
    assert scene.paid(line_id) == Decimal(600_000)


def test_the_limit_itself_needs_no_second_person_and_one_fen_more_does(scene: LendingScene) -> None:
    line_id = scene.line()
    officer = scene.officers[0]
    with scene.sessions.as_(officer) as session:
        at_limit = parse(RecordDisbursement, scene.payout_form(amount_wan="50"))
        assert isinstance(pay_out(session, officer, line_id, at_limit, scene.now, four_eyes=LIMIT), Disbursement)
        above = parse(RecordDisbursement, scene.payout_form(amount_wan="20.000001", external_reference="Y"))
        with use_locale("en"), pytest.raises(InvalidInput, match="second person"):
            record_disbursement(session, officer, line_id, above, scene.now, four_eyes=Decimal(200_000))


def test_a_proposal_is_checked_again_when_it_is_confirmed(scene: LendingScene) -> None:
    line_id = scene.line()
    proposal = propose(scene, scene.officers[0], line_id)
    with pytest.raises(InvalidInput, match="external_reference"):
        propose(scene, scene.officers[0], line_id)
    with pytest.raises(InvalidInput, match="external_reference"):
        scene.pay(line_id)
    scene.pay(line_id, amount_wan="30", external_reference="FK-2")
    with pytest.raises(InvalidInput, match="amount_wan"):
        confirm(scene, scene.manager, proposal)
    with scene.sessions.as_(scene.manager) as session:
        reject_payout(session, scene.manager, proposal, RejectPayout(note="额度不足"), scene.now)
        session.commit()
    scene.pay(line_id, amount_wan="1")  # the reference is free again
    holds(scene)


# --- the same loan reported twice


def test_a_payout_like_one_recorded_already_asks_first(scene: LendingScene, factory: Factory) -> None:
    line_id, officer = scene.line(), scene.officers[0]
    scene.pay(line_id)
    near = scene.payout_form(amount_wan="29.9", external_reference="FK-2")
    with scene.sessions.as_(officer) as session:
        with pytest.raises(InvalidInput, match="record_anyway"):
            pay_out(session, officer, line_id, parse(RecordDisbursement, near), scene.now)
        pay_out(session, officer, line_id, parse(RecordDisbursement, {**near, "record_anyway": "true"}), scene.now)
        other = parse(RecordDisbursement, scene.payout_form(amount_wan="15", external_reference="FK-3"))
        pay_out(session, officer, line_id, other, scene.now)
        session.commit()
    # The other bank learns that there is one, and neither whose nor how much.
    twin = LendingScene(factory, scene.sessions, scene.now, banks=scene.banks)
    with scene.sessions.as_(SYSTEM) as session:
        for table in ("needs", "leads"):
            session.execute(
                text(f"update {table} set enterprise_id = :mine where enterprise_id = :theirs"),
                {"mine": scene.enterprise.id, "theirs": twin.enterprise.id},
            )
        session.commit()
    twin.member = scene.member
    theirs = twin.line(1, contract_number="HT-TWIN")
    bank = twin.officers[1]
    same = parse(RecordDisbursement, scene.payout_form(external_reference="B-1"))
    with use_locale("en"), scene.sessions.as_(bank) as session, pytest.raises(InvalidInput) as told:
        pay_out(session, bank, theirs, same, scene.now)
    assert "Another institution" in told.value.fields["record_anyway"]
    assert "30" not in told.value.fields["record_anyway"]


def test_staff_decide_whether_two_payouts_are_one_loan_and_both_banks_are_told(
    scene: LendingScene, factory: Factory
) -> None:
    line_id = scene.line()
    first, second = scene.pay(line_id), scene.pay(line_id, external_reference="FK-2")
    staff, auditor = actor_of(factory.user(Role.OFFICE_STAFF)), actor_of(factory.user(Role.OFFICE_AUDITOR))
    factory.session.commit()
    same = DecideDuplicate.model_validate({"verdict": "same", "note": "同一笔"})
    with scene.sessions.as_(auditor) as session, pytest.raises(Forbidden):
        decide_duplicate(session, auditor, first, second, same, scene.now)
    with scene.sessions.as_(staff) as session:
        with pytest.raises(NotFound):
            decide_duplicate(session, staff, first, first, same, scene.now)
        decide_duplicate(session, staff, second, first, same, scene.now)
        session.commit()
    with scene.sessions.as_(SYSTEM) as session:
        assert len(session.exec(select(Message).where(Message.kind == "lending.payout_counted_twice")).all()) == 2
    assert scene.paid(line_id) == Decimal(600_000)
