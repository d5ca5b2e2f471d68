"""An enterprise lets lenders find it, or stops it; either counts from the same moment on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor, Role
from xinyidai.core.errors import Forbidden
from xinyidai.leads.screening.models import ScreeningOpening

DECISIONS_SHOWN = 10


def open_to_lenders(session: Session, actor: Actor, now: datetime) -> None:
    """A second click changes nothing."""
    enterprise_id = _own(actor)
    made = session.connection().execute(
        insert(ScreeningOpening)
        .values(enterprise_id=enterprise_id, opened_at=now, opened_by=actor.user_id)
        .on_conflict_do_nothing(index_elements=["enterprise_id"], index_where=text("closed_at is null"))
        .returning(col(ScreeningOpening.id))
    )
    if made.first():
        record(session, actor, "screening.opened", "enterprise", enterprise_id, now)


def close_to_lenders(session: Session, actor: Actor, now: datetime) -> None:
    """No lender finds it any more, with the next page that any of them opens."""
    enterprise_id = _own(actor)
    opening = current_opening(session, enterprise_id, lock=True)
    if opening is None:
        return
    opening.closed_at, opening.closed_by = max(now, opening.opened_at), actor.user_id
    session.flush()
    record(session, actor, "screening.closed", "enterprise", enterprise_id, now)


def current_opening(session: Session, enterprise_id: UUID, *, lock: bool = False) -> ScreeningOpening | None:
    query = select(ScreeningOpening).where(
        ScreeningOpening.enterprise_id == enterprise_id, col(ScreeningOpening.closed_at).is_(None)
    )
    return session.exec(query.with_for_update() if lock else query).one_or_none()


def decisions(session: Session, enterprise_id: UUID) -> list[ScreeningOpening]:
    """The latest first."""
    return list(
        session.exec(
            select(ScreeningOpening)
            .where(ScreeningOpening.enterprise_id == enterprise_id)
            .order_by(col(ScreeningOpening.opened_at).desc(), col(ScreeningOpening.id).desc())
            .limit(DECISIONS_SHOWN)
        )
    )


def _own(actor: Actor) -> UUID:
    if actor.role is not Role.ENTERPRISE_MEMBER or actor.enterprise_id is None:
        raise Forbidden()
    return actor.enterprise_id
