"""The worker process: relay, schedule and actors, on Redis or in memory."""

import threading
from datetime import timedelta

import dramatiq
import psycopg
from prometheus_client import Gauge
from sqlalchemy import Engine

from xinyidai.core.actor import SYSTEM
from xinyidai.core.clock import Clock
from xinyidai.core.db import unit_of_work
from xinyidai.core.logs import logger
from xinyidai.outbox.relay import BATCH, RESEND_AFTER, oldest_waiting_seconds, relay_once
from xinyidai.worker.broker import declare_actors, make_broker, send
from xinyidai.worker.schedule import run_due

POLL_SECONDS = 1.0
SCHEDULE_EVERY = timedelta(seconds=30)
IN_MEMORY_LIMIT = 1_000
OLDEST_JOB = Gauge("xyd_oldest_job_seconds", "Age of the oldest job that is due and not done.")


class Relay(threading.Thread):
    """Moves jobs from the outbox to the broker as soon as they are committed, and again when they are overdue."""

    def __init__(self, engine: Engine, broker: dramatiq.Broker, clock: Clock, *, in_memory: bool) -> None:
        super().__init__(name="relay", daemon=True)
        self._engine, self._broker, self._clock, self._in_memory = engine, broker, clock, in_memory
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        # What an earlier process left unfinished in its memory is lost with it: send that again at once.
        resend = timedelta(0) if self._in_memory else RESEND_AFTER
        while not self._stopping.is_set():
            try:
                with psycopg.connect(_plain_url(self._engine), autocommit=True) as listener:
                    listener.execute("listen xyd_outbox")
                    while not self._stopping.is_set():
                        self._drain(resend)
                        resend = RESEND_AFTER
                        for _notice in listener.notifies(timeout=POLL_SECONDS, stop_after=1):
                            pass
            except Exception:
                logger.exception("relay interrupted, trying again")
                self._stopping.wait(POLL_SECONDS)

    def _drain(self, resend: timedelta) -> None:
        while not self._stopping.is_set() and (limit := self._room()):
            with unit_of_work(self._engine, SYSTEM) as session:
                sent = relay_once(
                    session, lambda job: send(self._broker, job), self._clock(), resend_after=resend, limit=limit
                )
            if not sent:
                return
            resend = RESEND_AFTER

    def _room(self) -> int:
        """In memory, waiting messages are bounded; Redis takes what comes."""
        if not self._in_memory:
            return BATCH
        waiting: int = sum(queue.qsize() for queue in getattr(self._broker, "queues", {}).values())
        return max(0, min(BATCH, IN_MEMORY_LIMIT - waiting))


class Scheduler(threading.Thread):
    """Asks every half minute what has come due."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__(name="schedule", daemon=True)
        self._engine, self._clock = engine, clock
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.wait(SCHEDULE_EVERY.total_seconds()):
            run_due(self._engine, self._clock())
            with unit_of_work(self._engine, SYSTEM) as session:
                OLDEST_JOB.set(oldest_waiting_seconds(session, self._clock()))


class WorkerProcess:
    """Everything a worker runs; ``roles`` picks parts of it, so that relay and actors can live apart."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        *,
        redis_url: str | None = None,
        threads: int = 4,
        relay: bool = True,
        actors: bool = True,
        schedule: bool = True,
    ) -> None:
        self.broker = make_broker(redis_url)
        declare_actors(self.broker, engine, clock)
        self._relay = Relay(engine, self.broker, clock, in_memory=redis_url is None) if relay else None
        self._schedule = Scheduler(engine, clock) if schedule else None
        self._worker = dramatiq.Worker(self.broker, worker_threads=threads, worker_timeout=200) if actors else None

    def start(self) -> None:
        if self._worker:
            self._worker.start()
        for part in (self._relay, self._schedule):
            if part:
                part.start()

    def stop(self) -> None:
        """Finish the jobs in hand, then stop; what was waiting in memory is sent again by the next process."""
        for part in (self._relay, self._schedule):
            if part:
                part.stop()
        if self._worker:
            self._worker.stop()
        if self._relay:
            self._relay.join(timeout=5)
        self.broker.close()


def _plain_url(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
