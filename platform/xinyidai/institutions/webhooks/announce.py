"""Noting an event for the lender's system, in the transaction that makes it."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.institutions.webhooks.jobs import DeliverWebhook
from xinyidai.outbox.jobs import enqueue_many

# The actor may be an enterprise, which sees no endpoint; the owner's function writes one delivery for each.
_ANNOUNCE = text("select xyd_announce(:institution_id, :event, cast(:body as jsonb), :now)")


def announce(session: Session, institution_id: UUID, event: str, body: dict[str, object], now: datetime) -> None:
    """One delivery for each active endpoint of the institution; ``body`` is plain JSON without personal data."""
    asked = {"institution_id": institution_id, "event": event, "body": json.dumps(body), "now": now}
    made = session.execute(_ANNOUNCE, asked).scalars().all()
    enqueue_many(session, [DeliverWebhook(delivery_id) for delivery_id in made], now)
