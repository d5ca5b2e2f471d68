from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import document, id_field, long_text, moment, money, rate, text_list


class Product(SQLModel, table=True):
    """A lender's offer to the public; what it says at any time is one of its versions."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("status in ('draft', 'published', 'withdrawn')", name="status"),
        CheckConstraint("(status = 'published') = (current_version_id is not null)", name="published_has_version"),
    )

    id: UUID = id_field()
    institution_id: UUID = Field(foreign_key="institutions.id", index=True)
    code: str = Field(unique=True, max_length=40)
    status: str = Field(default="draft", index=True)
    # No foreign key on purpose: versions point to the product, and a ring of keys cannot be loaded in order.
    current_version_id: UUID | None = None
    created_at: datetime = moment()
    updated_at: datetime = moment()


class ProductVersion(SQLModel, table=True):
    """Terms of a product. A published version is never changed; the next one replaces it and it stays readable.

    ``criteria`` has the form of the matching contract: a list of ``{"fact", "op", "value"}``.
    """

    __tablename__ = "product_versions"
    __table_args__ = (
        UniqueConstraint("product_id", "version"),
        CheckConstraint("state in ('draft', 'published', 'superseded', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'draft') = (published_at is null)", name="published_has_time"),
        CheckConstraint("amount_min > 0 and amount_min <= amount_max", name="amounts"),
        CheckConstraint("term_min > 0 and term_min <= term_max", name="terms"),
        CheckConstraint("rate_min > 0 and rate_min <= rate_max and rate_max <= 100", name="rates"),
        CheckConstraint("decision_days between 1 and 365", name="decision_days"),
        CheckConstraint("cardinality(guarantees) > 0", name="guarantees"),
        Index("uq_product_versions_one_draft", "product_id", unique=True, postgresql_where=text("state = 'draft'")),
        Index(
            "uq_product_versions_one_published",
            "product_id",
            unique=True,
            postgresql_where=text("state = 'published'"),
        ),
    )

    id: UUID = id_field()
    product_id: UUID = Field(foreign_key="products.id", index=True)
    institution_id: UUID = Field(foreign_key="institutions.id", index=True)
    version: int
    state: str = "draft"
    name: str
    name_pinyin: str
    description: str = long_text()
    amount_min: Decimal = money()
    amount_max: Decimal = money()
    term_min: int
    term_max: int
    rate_min: Decimal = rate()
    rate_max: Decimal = rate()
    guarantees: list[str] = text_list()
    repayment_modes: list[str] = text_list()
    decision_days: int
    materials: list[str] = text_list()
    criteria: list[dict[str, object]] = document()
    drafted_by: UUID | None = Field(default=None, foreign_key="users.id")
    drafted_at: datetime = moment()
    published_by: UUID | None = Field(default=None, foreign_key="users.id")
    published_at: datetime | None = moment(nullable=True)
