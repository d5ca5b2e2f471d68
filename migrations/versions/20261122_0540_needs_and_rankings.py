"""Numbers for needs, one draft for each enterprise, and the components of a score that were not known.

Revision ID: 20261122_0540
Revises: 20261122_0530
"""

from alembic import op

revision = "20261122_0540"
down_revision = "20261122_0530"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("create sequence need_numbers")
    op.execute("grant usage on sequence need_numbers to xyd_app")
    op.execute("create unique index uq_needs_one_draft on needs (enterprise_id) where status = 'draft'")
    op.execute("alter table match_results add column neutral text[] not null default '{}'")


def downgrade() -> None:
    op.execute("alter table match_results drop column neutral")
    op.execute("drop index uq_needs_one_draft")
    op.execute("drop sequence need_numbers")
