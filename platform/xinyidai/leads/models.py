from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Float, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import document, id_field, long_text, moment, text_list


class MatchRun(SQLModel, table=True):
    """One ranking of one need, with everything it was decided from: replaying it gives the same bytes.

    ``need_record`` and ``product_records`` are what the engine was given, in the form of the matching contract;
    ``product_versions`` says which version of each product that was.
    """

    __tablename__ = "match_runs"
    __table_args__ = (
        CheckConstraint("eligible >= 0 and conditional >= 0 and ineligible >= 0", name="counts"),
        Index("uq_match_runs_job", "job_id", unique=True),
        Index("ix_match_runs_need_latest", "need_id", "finished_at"),
    )

    id: UUID = id_field()
    need_id: UUID = Field(foreign_key="needs.id")
    enterprise_id: UUID = Field(foreign_key="enterprises.id", index=True)
    job_id: UUID | None = None
    reason: str = "posted"
    as_of: date
    weights_version: str
    need_record: dict[str, object] = document()
    product_set_id: UUID = Field(foreign_key="product_sets.id", index=True)
    eligible: int
    conditional: int
    ineligible: int
    finished_at: datetime = moment()


class ProductSet(SQLModel, table=True):
    """The products on sale as the engine saw them, stored once per distinct content and shared by many runs."""

    __tablename__ = "product_sets"

    id: UUID = id_field()
    content_hash: str = Field(unique=True)
    records: list[dict[str, object]] = document()
    version_ids: list[str] = text_list()
    created_at: datetime = moment()


class MatchResult(SQLModel, table=True):
    """One product's place in a run. ``failed`` lists ``{"fact", "op", "value", "actual"}`` of an ineligible product.

    ``unknown`` names facts, ``neutral`` the components of the score in which something was not known.
    """

    __tablename__ = "match_results"
    __table_args__ = (
        UniqueConstraint("match_run_id", "product_id"),
        CheckConstraint("verdict in ('eligible', 'conditional', 'ineligible')", name="verdict"),
        CheckConstraint("(verdict = 'ineligible') = (rank is null)", name="ranked_unless_ineligible"),
        CheckConstraint("score between 0 and 100", name="score"),
    )

    id: UUID = id_field()
    match_run_id: UUID = Field(foreign_key="match_runs.id", index=True)
    enterprise_id: UUID = Field(foreign_key="enterprises.id", index=True)
    institution_id: UUID = Field(foreign_key="institutions.id", index=True)
    product_id: UUID = Field(foreign_key="products.id")
    product_version_id: UUID = Field(foreign_key="product_versions.id")
    rank: int | None = None
    verdict: str
    score: float | None = Field(default=None, sa_type=Float)
    contributions: dict[str, float] = document()
    unknown: list[str] = text_list()
    neutral: list[str] = text_list()
    failed: list[dict[str, object]] = document()


class Lead(SQLModel, table=True):
    """A need put before one institution's product. Dates are tied to the status by checks."""

    __tablename__ = "leads"
    __table_args__ = (
        Index(
            "uq_leads_one_open_per_product",
            "need_id",
            "product_id",
            unique=True,
            postgresql_where=text(
                "status not in ('declined', 'expired', 'refused', 'no_deal', 'withdrawn', 'unreachable')"
            ),
        ),
        CheckConstraint("route in ('directed', 'dispatched', 'claimed')", name="route"),
        CheckConstraint(
            "status in ('sent', 'accepted', 'declined', 'expired', 'offered', 'offer_accepted', 'credit_approved',"
            " 'disbursing', 'funded', 'refused', 'no_deal', 'unreachable', 'withdrawn')",
            name="status",
        ),
        CheckConstraint("(status in ('declined', 'refused')) = (reason is not null)", name="refusal_has_reason"),
        CheckConstraint(
            "(status in ('declined', 'expired', 'refused', 'no_deal', 'unreachable', 'withdrawn', 'funded'))"
            " = (closed_at is not null)",
            name="closed_has_time",
        ),
        CheckConstraint(
            "status in ('sent', 'declined', 'expired', 'withdrawn') or accepted_at is not null",
            name="accepted_has_time",
        ),
        Index("ix_leads_inbox", "institution_id", "status", "respond_by"),
        Index(
            "ix_leads_first_contact",
            "need_id",
            "accepted_at",
            postgresql_include=["institution_id", "enterprise_id", "region_code"],
            postgresql_where=text("accepted_at is not null"),
        ),
    )

    id: UUID = id_field()
    need_id: UUID = Field(foreign_key="needs.id", index=True)
    enterprise_id: UUID = Field(foreign_key="enterprises.id", index=True)
    institution_id: UUID = Field(foreign_key="institutions.id")
    product_id: UUID = Field(foreign_key="products.id", index=True)
    product_version_id: UUID = Field(foreign_key="product_versions.id")
    match_result_id: UUID | None = Field(default=None, foreign_key="match_results.id", index=True)
    region_code: str | None = None
    route: str = "directed"
    status: str = "sent"
    sent_at: datetime = moment()
    respond_by: date
    accepted_at: datetime | None = moment(nullable=True)
    officer_id: UUID | None = Field(default=None, foreign_key="users.id")
    reason: str | None = None
    reason_note: str = long_text()
    closed_at: datetime | None = moment(nullable=True)
    updated_at: datetime = moment()


class LeadEvent(SQLModel, table=True):
    """One step of a lead, with who and when. Written, never changed."""

    __tablename__ = "lead_events"

    id: UUID = id_field()
    lead_id: UUID = Field(foreign_key="leads.id", index=True)
    enterprise_id: UUID = Field(foreign_key="enterprises.id", index=True)
    institution_id: UUID = Field(foreign_key="institutions.id", index=True)
    at: datetime = moment()
    actor_role: str
    actor_user_id: UUID | None = None
    from_status: str | None = None
    to_status: str
    detail: dict[str, object] = document()
