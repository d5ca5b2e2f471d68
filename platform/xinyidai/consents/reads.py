"""The log of who read an enterprise's credit data."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from xinyidai.consents.models import CreditRead
from xinyidai.consents.types import ConsentPurpose
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
