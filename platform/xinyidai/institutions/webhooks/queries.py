"""Endpoints and their latest deliveries, as a manager reads them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from xinyidai.institutions.webhooks.models import WebhookEndpoint
from xinyidai.institutions.webhooks.service import endpoint_key
from xinyidai.settings import Settings

_LATEST = text("""
    select d.id, d.event, d.created_at, d.attempts, d.last_status, d.last_error, d.delivered_at, d.given_up_at, e.url
      from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
     order by d.created_at desc, d.id desc limit :most
""")


@dataclass(frozen=True, slots=True)
class EndpointRow:
    id: UUID
    url: str
    key: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    id: UUID
    event: str
    created_at: datetime
    attempts: int
    last_status: int | None
    last_error: str | None
    delivered_at: datetime | None
    given_up_at: datetime | None
    url: str


def endpoints(session: Session, settings: Settings) -> list[EndpointRow]:
    rows = session.exec(select(WebhookEndpoint).where(WebhookEndpoint.active).order_by(col(WebhookEndpoint.created_at)))
    return [
        EndpointRow(one.id, one.url, endpoint_key(settings, one.id, one.key_version), one.created_at) for one in rows
    ]


def latest_deliveries(session: Session, most: int = 50) -> list[DeliveryRow]:
    return [DeliveryRow(**row._mapping) for row in session.execute(_LATEST, {"most": most})]
