"""Dramatiq on Redis for many machines, or in memory for one; the actors are the same."""

from uuid import UUID

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import ShutdownNotifications
from sqlalchemy import Engine

from xinyidai.core.clock import Clock
from xinyidai.outbox.relay import Envelope
from xinyidai.worker.execute import run_job
from xinyidai.worker.registry import HANDLINGS


def make_broker(redis_url: str | None) -> dramatiq.Broker:
    """Retries are the relay's business, not the broker's: one mechanism, and it survives a flushed Redis."""
    middleware: list[dramatiq.Middleware] = [ShutdownNotifications()]
    if redis_url:
        return RedisBroker(url=redis_url, middleware=middleware)  # type: ignore[no-untyped-call]
    return StubBroker(middleware=middleware)


def declare_actors(broker: dramatiq.Broker, engine: Engine, clock: Clock) -> None:
    """One Dramatiq actor for each job, named like it."""

    def run(job_id: str) -> None:
        run_job(engine, UUID(job_id), clock)

    for name, handling in HANDLINGS.items():
        dramatiq.actor(actor_name=name, queue_name=handling.job.queue, broker=broker)(run)


def send(broker: dramatiq.Broker, envelope: Envelope) -> None:
    broker.enqueue(
        dramatiq.Message(
            queue_name=envelope.queue,
            actor_name=envelope.name,
            args=(str(envelope.id),),
            kwargs={},
            options={},
            message_id=str(envelope.id),
        )
    )
