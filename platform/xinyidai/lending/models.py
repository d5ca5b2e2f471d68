from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import id_field, long_text, moment, money, rate


class Offer(SQLModel, table=True):
    """A lender's proposal on a lead. At most one offer of a lead is open at a time.

    An ``indicative`` one says what the lender has in mind: it can be looked at and compared, never accepted. The
    binding offer that is made of it names it in ``firms_id``, and it is then ``replaced``.
    """

    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint("status in ('open', 'accepted', 'declined', 'lapsed', 'withdrawn', 'replaced')", name="status"),
        CheckConstraint("kind in ('indicative', 'binding')", name="kind"),
        CheckConstraint("kind = 'binding' or status <> 'accepted'", name="only_binding_is_accepted"),
        CheckConstraint("kind = 'indicative' or status <> 'replaced'", name="only_indicative_is_replaced"),
        CheckConstraint("kind = 'indicative' or firm_asked_at is null", name="asked_while_indicative"),
        CheckConstraint("kind = 'binding' or firms_id is null", name="binding_firms"),
        UniqueConstraint("firms_id"),
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
    kind: str = Field(default="binding", sa_column_kwargs={"server_default": "binding"})
    firms_id: UUID | None = Field(default=None, foreign_key="offers.id")
    firm_asked_at: datetime | None = moment(nullable=True)


class OfferFee(SQLModel, table=True):
    """One cost of an offer beside its interest. Either ``amount`` in yuan or ``percent`` of the loan, each time it is
    due; ``due`` says when that is (lending/costs.py).
    """

    __tablename__ = "offer_fees"
    __table_args__ = (
        CheckConstraint(
            "kind in ('guarantee', 'appraisal', 'registration', 'mortgage', 'intermediary', 'insurance', 'notary',"
            " 'other')",
            name="kind",
        ),
        CheckConstraint("due in ('upfront', 'monthly', 'yearly', 'at_end')", name="due"),
        CheckConstraint("method in ('deducted', 'transfer', 'with_instalment', 'borne_by_lender')", name="method"),
        CheckConstraint("num_nonnulls(amount, percent) = 1", name="amount_or_percent"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("percent > 0 and percent <= 36", name="percent"),
    )

    id: UUID = id_field()
    offer_id: UUID = Field(foreign_key="offers.id", index=True)
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    institution_id: UUID = Field(foreign_key="institutions.id")
    kind: str
    amount: Decimal | None = money(nullable=True)
    percent: Decimal | None = rate(nullable=True)
    payee: str
    method: str
    due: str


class RiskPool(SQLModel, table=True):
    """A public fund that bears part of a loss 风险补偿资金池, as its rule reads from ``valid_from`` on.

    Dated data with a source: a changed rule is a new row. ``ratio_cap`` is the largest share of a loan in percent.
    """

    __tablename__ = "risk_pools"
    __table_args__ = (
        CheckConstraint("capital > 0", name="capital"),
        CheckConstraint("ratio_cap > 0 and ratio_cap <= 100", name="ratio_cap"),
        CheckConstraint("valid_until >= valid_from", name="dates"),
        UniqueConstraint("name", "valid_from"),
    )

    id: UUID = id_field()
    name: str
    capital: Decimal = money()
    ratio_cap: Decimal = rate()
    valid_from: date
    valid_until: date | None = None
    source: str = long_text()
    created_at: datetime = moment()
    created_by: UUID | None = Field(default=None, foreign_key="users.id")


class RiskShare(SQLModel, table=True):
    """Who beside the lender bears the loss of an offered loan, in percent of it: a guarantee company or a pool."""

    __tablename__ = "risk_shares"
    __table_args__ = (
        CheckConstraint("num_nonnulls(guarantor_id, pool_id) = 1", name="one_bearer"),
        CheckConstraint("share > 0 and share <= 100", name="share"),
        UniqueConstraint("offer_id", "guarantor_id"),
        UniqueConstraint("offer_id", "pool_id"),
    )

    id: UUID = id_field()
    offer_id: UUID = Field(foreign_key="offers.id")
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    institution_id: UUID = Field(foreign_key="institutions.id")
    guarantor_id: UUID | None = Field(default=None, foreign_key="institutions.id", index=True)
    pool_id: UUID | None = Field(default=None, foreign_key="risk_pools.id", index=True)
    share: Decimal = rate()


class CreditLine(SQLModel, table=True):
    """The limit an institution has granted on an accepted offer. What is paid out never exceeds ``amount``.

    A line that names another in ``renews_id`` renews it without repayment of principal 无还本续贷: no money is paid
    out from it, it stands on no offer of its own, and no total of what was granted or lent counts it.
    """

    __tablename__ = "credit_lines"
    __table_args__ = (
        UniqueConstraint("institution_id", "contract_number"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("annual_rate > 0 and annual_rate <= 36", name="annual_rate"),
        CheckConstraint("expires_on > approved_on", name="dates"),
        CheckConstraint("closed_on >= approved_on", name="closed"),
        CheckConstraint("(offer_id is null) = (renews_id is not null)", name="offer_or_renewal"),
        Index("ix_credit_lines_approved", "approved_on", "id"),
    )

    id: UUID = id_field()
    offer_id: UUID | None = Field(default=None, foreign_key="offers.id", unique=True)
    renews_id: UUID | None = Field(default=None, foreign_key="credit_lines.id", index=True)
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
        Index(
            "ix_disbursements_enterprise_day", "enterprise_id", "paid_on", postgresql_where=text("reverses_id is null")
        ),
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


class PayoutProposal(SQLModel, table=True):
    """A payout so large that a second person must confirm it. Until then it is no payout and counts nowhere."""

    __tablename__ = "payout_proposals"
    __table_args__ = (
        CheckConstraint("status in ('open', 'confirmed', 'rejected')", name="status"),
        CheckConstraint("(status = 'open') = (decided_at is null)", name="decided_has_time"),
        CheckConstraint("(status = 'confirmed') = (disbursement_id is not null)", name="confirmed_has_payout"),
        CheckConstraint("status <> 'confirmed' or decided_by <> proposed_by", name="two_people"),
        CheckConstraint("amount > 0", name="amount"),
        UniqueConstraint("disbursement_id"),
        Index(
            "uq_payout_proposals_open_reference",
            "institution_id",
            "external_reference",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
    )

    id: UUID = id_field()
    credit_line_id: UUID = Field(foreign_key="credit_lines.id", index=True)
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    institution_id: UUID = Field(foreign_key="institutions.id")
    amount: Decimal = money()
    paid_on: date
    external_reference: str
    status: str = "open"
    proposed_at: datetime = moment()
    proposed_by: UUID = Field(foreign_key="users.id")
    decided_at: datetime | None = moment(nullable=True)
    decided_by: UUID | None = Field(default=None, foreign_key="users.id")
    note: str = long_text()
    disbursement_id: UUID | None = Field(default=None, foreign_key="disbursements.id")


class Repayment(SQLModel, table=True):
    """What came back, as the lender reports it; append-only, corrected by reversal like a payout.

    A ``carried_over`` row is no money: a renewal takes the principal of this line over into ``renewal_line_id``, where
    the same row opens what is owed. Reversed, it undoes both at once.
    """

    __tablename__ = "repayments"
    __table_args__ = (
        CheckConstraint("kind in ('payment', 'carried_over')", name="kind"),
        CheckConstraint("(kind = 'carried_over') = (renewal_line_id is not null)", name="carried_over_names_line"),
        CheckConstraint("kind = 'payment' or interest = 0", name="carried_over_is_principal"),
        CheckConstraint(
            "principal + interest <> 0 and ((reverses_id is null and principal >= 0 and interest >= 0)"
            " or (reverses_id is not null and principal <= 0 and interest <= 0))",
            name="sign",
        ),
        CheckConstraint("reverses_id is null or reversal_reason <> ''", name="reversal_has_reason"),
        UniqueConstraint("institution_id", "external_reference"),
        UniqueConstraint("reverses_id"),
    )

    id: UUID = id_field()
    credit_line_id: UUID = Field(foreign_key="credit_lines.id", index=True)
    need_id: UUID = Field(foreign_key="needs.id")
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    institution_id: UUID = Field(foreign_key="institutions.id")
    region_code: str | None = None
    kind: str = "payment"
    principal: Decimal = money()
    interest: Decimal = money()
    repaid_on: date
    external_reference: str
    renewal_line_id: UUID | None = Field(default=None, foreign_key="credit_lines.id", index=True)
    reverses_id: UUID | None = Field(default=None, foreign_key="repayments.id")
    reversal_reason: str = long_text()
    recorded_at: datetime = moment()
    recorded_by: UUID | None = Field(default=None, foreign_key="users.id")


class OverdueReport(SQLModel, table=True):
    """How a loan stood on a day, as the lender reports it: what is past due, and its class 五级分类. Never changed.

    The newest day counts, and of one day the last report; a report of zero says that nothing is past due any more.
    """

    __tablename__ = "overdue_reports"
    __table_args__ = (
        CheckConstraint("principal >= 0 and interest >= 0 and days >= 0", name="amounts"),
        CheckConstraint("(days = 0) = (principal + interest = 0)", name="days_and_amounts"),
        CheckConstraint(
            "grade in ('normal', 'special_mention', 'substandard', 'doubtful', 'loss')",
            name="grade",
        ),
        Index("ix_overdue_reports_newest", "credit_line_id", "as_of", "id"),
    )

    id: UUID = id_field()
    credit_line_id: UUID = Field(foreign_key="credit_lines.id")
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    institution_id: UUID = Field(foreign_key="institutions.id")
    region_code: str | None = None
    as_of: date
    principal: Decimal = money()
    interest: Decimal = money()
    days: int
    grade: str
    note: str = long_text()
    recorded_at: datetime = moment()
    recorded_by: UUID | None = Field(default=None, foreign_key="users.id")


class DuplicateDecision(SQLModel, table=True):
    """What the office found about two payouts that look like one loan. The last decision on a pair counts."""

    __tablename__ = "duplicate_decisions"
    __table_args__ = (
        CheckConstraint("verdict in ('same', 'different')", name="verdict"),
        CheckConstraint("first_id < second_id", name="ordered"),
        Index("ix_duplicate_decisions_pair", "first_id", "second_id", "id"),
    )

    id: UUID = id_field()
    first_id: UUID = Field(foreign_key="disbursements.id")
    second_id: UUID = Field(foreign_key="disbursements.id")
    verdict: str
    note: str = long_text()
    decided_at: datetime = moment()
    decided_by: UUID | None = Field(default=None, foreign_key="users.id")
