"""Questions and answers about a lead, with papers and read marks.

Revision ID: 20261125_0596
Revises: 20261125_0530
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_0596"
down_revision = "20261125_0530"
branch_labels = None
depends_on = None

ROLE = "(select current_setting('xyd.role', true))"
USER = "(select nullif(current_setting('xyd.user_id', true), '')::uuid)"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
INSTITUTION = "(select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
SYSTEM = f"{ROLE} = 'system'"
BY_ENTERPRISE = f"({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE} and by_enterprise)"
BY_LENDER = (
    f"({ROLE} in ('institution_officer', 'institution_manager') and institution_id = {INSTITUTION}"
    " and not by_enterprise)"
)
# The two sides of the lead and the platform; the office does not read what they say to each other.
SIDES = (
    f"{SYSTEM} or ({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"
    f" or ({ROLE} in ('institution_officer', 'institution_manager') and institution_id = {INSTITUTION})"
)
OF_POST = "exists (select 1 from lead_posts p where p.id = post_id)"

# table → (may read, may insert, may update)
POLICIES: dict[str, tuple[str, str, str | None]] = {
    "lead_posts": (
        SIDES,
        f"({SYSTEM} or {BY_ENTERPRISE} or {BY_LENDER}) and exists (select 1 from leads l where l.id = lead_id"
        " and l.enterprise_id = lead_posts.enterprise_id and l.institution_id = lead_posts.institution_id)",
        None,
    ),
    "lead_post_files": (OF_POST, OF_POST, None),
    # How far the other side has read is shown to both.
    "lead_thread_reads": (
        f"{SYSTEM} or exists (select 1 from leads l where l.id = lead_id)",
        f"({SYSTEM} or user_id = {USER}) and exists (select 1 from leads l where l.id = lead_id)",
        f"{SYSTEM} or user_id = {USER}",
    ),
}


def upgrade() -> None:
    op.create_table(
        "lead_posts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("by_enterprise", sa.Boolean(), nullable=False),
        sa.Column("author_user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_lead_posts_says_something")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_posts_lead_id_leads")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_lead_posts_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_lead_posts_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["author_user_id"], ["users.id"], name=op.f("fk_lead_posts_author_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_posts")),
    )
    op.create_index("ix_lead_posts_lead", "lead_posts", ["lead_id", "at"])
    op.create_table(
        "lead_post_files",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["lead_posts.id"], name=op.f("fk_lead_post_files_post_id_lead_posts")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_lead_post_files_file_id_files")),
        sa.PrimaryKeyConstraint("post_id", "file_id", name=op.f("pk_lead_post_files")),
    )
    op.create_index("ix_lead_post_files_file_id", "lead_post_files", ["file_id"])
    op.create_table(
        "lead_thread_reads",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("by_enterprise", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_thread_reads_lead_id_leads")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_lead_thread_reads_user_id_users")),
        sa.PrimaryKeyConstraint("lead_id", "user_id", name=op.f("pk_lead_thread_reads")),
    )
    for table, (read, insert, update) in POLICIES.items():
        op.execute(f"grant select, insert{', update' if update else ''} on {table} to xyd_app")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
        op.execute(f"create policy {table}_insert on {table} for insert to xyd_app with check ({insert})")
        if update:
            op.execute(
                f"create policy {table}_update on {table} for update to xyd_app using ({update}) with check ({update})"
            )
    op.execute(
        "create policy files_of_thread on files for select to xyd_app"
        " using (exists (select 1 from lead_post_files f where f.file_id = files.id))"
    )
    # Who wrote is told by name to the other side, and nothing else of the account.
    op.execute(
        "create function xyd_author_name(author uuid) returns text language sql stable security definer"
        " set search_path = public, pg_temp as $$ select u.display_name from users u where u.id = author $$"
    )
    op.execute("revoke execute on function xyd_author_name(uuid) from public")
    op.execute("grant execute on function xyd_author_name(uuid) to xyd_app")


def downgrade() -> None:
    op.execute("drop function xyd_author_name(uuid)")
    op.execute("drop policy files_of_thread on files")
    for table in ("lead_thread_reads", "lead_post_files", "lead_posts"):
        op.drop_table(table)
