from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Computed, Index, Numeric, String, Text, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import document, id_field, long_text, moment, text_list

UNTIL_FURTHER_NOTICE = date(9999, 12, 31)
"""No end of operation (长期), which is known and not the same as an end that is not known."""

NAME_LETTERS = (
    r"regexp_replace(name_pinyin, '(^| )([a-z0-9])[^ ]*', '\2', 'g')"
    r" || ' ' || regexp_replace(name_pinyin, '[1-5]?( |$)', '', 'g')"
)
"""``zao3 zhuang1`` → ``zz zaozhuang``."""


class Enterprise(SQLModel, table=True):
    """One borrower as the registry knows it, farm households (no credit code) included.

    Capital, revenue and assets are in 万元, as annual reports and the size rule have them. An empty value is
    unknown, never zero. ``operating_until`` is ``UNTIL_FURTHER_NOTICE`` where the registry says long term.
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
    name_pinyin: str = Field(sa_type=String(collation="C"))
    name_letters: str = Field(default=None, sa_column=Column(Text, Computed(NAME_LETTERS, persisted=True)))
    """Initials and full pinyin without tones, for the search; the database derives it."""
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
    """One delivered registry file and what became of its rows: read = accepted + updated + unchanged + rejected."""

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
    noted: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """Single values that could not be taken, of rows that were."""


class RegistryReject(SQLModel, table=True):
    """Why a row of a delivered file, or one value of it, was not taken; said in either language when it is read."""

    __tablename__ = "registry_rejects"
    __table_args__ = (Index("ix_registry_rejects_line", "registry_import_id", "line", "id"),)

    id: UUID = id_field()
    registry_import_id: UUID = Field(foreign_key="registry_imports.id")
    line: int
    row_refused: bool
    """False where the row was taken without this value."""
    field: str
    value: str = long_text()
    message: str = long_text()
    detail: dict[str, object] = document()
