"""Payouts of one enterprise around a day: what looks like one loan told twice is found without reading them all.

Revision ID: 20261126_0020
Revises: 20261126_0010
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0020"
down_revision = "20261126_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_index(
        "ix_disbursements_enterprise_day",
        "disbursements",
        ["enterprise_id", "paid_on"],
        postgresql_where=sa.text("reverses_id is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_disbursements_enterprise_day", table_name="disbursements")
