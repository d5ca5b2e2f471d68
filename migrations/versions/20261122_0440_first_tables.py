"""first tables

Revision ID: 20261122_0440
Revises:
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_0440"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_role", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor_user_id", sa.Uuid(), nullable=True),
        sa.Column("action", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_actor_user_id"), "audit_entries", ["actor_user_id"], unique=False)
    op.create_index(op.f("ix_audit_entries_at"), "audit_entries", ["at"], unique=False)
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject_kind", "subject_id", "at"], unique=False)
    op.create_table(
        "enterprises",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("usci", sqlmodel.sql.sqltypes.AutoString(length=18), nullable=True),
        sa.Column("internal_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("registry_confirmed", sa.Boolean(), nullable=False),
        sa.Column("subject_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name_pinyin", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("legal_representative", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("registration_status", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("enterprise_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("operating_until", sa.Date(), nullable=True),
        sa.Column("registered_capital", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("capital_currency", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("capital_text", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("region_code", sqlmodel.sql.sqltypes.AutoString(length=6), nullable=True),
        sa.Column("registration_authority", sqlmodel.sql.sqltypes.AutoString(length=6), nullable=True),
        sa.Column("industry_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("employees", sa.Integer(), nullable=True),
        sa.Column("revenue", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("total_assets", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("size_class", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("business_scope", sa.Text(), nullable=True),
        sa.Column("labels", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(internal_code is not null) = (subject_kind = 'farm_household')",
            name=op.f("ck_enterprises_household_code"),
        ),
        sa.CheckConstraint(
            "(usci is null) = (subject_kind = 'farm_household')", name=op.f("ck_enterprises_usci_or_household")
        ),
        sa.CheckConstraint("region_code ~ '^[0-9]{6}$'", name=op.f("ck_enterprises_region_shape")),
        sa.CheckConstraint("usci ~ '^[0-9A-HJ-NP-RTUWXY]{18}$'", name=op.f("ck_enterprises_usci_shape")),
        sa.CheckConstraint("employees >= 0", name=op.f("ck_enterprises_employees")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprises")),
        sa.UniqueConstraint("internal_code", name=op.f("uq_enterprises_internal_code")),
        sa.UniqueConstraint("usci", name=op.f("uq_enterprises_usci")),
    )
    op.create_index("ix_enterprises_name_pinyin", "enterprises", ["name_pinyin", "id"], unique=False)
    op.create_index(
        "ix_enterprises_region",
        "enterprises",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "institutions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name_pinyin", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("usci", sqlmodel.sql.sqltypes.AutoString(length=18), nullable=True),
        sa.Column("region_code", sqlmodel.sql.sqltypes.AutoString(length=6), nullable=True),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institutions")),
        sa.UniqueConstraint("code", name=op.f("uq_institutions_code")),
        sa.UniqueConstraint("name", name=op.f("uq_institutions_name")),
        sa.UniqueConstraint("usci", name=op.f("uq_institutions_usci")),
    )
    op.create_index(op.f("ix_institutions_kind"), "institutions", ["kind"], unique=False)
    op.create_table(
        "outbox_jobs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("queue", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("(sends = 0) = (sent_at is null)", name=op.f("ck_outbox_jobs_sent_has_time")),
        sa.CheckConstraint("sends >= 0", name=op.f("ck_outbox_jobs_sends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_jobs")),
    )
    op.create_index(
        "ix_outbox_jobs_not_done",
        "outbox_jobs",
        ["available_at", "id"],
        unique=False,
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_table(
        "product_sets",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("records", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version_ids", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_sets")),
        sa.UniqueConstraint("content_hash", name=op.f("uq_product_sets_content_hash")),
    )
    op.create_table(
        "registry_imports",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("file_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_imports")),
    )
    op.create_index(op.f("ix_registry_imports_file_sha256"), "registry_imports", ["file_sha256"], unique=False)
    op.create_table(
        "working_day_overrides",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working_day", sa.Boolean(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_working_day_overrides")),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("current_version_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'published') = (current_version_id is not null)", name=op.f("ck_products_published_has_version")
        ),
        sa.CheckConstraint("status in ('draft', 'published', 'withdrawn')", name=op.f("ck_products_status")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_products_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("code", name=op.f("uq_products_code")),
    )
    op.create_index(op.f("ix_products_institution_id"), "products", ["institution_id"], unique=False)
    op.create_index(op.f("ix_products_status"), "products", ["status"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("username", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("display_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("role", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("source_unit", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("region", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(role = 'enterprise_member') = (enterprise_id is not null)", name=op.f("ck_users_enterprise_role")
        ),
        sa.CheckConstraint("(role = 'source_clerk') = (source_unit is not null)", name=op.f("ck_users_source_role")),
        sa.CheckConstraint(
            "(role in ('institution_officer', 'institution_manager')) = (institution_id is not null)",
            name=op.f("ck_users_institution_role"),
        ),
        sa.CheckConstraint(
            "role in ('enterprise_member', 'institution_officer', 'institution_manager', 'office_staff', 'office_auditor', 'source_clerk', 'administrator')",
            name=op.f("ck_users_role"),
        ),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_users_enterprise_id_enterprises")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_users_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_index(op.f("ix_users_enterprise_id"), "users", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_users_institution_id"), "users", ["institution_id"], unique=False)
    op.create_table(
        "login_sessions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_login_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_sessions_token_hash")),
    )
    op.create_index(op.f("ix_login_sessions_expires_at"), "login_sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_login_sessions_user_id"), "login_sessions", ["user_id"], unique=False)
    op.create_table(
        "needs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("draft_step", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("region_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("term_months", sa.Integer(), nullable=True),
        sa.Column("purpose", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("purpose_note", sa.Text(), nullable=False),
        sa.Column("max_rate", sa.Numeric(precision=7, scale=4), nullable=True),
        sa.Column("guarantees", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("has_existing_loans", sa.Boolean(), nullable=True),
        sa.Column("existing_loan_balance", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("applicant_role", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("contact_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("contact_phone", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("truth_stated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'draft') = (posted_at is null)", name=op.f("ck_needs_posted_has_time")),
        sa.CheckConstraint(
            "(status in ('withdrawn', 'expired', 'settled')) = (closed_at is not null)", name=op.f("ck_needs_closed")
        ),
        sa.CheckConstraint(
            "status = 'draft' or (amount is not null and term_months is not null and purpose is not null and applicant_role is not null and truth_stated_at is not null and number is not null)",
            name=op.f("ck_needs_posted_is_complete"),
        ),
        sa.CheckConstraint(
            "status in ('draft', 'published', 'in_contact', 'credited', 'disbursed', 'declined', 'withdrawn', 'expired', 'settled')",
            name=op.f("ck_needs_status"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_needs_amount")),
        sa.CheckConstraint("existing_loan_balance >= 0", name=op.f("ck_needs_existing_loan_balance")),
        sa.CheckConstraint("max_rate > 0 and max_rate <= 36", name=op.f("ck_needs_max_rate")),
        sa.CheckConstraint("term_months between 1 and 360", name=op.f("ck_needs_term")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_needs_created_by_users")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_needs_enterprise_id_enterprises")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_needs")),
        sa.UniqueConstraint("number", name=op.f("uq_needs_number")),
    )
    op.create_index(op.f("ix_needs_enterprise_id"), "needs", ["enterprise_id"], unique=False)
    op.create_index("ix_needs_status_posted", "needs", ["status", "posted_at"], unique=False)
    op.create_table(
        "product_versions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name_pinyin", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("amount_min", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("amount_max", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("term_min", sa.Integer(), nullable=False),
        sa.Column("term_max", sa.Integer(), nullable=False),
        sa.Column("rate_min", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.Column("rate_max", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.Column("guarantees", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("repayment_modes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("decision_days", sa.Integer(), nullable=False),
        sa.Column("materials", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("criteria", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'draft') = (published_at is null)", name=op.f("ck_product_versions_published_has_time")
        ),
        sa.CheckConstraint(
            "state in ('draft', 'published', 'superseded', 'withdrawn')", name=op.f("ck_product_versions_state")
        ),
        sa.CheckConstraint("amount_min > 0 and amount_min <= amount_max", name=op.f("ck_product_versions_amounts")),
        sa.CheckConstraint("cardinality(guarantees) > 0", name=op.f("ck_product_versions_guarantees")),
        sa.CheckConstraint("decision_days between 1 and 365", name=op.f("ck_product_versions_decision_days")),
        sa.CheckConstraint(
            "rate_min > 0 and rate_min <= rate_max and rate_max <= 100", name=op.f("ck_product_versions_rates")
        ),
        sa.CheckConstraint("term_min > 0 and term_min <= term_max", name=op.f("ck_product_versions_terms")),
        sa.ForeignKeyConstraint(["drafted_by"], ["users.id"], name=op.f("fk_product_versions_drafted_by_users")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_product_versions_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_versions_product_id_products")),
        sa.ForeignKeyConstraint(["published_by"], ["users.id"], name=op.f("fk_product_versions_published_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_versions")),
        sa.UniqueConstraint("product_id", "version", name=op.f("uq_product_versions_product_id_version")),
    )
    op.create_index(op.f("ix_product_versions_institution_id"), "product_versions", ["institution_id"], unique=False)
    op.create_index(op.f("ix_product_versions_product_id"), "product_versions", ["product_id"], unique=False)
    op.create_index(
        "uq_product_versions_one_draft",
        "product_versions",
        ["product_id"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_index(
        "uq_product_versions_one_published",
        "product_versions",
        ["product_id"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "match_runs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("weights_version", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("need_record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("product_set_id", sa.Uuid(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("conditional", sa.Integer(), nullable=False),
        sa.Column("ineligible", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("eligible >= 0 and conditional >= 0 and ineligible >= 0", name=op.f("ck_match_runs_counts")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_match_runs_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name=op.f("fk_match_runs_need_id_needs")),
        sa.ForeignKeyConstraint(
            ["product_set_id"], ["product_sets.id"], name=op.f("fk_match_runs_product_set_id_product_sets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_runs")),
    )
    op.create_index(op.f("ix_match_runs_enterprise_id"), "match_runs", ["enterprise_id"], unique=False)
    op.create_index("ix_match_runs_need_latest", "match_runs", ["need_id", "finished_at"], unique=False)
    op.create_index(op.f("ix_match_runs_product_set_id"), "match_runs", ["product_set_id"], unique=False)
    op.create_index("uq_match_runs_job", "match_runs", ["job_id"], unique=True)
    op.create_table(
        "need_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_role", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor_user_id", sa.Uuid(), nullable=True),
        sa.Column("from_status", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("to_status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_need_events_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name=op.f("fk_need_events_need_id_needs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_events")),
    )
    op.create_index(op.f("ix_need_events_enterprise_id"), "need_events", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_need_events_need_id"), "need_events", ["need_id"], unique=False)
    op.create_table(
        "match_results",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("match_run_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("product_version_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("verdict", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("contributions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unknown", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("failed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "(verdict = 'ineligible') = (rank is null)", name=op.f("ck_match_results_ranked_unless_ineligible")
        ),
        sa.CheckConstraint(
            "verdict in ('eligible', 'conditional', 'ineligible')", name=op.f("ck_match_results_verdict")
        ),
        sa.CheckConstraint("score between 0 and 100", name=op.f("ck_match_results_score")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_match_results_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_match_results_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(
            ["match_run_id"], ["match_runs.id"], name=op.f("fk_match_results_match_run_id_match_runs")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_match_results_product_id_products")),
        sa.ForeignKeyConstraint(
            ["product_version_id"],
            ["product_versions.id"],
            name=op.f("fk_match_results_product_version_id_product_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_results")),
        sa.UniqueConstraint("match_run_id", "product_id", name=op.f("uq_match_results_match_run_id_product_id")),
    )
    op.create_index(op.f("ix_match_results_enterprise_id"), "match_results", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_match_results_institution_id"), "match_results", ["institution_id"], unique=False)
    op.create_index(op.f("ix_match_results_match_run_id"), "match_results", ["match_run_id"], unique=False)
    op.create_table(
        "leads",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("product_version_id", sa.Uuid(), nullable=False),
        sa.Column("match_result_id", sa.Uuid(), nullable=True),
        sa.Column("region_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("route", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("respond_by", sa.Date(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("reason_note", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status in ('declined', 'expired', 'refused', 'no_deal', 'unreachable', 'withdrawn', 'funded')) = (closed_at is not null)",
            name=op.f("ck_leads_closed_has_time"),
        ),
        sa.CheckConstraint(
            "(status in ('declined', 'refused')) = (reason is not null)", name=op.f("ck_leads_refusal_has_reason")
        ),
        sa.CheckConstraint("route in ('directed', 'dispatched', 'claimed')", name=op.f("ck_leads_route")),
        sa.CheckConstraint(
            "status in ('sent', 'accepted', 'declined', 'expired', 'offered', 'offer_accepted', 'credit_approved', 'disbursing', 'funded', 'refused', 'no_deal', 'unreachable', 'withdrawn')",
            name=op.f("ck_leads_status"),
        ),
        sa.CheckConstraint(
            "status in ('sent', 'declined', 'expired', 'withdrawn') or accepted_at is not null",
            name=op.f("ck_leads_accepted_has_time"),
        ),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_leads_enterprise_id_enterprises")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_leads_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(
            ["match_result_id"], ["match_results.id"], name=op.f("fk_leads_match_result_id_match_results")
        ),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name=op.f("fk_leads_need_id_needs")),
        sa.ForeignKeyConstraint(["officer_id"], ["users.id"], name=op.f("fk_leads_officer_id_users")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_leads_product_id_products")),
        sa.ForeignKeyConstraint(
            ["product_version_id"], ["product_versions.id"], name=op.f("fk_leads_product_version_id_product_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
    )
    op.create_index(op.f("ix_leads_enterprise_id"), "leads", ["enterprise_id"], unique=False)
    op.create_index("ix_leads_inbox", "leads", ["institution_id", "status", "respond_by"], unique=False)
    op.create_index(op.f("ix_leads_match_result_id"), "leads", ["match_result_id"], unique=False)
    op.create_index(op.f("ix_leads_need_id"), "leads", ["need_id"], unique=False)
    op.create_index(op.f("ix_leads_product_id"), "leads", ["product_id"], unique=False)
    op.create_index(
        "uq_leads_one_open_per_product",
        "leads",
        ["need_id", "product_id"],
        unique=True,
        postgresql_where=sa.text(
            "status not in ('declined', 'expired', 'refused', 'no_deal', 'withdrawn', 'unreachable')"
        ),
    )
    op.create_table(
        "lead_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_role", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor_user_id", sa.Uuid(), nullable=True),
        sa.Column("from_status", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("to_status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_lead_events_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_lead_events_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_events_lead_id_leads")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_events")),
    )
    op.create_index(op.f("ix_lead_events_enterprise_id"), "lead_events", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_lead_events_institution_id"), "lead_events", ["institution_id"], unique=False)
    op.create_index(op.f("ix_lead_events_lead_id"), "lead_events", ["lead_id"], unique=False)
    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("annual_rate", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("guarantee_mode", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("repayment_mode", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'open') = (decided_at is null)", name=op.f("ck_offers_decided_has_time")),
        sa.CheckConstraint(
            "status in ('open', 'accepted', 'declined', 'lapsed', 'withdrawn')", name=op.f("ck_offers_status")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_offers_amount")),
        sa.CheckConstraint("annual_rate > 0 and annual_rate <= 36", name=op.f("ck_offers_annual_rate")),
        sa.CheckConstraint("term_months between 1 and 360", name=op.f("ck_offers_term")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_offers_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_offers_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_offers_lead_id_leads")),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name=op.f("fk_offers_need_id_needs")),
        sa.ForeignKeyConstraint(["offered_by"], ["users.id"], name=op.f("fk_offers_offered_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    op.create_index(op.f("ix_offers_enterprise_id"), "offers", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_offers_institution_id"), "offers", ["institution_id"], unique=False)
    op.create_index(op.f("ix_offers_lead_id"), "offers", ["lead_id"], unique=False)
    op.create_index(op.f("ix_offers_need_id"), "offers", ["need_id"], unique=False)
    op.create_index(
        "uq_offers_one_open", "offers", ["lead_id"], unique=True, postgresql_where=sa.text("status = 'open'")
    )
    op.create_table(
        "credit_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("contract_number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("annual_rate", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("guarantee_mode", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("repayment_mode", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_credit_lines_amount")),
        sa.CheckConstraint("annual_rate > 0 and annual_rate <= 36", name=op.f("ck_credit_lines_annual_rate")),
        sa.CheckConstraint("closed_on >= approved_on", name=op.f("ck_credit_lines_closed")),
        sa.CheckConstraint("expires_on > approved_on", name=op.f("ck_credit_lines_dates")),
        sa.ForeignKeyConstraint(["approved_by"], ["users.id"], name=op.f("fk_credit_lines_approved_by_users")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_credit_lines_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_credit_lines_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_credit_lines_lead_id_leads")),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name=op.f("fk_credit_lines_need_id_needs")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_credit_lines_offer_id_offers")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_credit_lines_product_id_products")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_lines")),
        sa.UniqueConstraint(
            "institution_id", "contract_number", name=op.f("uq_credit_lines_institution_id_contract_number")
        ),
        sa.UniqueConstraint("offer_id", name=op.f("uq_credit_lines_offer_id")),
    )
    op.create_index(op.f("ix_credit_lines_enterprise_id"), "credit_lines", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_credit_lines_lead_id"), "credit_lines", ["lead_id"], unique=False)
    op.create_index(op.f("ix_credit_lines_need_id"), "credit_lines", ["need_id"], unique=False)
    op.create_index(op.f("ix_credit_lines_product_id"), "credit_lines", ["product_id"], unique=False)
    op.create_table(
        "disbursements",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("credit_line_id", sa.Uuid(), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("annual_rate", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.Column("guarantee_mode", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("external_reference", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("reversal_reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "reverses_id is null or reversal_reason <> ''", name=op.f("ck_disbursements_reversal_has_reason")
        ),
        sa.CheckConstraint(
            "(reverses_id is null and amount > 0) or (reverses_id is not null and amount < 0)",
            name=op.f("ck_disbursements_sign"),
        ),
        sa.ForeignKeyConstraint(
            ["credit_line_id"], ["credit_lines.id"], name=op.f("fk_disbursements_credit_line_id_credit_lines")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_disbursements_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_disbursements_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name=op.f("fk_disbursements_need_id_needs")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_disbursements_product_id_products")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_disbursements_recorded_by_users")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["disbursements.id"], name=op.f("fk_disbursements_reverses_id_disbursements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disbursements")),
        sa.UniqueConstraint(
            "institution_id", "external_reference", name=op.f("uq_disbursements_institution_id_external_reference")
        ),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_disbursements_reverses_id")),
    )
    op.create_index(op.f("ix_disbursements_credit_line_id"), "disbursements", ["credit_line_id"], unique=False)
    op.create_index(op.f("ix_disbursements_enterprise_id"), "disbursements", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_disbursements_need_id"), "disbursements", ["need_id"], unique=False)
    op.create_index("ix_disbursements_paid", "disbursements", ["paid_on", "id"], unique=False)
    op.create_index(op.f("ix_disbursements_product_id"), "disbursements", ["product_id"], unique=False)


def downgrade() -> None:

    op.drop_index(op.f("ix_disbursements_product_id"), table_name="disbursements")
    op.drop_index("ix_disbursements_paid", table_name="disbursements")
    op.drop_index(op.f("ix_disbursements_need_id"), table_name="disbursements")
    op.drop_index(op.f("ix_disbursements_enterprise_id"), table_name="disbursements")
    op.drop_index(op.f("ix_disbursements_credit_line_id"), table_name="disbursements")
    op.drop_table("disbursements")
    op.drop_index(op.f("ix_credit_lines_product_id"), table_name="credit_lines")
    op.drop_index(op.f("ix_credit_lines_need_id"), table_name="credit_lines")
    op.drop_index(op.f("ix_credit_lines_lead_id"), table_name="credit_lines")
    op.drop_index(op.f("ix_credit_lines_enterprise_id"), table_name="credit_lines")
    op.drop_table("credit_lines")
    op.drop_index("uq_offers_one_open", table_name="offers", postgresql_where=sa.text("status = 'open'"))
    op.drop_index(op.f("ix_offers_need_id"), table_name="offers")
    op.drop_index(op.f("ix_offers_lead_id"), table_name="offers")
    op.drop_index(op.f("ix_offers_institution_id"), table_name="offers")
    op.drop_index(op.f("ix_offers_enterprise_id"), table_name="offers")
    op.drop_table("offers")
    op.drop_index(op.f("ix_lead_events_lead_id"), table_name="lead_events")
    op.drop_index(op.f("ix_lead_events_institution_id"), table_name="lead_events")
    op.drop_index(op.f("ix_lead_events_enterprise_id"), table_name="lead_events")
    op.drop_table("lead_events")
    op.drop_index(
        "uq_leads_one_open_per_product",
        table_name="leads",
        postgresql_where=sa.text(
            "status not in ('declined', 'expired', 'refused', 'no_deal', 'withdrawn', 'unreachable')"
        ),
    )
    op.drop_index(op.f("ix_leads_product_id"), table_name="leads")
    op.drop_index(op.f("ix_leads_need_id"), table_name="leads")
    op.drop_index(op.f("ix_leads_match_result_id"), table_name="leads")
    op.drop_index("ix_leads_inbox", table_name="leads")
    op.drop_index(op.f("ix_leads_enterprise_id"), table_name="leads")
    op.drop_table("leads")
    op.drop_index(op.f("ix_match_results_match_run_id"), table_name="match_results")
    op.drop_index(op.f("ix_match_results_institution_id"), table_name="match_results")
    op.drop_index(op.f("ix_match_results_enterprise_id"), table_name="match_results")
    op.drop_table("match_results")
    op.drop_index(op.f("ix_need_events_need_id"), table_name="need_events")
    op.drop_index(op.f("ix_need_events_enterprise_id"), table_name="need_events")
    op.drop_table("need_events")
    op.drop_index("uq_match_runs_job", table_name="match_runs")
    op.drop_index(op.f("ix_match_runs_product_set_id"), table_name="match_runs")
    op.drop_index("ix_match_runs_need_latest", table_name="match_runs")
    op.drop_index(op.f("ix_match_runs_enterprise_id"), table_name="match_runs")
    op.drop_table("match_runs")
    op.drop_index(
        "uq_product_versions_one_published",
        table_name="product_versions",
        postgresql_where=sa.text("state = 'published'"),
    )
    op.drop_index(
        "uq_product_versions_one_draft", table_name="product_versions", postgresql_where=sa.text("state = 'draft'")
    )
    op.drop_index(op.f("ix_product_versions_product_id"), table_name="product_versions")
    op.drop_index(op.f("ix_product_versions_institution_id"), table_name="product_versions")
    op.drop_table("product_versions")
    op.drop_index("ix_needs_status_posted", table_name="needs")
    op.drop_index(op.f("ix_needs_enterprise_id"), table_name="needs")
    op.drop_table("needs")
    op.drop_index(op.f("ix_login_sessions_user_id"), table_name="login_sessions")
    op.drop_index(op.f("ix_login_sessions_expires_at"), table_name="login_sessions")
    op.drop_table("login_sessions")
    op.drop_index(op.f("ix_users_institution_id"), table_name="users")
    op.drop_index(op.f("ix_users_enterprise_id"), table_name="users")
    op.drop_table("users")
    op.drop_index(op.f("ix_products_status"), table_name="products")
    op.drop_index(op.f("ix_products_institution_id"), table_name="products")
    op.drop_table("products")
    op.drop_table("working_day_overrides")
    op.drop_index(op.f("ix_registry_imports_file_sha256"), table_name="registry_imports")
    op.drop_table("registry_imports")
    op.drop_table("product_sets")
    op.drop_index("ix_outbox_jobs_not_done", table_name="outbox_jobs", postgresql_where=sa.text("done_at is null"))
    op.drop_table("outbox_jobs")
    op.drop_index(op.f("ix_institutions_kind"), table_name="institutions")
    op.drop_table("institutions")
    op.drop_index("ix_enterprises_region", table_name="enterprises", postgresql_ops={"region_code": "text_pattern_ops"})
    op.drop_index("ix_enterprises_name_pinyin", table_name="enterprises")
    op.drop_table("enterprises")
    op.drop_index("ix_audit_entries_subject", table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_at"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_actor_user_id"), table_name="audit_entries")
    op.drop_table("audit_entries")
