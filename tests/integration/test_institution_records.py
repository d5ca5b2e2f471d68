"""An institution's record of answering: worked out once a day, an input of that day's rankings."""

from datetime import datetime, timedelta

from sqlmodel import select

from tests.factories import Factory
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.leads.institution_records import keep_institution_records, records_on
from xinyidai.leads.models import MatchResult, MatchRun, ProductSet
from xinyidai.leads.ranking import rank_need, replay
from xinyidai.products.models import ProductVersion


def history(factory: Factory, version: ProductVersion, now: datetime) -> None:
    """Two leads were paid; one each taken too late, declined, lapsed, taken back, and waiting since yesterday."""
    sent = now - timedelta(days=30)
    due = (sent + timedelta(days=5)).date()
    soon, late = sent + timedelta(days=2), sent + timedelta(days=9)
    steps = [
        {"status": "funded", "accepted_at": soon, "closed_at": now},
        {"status": "disbursing", "accepted_at": soon},
        {"status": "accepted", "accepted_at": late},
        {"status": "declined", "reason": "too_young", "closed_at": soon},
        {"status": "expired", "closed_at": late},
        {"status": "withdrawn", "closed_at": soon},
    ]
    for step in steps:
        factory.lead(factory.need(factory.enterprise()), version, sent_at=sent, respond_by=due, **step)
    factory.lead(factory.need(factory.enterprise()), version, sent_at=now - timedelta(days=1))


def test_answers_in_time_and_credit_granted_are_counted(factory: Factory, session: ActorSession, now: datetime) -> None:
    bank = factory.institution()
    history(factory, factory.product(bank), now)
    assert keep_institution_records(session, now) == 1
    assert records_on(session, business_date(now)) == {bank.id: {"received": 5, "answered": 3, "approved": 2}}


def test_test_institutions_and_those_nobody_asked_have_no_record(
    factory: Factory, session: ActorSession, now: datetime
) -> None:
    history(factory, factory.product(factory.institution(is_test=True)), now)
    factory.product(factory.institution())
    assert keep_institution_records(session, now) == 0
    assert records_on(session, business_date(now)) == {}


def test_a_record_is_of_its_day_and_is_kept_once(factory: Factory, session: ActorSession, now: datetime) -> None:
    bank = factory.institution()
    history(factory, factory.product(bank), now)
    assert [keep_institution_records(session, now) for _ in range(2)] == [1, 0]
    next_year = now + timedelta(days=366)
    assert keep_institution_records(session, next_year) == 0  # all of it is too long ago
    assert records_on(session, business_date(now))[bank.id]["received"] == 5


def test_a_ranking_rests_on_the_record_and_replays_after_it_has_changed(
    factory: Factory, session: ActorSession, now: datetime
) -> None:
    version = factory.product(factory.institution())
    need = factory.need(factory.enterprise())
    before = rank_need(session, need.id, now)
    history(factory, version, now)
    keep_institution_records(session, now)
    after = rank_need(session, need.id, now + timedelta(minutes=1))
    keep_institution_records(session, now + timedelta(days=30))
    rows = {
        run: session.exec(select(MatchResult).where(MatchResult.match_run_id == run)).one() for run in (before, after)
    }
    assert ("record" in rows[before].neutral, "record" in rows[after].neutral) == (True, False)
    assert rows[before].score != rows[after].score
    assert all(replay(session, run).same for run in (before, after) if run)
    frozen = session.exec(
        select(ProductSet).join(MatchRun, MatchRun.product_set_id == ProductSet.id).where(MatchRun.id == after)  # type: ignore[arg-type]
    ).one()
    assert frozen.records[0]["institution_record"] == {"received": 5, "answered": 3, "approved": 2}
