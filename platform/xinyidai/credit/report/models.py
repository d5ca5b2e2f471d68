from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import document, id_field, moment, text_list


class CreditReport(SQLModel, table=True):
    """One issued report, frozen as it was. ``institution_id`` None: made by the enterprise for itself.

    A lender never reads the row itself: what was repaired since must not reach it. The service shows what still counts.
    """

    __tablename__ = "credit_reports"
    __table_args__ = (
        CheckConstraint("number ~ '^[0-9]{20}$'", name="number_shape"),
        CheckConstraint("content_hash ~ '^[0-9a-f]{64}$'", name="hash_shape"),
        Index("ix_credit_reports_enterprise", "enterprise_id", "issued_at"),
    )

    id: UUID = id_field()
    number: str = Field(unique=True)
    code: str
    """What is typed beside the number to verify the report."""
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    institution_id: UUID | None = Field(default=None, foreign_key="institutions.id", index=True)
    issued_at: datetime = moment()
    issued_by: UUID | None = Field(default=None, foreign_key="users.id")
    datasets: list[str] = text_list()
    """Data sets that the reader was allowed beyond the open ones."""
    content: dict[str, object] = document()
    content_hash: str


class CreditAssessment(SQLModel, table=True):
    """One issued assessment of the platform's own, frozen as it was. Its number is of the same row as the reports'."""

    __tablename__ = "credit_assessments"
    __table_args__ = (
        CheckConstraint("number ~ '^[0-9]{20}$'", name="number_shape"),
        CheckConstraint("content_hash ~ '^[0-9a-f]{64}$'", name="hash_shape"),
        Index("ix_credit_assessments_enterprise", "enterprise_id", "issued_at"),
    )

    id: UUID = id_field()
    number: str = Field(unique=True)
    code: str
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    issued_at: datetime = moment()
    issued_by: UUID | None = Field(default=None, foreign_key="users.id")
    content: dict[str, object] = document()
    content_hash: str
