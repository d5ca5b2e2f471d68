"""The outbox is the queue's truth: nothing is lost, and each effect happens once."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest
import redis as redis_library
from sqlalchemy import Engine, text

from tests.redis_server import REDIS_SERVER, redis_server
from xinyidai.audit.service import record
from xinyidai.core.actor import SYSTEM
from xinyidai.core.clock import system_clock
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.outbox.jobs import Job, enqueue, enqueue_many
from xinyidai.outbox.relay import Envelope, oldest_waiting_seconds, relay_once
from xinyidai.worker.execute import run_job
from xinyidai.worker.handling import HANDLINGS, Handling, handles
from xinyidai.worker.registry import HANDLINGS as REGISTERED
from xinyidai.worker.run import WorkerProcess


@dataclass(frozen=True, slots=True)
class Ring(Job):
    """A job of these tests: its effect is one audit row."""

    name: ClassVar[str] = "tests.ring"

    bell: str


def ring(session: ActorSession, job: Ring, now: datetime, job_id: UUID) -> None:
    if job.bell == "broken":
        raise RuntimeError("the bell is broken")
    record(session, SYSTEM, "bell.rung", "bell", job.bell, now)


@pytest.fixture(autouse=True)
def _handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HANDLINGS, Ring.name, Handling(Ring, ring))


def rings(engine: Engine) -> int:
    with unit_of_work(engine, SYSTEM) as session:
        return int(session.execute(text("select count(*) from audit_entries where action = 'bell.rung'")).scalar_one())


def waiting(engine: Engine) -> int:
    with unit_of_work(engine, SYSTEM) as session:
        return int(session.execute(text("select count(*) from outbox_jobs where done_at is null")).scalar_one())


def put(engine: Engine, count: int, now: datetime) -> None:
    with unit_of_work(engine, SYSTEM) as session:
        enqueue_many(session, [Ring(str(number)) for number in range(count)], now)


def wait_until_done(engine: Engine, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while waiting(engine) and time.monotonic() < deadline:
        time.sleep(0.05)


def test_a_rolled_back_request_leaves_no_job(own_engine: Engine, now: datetime) -> None:
    def request() -> None:
        with unit_of_work(own_engine, SYSTEM) as session:
            enqueue(session, Ring("never"), now)
            raise RuntimeError("the request failed")

    with pytest.raises(RuntimeError):
        request()
    assert waiting(own_engine) == 0


def test_a_crash_between_send_and_mark_delivers_twice_and_acts_once(own_engine: Engine, now: datetime) -> None:
    put(own_engine, 1, now)
    sent: list[Envelope] = []

    def relay_that_is_killed() -> None:
        with unit_of_work(own_engine, SYSTEM) as session:
            relay_once(session, sent.append, now)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        relay_that_is_killed()
    with unit_of_work(own_engine, SYSTEM) as session:
        relay_once(session, sent.append, now)
    assert len(sent) == 2
    assert [run_job(own_engine, envelope.id, lambda: now) for envelope in sent] == [True, False]
    assert rings(own_engine) == 1


def test_two_workers_with_the_same_message_act_once(own_engine: Engine, now: datetime) -> None:
    put(own_engine, 1, now)
    with unit_of_work(own_engine, SYSTEM) as session:
        job_id: UUID = session.execute(text("select id from outbox_jobs")).scalar_one()
    threads = [threading.Thread(target=run_job, args=(own_engine, job_id, lambda: now)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rings(own_engine) == 1


def test_a_failing_job_keeps_its_error_is_sent_again_later_and_does_not_stop_the_others(
    own_engine: Engine, now: datetime
) -> None:
    with unit_of_work(own_engine, SYSTEM) as session:
        enqueue_many(session, [Ring("broken"), Ring("whole")], now)
    sent: list[Envelope] = []
    with unit_of_work(own_engine, SYSTEM) as session:
        relay_once(session, sent.append, now)
    with pytest.raises(RuntimeError):
        run_job(own_engine, sent[0].id, lambda: now)
    assert run_job(own_engine, sent[1].id, lambda: now)
    with unit_of_work(own_engine, SYSTEM) as session:
        assert relay_once(session, sent.append, now + timedelta(seconds=59)) == 0
        assert relay_once(session, sent.append, now + timedelta(seconds=61)) == 1
        error = session.execute(text("select last_error from outbox_jobs where id = :id"), {"id": sent[0].id}).scalar()
        assert "the bell is broken" in str(error)
        assert oldest_waiting_seconds(session, now + timedelta(minutes=2)) == 120


def test_the_worker_in_memory_does_what_is_committed_within_a_moment(own_engine: Engine, now: datetime) -> None:
    process = WorkerProcess(own_engine, system_clock, threads=2, schedule=False)
    process.start()
    try:
        put(own_engine, 50, now)
        wait_until_done(own_engine)
    finally:
        process.stop()
    assert rings(own_engine) == 50


@pytest.mark.redis
@pytest.mark.skipif(REDIS_SERVER is None, reason="no redis-server on this machine")
def test_redis_flushed_while_jobs_wait_loses_none(own_engine: Engine, tmp_path: Path, now: datetime) -> None:
    with redis_server(tmp_path) as url:
        sender = WorkerProcess(own_engine, system_clock, redis_url=url, actors=False, schedule=False)
        put(own_engine, 40, now)
        sender.start()
        with redis_library.Redis.from_url(url) as client:
            deadline = time.monotonic() + 20
            while not client.keys("dramatiq:default.msgs") and time.monotonic() < deadline:
                time.sleep(0.05)
            sender.stop()
            assert client.hlen("dramatiq:default.msgs") == 40
            client.flushall()
        # A minute later, as far as the relay can tell, the unanswered jobs are sent again.
        later = WorkerProcess(
            own_engine, lambda: system_clock() + timedelta(seconds=90), redis_url=url, threads=2, schedule=False
        )
        later.start()
        try:
            wait_until_done(own_engine)
        finally:
            later.stop()
    assert rings(own_engine) == 40


@pytest.mark.redis
@pytest.mark.skipif(REDIS_SERVER is None, reason="no redis-server on this machine")
def test_two_worker_processes_on_redis_share_the_work_and_act_once(
    own_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    with redis_server(tmp_path) as url:
        workers = [
            WorkerProcess(own_engine, system_clock, redis_url=url, threads=2, relay=first, schedule=False)
            for first in (True, False)
        ]
        for worker in workers:
            worker.start()
        try:
            put(own_engine, 100, now)
            wait_until_done(own_engine)
        finally:
            for worker in workers:
                worker.stop()
    assert rings(own_engine) == 100


def all_jobs(base: type[Job] = Job) -> set[type[Job]]:
    return {found for sub in base.__subclasses__() for found in ({sub} | all_jobs(sub))}


def test_every_job_has_exactly_one_handler() -> None:
    # By name: a dataclass with slots leaves the class that it was made from behind.
    jobs = {f"{job.__module__}.{job.__qualname__}": job.name for job in all_jobs()}
    ours = [name for place, name in jobs.items() if place.startswith("xinyidai.")]
    assert sorted(ours) == sorted(name for name in REGISTERED if not name.startswith("tests."))


def test_a_second_handler_for_the_same_job_is_refused() -> None:
    with pytest.raises(ValueError, match="already has a handler"):
        handles(Ring)(ring)
