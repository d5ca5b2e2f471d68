"""Which refusals the enterprise was told of that their reason has fallen.

Revision ID: 20261126_0040
Revises: 20261126_0030
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0040"
down_revision = "20261126_0030"
branch_labels = None
depends_on = None

ROLE = "(select current_setting('xyd.role', true))"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
SYSTEM = f"{ROLE} = 'system'"
OWN_ENTERPRISE = f"({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_table(
        "second_chances",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_second_chances_lead_id_leads")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_second_chances_enterprise_id_enterprises")
        ),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_second_chances")),
    )
    op.create_index(op.f("ix_second_chances_enterprise_id"), "second_chances", ["enterprise_id"], unique=False)
    op.execute("grant select, insert on second_chances to xyd_app")
    op.execute("alter table second_chances enable row level security")
    op.execute(
        f"create policy second_chances_read on second_chances for select to xyd_app using ({SYSTEM} or {OWN_ENTERPRISE})"
    )
    op.execute(f"create policy second_chances_insert on second_chances for insert to xyd_app with check ({SYSTEM})")


def downgrade() -> None:
    op.drop_table("second_chances")
