"""The statuses of all leads of a need, for whoever may see the need: its status follows from all of them.

Revision ID: 20261122_0500
Revises: 20261122_0455
"""

from alembic import op

revision = "20261122_0500"
down_revision = "20261122_0455"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "create function xyd_lead_statuses(need uuid) returns text[] language sql stable security definer"
        " set search_path = public as $$ select coalesce(array_agg(status::text), '{}') from leads"
        " where need_id = need $$"
    )
    op.execute("revoke all on function xyd_lead_statuses(uuid) from public")
    op.execute("grant execute on function xyd_lead_statuses(uuid) to xyd_app")


def downgrade() -> None:
    op.execute("drop function xyd_lead_statuses(uuid)")
