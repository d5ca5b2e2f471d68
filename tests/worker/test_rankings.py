"""Each posted need is ranked exactly once, however often and by however many its job is run."""

import threading
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, text
from sqlmodel import select

from tests.factories import Factory
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import unit_of_work
from xinyidai.leads.models import MatchResult, MatchRun
from xinyidai.leads.ranking import rank_need
from xinyidai.needs.jobs import RankNeed
from xinyidai.outbox.jobs import enqueue
from xinyidai.worker import registry as registry
from xinyidai.worker.execute import run_job
from xinyidai.worker.schedule import run_due

THREADS = 4


def posted(engine: Engine, now: datetime) -> tuple[UUID, UUID]:
    """A need before two products, and the job that ranks it."""
    with unit_of_work(engine, SYSTEM) as session:
        factory = Factory(session, now)
        bank = factory.institution()
        factory.product(bank)
        factory.product(bank)
        need = factory.need(factory.enterprise())
        enqueue(session, RankNeed(need.id), now)
        return need.id, session.execute(text("select id from outbox_jobs")).scalar_one()


def all_at_once(work: Callable[[], object]) -> None:
    start = threading.Barrier(THREADS)
    failures: list[BaseException] = []

    def run() -> None:
        start.wait(10)
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []


def stored(engine: Engine) -> tuple[int, int]:
    with unit_of_work(engine, SYSTEM) as session:
        return len(session.exec(select(MatchRun.id)).all()), len(session.exec(select(MatchResult.id)).all())


def test_a_job_that_is_run_twice_ranks_once(own_engine: Engine, now: datetime) -> None:
    _need, job = posted(own_engine, now)
    assert [run_job(own_engine, job, lambda: now), run_job(own_engine, job, lambda: now)] == [True, False]
    assert stored(own_engine) == (1, 2)


def test_a_job_that_many_run_at_once_ranks_once(own_engine: Engine, now: datetime) -> None:
    _need, job = posted(own_engine, now)
    all_at_once(lambda: run_job(own_engine, job, lambda: now))
    assert stored(own_engine) == (1, 2)


def test_even_without_the_jobs_lock_one_job_id_is_one_run(own_engine: Engine, now: datetime) -> None:
    need, job = posted(own_engine, now)

    def rank() -> None:
        with unit_of_work(own_engine, SYSTEM) as session:
            rank_need(session, need, now, job_id=job)

    all_at_once(rank)
    assert stored(own_engine) == (1, 2)


def test_the_scheduled_tasks_run_on_an_empty_platform(own_engine: Engine, now: datetime) -> None:
    done = run_due(own_engine, now)
    assert {name: done[name] for name in ("leads.expire", "needs.expire", "sessions.forget")} == {
        "leads.expire": 0,
        "needs.expire": 0,
        "sessions.forget": 0,
    }
