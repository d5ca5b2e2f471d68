"""Programs: tokens with accounts of their own, and the answers that idempotency keys got.

Revision ID: 20261125_0597
Revises: 20261125_0595
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_0597"
down_revision = "20261125_0595"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
ROLE = "(select current_setting('xyd.role', true))"
USER = "(select nullif(current_setting('xyd.user_id', true), '')::uuid)"
INSTITUTION = "(select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
KEEPER = f"{ROLE} in ('gate', 'system', 'administrator')"
# A manager makes accounts of programs for its own institution, and no other account.
PROGRAM_OF_OWN = (
    f"({ROLE} = 'institution_manager' and institution_id = {INSTITUTION} and is_service"
    " and role = 'institution_officer')"
)
OF_OWN = (
    f"({ROLE} = 'institution_manager' and exists (select 1 from users u where u.id = user_id and u.is_service"
    f" and u.institution_id = {INSTITUTION}))"
)


def upgrade() -> None:
    op.add_column("users", sa.Column("is_service", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", TEXT(), nullable=False),
        sa.Column("hint", TEXT(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id_users")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_api_tokens_created_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"])
    op.create_table(
        "idempotent_answers",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", TEXT(length=128), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status between 200 and 299", name=op.f("ck_idempotent_answers_only_success")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_idempotent_answers_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotent_answers")),
    )
    op.create_index("ix_idempotent_answers_created_at", "idempotent_answers", ["created_at"])
    op.execute("grant select, insert, update on api_tokens to xyd_app")
    op.execute("grant select, insert, delete on idempotent_answers to xyd_app")
    for table, condition in (
        ("api_tokens", f"{KEEPER} or {OF_OWN}"),
        ("idempotent_answers", f"{ROLE} = 'system' or user_id = {USER}"),
    ):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_all on {table} to xyd_app using ({condition}) with check ({condition})")
    op.execute(f"create policy users_insert_program on users for insert to xyd_app with check ({PROGRAM_OF_OWN})")


def downgrade() -> None:
    op.execute("drop policy users_insert_program on users")
    op.drop_table("idempotent_answers")
    op.drop_table("api_tokens")
    op.drop_column("users", "is_service")
