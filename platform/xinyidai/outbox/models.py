from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import document, id_field, long_text, moment


class OutboxJob(SQLModel, table=True):
    """One effect that must happen once. ``done_at`` is set in the transaction of the effect itself."""

    __tablename__ = "outbox_jobs"
    __table_args__ = (
        CheckConstraint("sends >= 0", name="sends"),
        CheckConstraint("(sends = 0) = (sent_at is null)", name="sent_has_time"),
        # The relay asks for what is not done, oldest first; done rows must not weigh on it.
        Index("ix_outbox_jobs_not_done", "available_at", "id", postgresql_where=text("done_at is null")),
    )

    id: UUID = id_field()
    name: str
    queue: str
    payload: dict[str, str] = document()
    request_id: str = ""
    created_at: datetime = moment()
    available_at: datetime = moment()
    sent_at: datetime | None = moment(nullable=True)
    sends: int = Field(default=0)
    done_at: datetime | None = moment(nullable=True)
    failures: int = Field(default=0)
    last_error: str | None = long_text(nullable=True)
