"""Enterprises that let lenders find them, the lenders' saved screens, and invitations to look at a product.

While an enterprise is open to lenders, every lender sees its row and its open data; consented data stay with whom they
were consented to. Both end in the moment in which it closes.

Revision ID: 20261126_0010
Revises: 20261125_0520
"""

import re

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_0010"
down_revision = "20261125_0520"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
ROLE = "(select current_setting('xyd.role', true))"
USER = "(select nullif(current_setting('xyd.user_id', true), '')::uuid)"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
INSTITUTION = "(select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
REGION = "(select current_setting('xyd.region', true) || '%')"
SYSTEM = f"{ROLE} = 'system'"
KEEPER = f"{ROLE} in ('system', 'administrator')"
LENDER = f"{ROLE} in ('institution_officer', 'institution_manager')"
OFFICE = f"{ROLE} in ('office_staff', 'office_auditor')"
OWN_ENTERPRISE = f"({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"
OWN_INSTITUTION = f"({LENDER} and institution_id = {INSTITUTION})"
# Whoever made a screen, and a manager where it is shared: somebody must be able to clear up after a colleague.
KEPT_BY = (
    f"{SYSTEM} or (institution_id = {INSTITUTION} and ((made_by = {USER} and {LENDER})"
    f" or (shared and {ROLE} = 'institution_manager')))"
)

# table → (may read, may insert, may update, may delete)
POLICIES: dict[str, tuple[str, str, str | None, str | None]] = {
    "screening_openings": (
        f"{SYSTEM} or {ROLE} in ('administrator', 'office_staff', 'office_auditor') or {OWN_ENTERPRISE}"
        f" or ({LENDER} and closed_at is null)",
        f"{SYSTEM} or {OWN_ENTERPRISE}",
        f"{SYSTEM} or {OWN_ENTERPRISE}",
        None,
    ),
    "saved_screens": (
        f"{SYSTEM} or ({OWN_INSTITUTION} and (shared or made_by = {USER}))",
        f"{SYSTEM} or ({OWN_INSTITUTION} and made_by = {USER})",
        KEPT_BY,
        KEPT_BY,
    ),
    # Only an enterprise that is open can be invited, whatever a service may think.
    "screening_invitations": (
        f"{SYSTEM} or {ROLE} = 'office_auditor' or {OWN_ENTERPRISE} or {OWN_INSTITUTION}",
        f"({SYSTEM} or {OWN_INSTITUTION}) and exists (select 1 from screening_openings o"
        " where o.enterprise_id = screening_invitations.enterprise_id and o.closed_at is null)",
        None,
        None,
    ),
}

OPEN_TO_LENDERS = (
    "exists (select 1 from screening_openings o where o.enterprise_id = enterprises.id and o.closed_at is null)"
)
HAS_LEAD = "exists (select 1 from leads l where l.enterprise_id = enterprises.id)"
OFFICE_IN_REGION = f"({OFFICE} and coalesce(region_code, '') like {REGION})"
ENTERPRISES = f"{KEEPER} or {OFFICE_IN_REGION} or ({ROLE} = 'enterprise_member' and id = {ENTERPRISE})"
ENTERPRISES_READ = (
    f"{ENTERPRISES} or ({LENDER} and {HAS_LEAD})",
    f"{ENTERPRISES} or ({LENDER} and ({HAS_LEAD} or {OPEN_TO_LENDERS}))",
)
# What stood in 20261125_0540, and what stands there from here on, in the two functions that say who reads credit data.
LEAD_ONLY = "select 1 from leads l where l.enterprise_id = of_enterprise and l.institution_id = lender))"
OR_OPEN = (
    "select 1 from leads l where l.enterprise_id = of_enterprise and l.institution_id = lender\n"
    "      union all select 1 from screening_openings o where o.enterprise_id = of_enterprise and o.closed_at is null))"
)
FUNCTIONS = ("xyd_reads_figure", "xyd_reads_record")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_table(
        "screening_openings",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("closed_at >= opened_at", name=op.f("ck_screening_openings_order")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_screening_openings_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name=op.f("fk_screening_openings_opened_by_users")),
        sa.ForeignKeyConstraint(["closed_by"], ["users.id"], name=op.f("fk_screening_openings_closed_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_openings")),
    )
    op.create_index("ix_screening_openings_enterprise", "screening_openings", ["enterprise_id", "opened_at"])
    op.create_index(
        "uq_screening_openings_open",
        "screening_openings",
        ["enterprise_id"],
        unique=True,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_table(
        "saved_screens",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("name", TEXT(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("criteria", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_saved_screens_named")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_saved_screens_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_saved_screens_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_screens")),
        sa.UniqueConstraint("made_by", "name", name=op.f("uq_saved_screens_made_by_name")),
    )
    op.create_index("ix_saved_screens_institution", "saved_screens", ["institution_id", "updated_at"])
    op.create_table(
        "screening_invitations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_screening_invitations_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_screening_invitations_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_screening_invitations_product_id_products")
        ),
        sa.ForeignKeyConstraint(["invited_by"], ["users.id"], name=op.f("fk_screening_invitations_invited_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_invitations")),
    )
    op.create_index(
        "ix_screening_invitations_pair",
        "screening_invitations",
        ["enterprise_id", "institution_id", "invited_at"],
    )
    for table, (read, insert, update, delete) in POLICIES.items():
        grants = ["select", "insert", *(["update"] if update else []), *(["delete"] if delete else [])]
        op.execute(f"grant {', '.join(grants)} on {table} to xyd_app")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
        op.execute(f"create policy {table}_insert on {table} for insert to xyd_app with check ({insert})")
        if update:
            op.execute(
                f"create policy {table}_update on {table} for update to xyd_app using ({update}) with check ({update})"
            )
        if delete:
            op.execute(f"create policy {table}_delete on {table} for delete to xyd_app using ({delete})")
    op.execute(f"alter policy enterprises_read on enterprises using ({ENTERPRISES_READ[1]})")
    for name in FUNCTIONS:
        _rewrite(name, LEAD_ONLY, OR_OPEN)


def downgrade() -> None:
    for name in FUNCTIONS:
        _rewrite(name, OR_OPEN, LEAD_ONLY)
    op.execute(f"alter policy enterprises_read on enterprises using ({ENTERPRISES_READ[0]})")
    for table in reversed(POLICIES):
        op.drop_table(table)


def _rewrite(name: str, old: str, new: str) -> None:
    """The same function with one condition replaced: its lists of open data sets stay where they were written."""
    found = op.get_bind().scalar(sa.text("select pg_get_functiondef(cast(:name as regproc))"), {"name": name})
    if len(re.findall(re.escape(old), found)) != 1:
        raise RuntimeError(f"{name} is not as this migration knows it")
    op.get_bind().exec_driver_sql(found.replace(old, new).replace("%", "%%"))
