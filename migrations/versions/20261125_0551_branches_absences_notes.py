"""An institution's branches as a tree, who is away and who stands in, and notes on leads.

Revision ID: 20261125_0551
Revises: 20261125_0550
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "20261125_0551"
down_revision = "20261125_0550"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
ROLE = "(select current_setting('xyd.role', true))"
USER = "(select nullif(current_setting('xyd.user_id', true), '')::uuid)"
INSTITUTION = "(select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
SYSTEM = f"{ROLE} = 'system'"
KEEPER = f"{ROLE} in ('system', 'administrator')"
LENDER = f"{ROLE} in ('institution_officer', 'institution_manager')"
OWN_INSTITUTION = f"({LENDER} and institution_id = {INSTITUTION})"
MANAGER = f"({ROLE} = 'institution_manager' and institution_id = {INSTITUTION})"
OWN_LEAD = f"(user_id = {USER} and exists (select 1 from leads l where l.id = lead_id))"

# table → (may read, may insert, may update)
POLICIES: dict[str, tuple[str, str, str | None]] = {
    # Where a lender has its branches is no secret; who applies must find the nearest.
    "branches": (f"{ROLE} not in ('guest', 'gate')", f"{KEEPER} or {MANAGER}", f"{KEEPER} or {MANAGER}"),
    "absences": (
        f"{KEEPER} or {OWN_INSTITUTION}",
        f"{SYSTEM} or {MANAGER} or ({OWN_INSTITUTION} and user_id = {USER})",
        f"{SYSTEM} or {MANAGER} or ({OWN_INSTITUTION} and user_id = {USER})",
    ),
    # Not even the office reads what an institution's people write to each other.
    "lead_notes": (f"{SYSTEM} or {OWN_INSTITUTION}", f"{SYSTEM} or ({OWN_INSTITUTION} and {OWN_LEAD})", None),
}

# A manager says where its people work; nothing else of an account is a manager's to change.
PLACE = f"""
create function xyd_place_user(who uuid, place uuid) returns boolean language sql volatile security definer
set search_path = public as $$
  with placed as (
    update users set branch_id = place
     where id = who and role in ('institution_officer', 'institution_manager')
       and ({ROLE} in ('system', 'administrator')
            or ({ROLE} = 'institution_manager' and institution_id = {INSTITUTION}))
    returning id)
  select exists (select 1 from placed)
$$
"""

# Whoever sends something to an officer must learn who stands in, and nothing else of the institution's people.
STAND_IN = """
create function xyd_stand_in(who uuid, day date) returns uuid language sql stable security definer
set search_path = public as $$
  select a.delegate_id from absences a
   where a.user_id = who and a.cancelled_at is null and day between a.from_on and a.until_on
   order by a.made_at desc, a.id desc limit 1
$$
"""
FUNCTIONS = {"xyd_place_user(uuid, uuid)": PLACE, "xyd_stand_in(uuid, date)": STAND_IN}


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_table(
        "branches",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("code", TEXT(length=32), nullable=False),
        sa.Column("name", TEXT(length=80), nullable=False),
        sa.Column("name_pinyin", TEXT(), nullable=False),
        sa.Column("region_code", TEXT(length=6), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_branches_not_its_own_parent")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_branches_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branches")),
        sa.UniqueConstraint("institution_id", "id", name=op.f("uq_branches_institution_id_id")),
        sa.UniqueConstraint("institution_id", "code", name=op.f("uq_branches_institution_id_code")),
    )
    op.create_foreign_key(
        op.f("fk_branches_institution_id_branches"),
        "branches",
        "branches",
        ["institution_id", "parent_id"],
        ["institution_id", "id"],
    )
    op.create_index("ix_branches_parent_id", "branches", ["parent_id"])
    for table in ("users", "leads"):
        op.add_column(table, sa.Column("branch_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_institution_id_branches"),
            table,
            "branches",
            ["institution_id", "branch_id"],
            ["institution_id", "id"],
        )
        op.create_index(f"ix_{table}_branch_id", table, ["branch_id"])
    op.create_table(
        "absences",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("delegate_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_absences_days")),
        sa.CheckConstraint("delegate_id <> user_id", name=op.f("ck_absences_somebody_else")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_absences_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_absences_user_id_users")),
        sa.ForeignKeyConstraint(["delegate_id"], ["users.id"], name=op.f("fk_absences_delegate_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    for column in ("institution_id", "user_id", "delegate_id"):
        op.create_index(f"ix_absences_{column}", "absences", [column])
    op.create_table(
        "lead_notes",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_lead_notes_text")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_notes_lead_id_leads")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_lead_notes_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_lead_notes_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_notes")),
    )
    for column in ("lead_id", "institution_id"):
        op.create_index(f"ix_lead_notes_{column}", "lead_notes", [column])
    for table, (read, insert, update) in POLICIES.items():
        op.execute(f"grant select, insert{', update' if update else ''} on {table} to xyd_app")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
        op.execute(f"create policy {table}_insert on {table} for insert to xyd_app with check ({insert})")
        if update:
            op.execute(
                f"create policy {table}_update on {table} for update to xyd_app using ({update}) with check ({update})"
            )
    for name, definition in FUNCTIONS.items():
        op.execute(definition)
        op.execute(f"revoke all on function {name} from public")
        op.execute(f"grant execute on function {name} to xyd_app")


def downgrade() -> None:
    for name in FUNCTIONS:
        op.execute(f"drop function {name}")
    op.drop_table("lead_notes")
    op.drop_table("absences")
    for table in ("users", "leads"):
        op.drop_constraint(op.f(f"fk_{table}_institution_id_branches"), table, type_="foreignkey")
        op.drop_column(table, "branch_id")
    op.drop_table("branches")
