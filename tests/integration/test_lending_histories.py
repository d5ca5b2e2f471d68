"""Random histories of officers, enterprises and the clock: whatever happens, money and states agree with the rows."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlmodel import col, select

from tests.conftest import Sessions
from tests.factories import Factory
from tests.lending_scene import LendingScene
from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import XydError
from xinyidai.core.validation import parse
from xinyidai.leads.models import Lead, LeadEvent
from xinyidai.leads.service import RefuseLead, accept_lead, decline_lead
from xinyidai.leads.status import derive_need_status
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.commands import (
    CloseLead,
    GrantCreditLine,
    MakeOffer,
    RecordDisbursement,
    RecordRepayment,
    RejectPayout,
    RenewLine,
    ReportOverdue,
    ReverseDisbursement,
)
from xinyidai.lending.credit_values import hand_down
from xinyidai.lending.models import CreditLine, Disbursement, Offer, PayoutProposal, Repayment
from xinyidai.lending.services import (
    accept_offer,
    ask_for_binding,
    close_credit_line,
    close_lead,
    confirm_payout,
    decline_offer,
    grant_credit_line,
    lapse_offers,
    make_binding,
    make_offer,
    pay_out,
    record_disbursement,
    record_repayment,
    refuse_credit,
    reject_payout,
    renew_line,
    report_overdue,
    reverse_disbursement,
    reverse_repayment,
    take_back_offer,
    withdraw_lead,
)
from xinyidai.lending.services.credit_lines import lead_status_of
from xinyidai.lending.types import PROMISED
from xinyidai.needs.models import Need
from xinyidai.statistics.check import check

# Mostly onward, sometimes back, often in vain: any act may be tried in any state.
ACTS = ["accept", "offer", "take", "grant", "pay", "reverse", "decline", "refuse", "end", "withdraw", "take_back"]
ACTS += ["not_taken", "close", "lapse", "wait", "indicate", "make_binding", "ask_binding", "overdue", "reject"]
KINDS = (
    ["onward"] * 16 + ["pay", "reverse", "repay", "renew"] * 3 + ["repay_all", "undo", "propose", "confirm"] * 2 + ACTS
)
ONWARD = {
    "sent": ["accept"],
    "accepted": ["offer", "offer", "indicate"],
    "offered": ["take"],
    "offer_accepted": ["grant"],
    "credit_approved": ["propose", "pay"],
    "disbursing": ["pay", "repay", "propose", "confirm", "overdue", "renew", "close"],
    "funded": ["repay", "repay_all", "renew", "undo", "overdue", "reverse", "repay_all"],
}
LIMIT = Decimal(30_000)
"""Above this, in yuan, a payout of these histories needs a second person."""
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 1), st.integers(0, 99)), min_size=30, max_size=80)


class History:
    """Plays steps against the services; refused ones must change nothing, which the invariants show."""

    def __init__(self, scene: LendingScene) -> None:
        self.scene, self.now, self.done, self.references = scene, scene.now, 0, 0

    def play(self, kind: str, bank: int, number: int) -> None:
        member, officer = self.scene.member, self.scene.officers[bank]
        if kind == "onward":
            kind = self._onward(self.scene.state()["leads"][bank], number)
        by_member = kind in ("take", "not_taken", "withdraw", "ask_binding")
        actor = SYSTEM if kind == "lapse" else member if by_member else officer
        if kind in ("confirm", "reject"):
            actor = self.scene.manager
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

    def _onward(self, status: str, number: int) -> str:
        """What usually comes next, and now and then what also can."""
        choices = ONWARD.get(status, ["pay"])
        if status == "offered" and self._is_indicative():
            choices = ["ask_binding", "make_binding"]
        if status in ("credit_approved", "disbursing") and self._waits_for_second_person():
            choices = ["confirm", "confirm", "reject"]
        if self.scene.state()["need"] == "settled":
            choices = ["undo", "undo", "overdue"]
        return choices[number % len(choices)]

    def _is_indicative(self) -> bool:
        with self.scene.sessions.as_(SYSTEM) as session:
            open_offers = session.exec(select(Offer.kind).where(Offer.status == "open")).all()
            return "indicative" in open_offers

    def _waits_for_second_person(self) -> bool:
        with self.scene.sessions.as_(SYSTEM) as session:
            return "open" in session.exec(select(PayoutProposal.status)).all()

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
            "propose": lambda s, a, b, n: pay_out(
                s,
                a,
                self._one(s, CreditLine, n),
                parse(
                    RecordDisbursement,
                    {**self._payout(n, today), "amount_wan": "4", "record_anyway": str(n % 2 == 0).lower()},
                ),
                self.now,
                four_eyes=LIMIT,
            ),
            "confirm": lambda s, a, b, n: confirm_payout(s, a, self._one(s, PayoutProposal, n), self.now),
            "reject": lambda s, a, b, n: reject_payout(
                s, a, self._one(s, PayoutProposal, n), RejectPayout(note="再核实"), self.now
            ),
            "repay": lambda s, a, b, n: self._repay(
                s, a, self._one(s, CreditLine, n), Decimal(n * 1_000 + n % 3), today
            ),
            "repay_all": lambda s, a, b, n: self._repay_all(s, a, n, today),
            "undo": lambda s, a, b, n: reverse_repayment(
                s, a, self._one(s, Repayment, n), ReverseDisbursement(reason="入账错误"), self.now
            ),
            "renew": lambda s, a, b, n: renew_line(
                s,
                a,
                self._one(s, CreditLine, n),
                parse(
                    RenewLine,
                    {
                        "contract_number": f"XD-{self.references}-{n}",
                        "annual_rate": "4",
                        "term_months": 12,
                        "approved_on": today,
                        "expires_on": self._later(300),
                    },
                ),
                self.now,
            ),
            "overdue": lambda s, a, b, n: report_overdue(
                s,
                a,
                self._one(s, CreditLine, n),
                parse(
                    ReportOverdue,
                    {
                        "as_of": today,
                        "principal": n * 500,
                        "days": n % 4,
                        "grade": "special_mention" if n else "normal",
                    },
                ),
                self.now,
            ),
            "indicate": lambda s, a, b, n: make_offer(
                s,
                a,
                lead[b],
                parse(MakeOffer, self.scene.offer_form(kind="indicative", valid_until=self._later(n % 6))),
                self.now,
            ),
            "make_binding": lambda s, a, b, n: make_binding(
                s,
                a,
                self._one(s, Offer, n),
                parse(MakeOffer, self.scene.offer_form(valid_until=self._later(n % 6))),
                self.now,
            ),
            "ask_binding": lambda s, a, b, n: ask_for_binding(s, a, self._one(s, Offer, n), self.now),
            "reverse": lambda s, a, b, n: reverse_disbursement(
                s, a, self._one(s, Disbursement, n), ReverseDisbursement(reason="录入错误"), self.now
            ),
            "close": lambda s, a, b, n: (
                close_credit_line(s, a, self._one(s, CreditLine, n), self.now) if n < 30 else None
            ),
        }
        return steps[kind]

    def _repay(self, session: ActorSession, actor: Actor, line_id: Any, principal: Decimal, today: str) -> Any:
        self.references += 1
        form = {
            "principal": principal,
            "interest": "1.5",
            "repaid_on": today,
            "external_reference": f"HK-{self.references}",
        }
        return record_repayment(session, actor, line_id, parse(RecordRepayment, form), self.now)

    def _repay_all(self, session: ActorSession, actor: Actor, number: int, today: str) -> Any:
        """All that is owed on one line, after which its need may be settled; the line is closed now and then."""
        line_id = self._one(session, CreditLine, number)
        owed = session.execute(text("select outstanding from line_balances where id = :id"), {"id": line_id}).scalar()
        made = self._repay(session, actor, line_id, owed or Decimal(0), today)
        if number % 2:
            close_credit_line(session, actor, line_id, self.now)
        return made

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


EVERYTHING = [
    "payouts",
    "reversals",
    "repayments",
    "undone",
    "renewals",
    "confirmed",
    "made binding",
    "overdue",
    "settled",
    "opened again",
]

ABOUT_OTHERS = ("Every open need is ranked", "The last step in the history")
"""Leads and needs made by a factory have no ranking and no first row in their history."""


def agree(scene: LendingScene) -> None:
    with scene.sessions.as_(SYSTEM) as session:
        leads = {lead.id: lead for lead in session.exec(select(Lead).where(Lead.need_id == scene.need.id))}
        need = session.get_one(Need, scene.need.id)
        derived = derive_need_status(LeadStatus(lead.status) for lead in leads.values())
        repaid = session.execute(text("select xyd_need_is_repaid(:id)"), {"id": need.id}).scalar_one()
        assert need.status == ("settled" if repaid else derived)
        assert sum(LeadStatus(lead.status) in PROMISED for lead in leads.values()) <= 1
        owed = Decimal(0)
        for line in session.exec(select(CreditLine)):
            rows = session.exec(select(Disbursement).where(Disbursement.credit_line_id == line.id)).all()
            back = session.exec(select(Repayment).where(Repayment.credit_line_id == line.id)).all()
            carried = session.exec(select(Repayment).where(Repayment.renewal_line_id == line.id)).all()
            paid = sum((row.amount for row in rows), Decimal(0))
            left = (
                paid
                + sum((one.principal for one in carried), Decimal(0))
                - sum((b.principal for b in back), Decimal(0))
            )
            assert 0 <= paid <= line.amount
            assert left >= 0
            owed += left
            if line.renews_id is None:
                closed = line.closed_on is not None
                assert leads[line.lead_id].status == lead_status_of(line.amount, paid, closed=closed)
            else:
                assert paid == 0
        lent = sum(session.exec(select(Disbursement.amount)), Decimal(0))
        returned = sum(session.exec(select(Repayment.principal).where(Repayment.kind == "payment")), Decimal(0))
        # Renewals move what is owed from line to line; they neither make money nor lose it.
        assert owed == lent - returned
        assert need.paid == lent
        for offer in session.exec(select(Offer).where(Offer.status == "accepted")):
            assert leads[offer.lead_id].status not in ("sent", "accepted", "offered")
            assert offer.kind == "binding"
        for proposal in session.exec(select(PayoutProposal).where(PayoutProposal.status == "confirmed")):
            assert proposal.decided_by != proposal.proposed_by
        for lead in leads.values():
            history = session.exec(select(LeadEvent).where(LeadEvent.lead_id == lead.id).order_by(col(LeadEvent.id)))
            steps = history.all()
            assert [step.from_status for step in steps[1:]] == [step.to_status for step in steps[:-1]]
            assert not steps or steps[-1].to_status == lead.status
            if lead.status == "offered":
                held = session.exec(select(Offer).where(Offer.lead_id == lead.id, Offer.status == "open")).all()
                assert len(held) == 1


def clean(scene: LendingScene) -> None:
    """What ``./xyd check`` finds in the end: nothing."""
    with scene.sessions.as_(SYSTEM) as session:
        assert [one for one in check(session) if not one.sentence.startswith(ABOUT_OTHERS)] == []


def handed_down(scene: LendingScene, now: datetime) -> None:
    """Every row of money enqueued its job; what is worked out for one enterprise is what all at once gives."""
    with scene.sessions.as_(SYSTEM) as session:
        counts = """
            select (select count(*) from outbox_jobs where name = 'lending.financing_changed'),
                (select count(*) from disbursements) + (select count(*) from repayments)
                    + (select count(*) from overdue_reports),
                (select coalesce(sum(amount), 0) from disbursements)
                    - (select coalesce(sum(principal), 0) from repayments where kind = 'payment')
        """
        jobs, rows, owed = session.execute(text(counts)).one()
        assert jobs >= rows
        hand_down(session, now, [scene.enterprise.id])
        assert hand_down(session, now) == ()
        given_values = {
            row[0]: row[1] for row in session.execute(text("select indicator, value from credit_given_values"))
        }
        assert given_values.get(84, 0) == owed


def kinds_of(scene: LendingScene) -> Counter[str]:
    """What this history came to, so that a test can see that it tried everything."""
    with scene.sessions.as_(SYSTEM) as session:
        counts = """
            select 'payouts', count(*) from disbursements where reverses_id is null
            union all select 'reversals', count(*) from disbursements where reverses_id is not null
            union all select 'repayments', count(*) from repayments where kind = 'payment' and reverses_id is null
            union all select 'undone', count(*) from repayments where reverses_id is not null
            union all select 'renewals', count(*) from credit_lines where renews_id is not null
            union all select 'confirmed', count(*) from payout_proposals where status = 'confirmed'
            union all select 'made binding', count(*) from offers where status = 'replaced'
            union all select 'overdue', count(*) from overdue_reports where days > 0
            union all select 'settled', count(*) from need_events where to_status = 'settled'
            union all select 'opened again', count(*) from need_events where from_status = 'settled'
        """
        return Counter({str(row[0]): int(row[1]) for row in session.execute(text(counts))})


def test_after_any_history_the_totals_are_the_rows_and_the_states_follow(connection: Connection, now: datetime) -> None:
    played: Counter[str] = Counter()

    @settings(
        max_examples=70,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # a history is read as it was played; making it shorter takes many minutes
        suppress_health_check=list(HealthCheck),
    )
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
                agree(scene)
            clean(scene)
            handed_down(scene, history.now)
            played.update(kinds_of(scene))
            played.update(steps=len(steps), done=history.done)
        finally:
            savepoint.rollback()

    run()
    assert played["steps"] > 2_000
    assert played["done"] > played["steps"] // 5
    untried = [name for name in EVERYTHING if not played[name]]
    assert untried == [], f"no history came to this, so it was not tested: {dict(played)}"
