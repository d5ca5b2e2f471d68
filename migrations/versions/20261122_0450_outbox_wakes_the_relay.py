"""A committed job wakes the relay at once; polling is only the fallback.

Revision ID: 20261122_0450
Revises: 20261122_0445
"""

from alembic import op

revision = "20261122_0450"
down_revision = "20261122_0445"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "create function xyd_outbox_notify() returns trigger language plpgsql as"
        " $$ begin perform pg_notify('xyd_outbox', ''); return null; end $$"
    )
    op.execute(
        "create trigger outbox_jobs_notify after insert on outbox_jobs"
        " for each statement execute function xyd_outbox_notify()"
    )


def downgrade() -> None:
    op.execute("drop trigger outbox_jobs_notify on outbox_jobs")
    op.execute("drop function xyd_outbox_notify()")
