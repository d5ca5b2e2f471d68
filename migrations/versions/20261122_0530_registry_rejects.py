"""Why rows of registry files were not taken; names searched by pinyin; enterprises analysed after an import.

Revision ID: 20261122_0530
Revises: 20261122_0500
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_0530"
down_revision = "20261122_0500"
branch_labels = None
depends_on = None

ROLE = "(select current_setting('xyd.role', true))"
KEEPER = f"{ROLE} in ('system', 'administrator')"
# A rejected row has no region: only those who see the whole city see it.
WHOLE_CITY_OFFICE = (
    f"({ROLE} in ('office_staff', 'office_auditor') and (select current_setting('xyd.region', true)) = '')"
)


NAME_LETTERS = (
    r"regexp_replace(name_pinyin, '(^| )([a-z0-9])[^ ]*', '\2', 'g')"
    r" || ' ' || regexp_replace(name_pinyin, '[1-5]?( |$)', '', 'g')"
)


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    # Sort keys are plain ASCII and sort by their bytes, whatever the database's own collation is.
    op.execute('alter table enterprises alter column name_pinyin type varchar collate "C"')
    op.add_column("enterprises", sa.Column("name_letters", sa.Text(), sa.Computed(NAME_LETTERS, persisted=True)))
    op.add_column("registry_imports", sa.Column("noted", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "registry_rejects",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("registry_import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("row_refused", sa.Boolean(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registry_import_id"],
            ["registry_imports.id"],
            name=op.f("fk_registry_rejects_registry_import_id_registry_imports"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_rejects")),
    )
    op.create_index("ix_registry_rejects_line", "registry_rejects", ["registry_import_id", "line", "id"])
    op.execute("grant select, insert on registry_rejects to xyd_app")
    op.execute("alter table registry_rejects enable row level security")
    op.execute(
        f"create policy registry_rejects_read on registry_rejects for select to xyd_app"
        f" using ({KEEPER} or {WHOLE_CITY_OFFICE})"
    )
    op.execute(f"create policy registry_rejects_insert on registry_rejects for insert to xyd_app with check ({KEEPER})")
    op.execute("grant maintain on enterprises to xyd_app")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("revoke maintain on enterprises from xyd_app")
    op.drop_table("registry_rejects")
    op.drop_column("registry_imports", "noted")
    op.drop_column("enterprises", "name_letters")
    op.execute('alter table enterprises alter column name_pinyin type varchar collate "default"')
