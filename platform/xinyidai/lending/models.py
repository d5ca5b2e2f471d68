from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import id_field, long_text, moment, money, rate


class Offer(SQLModel, table=True):
    """A lender's binding proposal on a lead. At most one offer of a lead is open at a time."""

    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint("status in ('open', 'accepted', 'declined', 'lapsed', 'withdrawn')", name="status"),
        CheckConstraint("(status = 'open') = (decided_at is null)", name="decided_has_time"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("annual_rate > 0 and annual_rate <= 36", name="annual_rate"),
        CheckConstraint("term_months between 1 and 360", name="term"),
        Index("uq_offers_one_open", "lead_id", unique=True, postgresql_where=text("status = 'open'")),
    )

    id: UUID = id_field()
    lead_id: UUID = Field(foreign_key="leads.id", index=True)
    need_id: UUID = Field(foreign_key="needs.id", index=True)
    enterprise_id: UUID = Field(foreign_key="enterprises.id", index=True)
    institution_id: UUID = Field(foreign_key="institutions.id", index=True)
    amount: Decimal = money()
    annual_rate: Decimal = rate()
    term_months: int
    guarantee_mode: str
    repayment_mode: str
    valid_until: date
    note: str = long_text()
    status: str = "open"
    offered_at: datetime = moment()
    offered_by: UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = moment(nullable=True)


class CreditLine(SQLModel, table=True):
    """The limit an institution has granted on an accepted offer. What is paid out never exceeds ``amount``."""

    __tablename__ = "credit_lines"
    __table_args__ = (
        UniqueConstraint("institution_id", "contract_number"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("annual_rate > 0 and annual_rate <= 36", name="annual_rate"),
        CheckConstraint("expires_on > approved_on", name="dates"),
        CheckConstraint("closed_on >= approved_on", name="closed"),
        Index("ix_credit_lines_approved", "approved_on", "id"),
    )

    id: UUID = id_field()
    offer_id: UUID = Field(foreign_key="offers.id", unique=True)
    lead_id: UUID = Field(foreign_key="leads.id", index=True)
    need_id: UUID = Field(foreign_key="needs.id", index=True)
    product_id: UUID = Field(foreign_key="products.id", index=True)
    enterprise_id: UUID = Field(foreign_key="enterprises.id", index=True)
    institution_id: UUID = Field(foreign_key="institutions.id")
    region_code: str | None = None
    contract_number: str
    amount: Decimal = money()
    annual_rate: Decimal = rate()
    term_months: int
    guarantee_mode: str
    repayment_mode: str
    approved_on: date
    expires_on: date
    closed_on: date | None = None
    approved_by: UUID | None = Field(default=None, foreign_key="users.id")
    approved_at: datetime = moment()


class Disbursement(SQLModel, table=True):
    """Money paid out, append-only. A correction is a row of the opposite amount that names the row it reverses.

    The application's role may insert and read; it cannot update or delete. Bank, product, region and month of a
    total are columns of the row itself, so that every total is a plain sum of rows. So are the classes that the
    borrower had at that time: a trigger fills ``size_class`` and ``industry_section``, whatever is given for them.
    """

    __tablename__ = "disbursements"
    __table_args__ = (
        UniqueConstraint("institution_id", "external_reference"),
        UniqueConstraint("reverses_id"),
        CheckConstraint(
            "(reverses_id is null and amount > 0) or (reverses_id is not null and amount < 0)", name="sign"
        ),
        CheckConstraint("reverses_id is null or reversal_reason <> ''", name="reversal_has_reason"),
        Index("ix_disbursements_paid", "paid_on", "id"),
        Index("ix_disbursements_similar", "industry_section", "size_class"),
        # Who was funded in a period, read from the index alone.
        Index(
            "ix_disbursements_funded",
            "enterprise_id",
            "paid_on",
            postgresql_include=["amount", "institution_id", "region_code"],
        ),
    )

    id: UUID = id_field()
    credit_line_id: UUID = Field(foreign_key="credit_lines.id", index=True)
    need_id: UUID = Field(foreign_key="needs.id", index=True)
    product_id: UUID = Field(foreign_key="products.id", index=True)
    enterprise_id: UUID = Field(foreign_key="enterprises.id", index=True)
    institution_id: UUID = Field(foreign_key="institutions.id")
    region_code: str | None = None
    amount: Decimal = money()
    annual_rate: Decimal = rate()
    guarantee_mode: str
    paid_on: date
    external_reference: str
    reverses_id: UUID | None = Field(default=None, foreign_key="disbursements.id")
    reversal_reason: str = long_text()
    recorded_at: datetime = moment()
    recorded_by: UUID | None = Field(default=None, foreign_key="users.id")
    size_class: str | None = None
    industry_section: str | None = None
