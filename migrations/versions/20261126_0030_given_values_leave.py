"""A value that is not known any more leaves: the only payout behind it was reversed.

Revision ID: 20261126_0030
Revises: 20261126_0020
"""

from alembic import op

revision = "20261126_0030"
down_revision = "20261126_0020"
branch_labels = None
depends_on = None

SYSTEM = "(select current_setting('xyd.role', true)) = 'system'"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("grant delete on credit_given_values to xyd_app")
    op.execute(
        f"create policy credit_given_values_delete on credit_given_values for delete to xyd_app using ({SYSTEM})"
    )


def downgrade() -> None:
    op.execute("drop policy credit_given_values_delete on credit_given_values")
    op.execute("revoke delete on credit_given_values from xyd_app")
