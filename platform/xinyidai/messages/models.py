from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import document, id_field, moment

_ONE_RECIPIENT = (
    "num_nonnulls(enterprise_id, institution_id, source_unit) + for_office::int"
    " + (user_id is not null and institution_id is null)::int = 1"
)


class Message(SQLModel, table=True):
    """One thing that was said to one recipient; written, never changed. The words are made when it is read.

    The writer may not see the row (an enterprise writes to a bank), so nothing is asked back at the insert.
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint(_ONE_RECIPIENT, name="one_recipient"),
        Index(
            "ix_messages_enterprise", "enterprise_id", "created_at", postgresql_where=text("enterprise_id is not null")
        ),
        Index(
            "ix_messages_institution",
            "institution_id",
            "created_at",
            postgresql_where=text("institution_id is not null"),
        ),
        Index("ix_messages_user", "user_id", "created_at", postgresql_where=text("user_id is not null")),
        Index("ix_messages_office", "created_at", postgresql_where=text("for_office")),
        Index("ix_messages_source_unit", "source_unit", "created_at", postgresql_where=text("source_unit is not null")),
        Index("ix_messages_waiting", "created_at", postgresql_where=text("dispatched_at is null")),
        {"implicit_returning": False},
    )

    id: UUID = id_field()
    created_at: datetime = moment()
    kind: str
    values: dict[str, object] = document()
    link: str = ""
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprises.id")
    institution_id: UUID | None = Field(default=None, foreign_key="institutions.id")
    user_id: UUID | None = Field(default=None, foreign_key="users.id")
    managers_only: bool = False
    for_office: bool = False
    region_code: str = ""
    source_unit: str | None = None
    dispatched_at: datetime | None = moment(nullable=True)
    """When it was decided who is told by mail or text message; a minute after it was said."""


class MessageRead(SQLModel, table=True):
    """That one person has seen one message: a message to an organisation has many readers."""

    __tablename__ = "message_reads"

    message_id: UUID = Field(primary_key=True, foreign_key="messages.id")
    user_id: UUID = Field(primary_key=True, foreign_key="users.id")
    at: datetime = moment()


class MessageOptOut(SQLModel, table=True):
    """A person does not want this kind of message on this channel. The inbox has it all the same."""

    __tablename__ = "message_opt_outs"
    __table_args__ = (CheckConstraint("channel in ('mail', 'sms')", name="channel"),)

    user_id: UUID = Field(primary_key=True, foreign_key="users.id")
    kind: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)


class MessageDelivery(SQLModel, table=True):
    """One message to one person on one channel: at most one, whoever asks how often."""

    __tablename__ = "message_deliveries"
    __table_args__ = (
        CheckConstraint("channel in ('mail', 'sms')", name="channel"),
        Index("ix_message_deliveries_due", "next_try_at", postgresql_where=text("sent_at is null")),
    )

    message_id: UUID = Field(primary_key=True, foreign_key="messages.id")
    user_id: UUID = Field(primary_key=True, foreign_key="users.id")
    channel: str = Field(primary_key=True)
    next_try_at: datetime = moment()
    sent_at: datetime | None = moment(nullable=True)
    failures: int = 0
    last_error: str | None = None
