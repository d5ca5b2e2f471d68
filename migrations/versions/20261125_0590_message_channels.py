"""Messages by mail and text message: addresses, what is not wanted, and what went out.

Revision ID: 20261125_0590
Revises: 20261125_0500
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "20261125_0590"
down_revision = "20261125_0500"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
ROLE = "(select current_setting('xyd.role', true))"
USER = "(select nullif(current_setting('xyd.user_id', true), '')::uuid)"
SYSTEM = f"{ROLE} = 'system'"


def upgrade() -> None:
    op.add_column("users", sa.Column("email", TEXT(), nullable=True))
    op.add_column("users", sa.Column("phone", TEXT(), nullable=True))
    op.add_column("users", sa.Column("locale", TEXT(), server_default="zh_CN", nullable=False))
    op.add_column("users", sa.Column("digest", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("users", sa.Column("digest_sent_on", sa.Date(), nullable=True))
    op.add_column("messages", sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_messages_waiting", "messages", ["created_at"], postgresql_where=sa.text("dispatched_at is null")
    )
    op.create_table(
        "message_opt_outs",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", TEXT(), nullable=False),
        sa.Column("channel", TEXT(), nullable=False),
        sa.CheckConstraint("channel in ('mail', 'sms')", name=op.f("ck_message_opt_outs_channel")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_message_opt_outs_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "kind", "channel", name=op.f("pk_message_opt_outs")),
    )
    op.create_table(
        "message_deliveries",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("channel", TEXT(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", TEXT(), nullable=True),
        sa.CheckConstraint("channel in ('mail', 'sms')", name=op.f("ck_message_deliveries_channel")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_deliveries_message_id_messages")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_message_deliveries_user_id_users")),
        sa.PrimaryKeyConstraint("message_id", "user_id", "channel", name=op.f("pk_message_deliveries")),
    )
    op.create_index(
        "ix_message_deliveries_due",
        "message_deliveries",
        ["next_try_at"],
        postgresql_where=sa.text("sent_at is null"),
    )
    op.execute("grant update on messages to xyd_app")
    op.execute(
        f"create policy messages_update on messages for update to xyd_app using ({SYSTEM}) with check ({SYSTEM})"
    )
    own = f"{SYSTEM} or user_id = {USER}"
    op.execute("grant select, insert, delete on message_opt_outs to xyd_app")
    op.execute("grant select, insert, update on message_deliveries to xyd_app")
    for table, condition in (("message_opt_outs", own), ("message_deliveries", SYSTEM)):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_all on {table} to xyd_app using ({condition}) with check ({condition})")


def downgrade() -> None:
    op.drop_table("message_deliveries")
    op.drop_table("message_opt_outs")
    op.execute("drop policy messages_update on messages")
    op.execute("revoke update on messages from xyd_app")
    op.drop_index("ix_messages_waiting", "messages")
    op.drop_column("messages", "dispatched_at")
    for column in ("digest_sent_on", "digest", "locale", "phone", "email"):
        op.drop_column("users", column)
