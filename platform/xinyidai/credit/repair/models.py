from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import id_field, long_text, moment, text_list


class RepairCase(SQLModel, table=True):
    """One enterprise asks the unit that designated a record to repair it, or says that something is wrong.

    It is about a record (``record_key``; ``event_id`` as it was known then, which a withdrawn batch may outlive) or,
    of objections, about a figure (``metric``, ``month``, ``part``).
    """

    __tablename__ = "repair_cases"
    __table_args__ = (
        CheckConstraint("kind in ('repair', 'objection')", name="kind"),
        CheckConstraint(
            "status in ('submitted', 'in_review', 'papers_wanted', 'accepted', 'rejected', 'withdrawn')", name="status"
        ),
        CheckConstraint("(record_key is null) = (metric is not null)", name="record_or_figure"),
        CheckConstraint("(record_key is null) = (event_id is null)", name="record_has_id"),
        CheckConstraint("(metric is null) = (month is null)", name="figure_has_month"),
        CheckConstraint("kind = 'objection' or metric is null", name="figures_are_objected_to"),
        CheckConstraint("(kind = 'repair') = (committed_at is not null)", name="repair_has_commitment"),
        CheckConstraint("(status in ('accepted', 'rejected')) = (decided_at is not null)", name="decided_has_time"),
        CheckConstraint("status <> 'rejected' or decision_note <> ''", name="refusal_has_reason"),
        CheckConstraint("(status = 'papers_wanted') = (paused_on is not null)", name="papers_stop_the_clock"),
        Index(
            "uq_repair_cases_one_open",
            "enterprise_id",
            "kind",
            "dataset",
            text("coalesce(record_key, '')"),
            text("coalesce(metric, 0)"),
            text("coalesce(month, '-infinity'::date)"),
            unique=True,
            postgresql_where=text("status in ('submitted', 'in_review', 'papers_wanted')"),
        ),
        Index("ix_repair_cases_unit", "source_unit", "due_on"),
        Index("ix_repair_cases_enterprise", "enterprise_id", "opened_at"),
        Index("ix_repair_cases_open", "due_on", postgresql_where=text("status in ('submitted', 'in_review')")),
        Index(
            "ix_repair_cases_granted",
            "enterprise_id",
            "dataset",
            "record_key",
            postgresql_where=text("status = 'accepted'"),
        ),
    )

    id: UUID = id_field()
    number: str = Field(unique=True)
    kind: str
    status: str = "submitted"
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    enterprise_name: str
    """Name and code as they were when the case was opened; the unit may not look into the registry."""
    enterprise_code: str
    region_code: str = ""
    source_unit: str
    dataset: str
    event_id: UUID | None = None
    record_key: str | None = None
    document_no: str | None = None
    decided_on: date | None = None
    metric: int | None = Field(default=None, sa_type=SmallInteger)
    month: date | None = None
    part: str = ""
    statement: str = long_text()
    means: list[str] = text_list()
    committed_at: datetime | None = moment(nullable=True)
    opened_at: datetime = moment()
    opened_by: UUID | None = Field(default=None, foreign_key="users.id")
    step_due_on: date
    """By when the unit takes the case up."""
    due_on: date
    """By when it is decided; moves on by the working days that papers were waited for."""
    paused_on: date | None = None
    reminded_on: date | None = None
    """Last day on which the unit was reminded; the office hears of it once, at ``overdue_told_on``."""
    overdue_told_on: date | None = None
    decided_at: datetime | None = moment(nullable=True)
    decided_by: UUID | None = Field(default=None, foreign_key="users.id")
    decision_note: str = long_text()
    updated_at: datetime = moment()


class RepairCaseEvent(SQLModel, table=True):
    """One step of a case, with who and when. Written, never changed."""

    __tablename__ = "repair_case_events"

    id: UUID = id_field()
    case_id: UUID = Field(foreign_key="repair_cases.id", index=True)
    at: datetime = moment()
    actor_role: str
    actor_user_id: UUID | None = None
    from_status: str | None = None
    to_status: str
    note: str = long_text()


class RepairCaseFile(SQLModel, table=True):
    """A paper of a case."""

    __tablename__ = "repair_case_files"

    case_id: UUID = Field(primary_key=True, foreign_key="repair_cases.id")
    file_id: UUID = Field(primary_key=True, foreign_key="files.id", index=True)
