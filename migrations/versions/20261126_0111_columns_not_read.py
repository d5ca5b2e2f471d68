"""A table that came back remembers which of its columns were not of it.

Revision ID: 20261126_0111
Revises: 20261126_0110
"""

from alembic import op

revision = "20261126_0111"
down_revision = "20261126_0110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table exchange_uploads add column columns_not_read text[] not null default '{}'")


def downgrade() -> None:
    op.execute("alter table exchange_uploads drop column columns_not_read")
