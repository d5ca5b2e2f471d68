"""Tables of public credit data.

Claims are what batches say. The newest claim that was not withdrawn counts and stands in ``credit_observations``
or ``credit_events``; every other one stands in the table of claims beside it and can come back.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Uuid,
    text,
)
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import document, id_field, long_text, moment


def _bytewise(**extra: object) -> Column[str]:
    return Column(String(collation="C"), nullable=False, **extra)  # type: ignore[arg-type]


class CreditBatch(SQLModel, table=True):
    """One delivered file of one data set, and what became of its lines and figures."""

    __tablename__ = "credit_batches"
    __table_args__ = (
        CheckConstraint("status in ('taken', 'refused', 'withdrawn')", name="status"),
        CheckConstraint("(status = 'withdrawn') = (withdrawn_at is not null)", name="withdrawn"),
        CheckConstraint("(status = 'refused') = (problem is not null)", name="refused"),
        CheckConstraint("lines_read = lines_taken + lines_repeated + lines_rejected", name="lines_add_up"),
        Index("ix_credit_batches_unit", "source_unit", "received_at"),
        Index("ix_credit_batches_dataset", "dataset", "received_at"),
        Index("ix_credit_batches_content", "dataset", "source_unit", "file_sha256"),
    )

    id: UUID = id_field()
    number: int | None = Field(
        default=None, sa_column=Column(Integer, Identity(always=True), nullable=False, unique=True)
    )
    """In order of receipt; what rows carry, because four bytes are enough."""
    dataset: str
    catalogue_version: str
    source_unit: str
    file_name: str
    file_sha256: str
    file_bytes: int = Field(sa_type=BigInteger)
    received_at: datetime = moment()
    received_by: UUID | None = Field(default=None, foreign_key="users.id")
    status: str
    problem: str | None = long_text(nullable=True)
    """Why the file as a whole was refused: a message id, filled with ``problem_values``."""
    problem_values: dict[str, object] | None = document(nullable=True)
    lines_read: int = 0
    lines_taken: int = 0
    lines_repeated: int = 0
    lines_rejected: int = 0
    values_new: int = 0
    values_changed: int = 0
    values_confirmed: int = 0
    lines_stated: int | None = None
    """How many records the source says it sent 数据对账."""
    first_on: date | None = None
    last_on: date | None = None
    """Months of observations, dates of records."""
    late_lines: int = 0
    most_days_late: int | None = None
    """Working days beyond the deadline of the latest record; None where no record is dated."""
    withdrawn_at: datetime | None = moment(nullable=True)
    withdrawn_by: UUID | None = Field(default=None, foreign_key="users.id")
    withdrawn_because: str | None = long_text(nullable=True)


class CreditUpload(SQLModel, table=True):
    """A big file that a page took and a worker takes in; what became of it, or how far it is."""

    __tablename__ = "credit_uploads"
    __table_args__ = (
        CheckConstraint("share_read between 0 and 1", name="share_read"),
        CheckConstraint("(finished_at is not null) = (batch_id is not null or problem is not null)", name="finished"),
        Index("ix_credit_uploads_unit", "source_unit", "uploaded_at"),
    )

    id: UUID = id_field()
    dataset: str
    source_unit: str
    file_name: str
    file_bytes: int = Field(sa_type=BigInteger)
    lines_stated: int | None = None
    units_confirmed: bool = False
    uploaded_at: datetime = moment()
    uploaded_by: UUID = Field(foreign_key="users.id")
    share_read: float = 0.0
    lines_read: int = 0
    finished_at: datetime | None = moment(nullable=True)
    batch_id: UUID | None = Field(default=None, foreign_key="credit_batches.id")
    repeated: bool = False
    """This very content had been taken in before; ``batch_id`` is the earlier one."""
    problem: str | None = long_text(nullable=True)
    """Why it was refused: a message id, filled with ``problem_values``."""
    problem_values: dict[str, object] | None = document(nullable=True)


class CreditUploadPiece(SQLModel, table=True):
    """A piece of a file on its way from the web to a worker, which may run on another machine."""

    __tablename__ = "credit_upload_pieces"

    upload_id: UUID = Field(primary_key=True, foreign_key="credit_uploads.id")
    number: int = Field(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)


class CreditReject(SQLModel, table=True):
    """One line, or one value of a line, that was not taken."""

    __tablename__ = "credit_rejects"
    __table_args__ = (Index("ix_credit_rejects_line", "batch_id", "line", "id"),)

    id: UUID = id_field()
    batch_id: UUID = Field(foreign_key="credit_batches.id")
    line: int
    repeated: bool
    """The line was good, and a later one of the same file took its place."""
    field: str
    value: str = long_text()
    message: str = long_text()
    detail: dict[str, object] = document()


class CreditObservation(SQLModel, table=True):
    """The figure that counts for one enterprise, metric and month. Partitioned by metric; see docs/adr/0007.

    No foreign keys: enterprises and batches are never deleted, and a check per row would halve the intake.
    """

    __tablename__ = "credit_observations"
    __table_args__ = (
        # All of one subject is read from the key alone, without a page of the table for each month.
        PrimaryKeyConstraint("metric", "enterprise_id", "month", "part", postgresql_include=["value", "batch"]),
        CheckConstraint("extract(day from month) = 1", name="first_of_month"),
        Index(
            "ix_credit_observations_batch", "batch", postgresql_using="brin", postgresql_with={"autosummarize": True}
        ),
        {"postgresql_partition_by": "RANGE (metric)"},
    )

    metric: int = Field(sa_type=SmallInteger, primary_key=True)
    enterprise_id: UUID = Field(primary_key=True)
    month: date = Field(primary_key=True)
    part: str = Field(default="", sa_column=_bytewise(primary_key=True))
    """Tells several records of one month apart, such as meters; empty for most data sets."""
    value: Decimal = Field(sa_type=Numeric)
    batch: int
    line: int


class CreditObservationClaim(SQLModel, table=True):
    """A figure that does not count: replaced by a newer one, repeated by a newer batch, or withdrawn."""

    __tablename__ = "credit_observation_claims"
    __table_args__ = (
        Index("ix_credit_observation_claims_key", "metric", "enterprise_id", "month", "part", "batch"),
        Index("ix_credit_observation_claims_batch", "batch"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    metric: int = Field(sa_type=SmallInteger)
    enterprise_id: UUID
    month: date
    part: str = Field(sa_column=_bytewise())
    value: Decimal = Field(sa_type=Numeric)
    batch: int
    line: int


class CreditEvent(SQLModel, table=True):
    """The record that counts, by data set (``kind``) and natural key. Partitioned by enterprise."""

    __tablename__ = "credit_events"
    __table_args__ = (
        Index("ix_credit_events_kind", "kind", "decided_on"),
        Index("uq_credit_events_key", "enterprise_id", "kind", "key", unique=True),
        Index("ix_credit_events_batch", "batch", postgresql_using="brin", postgresql_with={"autosummarize": True}),
        Index(
            "ix_credit_events_without_rule",
            "kind",
            postgresql_where=text("rule_version is null and decided_on is not null"),
        ),
        Index(
            "ix_credit_events_display_ends",
            "display_until",
            postgresql_where=text("display_until is not null and display_ended_at is null"),
        ),
        CheckConstraint("severity in ('minor', 'general', 'serious')", name="severity"),
        {"postgresql_partition_by": "HASH (enterprise_id)"},
    )

    enterprise_id: UUID = Field(primary_key=True)
    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    kind: str
    key: str = Field(sa_column=_bytewise())
    decided_on: date | None = None
    ends_on: date | None = None
    document_no: str | None = None
    payload: dict[str, object] = document()
    batch: int
    line: int
    severity: str | None = None
    """Class of conduct 轻微, 一般, 严重: ``minor``, ``general``, ``serious``; None where no rule classes the record."""
    repairable_from: date | None = None
    display_until: date | None = None
    rule_version: str | None = None
    repaired_at: datetime | None = moment(nullable=True)
    hidden_at: datetime | None = moment(nullable=True)
    """Taken out of sight because an objection was upheld."""
    display_ended_at: datetime | None = moment(nullable=True)
    """When it was noticed and said that the display has run out."""


class CreditEventClaim(SQLModel, table=True):
    """A record that does not count; ``event_id`` is the record it belongs to and comes back as."""

    __tablename__ = "credit_event_claims"
    __table_args__ = (
        Index("ix_credit_event_claims_key", "enterprise_id", "kind", "key", "batch"),
        Index("ix_credit_event_claims_batch", "batch"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    event_id: UUID
    enterprise_id: UUID
    kind: str
    key: str = Field(sa_column=_bytewise())
    decided_on: date | None = None
    ends_on: date | None = None
    document_no: str | None = None
    payload: dict[str, object] = document()
    batch: int
    line: int


class CreditMetricMonth(SQLModel, table=True):
    """How many figures there are of a metric in a month: gaps are the months without a row, or with fewer."""

    __tablename__ = "credit_metric_months"

    metric: int = Field(sa_type=SmallInteger, primary_key=True)
    month: date = Field(primary_key=True)
    figures: int


STAGED_FIGURES = 40
"""Figures that one line may hold."""

staged_lines = Table(
    "credit_staged_lines",
    SQLModel.metadata,
    Column("chunk", Integer, nullable=False),
    Column("enterprise_id", Uuid, nullable=False),
    Column("month", Date, nullable=False),
    Column("part", String(collation="C"), nullable=False),
    Column("line", Integer, nullable=False),
    *(Column(f"v{position}", Numeric) for position in range(1, STAGED_FIGURES + 1)),
    prefixes=["UNLOGGED"],
)
"""Checked lines on their way in, chunk by chunk; unlogged, and emptied before each use.

``v1`` is the first figure of the delivered file, whichever metric that is.
"""
