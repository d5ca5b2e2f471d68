"""Rankings of all needs in chunks, and the institutions' records of answering.

Revision ID: 20261125_0570
Revises: 20261125_0596
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_0570"
down_revision = "20261125_0596"
branch_labels = None
depends_on = None

ROLE = "(select current_setting('xyd.role', true))"
INSTITUTION = "(select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
SYSTEM = f"{ROLE} = 'system'"
OFFICE = f"{ROLE} in ('office_staff', 'office_auditor', 'administrator')"
LENDER = f"{ROLE} in ('institution_officer', 'institution_manager')"

# table → (may read, may update); only the platform itself writes.
POLICIES = {
    "institution_records": (f"{SYSTEM} or {OFFICE} or ({LENDER} and institution_id = {INSTITUTION})", None),
    "rerank_runs": (f"{SYSTEM} or {OFFICE}", SYSTEM),
    "rerank_chunks": (f"{SYSTEM} or {OFFICE}", SYSTEM),
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_table(
        "institution_records",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "received >= answered and answered >= approved and approved >= 0",
            name=op.f("ck_institution_records_counts"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_institution_records_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_records")),
        sa.UniqueConstraint("institution_id", "as_of", name=op.f("uq_institution_records_institution_id_as_of")),
    )
    op.create_index("ix_institution_records_as_of", "institution_records", ["as_of"])
    op.create_table(
        "rerank_runs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("night", sa.Date(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needs", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("needs >= 0", name=op.f("ck_rerank_runs_needs")),
        sa.CheckConstraint("finished_at is null or given_up_at is null", name=op.f("ck_rerank_runs_ended_once")),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_rerank_runs_asked_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rerank_runs")),
        sa.UniqueConstraint("night", name=op.f("uq_rerank_runs_night")),
    )
    op.create_table(
        "rerank_chunks",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("rerun_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("need_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.Column(name, sa.Integer(), nullable=True)
            for name in ("ranked", "changed", "unchanged", "skipped", "failed")
        ),
        sa.CheckConstraint("(done_at is null) = (ranked is null)", name=op.f("ck_rerank_chunks_done_has_counts")),
        sa.ForeignKeyConstraint(["rerun_id"], ["rerank_runs.id"], name=op.f("fk_rerank_chunks_rerun_id_rerank_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rerank_chunks")),
        sa.UniqueConstraint("rerun_id", "number", name=op.f("uq_rerank_chunks_rerun_id_number")),
    )
    for table, (read, update) in POLICIES.items():
        op.execute(f"grant select, insert{', update' if update else ''} on {table} to xyd_app")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
        op.execute(f"create policy {table}_insert on {table} for insert to xyd_app with check ({SYSTEM})")
        if update:
            op.execute(
                f"create policy {table}_update on {table} for update to xyd_app using ({update}) with check ({update})"
            )


def downgrade() -> None:
    for table in ("rerank_chunks", "rerank_runs", "institution_records"):
        op.drop_table(table)
