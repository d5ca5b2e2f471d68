"""Random histories of officers, enterprises and the clock: whatever happens, money and states agree with the rows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlmodel import col, select

from tests.conftest import Sessions
from tests.factories import Factory
from tests.lending_scene import LendingScene
from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import XydError
from xinyidai.core.validation import parse
from xinyidai.leads.models import Lead, LeadEvent
from xinyidai.leads.service import RefuseLead, accept_lead, decline_lead, withdraw_lead
from xinyidai.leads.status import derive_need_status
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.commands import (
    CloseLead,
    GrantCreditLine,
    MakeOffer,
    RecordDisbursement,
    ReverseDisbursement,
)
from xinyidai.lending.models import CreditLine, Disbursement, Offer
from xinyidai.lending.services import (
    accept_offer,
    close_credit_line,
    close_lead,
    decline_offer,
    grant_credit_line,
    lapse_offers,
    make_offer,
    record_disbursement,
    refuse_credit,
    reverse_disbursement,
    take_back_offer,
)
from xinyidai.lending.services.credit_lines import lead_status_of
from xinyidai.lending.types import PROMISED
from xinyidai.needs.models import Need

# Mostly onward, sometimes back, often in vain: any act may be tried in any state.
ACTS = ["accept", "offer", "take", "grant", "pay", "reverse", "decline", "refuse", "end", "withdraw", "take_back"]
ACTS += ["not_taken", "close", "lapse", "wait"]
KINDS = ["onward"] * 14 + ["pay", "reverse"] * 4 + ACTS
ONWARD = {
    "sent": "accept",
    "accepted": "offer",
    "offered": "take",
    "offer_accepted": "grant",
    "credit_approved": "pay",
    "disbursing": "pay",
    "funded": "reverse",
}
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 1), st.integers(0, 99)), min_size=12, max_size=40)


class History:
    """Plays steps against the services; refused ones must change nothing, which the invariants show."""

    def __init__(self, scene: LendingScene) -> None:
        self.scene, self.now, self.done, self.references = scene, scene.now, 0, 0

    def play(self, kind: str, bank: int, number: int) -> None:
        member, officer = self.scene.member, self.scene.officers[bank]
        if kind == "onward":
            kind = ONWARD.get(self.scene.state()["leads"][bank], "pay")
        by_member = kind in ("take", "not_taken", "withdraw")
        actor = SYSTEM if kind == "lapse" else member if by_member else officer
        if kind == "wait":
            self.now += timedelta(days=number % 9)
            return
        with self.scene.sessions.as_(actor) as session:
            try:
                with attempt(session) as outcome:
                    self._step(kind)(session, actor, bank, number)
            except XydError:
                return
            session.commit()
            self.done += outcome.ok

    def _step(self, kind: str) -> Callable[[ActorSession, Actor, int, int], Any]:
        lead = [one.id for one in self.scene.leads]
        refusal = RefuseLead.model_validate({"reason": "weak_revenue"})
        today = str((self.now + timedelta(hours=8)).date())
        steps: dict[str, Callable[[ActorSession, Actor, int, int], Any]] = {
            "accept": lambda s, a, b, n: accept_lead(s, a, lead[b], self.now),
            "decline": lambda s, a, b, n: decline_lead(s, a, lead[b], refusal, self.now) if n < 10 else None,
            "refuse": lambda s, a, b, n: refuse_credit(s, a, lead[b], refusal, self.now) if n < 30 else None,
            "end": lambda s, a, b, n: (
                close_lead(s, a, lead[b], CloseLead(outcome=LeadStatus.NO_DEAL), self.now) if n < 30 else None
            ),
            "withdraw": lambda s, a, b, n: withdraw_lead(s, a, lead[b], self.now) if n < 20 else None,
            "offer": lambda s, a, b, n: make_offer(
                s,
                a,
                lead[b],
                parse(MakeOffer, self.scene.offer_form(amount_wan=str(10 + n), valid_until=self._later(n % 6))),
                self.now,
            ),
            "take": lambda s, a, b, n: accept_offer(s, a, self._one(s, Offer, n), self.now),
            "not_taken": lambda s, a, b, n: decline_offer(s, a, self._one(s, Offer, n), self.now),
            "take_back": lambda s, a, b, n: take_back_offer(s, a, self._one(s, Offer, n), self.now),
            "lapse": lambda s, a, b, n: lapse_offers(s, self.now),
            "grant": lambda s, a, b, n: grant_credit_line(
                s,
                a,
                lead[b],
                parse(GrantCreditLine, self.scene.line_form(amount_wan=str(5 + n % 8), approved_on=today)),
                self.now,
            ),
            "pay": lambda s, a, b, n: record_disbursement(
                s, a, self._one(s, CreditLine, n), parse(RecordDisbursement, self._payout(n, today)), self.now
            ),
            "reverse": lambda s, a, b, n: reverse_disbursement(
                s, a, self._one(s, Disbursement, n), ReverseDisbursement(reason="录入错误"), self.now
            ),
            "close": lambda s, a, b, n: (
                close_credit_line(s, a, self._one(s, CreditLine, n), self.now) if n < 30 else None
            ),
        }
        return steps[kind]

    def _later(self, days: int) -> str:
        return str((self.now + timedelta(days=days, hours=8)).date())

    def _payout(self, number: int, today: str) -> dict[str, object]:
        self.references += number % 7 != 0  # now and then the same reference again
        reference = f"FK-{self.references}"
        return self.scene.payout_form(amount_wan=str(number % 9 + 1), paid_on=today, external_reference=reference)

    def _one(self, session: ActorSession, table: Any, number: int) -> Any:
        """Any row this actor can see, or an id that no row has."""
        ids = session.exec(select(table.id).order_by(table.id)).all()
        return ids[number % len(ids)] if ids else self.scene.need.id


def check(scene: LendingScene) -> None:
    with scene.sessions.as_(SYSTEM) as session:
        leads = {lead.id: lead for lead in session.exec(select(Lead).where(Lead.need_id == scene.need.id))}
        need = session.get_one(Need, scene.need.id)
        assert need.status == derive_need_status(LeadStatus(lead.status) for lead in leads.values())
        assert sum(LeadStatus(lead.status) in PROMISED for lead in leads.values()) <= 1
        for line in session.exec(select(CreditLine)):
            rows = session.exec(select(Disbursement).where(Disbursement.credit_line_id == line.id)).all()
            paid = sum((row.amount for row in rows), Decimal(0))
            assert 0 <= paid <= line.amount
            assert leads[line.lead_id].status == lead_status_of(line.amount, paid, closed=line.closed_on is not None)
            reversed_ids = [row.reverses_id for row in rows if row.reverses_id]
            assert len(reversed_ids) == len(set(reversed_ids))
        for offer in session.exec(select(Offer).where(Offer.status == "accepted")):
            assert leads[offer.lead_id].status not in ("sent", "accepted", "offered")
        for lead in leads.values():
            history = session.exec(select(LeadEvent).where(LeadEvent.lead_id == lead.id).order_by(col(LeadEvent.id)))
            steps = history.all()
            assert [step.from_status for step in steps[1:]] == [step.to_status for step in steps[:-1]]
            assert not steps or steps[-1].to_status == lead.status
            if lead.status == "offered":
                held = session.exec(select(Offer).where(Offer.lead_id == lead.id, Offer.status == "open")).all()
                assert len(held) == 1


def test_after_any_history_the_totals_are_the_rows_and_the_states_follow(connection: Connection, now: datetime) -> None:
    played = {"steps": 0, "done": 0, "paid": 0}

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(steps=STEPS)
    def run(steps: list[tuple[str, int, int]]) -> None:
        savepoint = connection.begin_nested()
        try:
            sessions = Sessions(connection)
            with sessions.as_(SYSTEM) as session:
                scene = LendingScene(Factory(session, now), sessions, now)
            history = History(scene)
            for step in steps:
                history.play(*step)
                check(scene)
            played["steps"] += len(steps)
            played["done"] += history.done
            played["paid"] += len(scene.state()["payouts"])
        finally:
            savepoint.rollback()

    run()
    assert played["steps"] > 200
    assert played["done"] > played["steps"] // 5
    assert played["paid"] >= 20, f"no history came to money, so nothing was tested: {played}"
