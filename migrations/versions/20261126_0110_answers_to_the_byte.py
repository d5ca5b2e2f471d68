"""A kept answer is given again byte for byte, so the order of its names is kept: ``json`` in place of ``jsonb``.

Revision ID: 20261126_0110
Revises: 20261126_0100
"""

from alembic import op

revision = "20261126_0110"
down_revision = "20261126_0100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table idempotent_answers alter column body type json using body::json")


def downgrade() -> None:
    op.execute("alter table idempotent_answers alter column body type jsonb using body::jsonb")
