from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import MONEY, document, id_field, long_text, moment, money, rate, text_list


class Need(SQLModel, table=True):
    """What an enterprise asks for. A draft may be incomplete; a posted need is complete, which the checks hold.

    After posting, ``status`` is a pure function of the leads and the lending under it (leads/status.py). ``taken_at``,
    ``granted`` and ``paid`` say how far it has ever come with all lenders together, test institutions left out: when
    the first of them took it, what was granted, what was paid net of reversals. Triggers keep them after the rows
    under the need; nothing else may write them.
    """

    __tablename__ = "needs"
    __table_args__ = (
        CheckConstraint(
            "status in ('draft', 'published', 'in_contact', 'credited', 'disbursed', 'declined', 'withdrawn',"
            " 'expired', 'settled')",
            name="status",
        ),
        CheckConstraint("(status = 'draft') = (posted_at is null)", name="posted_has_time"),
        CheckConstraint(
            "status = 'draft' or (amount is not null and term_months is not null and purpose is not null"
            " and applicant_role is not null and truth_stated_at is not null and number is not null)",
            name="posted_is_complete",
        ),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("term_months between 1 and 360", name="term"),
        CheckConstraint("max_rate > 0 and max_rate <= 36", name="max_rate"),
        CheckConstraint("existing_loan_balance >= 0", name="existing_loan_balance"),
        CheckConstraint("(status in ('withdrawn', 'expired', 'settled')) = (closed_at is not null)", name="closed"),
        Index("ix_needs_status_posted", "status", "posted_at"),
        Index("uq_needs_one_draft", "enterprise_id", unique=True, postgresql_where=text("status = 'draft'")),
        Index(
            "ix_needs_pool",
            "posted_at",
            postgresql_where=text("open_to_claims and status in ('published', 'in_contact', 'declined')"),
        ),
        Index("ix_needs_posted", "posted_at", "id", postgresql_where=text("posted_at is not null")),
    )

    id: UUID = id_field()
    enterprise_id: UUID = Field(foreign_key="enterprises.id", index=True)
    number: str | None = Field(default=None, unique=True)
    status: str = "draft"
    draft_step: int = 1
    created_by: UUID | None = Field(default=None, foreign_key="users.id")
    created_at: datetime = moment()
    updated_at: datetime = moment()
    posted_at: datetime | None = moment(nullable=True)
    closed_at: datetime | None = moment(nullable=True)
    region_code: str | None = None
    amount: Decimal | None = money(nullable=True)
    term_months: int | None = None
    purpose: str | None = None
    purpose_note: str = long_text()
    max_rate: Decimal | None = rate(nullable=True)
    guarantees: list[str] = text_list()
    has_existing_loans: bool | None = None
    existing_loan_balance: Decimal | None = money(nullable=True)
    applicant_role: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    truth_stated_at: datetime | None = moment(nullable=True)
    open_to_claims: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    dispatched_at: datetime | None = moment(nullable=True)
    taken_at: datetime | None = moment(nullable=True)
    granted: Decimal = Field(default=Decimal(0), sa_type=MONEY, sa_column_kwargs={"server_default": text("0")})
    paid: Decimal = Field(default=Decimal(0), sa_type=MONEY, sa_column_kwargs={"server_default": text("0")})


class NeedEvent(SQLModel, table=True):
    """One change of a need's status, with who and when. Written, never changed."""

    __tablename__ = "need_events"

    id: UUID = id_field()
    need_id: UUID = Field(foreign_key="needs.id", index=True)
    enterprise_id: UUID = Field(foreign_key="enterprises.id", index=True)
    at: datetime = moment()
    actor_role: str
    actor_user_id: UUID | None = None
    from_status: str | None = None
    to_status: str
    detail: dict[str, object] = document()
