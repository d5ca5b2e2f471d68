"""The log of who read an enterprise's credit data."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session

from xinyidai.consents.models import CreditRead
from xinyidai.consents.types import ConsentPurpose, ReadPurpose
from xinyidai.core.actor import Actor


def log_read(
    session: Session,
    actor: Actor,
    enterprise_id: UUID,
    what: str,
    datasets: Iterable[str],
    purpose: ConsentPurpose,
    now: datetime,
    *,
    consent_id: UUID | None = None,
    lead_id: UUID | None = None,
) -> None:
    """Note that ``actor`` is shown these data sets, in the transaction that shows them.

    An enterprise that looks at itself leaves no trace.
    """
    if actor.enterprise_id == enterprise_id:
        return
    session.add(
        CreditRead(
            at=now,
            enterprise_id=enterprise_id,
            institution_id=actor.institution_id,
            user_id=actor.user_id,
            actor_role=actor.role.value,
            what=what,
            datasets=sorted(set(datasets)),
            purpose=purpose.value,
            consent_id=consent_id,
            lead_id=lead_id,
        )
    )
    session.flush()


@dataclass(frozen=True, slots=True)
class Read:
    """What was shown of one enterprise under one consent, or under none where it is open."""

    enterprise_id: UUID
    datasets: frozenset[str]
    consent_id: UUID | None = None


def log_reads(
    session: Session, actor: Actor, reads: Iterable[Read], what: str, purpose: ReadPurpose, now: datetime
) -> None:
    """The same for many enterprises that one page shows, in one statement."""
    rows = [
        {
            "at": now,
            "enterprise_id": one.enterprise_id,
            "institution_id": actor.institution_id,
            "user_id": actor.user_id,
            "actor_role": actor.role.value,
            "what": what,
            "datasets": sorted(one.datasets),
            "purpose": purpose.value,
            "consent_id": one.consent_id,
        }
        for one in reads
        if one.datasets
    ]
    if rows:
        session.connection().execute(insert(CreditRead), rows)
