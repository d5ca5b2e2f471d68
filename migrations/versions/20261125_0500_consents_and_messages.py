"""Consents and the log of reads, messages, and how long a record is displayed.

Revision ID: 20261125_0500
Revises: 20261122_0600
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_0500"
down_revision = "20261122_0600"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
ROLE = "(select current_setting('xyd.role', true))"
USER = "(select nullif(current_setting('xyd.user_id', true), '')::uuid)"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
INSTITUTION = "(select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
REGION = "(select current_setting('xyd.region', true) || '%')"
SYSTEM = f"{ROLE} = 'system'"
LENDER = f"{ROLE} in ('institution_officer', 'institution_manager')"
OWN_ENTERPRISE = f"({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"
OWN_INSTITUTION = f"({LENDER} and institution_id = {INSTITUTION})"
OWN_UNIT = f"({ROLE} = 'source_clerk' and source_unit = (select u.source_unit from users u where u.id = {USER}))"
MINE = (
    f"{SYSTEM} or {OWN_ENTERPRISE}"
    f" or ({OWN_INSTITUTION} and (user_id is null or user_id = {USER})"
    f" and (not managers_only or {ROLE} = 'institution_manager'))"
    f" or (institution_id is null and user_id = {USER})"
    f" or (for_office and {ROLE} in ('office_staff', 'office_auditor', 'administrator') and region_code like {REGION})"
    f" or {OWN_UNIT}"
)

# table → (may read, may insert, may update)
POLICIES: dict[str, tuple[str, str, str | None]] = {
    "consents": (
        f"{ROLE} in ('system', 'office_auditor') or {OWN_ENTERPRISE} or {OWN_INSTITUTION}",
        f"{SYSTEM} or {OWN_ENTERPRISE}",
        f"{SYSTEM} or {OWN_ENTERPRISE}",
    ),
    # Whoever reads may write that it has read, and sees its own rows again; the enterprise sees all about itself.
    "credit_reads": (
        f"{ROLE} in ('system', 'office_auditor') or {OWN_ENTERPRISE} or {OWN_INSTITUTION} or user_id = {USER}",
        f"{SYSTEM} or user_id = {USER}",
        None,
    ),
    "messages": (MINE, f"{ROLE} not in ('guest', 'gate')", None),
    "message_reads": (f"{SYSTEM} or user_id = {USER}", f"{SYSTEM} or user_id = {USER}", None),
}


def upgrade() -> None:
    op.execute("create sequence consent_numbers")
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("number", TEXT(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", TEXT(), nullable=False),
        sa.Column("datasets", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("dataset_numbers", sa.ARRAY(sa.SmallInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("wording_version", TEXT(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", TEXT(), nullable=True),
        sa.CheckConstraint("purpose in ('ranking', 'financing', 'post_loan')", name=op.f("ck_consents_purpose")),
        sa.CheckConstraint(
            "(purpose = 'ranking') = (institution_id is null)", name=op.f("ck_consents_ranking_is_the_platforms")
        ),
        sa.CheckConstraint("cardinality(datasets) > 0", name=op.f("ck_consents_names_data")),
        sa.CheckConstraint(
            "cardinality(datasets) = cardinality(dataset_numbers)", name=op.f("ck_consents_numbers_match")
        ),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_consents_dates")),
        sa.CheckConstraint("(ended_at is null) = (end_reason is null)", name=op.f("ck_consents_end_has_reason")),
        sa.CheckConstraint("end_reason in ('revoked', 'expired')", name=op.f("ck_consents_end_reason")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_consents_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_consents_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["given_by"], ["users.id"], name=op.f("fk_consents_given_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("number", name=op.f("uq_consents_number")),
    )
    op.create_index("ix_consents_enterprise_id", "consents", ["enterprise_id"])
    op.create_index(
        "ix_consents_in_force",
        "consents",
        ["enterprise_id", "institution_id"],
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index("ix_consents_institution", "consents", ["institution_id", "given_at"])
    op.create_index("ix_consents_due", "consents", ["valid_until"], postgresql_where=sa.text("ended_at is null"))
    op.create_table(
        "credit_reads",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", TEXT(), nullable=False),
        sa.Column("what", TEXT(), nullable=False),
        sa.Column("datasets", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("purpose", TEXT(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_credit_reads_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_credit_reads_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_credit_reads_user_id_users")),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_credit_reads_consent_id_consents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_reads")),
    )
    op.create_index("ix_credit_reads_enterprise", "credit_reads", ["enterprise_id", "at"])
    op.create_index("ix_credit_reads_institution_id", "credit_reads", ["institution_id"])
    op.create_index("ix_credit_reads_user_id", "credit_reads", ["user_id"])
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", TEXT(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("link", TEXT(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("managers_only", sa.Boolean(), nullable=False),
        sa.Column("for_office", sa.Boolean(), nullable=False),
        sa.Column("region_code", TEXT(), nullable=False),
        sa.Column("source_unit", TEXT(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(enterprise_id, institution_id, source_unit) + for_office::int"
            " + (user_id is not null and institution_id is null)::int = 1",
            name=op.f("ck_messages_one_recipient"),
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_messages_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_messages_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_messages_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    for name, columns, where in (
        ("enterprise", ["enterprise_id", "created_at"], "enterprise_id is not null"),
        ("institution", ["institution_id", "created_at"], "institution_id is not null"),
        ("user", ["user_id", "created_at"], "user_id is not null"),
        ("office", ["created_at"], "for_office"),
        ("source_unit", ["source_unit", "created_at"], "source_unit is not null"),
    ):
        op.create_index(f"ix_messages_{name}", "messages", columns, postgresql_where=sa.text(where))
    op.create_table(
        "message_reads",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_reads_message_id_messages")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_message_reads_user_id_users")),
        sa.PrimaryKeyConstraint("message_id", "user_id", name=op.f("pk_message_reads")),
    )
    for column in (
        sa.Column("severity", TEXT(), nullable=True),
        sa.Column("repairable_from", sa.Date(), nullable=True),
        sa.Column("display_until", sa.Date(), nullable=True),
        sa.Column("rule_version", TEXT(), nullable=True),
        sa.Column("repaired_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("credit_events", column)
    op.create_check_constraint(
        op.f("ck_credit_events_severity"), "credit_events", "severity in ('minor', 'general', 'serious')"
    )
    op.execute("grant usage on sequence consent_numbers to xyd_app")
    for table, (read, insert, update) in POLICIES.items():
        op.execute(f"grant select, insert{', update' if update else ''} on {table} to xyd_app")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
        op.execute(f"create policy {table}_insert on {table} for insert to xyd_app with check ({insert})")
        if update:
            op.execute(
                f"create policy {table}_update on {table} for update to xyd_app using ({update}) with check ({update})"
            )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_credit_events_severity"), "credit_events")
    for column in ("severity", "repairable_from", "display_until", "rule_version", "repaired_at"):
        op.drop_column("credit_events", column)
    for table in ("message_reads", "messages", "credit_reads", "consents"):
        op.drop_table(table)
    op.execute("drop sequence consent_numbers")
