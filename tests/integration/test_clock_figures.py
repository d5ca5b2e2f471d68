"""How far institutions keep their days: what is judged, what is not, and the rows behind a share."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.factories import Factory
from xinyidai.core.db import ActorSession
from xinyidai.core.paging import ListRequest
from xinyidai.leads.models import Lead
from xinyidai.leads.types import SlaClock
from xinyidai.lending.models import Offer
from xinyidai.products.models import ProductVersion
from xinyidai.statistics.periods import Period
from xinyidai.statistics.queries.clocks import ClockCount, ClockFilter, Kept, clock_rows, list_judged

SENT = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
TODAY = date(2026, 5, 20)
DUE = date(2026, 3, 23)


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}T02:00:00+00:00")


class Judge:
    """Leads of one bank, sent on 18 March, to be answered by 23 March."""

    def __init__(self, factory: Factory, session: ActorSession) -> None:
        self.factory, self.session = factory, session
        self.bank = factory.institution()
        self.product: ProductVersion = factory.product(self.bank)

    def lead(self, status: str, **fields: Any) -> Lead:
        need = self.factory.need(self.factory.enterprise())
        return self.factory.lead(need, self.product, status=status, sent_at=SENT, respond_by=DUE, **fields)

    def taken(self, status: str = "accepted", **fields: Any) -> Lead:
        days = {"contact_by": date(2026, 3, 25), "decide_by": date(2026, 4, 20)}
        return self.lead(status, **{"accepted_at": day("03-20"), **days, **fields})

    def offered(self, lead: Lead, when: datetime) -> None:
        self.session.add(
            Offer(
                lead_id=lead.id,
                need_id=lead.need_id,
                enterprise_id=lead.enterprise_id,
                institution_id=lead.institution_id,
                amount=Decimal(100_000),
                annual_rate=Decimal(4),
                term_months=12,
                guarantee_mode="credit",
                repayment_mode="equal_instalment",
                valid_until=date(2026, 6, 1),
                status="lapsed",
                offered_at=when,
                decided_at=when,
            )
        )
        self.session.flush()

    def count(self, clock: SlaClock) -> ClockCount:
        rows = clock_rows(self.session, ClockFilter(), TODAY)
        return rows[0].of(clock) if rows else ClockCount()


@pytest.fixture
def judge(factory: Factory, session: ActorSession) -> Judge:
    return Judge(factory, session)


def test_an_answer_counts_by_its_day_and_silence_is_not_done(judge: Judge) -> None:
    judge.lead("declined", closed_at=day("03-23"), reason="weak_revenue")
    judge.lead("declined", closed_at=day("03-24"), reason="weak_revenue")
    judge.lead("expired", closed_at=day("03-24"))
    assert judge.count(SlaClock.ACCEPT) == ClockCount(in_time=1, late=1, not_done=1)
    assert judge.count(SlaClock.ACCEPT).share == Decimal(1) / 3


def test_what_still_has_time_or_was_withdrawn_before_is_judged_by_nobody(judge: Judge) -> None:
    judge.lead("withdrawn", closed_at=day("03-20"))
    lead = judge.lead("sent")
    lead.respond_by = TODAY
    judge.session.flush()
    assert judge.count(SlaClock.ACCEPT) == ClockCount()
    assert judge.count(SlaClock.ACCEPT).share is None


def test_a_claim_is_no_answer(judge: Judge) -> None:
    judge.taken(route="claimed")
    assert judge.count(SlaClock.ACCEPT) == ClockCount()
    assert judge.count(SlaClock.FIRST_CONTACT).judged == 1


def test_the_first_contact_counts_by_its_day(judge: Judge) -> None:
    judge.taken("contacted", contacted_at=day("03-25"))
    judge.taken("contacted", contacted_at=day("03-26"))
    judge.taken()
    judge.taken("refused", closed_at=day("03-24"), reason="weak_revenue")
    assert judge.count(SlaClock.FIRST_CONTACT) == ClockCount(in_time=1, late=1, not_done=1)


def test_the_decision_is_the_first_offer_or_the_refusal_and_a_pause_is_not_judged(judge: Judge) -> None:
    spoken = {"contacted_at": day("03-23")}
    judge.offered(judge.taken("contacted", **spoken), day("04-20"))
    late = judge.taken("contacted", **spoken)
    judge.offered(late, day("04-21"))
    judge.offered(late, day("04-25"))
    judge.taken("refused", closed_at=day("04-01"), reason="weak_revenue", **spoken)
    judge.taken("contacted", **spoken)
    judge.taken("papers_requested", papers_requested_at=day("03-24"), paused_on=date(2026, 3, 24), **spoken)
    assert judge.count(SlaClock.DECISION) == ClockCount(in_time=2, late=1, not_done=1)


def test_a_share_opens_into_exactly_its_leads(judge: Judge) -> None:
    judge.lead("declined", closed_at=day("03-23"), reason="weak_revenue")
    slow = judge.lead("declined", closed_at=day("03-24"), reason="weak_revenue")
    chosen = ClockFilter(institution=judge.bank.id, clock=SlaClock.ACCEPT, kept=Kept.LATE)
    [row] = list_judged(judge.session, chosen, ListRequest(), TODAY).rows
    assert (row.lead_id, row.due, row.done, row.kept) == (slow.id, DUE, date(2026, 3, 24), Kept.LATE)
    other = ClockFilter(period=Period(date(2026, 4, 1), None))
    assert list_judged(judge.session, other, ListRequest(), TODAY).total == 0
    assert clock_rows(judge.session, other, TODAY) == []


def test_test_institutions_are_left_out(factory: Factory, session: ActorSession) -> None:
    judge = Judge(factory, session)
    judge.bank.is_test = True
    judge.lead("declined", closed_at=day("03-23"), reason="weak_revenue")
    session.flush()
    assert clock_rows(session, ClockFilter(), TODAY) == []
