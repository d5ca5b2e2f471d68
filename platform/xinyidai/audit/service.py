"""One call for every change that somebody may later ask about."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from xinyidai.audit.models import AuditEntry
from xinyidai.core.actor import Actor
from xinyidai.core.logs import request_id


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject_id: UUID | str,
    now: datetime,
    **detail: object,
) -> None:
    """Note in the caller's transaction that ``actor`` did ``action``. ``detail`` must be plain JSON values."""
    session.add(
        AuditEntry(
            at=now,
            actor_role=actor.role.value,
            actor_user_id=actor.user_id,
            action=action,
            subject_kind=subject_kind,
            subject_id=str(subject_id),
            detail=detail,
            request_id=request_id.get(),
        )
    )
