"""Leads: suggestions, contact, papers; the last days of their clocks; what was done when a clock ran out.

Revision ID: 20261125_0550
Revises: 20261125_0570
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "20261125_0550"
down_revision = "20261125_0570"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
ROLE = "(select current_setting('xyd.role', true))"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
INSTITUTION = "(select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
REGION = "(select current_setting('xyd.region', true) || '%')"
KEEPER = f"{ROLE} in ('system', 'administrator')"
LENDER = f"{ROLE} in ('institution_officer', 'institution_manager')"
OWN_ENTERPRISE = f"({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"
OWN_INSTITUTION = f"({LENDER} and institution_id = {INSTITUTION})"
OFFICE_IN_REGION = f"({ROLE} in ('office_staff', 'office_auditor') and coalesce(region_code, '') like {REGION})"
SEEN_BEFORE = f"{KEEPER} or {OFFICE_IN_REGION} or {OWN_ENTERPRISE} or {OWN_INSTITUTION}"
# A suggestion is between the platform and the enterprise until the enterprise confirms it.
SEEN = (
    f"{KEEPER} or {OFFICE_IN_REGION} or {OWN_ENTERPRISE}"
    f" or ({OWN_INSTITUTION} and (suggested_at is null or confirmed_at is not null))"
)

OLD = (
    "'sent', 'accepted', 'declined', 'expired', 'offered', 'offer_accepted', 'credit_approved', 'disbursing', 'funded',"
    " 'refused', 'no_deal', 'unreachable', 'withdrawn'"
)
NEW = (
    "'suggested', 'sent', 'accepted', 'declined', 'expired', 'contacted', 'papers_requested', 'papers_complete',"
    " 'offered', 'offer_accepted', 'credit_approved', 'disbursing', 'funded', 'refused', 'no_deal', 'unreachable',"
    " 'withdrawn'"
)
CHECKS = {
    "status": (f"status in ({OLD})", f"status in ({NEW})"),
    "accepted_has_time": (
        "status in ('sent', 'declined', 'expired', 'withdrawn') or accepted_at is not null",
        "status in ('suggested', 'sent', 'declined', 'expired', 'withdrawn') or accepted_at is not null",
    ),
    "suggestion_is_confirmed": (
        None,
        "case status when 'suggested' then suggested_at is not null and confirmed_at is null"
        " when 'expired' then true when 'withdrawn' then true"
        " else suggested_at is null or confirmed_at is not null end",
    ),
    "contacted_has_time": (
        None,
        "status not in ('contacted', 'papers_requested', 'papers_complete') or contacted_at is not null",
    ),
    "papers_requested_has_time": (
        None,
        "(status = 'papers_requested') = (paused_on is not null)"
        " and (status <> 'papers_requested' or papers_requested_at is not null)",
    ),
    "papers_complete_has_time": (
        None,
        "(status <> 'papers_complete' or papers_complete_at is not null)"
        " and (papers_complete_at is null or decide_by is not null)",
    ),
    "dates_in_order": (
        None,
        "contacted_at >= accepted_at and papers_requested_at >= contacted_at and papers_complete_at >= contacted_at",
    ),
    "clocks_begin_with_acceptance": (
        None,
        "accepted_at is not null or num_nonnulls(contact_by, contacted_at, decide_by, papers_requested_at,"
        " papers_complete_at) = 0",
    ),
}
COLUMNS = {
    "suggested_at": "timestamptz",
    "confirmed_at": "timestamptz",
    "contact_by": "date",
    "contacted_at": "timestamptz",
    "papers_requested_at": "timestamptz",
    "papers_note": "text not null default ''",
    "paused_on": "date",
    "papers_complete_at": "timestamptz",
    "decide_by": "date",
    "reroute_agreed": "boolean not null default false",
    "rerouted_from_id": "uuid",
}
# Rules that the city had on the day of this change: 30 days to decide (金发〔2024〕32号).
BACKFILL = """
    update leads set decide_by = (accepted_at at time zone 'Asia/Shanghai')::date + 30
     where status in ('accepted', 'offered')
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute(f"alter table leads {', '.join(f'add column {name} {kind}' for name, kind in COLUMNS.items())}")
    op.create_foreign_key(op.f("fk_leads_rerouted_from_id_leads"), "leads", "leads", ["rerouted_from_id"], ["id"])
    op.create_index("ix_leads_rerouted_from_id", "leads", ["rerouted_from_id"])
    op.create_index("ix_leads_officer_id", "leads", ["officer_id"])
    _checks(1)
    op.execute(BACKFILL)
    op.execute(f"alter policy leads_read on leads using ({SEEN})")
    op.create_table(
        "lead_clock_steps",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("clock", TEXT(), nullable=False),
        sa.Column("step", TEXT(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "clock in ('accept', 'first_contact', 'decision', 'papers')", name=op.f("ck_lead_clock_steps_clock")
        ),
        sa.CheckConstraint(
            "step in ('reminded', 'manager', 'office', 'rerouted')", name=op.f("ck_lead_clock_steps_step")
        ),
        sa.CheckConstraint(
            "number >= 1 and (step = 'reminded' or number = 1)", name=op.f("ck_lead_clock_steps_number")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_clock_steps_lead_id_leads")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_lead_clock_steps_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_lead_clock_steps_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_clock_steps")),
        sa.UniqueConstraint(
            "lead_id",
            "clock",
            "step",
            "due_on",
            "number",
            name=op.f("uq_lead_clock_steps_lead_id_clock_step_due_on_number"),
        ),
    )
    for column in ("lead_id", "enterprise_id", "institution_id"):
        op.create_index(f"ix_lead_clock_steps_{column}", "lead_clock_steps", [column])
    op.execute("alter table lead_clock_steps enable row level security")
    op.execute("grant select, insert on lead_clock_steps to xyd_app")
    seen = "exists (select 1 from leads l where l.id = lead_id)"
    op.execute(f"create policy lead_clock_steps_read on lead_clock_steps for select to xyd_app using ({seen})")
    op.execute(
        "create policy lead_clock_steps_insert on lead_clock_steps for insert to xyd_app"
        f" with check ({ROLE} = 'system')"
    )


def downgrade() -> None:
    op.drop_table("lead_clock_steps")
    op.execute(f"alter policy leads_read on leads using ({SEEN_BEFORE})")
    # What the older states cannot say is told by the nearest that they can.
    op.execute("alter table leads drop constraint ck_leads_papers_requested_has_time")
    op.execute(
        "update leads set status = 'accepted' where status in ('contacted', 'papers_requested', 'papers_complete')"
    )
    op.execute("update leads set status = 'sent' where status = 'suggested'")
    _checks(0)
    op.drop_index("ix_leads_officer_id", table_name="leads")
    op.drop_index("ix_leads_rerouted_from_id", table_name="leads")
    op.drop_constraint(op.f("fk_leads_rerouted_from_id_leads"), "leads", type_="foreignkey")
    op.execute(f"alter table leads {', '.join(f'drop column {name}' for name in COLUMNS)}")


def _checks(side: int) -> None:
    """Leave each check as it was before (0) or is from here on (1)."""
    for name, sides in CHECKS.items():
        op.execute(f"alter table leads drop constraint if exists ck_leads_{name}")
        if sides[side]:
            op.create_check_constraint(op.f(f"ck_leads_{name}"), "leads", sides[side])
