"""Issued assessments, and counts of what an address has asked without an account.

Revision ID: 20261126_0050
Revises: 20261126_0040
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_0050"
down_revision = "20261126_0040"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
ROLE = "(select current_setting('xyd.role', true))"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
SYSTEM = f"{ROLE} = 'system'"
OWN_ENTERPRISE = f"({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_table(
        "credit_assessments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("number", TEXT(), nullable=False),
        sa.Column("code", TEXT(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", TEXT(), nullable=False),
        sa.CheckConstraint("number ~ '^[0-9]{20}$'", name=op.f("ck_credit_assessments_number_shape")),
        sa.CheckConstraint("content_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_credit_assessments_hash_shape")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_credit_assessments_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(["issued_by"], ["users.id"], name=op.f("fk_credit_assessments_issued_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_assessments")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_assessments_number")),
    )
    op.create_index("ix_credit_assessments_enterprise", "credit_assessments", ["enterprise_id", "issued_at"])
    op.create_table(
        "request_counts",
        sa.Column("purpose", TEXT(), nullable=False),
        sa.Column("asker", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "asker", name=op.f("pk_request_counts")),
    )
    op.create_index(op.f("ix_request_counts_begun_at"), "request_counts", ["begun_at"])
    # A score is its enterprise's own: not even an auditor of the office reads it.
    _protect("credit_assessments", f"{SYSTEM} or {OWN_ENTERPRISE}", ("insert",))
    _protect("request_counts", SYSTEM, ("insert", "update", "delete"))


def _protect(table: str, read: str, writes: tuple[str, ...]) -> None:
    op.execute(f"grant select, {', '.join(writes)} on {table} to xyd_app")
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
    for write in writes:
        test = {"insert": f"with check ({SYSTEM})", "delete": f"using ({SYSTEM})"}
        rule = test.get(write, f"using ({SYSTEM}) with check ({SYSTEM})")
        op.execute(f"create policy {table}_{write} on {table} for {write} to xyd_app {rule}")


def downgrade() -> None:
    op.drop_table("request_counts")
    op.drop_table("credit_assessments")
