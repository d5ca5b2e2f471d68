from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import document, id_field, moment


class ScreeningOpening(SQLModel, table=True):
    """From when until when an enterprise let lenders find it, and who decided so. While one is open, it counts."""

    __tablename__ = "screening_openings"
    __table_args__ = (
        CheckConstraint("closed_at >= opened_at", name="order"),
        Index("ix_screening_openings_enterprise", "enterprise_id", "opened_at"),
        Index("uq_screening_openings_open", "enterprise_id", unique=True, postgresql_where=text("closed_at is null")),
    )

    id: UUID = id_field()
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    opened_at: datetime = moment()
    opened_by: UUID | None = Field(default=None, foreign_key="users.id")
    closed_at: datetime | None = moment(nullable=True)
    closed_by: UUID | None = Field(default=None, foreign_key="users.id")


class SavedScreen(SQLModel, table=True):
    """Conditions that a lender looks for, under a name; ``criteria`` in the form of the matching contract."""

    __tablename__ = "saved_screens"
    __table_args__ = (
        CheckConstraint("name <> ''", name="named"),
        UniqueConstraint("made_by", "name"),
        Index("ix_saved_screens_institution", "institution_id", "updated_at"),
    )

    id: UUID = id_field()
    institution_id: UUID = Field(foreign_key="institutions.id")
    made_by: UUID = Field(foreign_key="users.id")
    name: str
    shared: bool
    """Colleagues of the institution see it too."""
    criteria: list[dict[str, object]] = document()
    created_at: datetime = moment()
    updated_at: datetime = moment()


class ScreeningInvitation(SQLModel, table=True):
    """A lender asked an enterprise to look at a product. Written, never changed: it is what the cap counts."""

    __tablename__ = "screening_invitations"
    __table_args__ = (Index("ix_screening_invitations_pair", "enterprise_id", "institution_id", "invited_at"),)

    id: UUID = id_field()
    institution_id: UUID = Field(foreign_key="institutions.id")
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    product_id: UUID = Field(foreign_key="products.id")
    invited_at: datetime = moment()
    invited_by: UUID | None = Field(default=None, foreign_key="users.id")
