"""Holidays are read by all and entered by administrators alone.

Revision ID: 20261126_0121
Revises: 20261126_0120
"""

from alembic import op

revision = "20261126_0121"
down_revision = "20261126_0120"
branch_labels = None
depends_on = None

TABLE = "working_day_overrides"
KEEPER = "(select current_setting('xyd.role', true)) in ('administrator', 'system')"


def upgrade() -> None:
    op.execute(f"alter table {TABLE} enable row level security")
    op.execute(f"create policy {TABLE}_read on {TABLE} for select to xyd_app using (true)")
    op.execute(f"create policy {TABLE}_insert on {TABLE} for insert to xyd_app with check ({KEEPER})")
    op.execute(f"create policy {TABLE}_update on {TABLE} for update to xyd_app using ({KEEPER}) with check ({KEEPER})")


def downgrade() -> None:
    for kind in ("read", "insert", "update"):
        op.execute(f"drop policy {TABLE}_{kind} on {TABLE}")
    op.execute(f"alter table {TABLE} disable row level security")
