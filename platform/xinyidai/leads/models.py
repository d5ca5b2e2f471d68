from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Float, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
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
    """A need put before one institution's product. Dates are tied to the status by checks.

    A suggestion (``suggested_at`` without ``confirmed_at``) is between the platform and the enterprise: its lender
    does not see it. ``sent_at`` is then the moment of the suggestion, and the moment of sending once it is confirmed.

    Last days: ``respond_by`` to answer (of a suggestion: for the enterprise), ``contact_by`` for the first contact,
    ``decide_by`` for the decision. While ``paused_on`` is set, papers are awaited and ``decide_by`` stands still.
    ``decision_ends_on`` is the same day before it is moved back onto a working day: what a pause adds is added to it.
    """

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
            "status in ('suggested', 'sent', 'accepted', 'declined', 'expired', 'contacted', 'papers_requested',"
            " 'papers_complete', 'offered', 'offer_accepted', 'credit_approved', 'disbursing', 'funded', 'refused',"
            " 'no_deal', 'unreachable', 'withdrawn')",
            name="status",
        ),
        CheckConstraint("(status in ('declined', 'refused')) = (reason is not null)", name="refusal_has_reason"),
        CheckConstraint(
            "(status in ('declined', 'expired', 'refused', 'no_deal', 'unreachable', 'withdrawn', 'funded'))"
            " = (closed_at is not null)",
            name="closed_has_time",
        ),
        CheckConstraint(
            "status in ('suggested', 'sent', 'declined', 'expired', 'withdrawn') or accepted_at is not null",
            name="accepted_has_time",
        ),
        CheckConstraint(
            "case status when 'suggested' then suggested_at is not null and confirmed_at is null"
            " when 'expired' then true when 'withdrawn' then true"
            " else suggested_at is null or confirmed_at is not null end",
            name="suggestion_is_confirmed",
        ),
        CheckConstraint(
            "status not in ('contacted', 'papers_requested', 'papers_complete') or contacted_at is not null",
            name="contacted_has_time",
        ),
        CheckConstraint(
            "(status = 'papers_requested') = (paused_on is not null)"
            " and (status <> 'papers_requested' or papers_requested_at is not null)",
            name="papers_requested_has_time",
        ),
        CheckConstraint(
            "(status <> 'papers_complete' or papers_complete_at is not null)"
            " and (papers_complete_at is null or decide_by is not null)",
            name="papers_complete_has_time",
        ),
        CheckConstraint(
            "contacted_at >= accepted_at and papers_requested_at >= contacted_at"
            " and papers_complete_at >= contacted_at",
            name="dates_in_order",
        ),
        CheckConstraint(
            "accepted_at is not null or num_nonnulls(contact_by, contacted_at, decide_by, papers_requested_at,"
            " papers_complete_at) = 0",
            name="clocks_begin_with_acceptance",
        ),
        Index("ix_leads_inbox", "institution_id", "status", "respond_by"),
        Index(
            "uq_leads_one_claim_per_institution",
            "need_id",
            "institution_id",
            unique=True,
            postgresql_where=text(
                "route = 'claimed' and status not in"
                " ('declined', 'expired', 'refused', 'no_deal', 'withdrawn', 'unreachable')"
            ),
        ),
        ForeignKeyConstraint(["institution_id", "branch_id"], ["branches.institution_id", "branches.id"]),
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
    suggested_at: datetime | None = moment(nullable=True)
    confirmed_at: datetime | None = moment(nullable=True)
    accepted_at: datetime | None = moment(nullable=True)
    contact_by: date | None = None
    contacted_at: datetime | None = moment(nullable=True)
    papers_requested_at: datetime | None = moment(nullable=True)
    papers_note: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": text("''")})
    paused_on: date | None = None
    papers_complete_at: datetime | None = moment(nullable=True)
    decide_by: date | None = None
    decision_ends_on: date | None = None
    reroute_agreed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    rerouted_from_id: UUID | None = Field(default=None, foreign_key="leads.id", index=True)
    branch_id: UUID | None = Field(default=None, index=True)
    officer_id: UUID | None = Field(default=None, foreign_key="users.id", index=True)
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


class LeadNote(SQLModel, table=True):
    """What an institution's people write to each other about a lead. Nobody outside the institution reads it."""

    __tablename__ = "lead_notes"
    __table_args__ = (CheckConstraint("text <> ''", name="text"),)

    id: UUID = id_field()
    lead_id: UUID = Field(foreign_key="leads.id", index=True)
    institution_id: UUID = Field(foreign_key="institutions.id", index=True)
    user_id: UUID | None = Field(default=None, foreign_key="users.id")
    at: datetime = moment()
    text: str = long_text()


class LeadClockStep(SQLModel, table=True):
    """The marker of a reminder, an escalation or a re-routing, written with its message: each is done once.

    ``due_on`` is the last day that it was about, so that a clock that was stopped and runs again is watched anew.
    """

    __tablename__ = "lead_clock_steps"
    __table_args__ = (
        UniqueConstraint("lead_id", "clock", "step", "due_on", "number"),
        CheckConstraint("clock in ('accept', 'first_contact', 'decision', 'papers')", name="clock"),
        CheckConstraint("step in ('reminded', 'manager', 'office', 'rerouted', 'nowhere')", name="step"),
        CheckConstraint("number >= 1 and (step = 'reminded' or number = 1)", name="number"),
    )

    id: UUID = id_field()
    lead_id: UUID = Field(foreign_key="leads.id", index=True)
    enterprise_id: UUID = Field(foreign_key="enterprises.id", index=True)
    institution_id: UUID = Field(foreign_key="institutions.id", index=True)
    clock: str
    step: str
    number: int = 1
    due_on: date
    done_on: date
    at: datetime = moment()


class DispatchRule(SQLModel, table=True):
    """Dated: the newest whose ``valid_from`` has come applies. ``top`` 0 switches the dispatching off.

    A need to which no lender was asked for ``quiet_working_days`` goes to the best products of ``top`` institutions.
    """

    __tablename__ = "dispatch_rules"
    __table_args__ = (
        CheckConstraint("top between 0 and 5", name="top"),
        CheckConstraint("quiet_working_days between 1 and 60", name="quiet_working_days"),
        UniqueConstraint("valid_from"),
    )

    id: UUID = id_field()
    valid_from: date
    top: int
    quiet_working_days: int
    note: str = long_text()
    made_by: UUID | None = Field(default=None, foreign_key="users.id")
    made_at: datetime = moment()
