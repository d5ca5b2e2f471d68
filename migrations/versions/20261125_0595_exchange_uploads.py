"""Tables that lenders bring back.

Revision ID: 20261125_0595
Revises: 20261125_0590
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_0595"
down_revision = "20261125_0590"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
OWN_INSTITUTION = (
    "(select current_setting('xyd.role', true)) in ('institution_officer', 'institution_manager')"
    " and institution_id = (select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
)


def upgrade() -> None:
    op.create_table(
        "exchange_uploads",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Uuid(), nullable=True),
        sa.Column("file_name", TEXT(), nullable=False),
        sa.Column("file_sha256", TEXT(), nullable=False),
        sa.Column("trial", sa.Boolean(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("rows_unchanged", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.Column("refusals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "rows_read = rows_done + rows_unchanged + rows_refused", name=op.f("ck_exchange_uploads_rows_add_up")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_exchange_uploads_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["received_by"], ["users.id"], name=op.f("fk_exchange_uploads_received_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_uploads")),
    )
    op.create_index("ix_exchange_uploads_institution", "exchange_uploads", ["institution_id", "received_at"])
    op.execute("grant select, insert on exchange_uploads to xyd_app")
    op.execute("alter table exchange_uploads enable row level security")
    own = f"(select current_setting('xyd.role', true)) = 'system' or ({OWN_INSTITUTION})"
    op.execute(f"create policy exchange_uploads_read on exchange_uploads for select to xyd_app using ({own})")
    op.execute(f"create policy exchange_uploads_insert on exchange_uploads for insert to xyd_app with check ({own})")


def downgrade() -> None:
    op.drop_table("exchange_uploads")
