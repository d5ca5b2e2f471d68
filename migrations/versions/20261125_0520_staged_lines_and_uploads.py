"""Deliveries staged line by line, and big uploads kept for a worker.

All figures of a line are staged in one row: a third of the writing on the way in.

Revision ID: 20261125_0520
Revises: 20261125_0560
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_0520"
down_revision = "20261125_0560"
branch_labels = None
depends_on = None

SYSTEM = "(select current_setting('xyd.role', true)) = 'system'"
FIGURES = 40
ROLE = "(select current_setting('xyd.role', true))"
USER = "(select nullif(current_setting('xyd.user_id', true), '')::uuid)"
UPLOADS_READ = (
    f"{ROLE} in ('system', 'administrator', 'office_staff', 'office_auditor') or ({ROLE} = 'source_clerk'"
    f" and source_unit = (select u.source_unit from users u where u.id = {USER}))"
)
TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.drop_table("credit_staged_observations")
    op.create_table(
        "credit_staged_lines",
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("part", sa.String(collation="C"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        *(sa.Column(f"v{position}", sa.Numeric(), nullable=True) for position in range(1, FIGURES + 1)),
        prefixes=["UNLOGGED"],
    )
    _protect("credit_staged_lines")
    _create_uploads()


def _create_uploads() -> None:
    op.create_table(
        "credit_uploads",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("dataset", TEXT(), nullable=False),
        sa.Column("source_unit", TEXT(), nullable=False),
        sa.Column("file_name", TEXT(), nullable=False),
        sa.Column("file_bytes", sa.BigInteger(), nullable=False),
        sa.Column("lines_stated", sa.Integer(), nullable=True),
        sa.Column("units_confirmed", sa.Boolean(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("share_read", sa.Float(), nullable=False),
        sa.Column("lines_read", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_values", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("share_read between 0 and 1", name=op.f("ck_credit_uploads_share_read")),
        sa.CheckConstraint(
            "(finished_at is not null) = (batch_id is not null or problem is not null)",
            name=op.f("ck_credit_uploads_finished"),
        ),
        sa.ForeignKeyConstraint(["uploaded_by"], ["users.id"], name=op.f("fk_credit_uploads_uploaded_by_users")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["credit_batches.id"], name=op.f("fk_credit_uploads_batch_id_credit_batches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_uploads")),
    )
    op.create_index("ix_credit_uploads_unit", "credit_uploads", ["source_unit", "uploaded_at"])
    op.create_table(
        "credit_upload_pieces",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["credit_uploads.id"], name=op.f("fk_credit_upload_pieces_upload_id_credit_uploads")
        ),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_credit_upload_pieces")),
    )
    for table, read in (("credit_uploads", UPLOADS_READ), ("credit_upload_pieces", SYSTEM)):
        op.execute(f"grant select, insert, update, delete on {table} to xyd_app")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
        op.execute(f"create policy {table}_write on {table} for all to xyd_app using ({SYSTEM}) with check ({SYSTEM})")


def downgrade() -> None:
    op.drop_table("credit_upload_pieces")
    op.drop_table("credit_uploads")
    op.drop_table("credit_staged_lines")
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
    _protect("credit_staged_observations")


def _protect(table: str) -> None:
    """For the platform itself alone."""
    op.execute(f"grant select, insert, update, delete, truncate, maintain on {table} to xyd_app")
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({SYSTEM})")
    op.execute(f"create policy {table}_insert on {table} for insert to xyd_app with check ({SYSTEM})")
    op.execute(f"create policy {table}_update on {table} for update to xyd_app using ({SYSTEM}) with check ({SYSTEM})")
    op.execute(f"create policy {table}_delete on {table} for delete to xyd_app using ({SYSTEM})")
