"""Every open need is ranked again in chunks: once, whoever runs them and however often."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlmodel import func, select

from tests.conftest import Sessions
from tests.factories import Factory
from xinyidai.core.actor import Actor, Role
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Conflict, Forbidden
from xinyidai.leads import full_rerank
from xinyidai.leads.full_rerank import (
    ASK_AGAIN,
    Counts,
    ask_for_rerank,
    nightly_rerank,
    rank_chunk,
    rerank_after_many_changes,
)
from xinyidai.leads.models import MatchResult, MatchRun
from xinyidai.leads.ranking import rank_need, replay
from xinyidai.leads.rerank_models import RerankChunk, RerankRun
from xinyidai.leads.rerank_queries import rerun, rerun_under_way
from xinyidai.needs.models import Need
from xinyidai.outbox.models import OutboxJob

NIGHT = timedelta(hours=16)  # ten in the morning of Shanghai to two at night


class Platform:
    """Five open needs before two products, ranked in the morning; chunks of two."""

    def __init__(self, factory: Factory, session: ActorSession, now: datetime) -> None:
        self.factory, self.session = factory, session
        self.bank = factory.institution()
        factory.product(self.bank, criteria=[{"fact": "size", "op": "in", "value": ["small"]}])
        factory.product(self.bank, criteria=[{"fact": "tax_grade", "op": "in", "value": ["A"]}])
        self.needs: list[Need] = [factory.need(factory.enterprise()) for _ in range(5)]
        for need in self.needs:
            rank_need(session, need.id, now)

    def new_product(self) -> None:
        self.factory.product(self.bank, rate_min=Decimal("2.9"), rate_max=Decimal("3.1"))

    def runs(self) -> int:
        return self.session.exec(select(func.count()).select_from(MatchRun)).one()


@pytest.fixture
def platform(factory: Factory, session: ActorSession, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setattr(full_rerank, "CHUNK_NEEDS", 2)
    return Platform(factory, session, now)


def begun(session: ActorSession, now: datetime) -> UUID:
    assert nightly_rerank(session, now) == 5
    return session.exec(select(RerankRun.id).where(RerankRun.finished_at == None)).one()  # noqa: E711


def jobs(session: ActorSession) -> list[int]:
    found = session.exec(select(OutboxJob).where(OutboxJob.name == "leads.rank_chunk"))
    return sorted(int(job.payload["number"]) for job in found)


def test_a_night_cuts_the_open_needs_into_chunks_once(platform: Platform, session: ActorSession, now: datetime) -> None:
    night = now + NIGHT
    begun(session, night)
    assert jobs(session) == [0, 1, 2]
    assert nightly_rerank(session, night + timedelta(minutes=1)) == 0
    assert jobs(session) == [0, 1, 2]


def test_before_one_in_the_morning_nothing_begins(platform: Platform, session: ActorSession, now: datetime) -> None:
    assert nightly_rerank(session, now + timedelta(hours=14, minutes=30)) == 0
    assert session.exec(select(RerankRun)).all() == []


def test_a_missed_night_is_made_up_by_day(platform: Platform, session: ActorSession, now: datetime) -> None:
    assert nightly_rerank(session, now) == 5


def test_a_new_product_changes_every_list_and_each_run_can_be_replayed(
    platform: Platform, session: ActorSession, now: datetime
) -> None:
    night = now + NIGHT
    platform.new_product()
    run = begun(session, night)
    assert [rank_chunk(session, run, number, night) for number in range(3)] == [
        Counts(ranked=2, changed=2),
        Counts(ranked=2, changed=2),
        Counts(ranked=1, changed=1),
    ]
    line = rerun(session, run)
    assert (line.needs, line.done, line.changed, line.finished_at) == (5, 5, 5, night)
    assert rerun_under_way(session) is None
    latest = session.exec(select(MatchRun).where(MatchRun.reason == "nightly")).all()
    assert len(latest) == 5
    assert all(replay(session, one.id).same for one in latest)


def test_many_needs_at_once_are_ranked_as_each_alone(platform: Platform, session: ActorSession, now: datetime) -> None:
    night = now + NIGHT
    platform.new_product()
    run = begun(session, night)
    for number in range(3):
        rank_chunk(session, run, number, night)
    for need in platform.needs:
        together = session.exec(
            select(MatchRun.id).where(MatchRun.need_id == need.id, MatchRun.reason == "nightly")
        ).one()
        alone = rank_need(session, need.id, night, reason="amended")
        assert said(session, together) == said(session, alone)


def said(session: ActorSession, run: UUID | None) -> list[dict[str, object]]:
    rows = session.exec(select(MatchResult).where(MatchResult.match_run_id == run).order_by("product_id"))
    return [row.model_dump(exclude={"id", "match_run_id"}) for row in rows]


def test_where_no_input_has_changed_the_stored_list_stands(
    platform: Platform, session: ActorSession, now: datetime
) -> None:
    night = now + NIGHT
    run = begun(session, night)
    assert rank_chunk(session, run, 0, night) == Counts(unchanged=2)
    assert platform.runs() == 5


def test_a_chunk_that_is_sent_twice_is_done_once(platform: Platform, session: ActorSession, now: datetime) -> None:
    night = now + NIGHT
    platform.new_product()
    run = begun(session, night)
    assert rank_chunk(session, run, 0, night) is not None
    assert rank_chunk(session, run, 0, night) is None
    assert platform.runs() == 7


def test_needs_ranked_since_the_run_began_or_closed_since_are_left_alone(
    platform: Platform, session: ActorSession, now: datetime
) -> None:
    night = now + NIGHT
    platform.new_product()
    run = begun(session, night)
    first, second = session.exec(
        select(RerankChunk.need_ids).where(RerankChunk.rerun_id == run, RerankChunk.number == 0)
    ).one()
    rank_need(session, first, night + timedelta(seconds=5))
    closed = session.get_one(Need, second)
    closed.status, closed.closed_at = "withdrawn", night
    session.flush()
    assert rank_chunk(session, run, 0, night + timedelta(seconds=9)) == Counts(skipped=2)


def test_a_need_that_the_engine_refuses_stops_no_other(
    platform: Platform, session: ActorSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = now + NIGHT
    platform.new_product()
    run = begun(session, night)
    honest = full_rerank.current_records

    def broken(*arguments: object) -> list[dict[str, object]]:
        first, *others = honest(*arguments)  # type: ignore[arg-type]
        return [{**first, "facts": {**first["facts"], "size": 3}}, *others]

    monkeypatch.setattr(full_rerank, "current_records", broken)
    assert rank_chunk(session, run, 0, night) == Counts(ranked=1, changed=1, failed=1)


def test_a_run_that_never_ended_makes_room_the_next_night(
    platform: Platform, session: ActorSession, now: datetime
) -> None:
    night = now + NIGHT
    stuck = begun(session, night)
    next_night = night + timedelta(days=1)
    assert nightly_rerank(session, next_night) == 5
    assert rerun(session, stuck).given_up_at == next_night
    assert rank_chunk(session, stuck, 0, next_night) is None


def test_the_office_may_ask_for_it_once_at_a_time(
    platform: Platform, sessions: Sessions, factory: Factory, now: datetime
) -> None:
    session = platform.session
    staff = factory.user(Role.OFFICE_STAFF)
    session.commit()
    actor = Actor(Role.OFFICE_STAFF, user_id=staff.id)
    with sessions.as_(actor) as office:
        run = ask_for_rerank(office, actor, now)
        assert (run.needs, run.asked_by, office.actor) == (5, staff.id, actor)
        with pytest.raises(Conflict):
            ask_for_rerank(office, actor, now)
        office.commit()
    assert jobs(session) == [0, 1, 2]


def test_after_facts_of_many_have_changed_all_needs_are_ranked_and_during_a_run_the_question_comes_again(
    platform: Platform, session: ActorSession, now: datetime
) -> None:
    rerank_after_many_changes(session, now)
    assert session.exec(select(RerankRun.needs)).one() == 5
    rerank_after_many_changes(session, now)
    assert len(session.exec(select(RerankRun)).all()) == 1
    again = session.exec(select(OutboxJob).where(OutboxJob.name == "enterprises.many_facts_changed")).one()
    assert again.available_at == now + ASK_AGAIN


@pytest.mark.parametrize(
    "actor",
    [
        Actor(Role.OFFICE_AUDITOR),
        Actor(Role.OFFICE_STAFF, region="370402"),
        Actor(Role.INSTITUTION_MANAGER),
        Actor(Role.ENTERPRISE_MEMBER),
    ],
    ids=lambda actor: actor.role.value,
)
def test_nobody_else_may_ask(platform: Platform, sessions: Sessions, now: datetime, actor: Actor) -> None:
    with sessions.as_(actor) as session, pytest.raises(Forbidden):
        ask_for_rerank(session, actor, now)


def test_a_platform_without_needs_is_done_at_once(session: ActorSession, now: datetime) -> None:
    assert nightly_rerank(session, now) == 0
    assert session.exec(select(RerankRun.finished_at)).one() == now
