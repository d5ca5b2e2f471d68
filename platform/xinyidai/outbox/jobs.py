"""What a job is, and how it gets into the outbox."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, Self

from pydantic import TypeAdapter
from sqlalchemy import insert
from sqlmodel import Session

from xinyidai.core.logs import request_id
from xinyidai.outbox.models import OutboxJob


@dataclass(frozen=True, slots=True)
class Job:
    """Base of every job: a name, a queue, and ids as fields. The actor reloads everything else."""

    name: ClassVar[str]
    queue: ClassVar[str] = "default"

    def payload(self) -> dict[str, str]:
        return {field.name: str(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_payload(cls, payload: dict[str, str]) -> Self:
        return TypeAdapter(cls).validate_python(payload)


def enqueue(session: Session, job: Job, now: datetime, *, available_at: datetime | None = None) -> None:
    """Write ``job`` in the caller's transaction: it exists exactly when the caller's change does."""
    enqueue_many(session, [job], now, available_at=available_at)


def enqueue_many(session: Session, jobs: list[Job], now: datetime, *, available_at: datetime | None = None) -> None:
    """The same for many jobs in one statement."""
    if not jobs:
        return
    session.execute(
        insert(OutboxJob),
        [
            {
                "name": job.name,
                "queue": job.queue,
                "payload": job.payload(),
                "request_id": request_id.get(),
                "created_at": now,
                "available_at": available_at or now,
                "sends": 0,
                "failures": 0,
            }
            for job in jobs
        ],
    )
