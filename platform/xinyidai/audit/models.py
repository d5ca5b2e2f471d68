from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import document, id_field, moment


class AuditEntry(SQLModel, table=True):
    """The application's role may insert and read these rows; it cannot update or delete them."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_subject", "subject_kind", "subject_id", "at"),)

    id: UUID = id_field()
    at: datetime = moment(index=True)
    actor_role: str
    actor_user_id: UUID | None = Field(default=None, index=True)
    action: str
    subject_kind: str
    subject_id: str
    detail: dict[str, object] = document()
    request_id: str = ""
