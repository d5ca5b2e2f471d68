"""Credit lines and payouts: what is refused, what follows, and that nothing is half-written."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory
from tests.lending_scene import LendingScene
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.validation import parse
from xinyidai.lending.commands import GrantCreditLine, RecordDisbursement, ReverseDisbursement
from xinyidai.lending.models import Disbursement
from xinyidai.lending.services import (
    close_credit_line,
    grant_credit_line,
    record_disbursement,
    reverse_disbursement,
)

MISTAKE = ReverseDisbursement(reason="金额录入错误")


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


def reverse(scene: LendingScene, payout_id: UUID) -> UUID:
    with scene.sessions.as_(scene.officers[0]) as session:
        reversal = reverse_disbursement(session, scene.officers[0], payout_id, MISTAKE, scene.now)
        session.commit()
        return reversal.id


def close(scene: LendingScene, line_id: UUID) -> None:
    with scene.sessions.as_(scene.officers[0]) as session:
        close_credit_line(session, scene.officers[0], line_id, scene.now)
        session.commit()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_wan", "80.000001"),
        ("amount_wan", "0"),
        ("contract_number", " "),
        ("approved_on", "2026-03-19"),
        ("approved_on", "2025-03-18"),
        ("expires_on", "2026-03-18"),
        ("expires_on", "18/03/2027"),
    ],
)
def test_a_line_beyond_the_offer_or_out_of_time_is_refused_at_the_field(
    scene: LendingScene, field: str, value: str
) -> None:
    scene.accept(scene.offer())
    before, officer = scene.state(), scene.officers[0]
    with scene.sessions.as_(officer) as lender, attempt(lender) as outcome:
        command = parse(GrantCreditLine, scene.line_form(**{field: value}))
        grant_credit_line(lender, officer, scene.leads[0].id, command, scene.now)
    assert set(outcome.errors) == {field}
    assert scene.state() == before


def test_a_line_needs_an_accepted_offer_and_is_granted_once(scene: LendingScene) -> None:
    command, officer = parse(GrantCreditLine, scene.line_form()), scene.officers[0]
    offer_id = scene.offer()
    with scene.sessions.as_(officer) as lender, pytest.raises(Conflict):
        grant_credit_line(lender, officer, scene.leads[0].id, command, scene.now)
    scene.accept(offer_id)
    with scene.sessions.as_(scene.manager) as lender:
        line = grant_credit_line(lender, scene.manager, scene.leads[0].id, command, scene.now)
        lender.commit()
        with pytest.raises(Conflict):
            grant_credit_line(lender, scene.manager, scene.leads[0].id, command, scene.now)
    assert (line.annual_rate, line.term_months, scene.state()["need"]) == (Decimal("4.35"), 12, "credited")


def test_a_contract_number_is_used_once_per_institution(scene: LendingScene, factory: Factory) -> None:
    scene.line(contract_number="HT 1")
    LendingScene(factory, scene.sessions, scene.now).line(contract_number="HT 1")  # another bank's are its own
    second = LendingScene(factory, scene.sessions, scene.now, banks=scene.banks)
    second.accept(second.offer())
    before, officer = second.state(), second.officers[0]
    with scene.sessions.as_(officer) as lender, attempt(lender) as outcome:
        command = parse(GrantCreditLine, second.line_form(contract_number="ＨＴ　1"))
        grant_credit_line(lender, officer, second.leads[0].id, command, scene.now)
    assert set(outcome.errors) == {"contract_number"}
    assert second.state() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_wan", "0"),
        ("amount_wan", "-1"),
        ("amount_wan", "80.000001"),
        ("amount_wan", "Infinity"),
        ("amount_wan", "0.0000001"),
        ("paid_on", "2026-03-19"),
        ("paid_on", "2026-03-17"),
        ("paid_on", "2026-02-30"),
        ("external_reference", "  "),
        ("external_reference", "x" * 65),
    ],
)
def test_a_wrong_payout_is_refused_at_the_field(scene: LendingScene, field: str, value: str) -> None:
    line_id = scene.line()
    before, officer = scene.state(), scene.officers[0]
    with scene.sessions.as_(officer) as lender, attempt(lender) as outcome:
        command = parse(RecordDisbursement, scene.payout_form(**{field: value}))
        record_disbursement(lender, officer, line_id, command, scene.now)
    assert set(outcome.errors) == {field}
    assert scene.state() == before


def test_tranches_fill_the_line_to_the_fen_and_no_further(scene: LendingScene) -> None:
    line_id = scene.line()
    assert scene.state()["need"] == "credited"
    scene.pay(line_id, amount_wan="79.999999", external_reference="A")
    assert (scene.state()["leads"], scene.state()["need"]) == (["disbursing", "sent"], "disbursed")
    with pytest.raises(InvalidInput, match="amount_wan"):
        scene.pay(line_id, amount_wan="0.000002", external_reference="B")
    scene.pay(line_id, amount_wan="0.000001", external_reference="B")
    assert scene.state()["leads"] == ["funded", "sent"]
    assert scene.paid(line_id) == Decimal("800000.00")
    with pytest.raises(InvalidInput, match="paid out in full"):
        scene.pay(line_id, amount_wan="0.000001", external_reference="C")


def test_the_same_reference_again_is_told_at_its_field_and_pays_nothing(scene: LendingScene) -> None:
    line_id = scene.line()
    scene.pay(line_id, amount_wan="50")
    before = scene.state()
    # The second click would also be above the line: the reason that helps comes first.
    with pytest.raises(InvalidInput) as refused:
        scene.pay(line_id, amount_wan="50", external_reference=" ＦＫ-1 ")
    assert set(refused.value.fields) == {"external_reference"}
    assert scene.state() == before


def test_the_database_itself_refuses_a_second_payout_with_one_reference(
    scene: LendingScene, session: ActorSession
) -> None:
    payout = scene.payout(scene.pay(scene.line()))
    before = scene.state()
    with scene.sessions.as_(scene.officers[0]) as session, attempt(session) as outcome:
        session.add(Disbursement(**payout.model_dump(exclude={"id"})))
    assert set(outcome.errors) == {"external_reference"}
    assert scene.state() == before


def test_a_reversal_is_a_row_of_its_own_and_moves_lead_and_need_back(scene: LendingScene) -> None:
    line_id = scene.line()
    first, second = scene.pay(line_id), scene.pay(line_id, amount_wan="50", external_reference="FK-2")
    assert scene.state()["leads"] == ["funded", "sent"]
    row = scene.payout(reverse(scene, second))
    assert (row.amount, row.reverses_id, row.paid_on) == (Decimal(-500_000), second, scene.today)
    assert (scene.paid(line_id), scene.state()["leads"]) == (Decimal(300_000), ["disbursing", "sent"])
    reverse(scene, first)
    state = scene.state()
    assert (state["leads"], state["need"], len(state["payouts"])) == (["credit_approved", "sent"], "credited", 4)
    scene.pay(line_id, amount_wan="80", external_reference="FK-3")
    assert scene.state()["need"] == "disbursed"


def test_a_payout_is_reversed_once_and_a_reversal_never(scene: LendingScene) -> None:
    payout_id = scene.pay(scene.line())
    reversal_id = reverse(scene, payout_id)
    before = scene.state()
    for row_id in (payout_id, reversal_id):
        with pytest.raises(Conflict):
            reverse(scene, row_id)
    assert scene.state() == before


def test_a_reversal_needs_its_reason() -> None:
    with pytest.raises(InvalidInput):
        parse(ReverseDisbursement, {"reason": " "})


def test_a_closed_line_pays_nothing_more_but_can_be_put_right(scene: LendingScene) -> None:
    line_id = scene.line()
    payout_id = scene.pay(line_id)
    close(scene, line_id)
    assert scene.state()["leads"] == ["funded", "sent"]
    before = scene.state()
    with pytest.raises(Conflict, match="closed"):
        scene.pay(line_id, external_reference="FK-2")
    with pytest.raises(Conflict, match="closed already"):
        close(scene, line_id)
    assert scene.state() == before
    reverse(scene, payout_id)
    assert scene.state()["leads"] == ["no_deal", "sent"]


def test_a_line_closed_before_any_payout_ends_the_lead_without_a_deal(scene: LendingScene) -> None:
    close(scene, scene.line())
    assert scene.state()["leads"] == ["no_deal", "sent"]


def test_nothing_is_paid_after_the_line_has_ended(scene: LendingScene) -> None:
    line_id = scene.line(expires_on=str(scene.today + timedelta(days=1)))
    scene.now += timedelta(days=3)
    with pytest.raises(InvalidInput, match="paid_on"):
        scene.pay(line_id, paid_on=str(scene.today + timedelta(days=2)))


def test_another_banks_line_and_payout_are_as_if_they_did_not_exist(scene: LendingScene) -> None:
    line_id = scene.line()
    payout_id = scene.pay(line_id)
    before, other = scene.state(), scene.officers[1]
    command = parse(RecordDisbursement, scene.payout_form(external_reference="X"))
    with scene.sessions.as_(other) as lender:
        with pytest.raises(NotFound):
            record_disbursement(lender, other, line_id, command, scene.now)
        with pytest.raises(NotFound):
            reverse_disbursement(lender, other, payout_id, MISTAKE, scene.now)
        with pytest.raises(NotFound):
            close_credit_line(lender, other, line_id, scene.now)
        assert lender.exec(select(Disbursement)).all() == []
    with scene.sessions.as_(scene.member) as member, pytest.raises(Forbidden):
        record_disbursement(member, scene.member, line_id, command, scene.now)
    assert scene.state() == before
