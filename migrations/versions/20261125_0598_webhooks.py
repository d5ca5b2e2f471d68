"""Events to lenders' systems.

Revision ID: 20261125_0598
Revises: 20261125_0597
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_0598"
down_revision = "20261125_0597"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
NOW = sa.DateTime(timezone=True)
ROLE = "(select current_setting('xyd.role', true))"
OWN = (
    f"{ROLE} = 'system' or ({ROLE} = 'institution_manager'"
    " and institution_id = (select nullif(current_setting('xyd.institution_id', true), '')::uuid))"
)


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("url", TEXT(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", NOW, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_webhook_endpoints_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_webhook_endpoints_created_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index("ix_webhook_endpoints_institution_id", "webhook_endpoints", ["institution_id"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("event", TEXT(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", NOW, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", TEXT(), nullable=True),
        sa.Column("delivered_at", NOW, nullable=True),
        sa.Column("given_up_at", NOW, nullable=True),
        sa.CheckConstraint("num_nonnulls(delivered_at, given_up_at) < 2", name=op.f("ck_webhook_deliveries_one_end")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_deliveries_endpoint_id_webhook_endpoints")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_webhook_deliveries_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index("ix_webhook_deliveries_endpoint", "webhook_deliveries", ["endpoint_id", "created_at"])
    op.create_index("ix_webhook_deliveries_institution_id", "webhook_deliveries", ["institution_id"])
    for table in ("webhook_endpoints", "webhook_deliveries"):
        op.execute(f"grant select, insert, update on {table} to xyd_app")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_all on {table} to xyd_app using ({OWN}) with check ({OWN})")
    op.execute("""
        create function xyd_announce(institution uuid, happened text, said jsonb, moment timestamptz)
            returns setof uuid language sql security definer set search_path = public, pg_temp as $$
            insert into webhook_deliveries (endpoint_id, institution_id, event, body, created_at, attempts)
            select e.id, e.institution_id, happened, said, moment, 0 from webhook_endpoints e
             where e.institution_id = institution and e.active returning id $$
    """)
    op.execute("revoke execute on function xyd_announce(uuid, text, jsonb, timestamptz) from public")
    op.execute("grant execute on function xyd_announce(uuid, text, jsonb, timestamptz) to xyd_app")


def downgrade() -> None:
    op.execute("drop function xyd_announce(uuid, text, jsonb, timestamptz)")
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
