"""Repair and objection cases with their papers, credit reports, and when a display has ended.

Revision ID: 20261125_0530
Revises: 20261125_0540
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_0530"
down_revision = "20261125_0540"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
NOW = sa.DateTime(timezone=True)
ROLE = "(select current_setting('xyd.role', true))"
USER = "(select nullif(current_setting('xyd.user_id', true), '')::uuid)"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
INSTITUTION = "(select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
REGION = "(select current_setting('xyd.region', true) || '%')"
SYSTEM = f"{ROLE} = 'system'"
LENDER = f"{ROLE} in ('institution_officer', 'institution_manager')"
OFFICE = f"({ROLE} in ('office_staff', 'office_auditor', 'administrator') and region_code like {REGION})"
OWN_ENTERPRISE = f"({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"
OWN_UNIT = f"({ROLE} = 'source_clerk' and source_unit = (select u.source_unit from users u where u.id = {USER}))"
# Whoever sees the case sees its steps and papers: the inner table's own policy decides.
OF_CASE = "exists (select 1 from repair_cases c where c.id = case_id)"

# table → (may read, may insert, may update)
POLICIES: dict[str, tuple[str, str, str | None]] = {
    "repair_cases": (
        f"{SYSTEM} or {OWN_ENTERPRISE} or {OWN_UNIT} or {OFFICE}",
        f"{SYSTEM} or {OWN_ENTERPRISE}",
        f"{SYSTEM} or {OWN_ENTERPRISE} or {OWN_UNIT}",
    ),
    "repair_case_events": (OF_CASE, OF_CASE, None),
    "repair_case_files": (OF_CASE, f"{ROLE} in ('system', 'enterprise_member', 'source_clerk') and {OF_CASE}", None),
    "files": (
        f"{SYSTEM} or {OWN_ENTERPRISE} or uploaded_by = {USER}"
        " or exists (select 1 from repair_case_files f where f.file_id = id)",
        f"{SYSTEM} or uploaded_by = {USER}",
        None,
    ),
    "credit_reports": (
        f"{ROLE} in ('system', 'office_auditor') or {OWN_ENTERPRISE}",
        f"{SYSTEM} or {OWN_ENTERPRISE}",
        None,
    ),
}

# Whatever else allows a lender to read records: none that was repaired or taken out of sight.
NONE_REPAIRED = f"not {LENDER} or (repaired_at is null and hidden_at is null)"


def upgrade() -> None:
    op.add_column("credit_events", sa.Column("hidden_at", NOW, nullable=True))
    op.add_column("credit_events", sa.Column("display_ended_at", NOW, nullable=True))
    op.create_index(
        "ix_credit_events_without_rule",
        "credit_events",
        ["kind"],
        postgresql_where=sa.text("rule_version is null and decided_on is not null"),
    )
    op.create_index(
        "ix_credit_events_display_ends",
        "credit_events",
        ["display_until"],
        postgresql_where=sa.text("display_until is not null and display_ended_at is null"),
    )
    # Only source and date of receipt of a batch: every figure says where it comes from, to whoever may see the figure.
    op.execute(
        "create function credit_batch_source(batch_number integer)"
        " returns table (source_unit text, received_at timestamptz)"
        " language sql stable security definer set search_path = public, pg_temp"
        " as $$ select b.source_unit, b.received_at from credit_batches b where b.number = batch_number $$"
    )
    op.execute("revoke execute on function credit_batch_source(integer) from public")
    op.execute("grant execute on function credit_batch_source(integer) to xyd_app")
    op.execute("create sequence repair_case_numbers")
    op.execute("create sequence credit_report_numbers")
    op.execute("grant usage on sequence repair_case_numbers, credit_report_numbers to xyd_app")
    _files()
    _cases()
    _reports()
    for table, (read, insert, update) in POLICIES.items():
        op.execute(f"grant select, insert{', update' if update else ''} on {table} to xyd_app")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
        op.execute(f"create policy {table}_insert on {table} for insert to xyd_app with check ({insert})")
        if update:
            op.execute(
                f"create policy {table}_update on {table} for update to xyd_app using ({update}) with check ({update})"
            )
    op.execute(
        "create policy credit_events_repaired on credit_events as restrictive for select to xyd_app"
        f" using ({NONE_REPAIRED})"
    )


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("sha256", TEXT(length=64), nullable=False),
        sa.Column("name", TEXT(), nullable=False),
        sa.Column("media_type", TEXT(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", NOW, nullable=False),
        sa.CheckConstraint("size = octet_length(content)", name=op.f("ck_files_size")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_files_enterprise_id_enterprises")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_files_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["uploaded_by"], ["users.id"], name=op.f("fk_files_uploaded_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    for column in ("sha256", "enterprise_id", "institution_id", "uploaded_by"):
        op.create_index(f"ix_files_{column}", "files", [column])


def _cases() -> None:
    op.create_table(
        "repair_cases",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("number", TEXT(), nullable=False),
        sa.Column("kind", TEXT(), nullable=False),
        sa.Column("status", TEXT(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_name", TEXT(), nullable=False),
        sa.Column("enterprise_code", TEXT(), nullable=False),
        sa.Column("region_code", TEXT(), nullable=False),
        sa.Column("source_unit", TEXT(), nullable=False),
        sa.Column("dataset", TEXT(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("record_key", TEXT(), nullable=True),
        sa.Column("document_no", TEXT(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("metric", sa.SmallInteger(), nullable=True),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("part", TEXT(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("means", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("committed_at", NOW, nullable=True),
        sa.Column("opened_at", NOW, nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("step_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("overdue_told_on", sa.Date(), nullable=True),
        sa.Column("decided_at", NOW, nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.Column("updated_at", NOW, nullable=False),
        sa.CheckConstraint("kind in ('repair', 'objection')", name=op.f("ck_repair_cases_kind")),
        sa.CheckConstraint(
            "status in ('submitted', 'in_review', 'papers_wanted', 'accepted', 'rejected', 'withdrawn')",
            name=op.f("ck_repair_cases_status"),
        ),
        sa.CheckConstraint(
            "(record_key is null) = (metric is not null)", name=op.f("ck_repair_cases_record_or_figure")
        ),
        sa.CheckConstraint("(record_key is null) = (event_id is null)", name=op.f("ck_repair_cases_record_has_id")),
        sa.CheckConstraint("(metric is null) = (month is null)", name=op.f("ck_repair_cases_figure_has_month")),
        sa.CheckConstraint(
            "kind = 'objection' or metric is null", name=op.f("ck_repair_cases_figures_are_objected_to")
        ),
        sa.CheckConstraint(
            "(kind = 'repair') = (committed_at is not null)", name=op.f("ck_repair_cases_repair_has_commitment")
        ),
        sa.CheckConstraint(
            "(status in ('accepted', 'rejected')) = (decided_at is not null)",
            name=op.f("ck_repair_cases_decided_has_time"),
        ),
        sa.CheckConstraint(
            "status <> 'rejected' or decision_note <> ''", name=op.f("ck_repair_cases_refusal_has_reason")
        ),
        sa.CheckConstraint(
            "(status = 'papers_wanted') = (paused_on is not null)", name=op.f("ck_repair_cases_papers_stop_the_clock")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_repair_cases_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name=op.f("fk_repair_cases_opened_by_users")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_repair_cases_decided_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_repair_cases_number")),
    )
    op.create_index(
        "uq_repair_cases_one_open",
        "repair_cases",
        [
            "enterprise_id",
            "kind",
            "dataset",
            sa.text("coalesce(record_key, '')"),
            sa.text("coalesce(metric, 0)"),
            sa.text("coalesce(month, '-infinity'::date)"),
        ],
        unique=True,
        postgresql_where=sa.text("status in ('submitted', 'in_review', 'papers_wanted')"),
    )
    op.create_index("ix_repair_cases_unit", "repair_cases", ["source_unit", "due_on"])
    op.create_index("ix_repair_cases_enterprise", "repair_cases", ["enterprise_id", "opened_at"])
    op.create_index(
        "ix_repair_cases_open",
        "repair_cases",
        ["due_on"],
        postgresql_where=sa.text("status in ('submitted', 'in_review')"),
    )
    op.create_index(
        "ix_repair_cases_granted",
        "repair_cases",
        ["enterprise_id", "dataset", "record_key"],
        postgresql_where=sa.text("status = 'accepted'"),
    )
    op.create_table(
        "repair_case_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("at", NOW, nullable=False),
        sa.Column("actor_role", TEXT(), nullable=False),
        sa.Column("actor_user_id", sa.Uuid(), nullable=True),
        sa.Column("from_status", TEXT(), nullable=True),
        sa.Column("to_status", TEXT(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["repair_cases.id"], name=op.f("fk_repair_case_events_case_id_repair_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair_case_events")),
    )
    op.create_index("ix_repair_case_events_case_id", "repair_case_events", ["case_id"])
    op.create_table(
        "repair_case_files",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["repair_cases.id"], name=op.f("fk_repair_case_files_case_id_repair_cases")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_repair_case_files_file_id_files")),
        sa.PrimaryKeyConstraint("case_id", "file_id", name=op.f("pk_repair_case_files")),
    )
    op.create_index("ix_repair_case_files_file_id", "repair_case_files", ["file_id"])


def _reports() -> None:
    op.create_table(
        "credit_reports",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("number", TEXT(), nullable=False),
        sa.Column("code", TEXT(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("issued_at", NOW, nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("datasets", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", TEXT(), nullable=False),
        sa.CheckConstraint("number ~ '^[0-9]{20}$'", name=op.f("ck_credit_reports_number_shape")),
        sa.CheckConstraint("content_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_credit_reports_hash_shape")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_credit_reports_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_credit_reports_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["issued_by"], ["users.id"], name=op.f("fk_credit_reports_issued_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_reports")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_reports_number")),
    )
    op.create_index("ix_credit_reports_enterprise", "credit_reports", ["enterprise_id", "issued_at"])
    op.create_index("ix_credit_reports_institution_id", "credit_reports", ["institution_id"])


def downgrade() -> None:
    op.execute("drop policy credit_events_repaired on credit_events")
    op.execute("drop policy files_read on files")  # it reads the table that names the papers of a case
    for table in ("credit_reports", "repair_case_files", "repair_case_events", "repair_cases", "files"):
        op.drop_table(table)
    op.execute("drop sequence credit_report_numbers")
    op.execute("drop sequence repair_case_numbers")
    op.execute("drop function credit_batch_source(integer)")
    op.drop_index("ix_credit_events_display_ends", "credit_events")
    op.drop_index("ix_credit_events_without_rule", "credit_events")
    op.drop_column("credit_events", "display_ended_at")
    op.drop_column("credit_events", "hidden_at")
