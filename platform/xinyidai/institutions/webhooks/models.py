from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import document, id_field, moment


class WebhookEndpoint(SQLModel, table=True):
    """Where one institution wants to be told. Its key is derived, not stored; a new ``key_version`` makes a new key."""

    __tablename__ = "webhook_endpoints"

    id: UUID = id_field()
    institution_id: UUID = Field(foreign_key="institutions.id", index=True)
    url: str
    key_version: int = 1
    active: bool = True
    created_at: datetime = moment()
    created_by: UUID | None = Field(default=None, foreign_key="users.id")


class WebhookDelivery(SQLModel, table=True):
    """One event for one endpoint, and how far it has come."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("num_nonnulls(delivered_at, given_up_at) < 2", name="one_end"),
        Index("ix_webhook_deliveries_endpoint", "endpoint_id", "created_at"),
    )

    id: UUID = id_field()
    endpoint_id: UUID = Field(foreign_key="webhook_endpoints.id")
    institution_id: UUID = Field(foreign_key="institutions.id", index=True)
    event: str
    body: dict[str, object] = document()
    created_at: datetime = moment()
    attempts: int = 0
    last_status: int | None = None
    last_error: str | None = None
    delivered_at: datetime | None = moment(nullable=True)
    given_up_at: datetime | None = moment(nullable=True)
