from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import document, id_field, moment, text_list


class ExchangeUpload(SQLModel, table=True):
    """One table that a bank brought back, and what became of each of its rows."""

    __tablename__ = "exchange_uploads"
    __table_args__ = (
        CheckConstraint("rows_read = rows_done + rows_unchanged + rows_refused", name="rows_add_up"),
        Index("ix_exchange_uploads_institution", "institution_id", "received_at"),
    )

    id: UUID = id_field()
    institution_id: UUID = Field(foreign_key="institutions.id")
    received_at: datetime = moment()
    received_by: UUID | None = Field(default=None, foreign_key="users.id")
    file_name: str
    file_sha256: str
    trial: bool
    """A trial run: everything was checked and nothing was kept."""
    rows_read: int
    rows_done: int
    rows_unchanged: int
    rows_refused: int
    columns_not_read: list[str] = text_list()
    """Titles in the head that are not of this table: a renamed column would else be passed over in silence."""
    refusals: list[dict[str, object]] = document()
    """``{"line", "column", "value", "message"}`` for each refused cell, in the language of who brought it back."""
