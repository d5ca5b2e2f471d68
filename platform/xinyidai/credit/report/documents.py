"""What reports and assessments have in common as issued documents: frozen, numbered, and found again by their owner."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session, col, select

from xinyidai.core.acting import as_platform
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import NotFound
from xinyidai.credit.report.content import hash_of
from xinyidai.credit.report.models import CreditAssessment, CreditReport
from xinyidai.credit.report.numbering import new_code, new_number

Document = TypeVar("Document", CreditReport, CreditAssessment)


def keep(
    session: ActorSession,
    actor: Actor,
    kind: type[Document],
    enterprise_id: UUID,
    content: dict[str, Any],
    city_region: str,
    now: datetime,
    **more: Any,
) -> Document:
    """Write the document down as the platform, under a number and a code of its own; ``more`` fills its own columns."""
    with as_platform(session):
        row = kind(
            number=new_number(session, city_region, business_date(now)),
            code=new_code(),
            enterprise_id=enterprise_id,
            issued_at=now,
            issued_by=actor.user_id,
            content=content,
            content_hash=hash_of(content),
            **more,
        )
        session.add(row)
        session.flush()
    return row


def own(session: ActorSession, actor: Actor, kind: type[Document], document_id: UUID) -> Document:
    """One of the enterprise that asks. Raises NotFound also for somebody else's."""
    row = session.get(kind, document_id)
    if row is None or row.enterprise_id != actor.enterprise_id:
        raise NotFound()
    return row


def latest(session: Session, kind: type[Document], enterprise_id: UUID, limit: int = 50) -> list[Document]:
    """The latest first; an enterprise sees its own, reports made for lenders included."""
    of_enterprise = select(kind).where(kind.enterprise_id == enterprise_id)
    return list(session.exec(of_enterprise.order_by(col(kind.issued_at).desc(), col(kind.id)).limit(limit)))
