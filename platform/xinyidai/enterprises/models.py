from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import id_field, long_text, moment, text_list


class Enterprise(SQLModel, table=True):
    """One borrower as the registry knows it, farm households (no credit code) included.

    Capital, revenue and assets are in 万元, as annual reports and the size rule have them. An empty value is
    unknown, never zero.
    """

    __tablename__ = "enterprises"
    __table_args__ = (
        CheckConstraint("(usci is null) = (subject_kind = 'farm_household')", name="usci_or_household"),
        CheckConstraint("(internal_code is not null) = (subject_kind = 'farm_household')", name="household_code"),
        CheckConstraint("usci ~ '^[0-9A-HJ-NP-RTUWXY]{18}$'", name="usci_shape"),
        CheckConstraint("region_code ~ '^[0-9]{6}$'", name="region_shape"),
        CheckConstraint("employees >= 0", name="employees"),
        Index("ix_enterprises_name_pinyin", "name_pinyin", "id"),
        Index("ix_enterprises_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    id: UUID = id_field()
    usci: str | None = Field(default=None, max_length=18, unique=True)
    internal_code: str | None = Field(default=None, unique=True)
    registry_confirmed: bool = False
    subject_kind: str
    name: str
    name_pinyin: str
    legal_representative: str | None = None
    registration_status: str | None = None
    enterprise_kind: str | None = None
    registered_on: date | None = None
    operating_until: date | None = None
    registered_capital: Decimal | None = Field(default=None, sa_type=Numeric(20, 6))
    capital_currency: str | None = None
    capital_text: str | None = None
    region_code: str | None = Field(default=None, max_length=6)
    registration_authority: str | None = Field(default=None, max_length=6)
    industry_code: str | None = None
    employees: int | None = None
    revenue: Decimal | None = Field(default=None, sa_type=Numeric(20, 6))
    total_assets: Decimal | None = Field(default=None, sa_type=Numeric(20, 6))
    size_class: str | None = None
    address: str | None = long_text(nullable=True)
    business_scope: str | None = long_text(nullable=True)
    labels: list[str] = text_list()
    content_hash: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    created_at: datetime = moment()
    updated_at: datetime = moment()


class RegistryImport(SQLModel, table=True):
    """One delivered registry file and what became of its rows."""

    __tablename__ = "registry_imports"

    id: UUID = id_field()
    file_name: str
    file_sha256: str = Field(index=True)
    started_at: datetime = moment()
    finished_at: datetime | None = moment(nullable=True)
    read: int = 0
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
