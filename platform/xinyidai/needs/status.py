"""The only place that changes a need's status."""

from datetime import datetime

from sqlmodel import Session

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor
from xinyidai.core.errors import Conflict
from xinyidai.core.i18n import N_
from xinyidai.needs.models import Need, NeedEvent
from xinyidai.needs.types import CLOSED_STATUSES, OPEN_STATUSES, NeedStatus

TRANSITIONS: dict[NeedStatus, frozenset[NeedStatus]] = {
    NeedStatus.DRAFT: frozenset({NeedStatus.PUBLISHED}),
    # While a need is open its status follows its leads, in any direction.
    **{status: (OPEN_STATUSES | CLOSED_STATUSES) - {status} for status in OPEN_STATUSES},
    NeedStatus.DISBURSED: (OPEN_STATUSES | {NeedStatus.SETTLED}) - {NeedStatus.DISBURSED},
    **{status: frozenset() for status in CLOSED_STATUSES},
    # A repayment that was reversed: something is owed again.
    NeedStatus.SETTLED: frozenset({NeedStatus.DISBURSED}),
}


def change_status(session: Session, actor: Actor, need: Need, to: NeedStatus, now: datetime, **detail: object) -> None:
    """Move ``need`` (locked by the caller) to ``to`` and write its log row; the same status again is nothing.

    Raises Conflict where the transition table does not know the step.
    """
    current = NeedStatus(need.status)
    if current is to:
        return
    if to not in TRANSITIONS[current]:
        raise Conflict(N_("This need has changed in the meantime. Please look at it again."))
    need.status = to.value
    need.updated_at = now
    if current is NeedStatus.DRAFT:
        need.posted_at = now
    need.closed_at = now if to in CLOSED_STATUSES else None
    session.add(
        NeedEvent(
            need_id=need.id,
            enterprise_id=need.enterprise_id,
            at=now,
            actor_role=actor.role.value,
            actor_user_id=actor.user_id,
            from_status=current.value,
            to_status=to.value,
            detail=detail,
        )
    )
    record(session, actor, f"need.{to.value}", "need", need.id, now, **detail)
