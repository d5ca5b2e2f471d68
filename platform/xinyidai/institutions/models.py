from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import id_field, long_text, moment


class Institution(SQLModel, table=True):
    """A bank, or a guarantee, pawn, micro-loan or other company that lends or stands in for lenders."""

    __tablename__ = "institutions"

    id: UUID = id_field()
    code: str = Field(unique=True, max_length=32)
    name: str = Field(unique=True)
    name_pinyin: str
    kind: str = Field(index=True)
    usci: str | None = Field(default=None, max_length=18, unique=True)
    region_code: str | None = Field(default=None, max_length=6)
    phone: str | None = None
    introduction: str = long_text()
    active: bool = True
    is_test: bool = False
    created_at: datetime = moment()


class Branch(SQLModel, table=True):
    """One place of an institution, in a tree. The parent is named at the making and stays, so no ring can arise.

    ``region_code`` (a GB/T 2260 prefix) is the area whose leads come to this branch; the longest that fits decides.
    """

    __tablename__ = "branches"
    __table_args__ = (
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "code"),
        ForeignKeyConstraint(["institution_id", "parent_id"], ["branches.institution_id", "branches.id"]),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
    )

    id: UUID = id_field()
    institution_id: UUID = Field(foreign_key="institutions.id")
    parent_id: UUID | None = Field(default=None, index=True)
    code: str = Field(max_length=32)
    name: str = Field(max_length=80)
    name_pinyin: str
    region_code: str | None = Field(default=None, max_length=6)
    active: bool = True
    created_at: datetime = moment()


class Absence(SQLModel, table=True):
    """Days on which somebody is away, both included, and who stands in. Ended early by ``cancelled_at``."""

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days"),
        CheckConstraint("delegate_id <> user_id", name="somebody_else"),
    )

    id: UUID = id_field()
    institution_id: UUID = Field(foreign_key="institutions.id", index=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    delegate_id: UUID = Field(foreign_key="users.id", index=True)
    from_on: date
    until_on: date
    made_at: datetime = moment()
    cancelled_at: datetime | None = moment(nullable=True)
