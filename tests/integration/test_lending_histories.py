"""Random histories of officers, enterprises and the clock: whatever happens, money and states agree with the rows."""

import os
import sys
from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import invariant, run_state_machine_as_test
from sqlalchemy import Connection, text
from sqlmodel import col, select

from tests.lending_machine import LendingMachine
from tests.market_scene import MarketScene
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession
from xinyidai.core.money import to_fen
from xinyidai.leads.claims import CLAIMS_PER_NEED
from xinyidai.leads.models import Lead, LeadEvent
from xinyidai.leads.status import derive_need_status
from xinyidai.leads.types import CLOSED, ENDED_WITHOUT_MONEY, LeadStatus
from xinyidai.lending.credit_values import hand_down
from xinyidai.lending.models import CreditLine, Disbursement, Offer, PayoutProposal, Repayment, RiskShare
from xinyidai.lending.services.credit_lines import lead_status_of
from xinyidai.lending.types import PROMISED
from xinyidai.needs.models import Need
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus
from xinyidai.statistics.check import check
from xinyidai.statistics.queries.loans import loans

SUITES_OWN = (50, 1)
HISTORIES = int(os.environ.get("XYD_HISTORIES", SUITES_OWN[0]))
SEED = int(os.environ.get("XYD_HISTORIES_SEED", SUITES_OWN[1]))
"""The suite plays the same histories each time; CONTRIBUTING.md says how to play others, and more of them."""
STEPS = 60
AT_A_TIME = 10
"""After so many, Hypothesis mostly varies what it has played; in small portions, histories are less of a kind."""


class Histories(LendingMachine):
    """What holds after every step, and at the end of a history; everything is rolled back after it."""

    came_to: ClassVar[Counter[str]]
    rows: frozenset[tuple[str, ...]] = frozenset()
    before = ""

    @invariant()
    def a_refused_act_changes_nothing(self) -> None:
        after = mark(self.scene)
        assert self.done or after == self.before, f"{self.step} was refused and changed something"
        self.before = after

    @invariant()
    def rows_of_money_are_added_and_never_changed_or_removed(self) -> None:
        if self.done:
            after = money_rows(self.scene)
            assert self.rows <= after, f"{self.step} changed or removed a row of money"
            self.rows = after

    @invariant()
    def totals_are_the_rows_and_states_follow(self) -> None:
        if self.done:
            agree(self.scene)

    def teardown(self) -> None:
        try:
            if sys.exception() is None:  # a history that failed, or that Hypothesis broke off, has no end to look at
                clean(self.scene)
                each_sees_only_its_own(self.scene)
                self.came_to.update(kinds_of(self.scene) + Counter(steps=self.steps, done=self.steps_done))
        finally:
            self.savepoint.rollback()


def test_after_any_history_the_totals_are_the_rows_and_the_states_follow(connection: Connection, now: datetime) -> None:
    Histories.connection, Histories.begins, Histories.came_to = connection, now, Counter()
    for begun in range(0, HISTORIES, AT_A_TIME):
        run_state_machine_as_test(
            seed(SEED * 1_000 + begun)(Histories),
            settings=settings(
                max_examples=min(AT_A_TIME, HISTORIES - begun),
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate],  # a history is read as it was played; making it shorter takes many minutes
                suppress_health_check=list(HealthCheck),
            ),
        )
    played = Histories.came_to
    print(f"{HISTORIES} histories of seed {SEED}: {dict(played)}")
    if (HISTORIES, SEED) == SUITES_OWN:  # what others come to is chance
        assert played["steps"] >= 2_500
        assert played["done"] > played["steps"] // 5
        untried = [name for name in EVERYTHING if not played[name]]
        assert untried == [], f"no history came to this, so it was not tested: {dict(played)}"


EVERYTHING = [
    "payouts",
    "reversals",
    "repayments",
    "undone",
    "renewals",
    "confirmed",
    "rejected",
    "made binding",
    "overdue",
    "settled",
    "opened again",
    "contacted",
    "papers asked for",
    "handed in",
    "claimed",
    "dispatched",
    "suggested",
    "agreed to",
    "passed on",
    "silent",
    "withdrawn",
    "reminded",
    "pooled",
    "needs withdrawn",
    "handed over",
    "guaranteed",
    "found to be the same",
    "answered by table",
]

MARK = text("""
    select md5(concat(
      (select string_agg(concat(status, paid, granted, closed_at), ',' order by id) from needs),
      (select string_agg(concat(status, reason, decide_by, paused_on, officer_id), ',' order by id) from leads),
      (select string_agg(concat(status, decided_at), ',' order by id) from offers),
      (select string_agg(concat(amount, closed_on), ',' order by id) from credit_lines),
      (select concat(count(*), sum(amount)) from disbursements),
      (select concat(count(*), sum(principal)) from repayments),
      (select string_agg(status, ',' order by id) from payout_proposals),
      (select count(*) from overdue_reports), (select count(*) from lead_events),
      (select count(*) from duplicate_decisions), (select count(*) from risk_shares)))
""")


def mark(scene: MarketScene) -> str:
    """The same as long as nothing has changed."""
    with scene.sessions.as_(SYSTEM) as session:
        return str(session.execute(MARK).scalar_one())


def agree(scene: MarketScene) -> None:
    with scene.sessions.as_(SYSTEM) as session:
        leads = {lead.id: lead for lead in session.exec(select(Lead).where(Lead.need_id == scene.need.id))}
        need = session.get_one(Need, scene.need.id)
        need_agrees(session, need, leads)
        money_agrees(session, need, leads)
        for lead in leads.values():
            status = LeadStatus(lead.status)
            assert (lead.closed_at is not None) == (status in CLOSED)
            assert (lead.paused_on is not None) == (status is LeadStatus.PAPERS_REQUESTED)
            assert lead.accepted_at is None or lead.officer_id is not None
        claimed = [one for one in leads.values() if one.route == "claimed" and one.status not in ENDED_WITHOUT_MONEY]
        assert len(claimed) <= CLAIMS_PER_NEED
        for offer in session.exec(select(Offer).where(Offer.status == "accepted")):
            assert leads[offer.lead_id].status not in ("sent", "accepted", "offered")
            assert offer.kind == "binding"
        for proposal in session.exec(select(PayoutProposal).where(PayoutProposal.status == "confirmed")):
            assert proposal.decided_by != proposal.proposed_by
        history_agrees(session, leads)


def need_agrees(session: ActorSession, need: Need, leads: dict[UUID, Lead]) -> None:
    statuses = [LeadStatus(lead.status) for lead in leads.values()]
    repaid = session.execute(text("select xyd_need_is_repaid(:id)"), {"id": need.id}).scalar_one()
    if repaid:
        assert need.status == "settled"
    elif NeedStatus(need.status) in OPEN_STATUSES:
        assert need.status == derive_need_status(statuses)
    else:
        assert need.status in ("withdrawn", "expired")
        assert all(status in ENDED_WITHOUT_MONEY for status in statuses)
    assert sum(status in PROMISED for status in statuses) <= 1


def money_agrees(session: ActorSession, need: Need, leads: dict[UUID, Lead]) -> None:
    owed = Decimal(0)
    payouts, back = session.exec(select(Disbursement)).all(), session.exec(select(Repayment)).all()
    for line in session.exec(select(CreditLine)):
        paid = sum((row.amount for row in payouts if row.credit_line_id == line.id), Decimal(0))
        left = (
            paid
            + sum((one.principal for one in back if one.renewal_line_id == line.id), Decimal(0))
            - sum((one.principal for one in back if one.credit_line_id == line.id), Decimal(0))
        )
        assert 0 <= paid <= line.amount
        assert left >= 0
        owed += left
        if line.renews_id is None:
            closed = line.closed_on is not None
            assert leads[line.lead_id].status == lead_status_of(line.amount, paid, closed=closed)
        else:
            assert paid == 0
    lent = sum((row.amount for row in payouts), Decimal(0))
    returned = sum((one.principal for one in back if one.kind == "payment"), Decimal(0))
    # Renewals move what is owed from line to line; they neither make money nor lose it.
    assert owed == lent - returned
    assert need.paid == lent


def history_agrees(session: ActorSession, leads: dict[UUID, Lead]) -> None:
    """Each lead's history leads step by step to where it stands."""
    steps: dict[UUID, list[LeadEvent]] = {lead_id: [] for lead_id in leads}
    for step in session.exec(select(LeadEvent).where(col(LeadEvent.lead_id).in_(leads)).order_by(col(LeadEvent.id))):
        steps[step.lead_id].append(step)
    for lead_id, taken in steps.items():
        assert [step.from_status for step in taken[1:]] == [step.to_status for step in taken[:-1]]
        assert taken[-1].to_status == leads[lead_id].status
    held = Counter(session.exec(select(Offer.lead_id).where(Offer.status == "open")).all())
    assert held == {lead_id: 1 for lead_id, lead in leads.items() if lead.status == "offered"}


def clean(scene: MarketScene) -> None:
    """What ``./xyd check`` finds in the end: nothing."""
    with scene.sessions.as_(SYSTEM) as session:
        assert check(session) == []
    handed_down(scene, scene.now)
    with scene.sessions.as_(scene.staff) as session:
        found = loans(session)
        balances = "select lead_id, sum(outstanding) from line_balances group by lead_id"
        owed = {row[0]: row[1] for row in session.execute(text(balances))}
        shares = session.exec(
            select(RiskShare, Offer.lead_id)
            .join(Offer, col(Offer.id) == RiskShare.offer_id)
            .where(Offer.status == "accepted")
        ).all()
        borne = [(one.pool_id is not None, to_fen(one.share * owed.get(lead, 0) / 100)) for one, lead in shares]
        assert found.pooled == sum((amount for pooled, amount in borne if pooled), Decimal(0))
        assert found.guaranteed == sum((amount for pooled, amount in borne if not pooled), Decimal(0))


def handed_down(scene: MarketScene, now: datetime) -> None:
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
        balance = text("select value from credit_given_values where indicator = 84")
        assert (session.execute(balance).scalar() or 0) == owed


def kinds_of(scene: MarketScene) -> Counter[str]:
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
            union all select 'rejected', count(*) from payout_proposals where status = 'rejected'
            union all select 'contacted', count(*) from lead_events where to_status = 'contacted'
            union all select 'papers asked for', count(*) from lead_events where to_status = 'papers_requested'
            union all select 'handed in', count(*) from lead_events where detail ->> 'cause' = 'handed_in'
            union all select 'claimed', count(*) from leads where route = 'claimed'
            union all select 'dispatched', count(*) from lead_events where detail ->> 'cause' = 'dispatched'
            union all select 'suggested', count(*) from leads where suggested_at is not null
            union all select 'agreed to', count(*) from leads where suggested_at < confirmed_at
            union all select 'passed on', count(*) from leads where rerouted_from_id is not null
            union all select 'silent', count(*) from leads where status = 'expired'
            union all select 'withdrawn', count(*) from lead_events where to_status = 'withdrawn'
            union all select 'reminded', count(*) from lead_clock_steps where step = 'reminded'
            union all select 'pooled', count(*) from risk_shares s
              join offers o on o.id = s.offer_id and o.status = 'accepted' where s.pool_id is not null
            union all select 'guaranteed', count(*) from risk_shares s
              join offers o on o.id = s.offer_id and o.status = 'accepted' where s.guarantor_id is not null
            union all select 'handed over', count(*) from lead_events where detail ->> 'cause' = 'handed_over'
            union all select 'found to be the same', count(*) from duplicate_decisions where verdict = 'same'
            union all select 'answered by table', count(*) from exchange_uploads where rows_done > 0 and not trial
            union all select 'needs withdrawn', count(*) from need_events where to_status = 'withdrawn'
        """
        return Counter({str(row[0]): int(row[1]) for row in session.execute(text(counts))})


MONEY_ROWS = text("""
    select 'paid', id::text, amount::text, paid_on::text, external_reference from disbursements
    union all select 'back', id::text, concat(principal, ' ', interest), repaid_on::text, external_reference
      from repayments
    union all select 'late', id::text, concat(principal, ' ', interest, ' ', days, ' ', grade), as_of::text, ''
      from overdue_reports
""")


def money_rows(scene: MarketScene) -> frozenset[tuple[str, ...]]:
    """Every row of money with all that it says: rows are added, never changed and never taken away."""
    with scene.sessions.as_(SYSTEM) as session:
        return frozenset(tuple(row) for row in session.execute(MONEY_ROWS))


OF_OTHERS = """
    select (select count(*) from leads where {mine}) + (select count(*) from offers where {mine})
         + (select count(*) from credit_lines where {mine}) + (select count(*) from disbursements where {mine})
         + (select count(*) from repayments where {mine}) + (select count(*) from overdue_reports where {mine})
         + (select count(*) from payout_proposals where {mine})
"""


def each_sees_only_its_own(scene: MarketScene) -> None:
    """However far the history went: a bank sees no other bank's rows, another enterprise none at all."""
    for officer in scene.officers:
        with scene.sessions.as_(officer) as session:
            asked = text(OF_OTHERS.format(mine="institution_id <> :id"))
            assert session.execute(asked, {"id": officer.institution_id}).scalar_one() == 0
    with scene.sessions.as_(scene.stranger) as session:
        asked = text(OF_OTHERS.format(mine="enterprise_id <> :id"))
        assert session.execute(asked, {"id": scene.stranger.enterprise_id}).scalar_one() == 0
