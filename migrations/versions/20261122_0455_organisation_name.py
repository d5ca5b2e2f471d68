"""The name of a person's organisation, for the login gate, which may not read enterprises.

Revision ID: 20261122_0455
Revises: 20261122_0450
"""

from alembic import op

revision = "20261122_0455"
down_revision = "20261122_0450"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "create function xyd_organisation_name(enterprise uuid, institution uuid) returns text language sql stable"
        " security definer set search_path = public as $$"
        " select coalesce((select name from enterprises where id = enterprise),"
        " (select name from institutions where id = institution)) $$"
    )
    op.execute("revoke all on function xyd_organisation_name(uuid, uuid) from public")
    op.execute("grant execute on function xyd_organisation_name(uuid, uuid) to xyd_app")


def downgrade() -> None:
    op.execute("drop function xyd_organisation_name(uuid, uuid)")
