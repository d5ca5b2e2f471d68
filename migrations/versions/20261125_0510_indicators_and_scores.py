"""Values of the credit indicators, history of scores, values given from above.

Revision ID: 20261125_0510
Revises: 20261125_0598
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_0510"
down_revision = "20261125_0598"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
ROLE = "(select current_setting('xyd.role', true))"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
SYSTEM = f"{ROLE} = 'system'"
OWN_ENTERPRISE = f"({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"

# table → (may read, may write). An institution reads through the platform, which knows its consents and keeps the log.
POLICIES = {
    "credit_indicators": (f"{SYSTEM} or {OWN_ENTERPRISE}", SYSTEM),
    "credit_scores": (f"{SYSTEM} or {OWN_ENTERPRISE}", SYSTEM),
    "credit_score_runs": (f"{ROLE} in ('system', 'administrator', 'office_auditor')", SYSTEM),
    "credit_given_values": (f"{SYSTEM} or {OWN_ENTERPRISE}", SYSTEM),
}
APPEND_ONLY = ("credit_scores", "credit_score_runs")


def upgrade() -> None:
    op.create_table(
        "credit_indicators",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("version", TEXT(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("values", sa.ARRAY(sa.Numeric()), nullable=False),
        sa.Column("states", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("dates", sa.ARRAY(sa.Date()), nullable=False),
        sa.Column("vetoes", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("points", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("coverage", sa.Numeric(5, 4), nullable=False),
        sa.CheckConstraint(
            "cardinality(values) = cardinality(states) and cardinality(values) = cardinality(dates)"
            " and cardinality(values) = cardinality(points)",
            name=op.f("ck_credit_indicators_same_length"),
        ),
        sa.CheckConstraint(
            "(score is null) = (cardinality(vetoes) > 0)", name=op.f("ck_credit_indicators_veto_means_not_scored")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_credit_indicators_enterprise_id_enterprises")
        ),
        sa.PrimaryKeyConstraint("enterprise_id", name=op.f("pk_credit_indicators")),
    )
    op.create_table(
        "credit_scores",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("cause", TEXT(), nullable=False),
        sa.Column("version", TEXT(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("coverage", sa.Numeric(5, 4), nullable=False),
        sa.Column("points", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("vetoes", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.CheckConstraint(
            "(score is null) = (cardinality(vetoes) > 0)", name=op.f("ck_credit_scores_veto_means_not_scored")
        ),
        sa.CheckConstraint("(score is null) = (level is null)", name=op.f("ck_credit_scores_level_with_score")),
        sa.CheckConstraint("score between 0 and 1000", name=op.f("ck_credit_scores_score")),
        sa.CheckConstraint("level between 1 and 7", name=op.f("ck_credit_scores_level")),
        sa.CheckConstraint("coverage between 0 and 1", name=op.f("ck_credit_scores_coverage")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_credit_scores_enterprise_id_enterprises")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_scores")),
    )
    op.create_index("ix_credit_scores_enterprise", "credit_scores", ["enterprise_id", "at"])
    op.create_table(
        "credit_score_runs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("cause", TEXT(), nullable=False),
        sa.Column("version", TEXT(), nullable=False),
        sa.Column("snapshot", TEXT(), nullable=False),
        sa.Column("known", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("enterprises", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_score_runs")),
    )
    op.create_table(
        "credit_given_values",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("indicator", sa.SmallInteger(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_credit_given_values_enterprise_id_enterprises")
        ),
        sa.PrimaryKeyConstraint("enterprise_id", "indicator", name=op.f("pk_credit_given_values")),
    )
    for table, (read, write) in POLICIES.items():
        append_only = table in APPEND_ONLY
        op.execute(f"grant select, insert{'' if append_only else ', update'} on {table} to xyd_app")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
        op.execute(f"create policy {table}_insert on {table} for insert to xyd_app with check ({write})")
        if not append_only:
            op.execute(
                f"create policy {table}_update on {table} for update to xyd_app using ({write}) with check ({write})"
            )
    op.execute("grant maintain on credit_indicators to xyd_app")


def downgrade() -> None:
    for table in reversed(POLICIES):
        op.drop_table(table)
