"""Carries outbox rows to the broker. May be killed at any time, and may run many times over.

A row is sent when it is new, and sent again when it was sent long ago and is still not done: the broker may have
been flushed, or the worker killed. That sends some messages twice; the actor's own check makes each act once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

RESEND_AFTER = timedelta(seconds=60)
BATCH = 200


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message on its way: ``id`` is the outbox row's, so that the actor finds it."""

    id: UUID
    name: str
    queue: str
    request_id: str


Send = Callable[[Envelope], None]

# Back-off doubles with every send up to an hour, so that a job that always fails does not starve the others.
_TAKE = text("""
    select id, name, queue, request_id from outbox_jobs
     where done_at is null and available_at <= :now
       and (sent_at is null or sent_at < :now - :resend * least(power(2, greatest(sends - 1, 0)), 60))
     order by available_at, id limit :batch for update skip locked
""")
_MARK = text("update outbox_jobs set sent_at = :now, sends = sends + 1 where id = any(:ids)")


def relay_once(
    session: Session, send: Send, now: datetime, *, resend_after: timedelta = RESEND_AFTER, limit: int = BATCH
) -> int:
    """Send what is due, mark it as sent, and tell how many.

    The mark is written in the caller's transaction after the sending: a crash between the two sends again, and
    never loses.
    """
    rows = session.execute(_TAKE, {"now": now, "resend": resend_after, "batch": limit}).all()
    for row in rows:
        send(Envelope(row.id, row.name, row.queue, row.request_id))
    if rows:
        session.execute(_MARK, {"now": now, "ids": [row.id for row in rows]})
    return len(rows)


def oldest_waiting_seconds(session: Session, now: datetime) -> float:
    """Age of the oldest job that is due and not done, 0 where there is none. Shown by /health/ready."""
    oldest = session.execute(
        text("select min(available_at) from outbox_jobs where done_at is null and available_at <= :now"), {"now": now}
    ).scalar()
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
