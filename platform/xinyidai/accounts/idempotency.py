"""The same key twice is the same request once.

Effect and kept answer are one transaction, so neither exists without the other. A refused request keeps nothing: it
changed nothing, and may be sent again when its cause is gone.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import Session, col

from xinyidai.accounts.models import IdempotentAnswer
from xinyidai.core.errors import Conflict, InvalidInput
from xinyidai.core.i18n import N_

KEPT = timedelta(days=7)

_LOCK = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 18))")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any]
    repeated: bool = False


def once(session: Session, user_id: UUID, key: str, request: bytes, now: datetime, run: Callable[[], Answer]) -> Answer:
    """Run the request, or give the answer it got before. ``request`` is everything that makes it what it is.

    Raises InvalidInput where the key was used for another request, Conflict while the first is still running.
    """
    if not session.execute(_LOCK, {"name": f"{user_id}:{key}"}).scalar():
        raise Conflict(N_("A request with this Idempotency-Key is still running. Please ask again in a moment."))
    request_hash = hashlib.sha256(request).digest()
    kept = session.get(IdempotentAnswer, (user_id, key))
    if kept is not None:
        if kept.request_hash != request_hash:
            raise InvalidInput(
                {"Idempotency-Key": N_("This key was used for another request. Please choose a new key for each.")}
            )
        return Answer(kept.status, kept.body, repeated=True)
    answer = run()
    session.add(
        IdempotentAnswer(
            user_id=user_id,
            key=key,
            request_hash=request_hash,
            status=answer.status,
            body=answer.body,
            created_at=now,
        )
    )
    session.flush()
    return answer


def forget_old_answers(session: Session, now: datetime) -> int:
    """Scheduled: answers older than a week; tells how many."""
    old = delete(IdempotentAnswer).where(col(IdempotentAnswer.created_at) < now - KEPT)
    return len(session.execute(old.returning(col(IdempotentAnswer.key))).all())
