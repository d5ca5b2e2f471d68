"""Public credit data: batches and rejects, observations and events with their claims, staging.

Revision ID: 20261122_0600
Revises: 20261122_0550
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_0600"
down_revision = "20261122_0550"
branch_labels = None
depends_on = None

ROLE = "(select current_setting('xyd.role', true))"
USER = "(select nullif(current_setting('xyd.user_id', true), '')::uuid)"
SYSTEM = f"{ROLE} = 'system'"
KEEPER = f"{ROLE} in ('system', 'administrator')"
OFFICE = f"{ROLE} in ('office_staff', 'office_auditor')"
# A rejected value has no region: only those who see the whole city see it.
WHOLE_CITY_OFFICE = f"({OFFICE} and (select current_setting('xyd.region', true)) = '')"
OWN_UNIT = f"({ROLE} = 'source_clerk' and source_unit = (select u.source_unit from users u where u.id = {USER}))"

# Metric numbers by department; what lies outside cannot be stored at all.
OBSERVATION_PARTITIONS = {
    "market": (1000, 2000),
    "tax": (2000, 3000),
    "staff": (3000, 4000),
    "utilities": (4000, 5000),
    "trade": (5000, 6000),
    "other": (6000, 10000),
}
EVENT_PARTITIONS = 8

# table → (may read, may write, may delete). Figures and records: the platform alone, until consents say otherwise.
POLICIES = {
    "credit_batches": (f"{KEEPER} or {OFFICE} or {OWN_UNIT}", KEEPER, None),
    "credit_rejects": (
        f"{KEEPER} or {WHOLE_CITY_OFFICE} or ({ROLE} = 'source_clerk'"
        " and exists (select 1 from credit_batches b where b.id = batch_id))",
        KEEPER,
        None,
    ),
    "credit_observations": (SYSTEM, SYSTEM, SYSTEM),
    "credit_observation_claims": (SYSTEM, SYSTEM, SYSTEM),
    "credit_events": (SYSTEM, SYSTEM, SYSTEM),
    "credit_event_claims": (SYSTEM, SYSTEM, SYSTEM),
    "credit_metric_months": (f"{KEEPER} or {OFFICE} or {ROLE} = 'source_clerk'", SYSTEM, SYSTEM),
    "credit_staged_observations": (SYSTEM, SYSTEM, SYSTEM),
}


def upgrade() -> None:
    op.create_table(
        "credit_batches",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("dataset", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("catalogue_version", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("source_unit", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("file_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("file_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Uuid(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_values", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("lines_read", sa.Integer(), nullable=False),
        sa.Column("lines_taken", sa.Integer(), nullable=False),
        sa.Column("lines_repeated", sa.Integer(), nullable=False),
        sa.Column("lines_rejected", sa.Integer(), nullable=False),
        sa.Column("values_new", sa.Integer(), nullable=False),
        sa.Column("values_changed", sa.Integer(), nullable=False),
        sa.Column("values_confirmed", sa.Integer(), nullable=False),
        sa.Column("lines_stated", sa.Integer(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("late_lines", sa.Integer(), nullable=False),
        sa.Column("most_days_late", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_because", sa.Text(), nullable=True),
        sa.CheckConstraint("(status = 'refused') = (problem is not null)", name=op.f("ck_credit_batches_refused")),
        sa.CheckConstraint(
            "(status = 'withdrawn') = (withdrawn_at is not null)", name=op.f("ck_credit_batches_withdrawn")
        ),
        sa.CheckConstraint("status in ('taken', 'refused', 'withdrawn')", name=op.f("ck_credit_batches_status")),
        sa.CheckConstraint(
            "lines_read = lines_taken + lines_repeated + lines_rejected", name=op.f("ck_credit_batches_lines_add_up")
        ),
        sa.ForeignKeyConstraint(["received_by"], ["users.id"], name=op.f("fk_credit_batches_received_by_users")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["users.id"], name=op.f("fk_credit_batches_withdrawn_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_batches")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_batches_number")),
    )
    op.create_index("ix_credit_batches_dataset", "credit_batches", ["dataset", "received_at"], unique=False)
    op.create_index("ix_credit_batches_unit", "credit_batches", ["source_unit", "received_at"], unique=False)
    op.create_index("ix_credit_batches_content", "credit_batches", ["dataset", "source_unit", "file_sha256"])
    op.create_table(
        "credit_rejects",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("field", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["credit_batches.id"], name=op.f("fk_credit_rejects_batch_id_credit_batches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_rejects")),
    )
    op.create_index("ix_credit_rejects_line", "credit_rejects", ["batch_id", "line", "id"], unique=False)
    op.create_table(
        "credit_observations",
        sa.Column("metric", sa.SmallInteger(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("part", sa.String(collation="C"), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.CheckConstraint("extract(day from month) = 1", name=op.f("ck_credit_observations_first_of_month")),
        sa.PrimaryKeyConstraint("metric", "enterprise_id", "month", "part", name=op.f("pk_credit_observations")),
        postgresql_partition_by="RANGE (metric)",
    )
    op.create_index(
        "ix_credit_observations_batch",
        "credit_observations",
        ["batch"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"autosummarize": True},
    )
    op.create_table(
        "credit_observation_claims",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("metric", sa.SmallInteger(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("part", sa.String(collation="C"), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_observation_claims")),
    )
    op.create_index(
        "ix_credit_observation_claims_key",
        "credit_observation_claims",
        ["metric", "enterprise_id", "month", "part", "batch"],
        unique=False,
    )
    op.create_table(
        "credit_events",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sa.String(collation="C"), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("document_no", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name=op.f("pk_credit_events")),
        postgresql_partition_by="HASH (enterprise_id)",
    )
    op.create_index("ix_credit_events_kind", "credit_events", ["kind", "decided_on"], unique=False)
    op.create_index("uq_credit_events_key", "credit_events", ["enterprise_id", "kind", "key"], unique=True)
    op.create_table(
        "credit_event_claims",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sa.String(collation="C"), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("document_no", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_event_claims")),
    )
    op.create_index(
        "ix_credit_event_claims_key", "credit_event_claims", ["enterprise_id", "kind", "key", "batch"], unique=False
    )
    op.create_table(
        "credit_metric_months",
        sa.Column("metric", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("figures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("metric", "month", name=op.f("pk_credit_metric_months")),
    )
    op.create_table(
        "credit_staged_observations",
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("metric", sa.SmallInteger(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("part", sa.String(collation="C"), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        prefixes=["UNLOGGED"],
    )
    for name, (first, end) in OBSERVATION_PARTITIONS.items():
        op.execute(
            f"create table credit_observations_p_{name} partition of credit_observations"
            f" for values from ({first}) to ({end})"
        )
        _close(f"credit_observations_p_{name}")
    for number in range(EVENT_PARTITIONS):
        op.execute(
            f"create table credit_events_p_{number} partition of credit_events"
            f" for values with (modulus {EVENT_PARTITIONS}, remainder {number})"
        )
        _close(f"credit_events_p_{number}")
    for table, (read, write, delete) in POLICIES.items():
        op.execute(f"grant select, insert, update on {table} to xyd_app")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
        op.execute(f"create policy {table}_insert on {table} for insert to xyd_app with check ({write})")
        op.execute(
            f"create policy {table}_update on {table} for update to xyd_app using ({write}) with check ({write})"
        )
        if delete:
            op.execute(f"grant delete, maintain on {table} to xyd_app")
            op.execute(f"create policy {table}_delete on {table} for delete to xyd_app using ({delete})")
    op.execute("grant truncate on credit_staged_observations to xyd_app")


def _close(partition: str) -> None:
    """A partition is reached through its table only; by its own name nobody sees a row."""
    op.execute(f"alter table {partition} enable row level security")
    op.execute(f"grant maintain on {partition} to xyd_app")


def downgrade() -> None:
    for table in reversed(POLICIES):
        op.drop_table(table)
