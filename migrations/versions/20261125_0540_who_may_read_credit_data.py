"""Who may read credit data beside the platform: the enterprise its own, a lender what is open or consented to.

A lender reads figures and records of an enterprise whose lead it has, where the data set is open, and of any
enterprise where a consent in force names the data set. Consents begin on the day they are given and are ended by a
scheduled task, so that the policies need no clock. The first test of each policy is the platform itself: whatever it
computes over the whole city pays nothing for the rest.

Revision ID: 20261125_0540
Revises: 20261125_0510
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_0540"
down_revision = "20261125_0510"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
ROLE = "(select current_setting('xyd.role', true))"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
INSTITUTION = "(select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
SYSTEM = f"{ROLE} = 'system'"
# The same, said so that the planner expects it to hold: beside an "or", "= 'system'" would be taken for one row in 200,
# and whole-city computations would be planned for a handful of rows.
MOSTLY_SYSTEM = "(select case when current_setting('xyd.role', true) = 'system' then 1 end) is not null"
LENDER = f"{ROLE} in ('institution_officer', 'institution_manager')"
OWN_ENTERPRISE = f"({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"
OWN_INSTITUTION = f"({LENDER} and institution_id = {INSTITUTION})"

# The open data sets of the catalogue of 2026-11-22: number and code. What stands in no list needs a consent.
OPEN = {
    10: "enterprise_registry", 11: "enterprise_change", 12: "abnormal_list", 13: "serious_violation_list",
    14: "annual_report", 15: "annual_report_guarantee", 16: "shareholder_contribution", 17: "annual_report_web_shop",
    18: "equity_change", 19: "equity_pledge", 26: "tax_a_list", 27: "tax_arrears", 28: "tax_abnormal",
    33: "labour_grade", 34: "wage_arrears", 50: "public_trading", 52: "customs_serious_dishonesty", 60: "ip_pledge",
    61: "chattel_mortgage", 62: "food_licence", 63: "random_inspection", 64: "tax_serious_case", 65: "tax_penalty",
    70: "dishonest_debtor", 71: "judgment_debtor", 72: "unperformed_judgment", 73: "judgment",
    74: "consumption_limit", 75: "asset_freeze", 76: "false_litigation", 80: "admin_licence", 81: "admin_penalty",
    82: "public_evaluation", 83: "black_list", 84: "red_list", 85: "credit_commitment", 86: "safety_record",
    87: "environment", 90: "high_tech_certificate", 91: "tech_sme", 92: "innovation_label", 93: "patent",
    95: "qualification_honour", 96: "new_agri_operator",
}  # fmt: skip


# Everybody but the platform is asked about in a function: written into the policy, the conditions would weigh on the plans
# of the whole-city computations, which never reach them. COST says to the planner that they are next to nothing there.
FUNCTION = """
create function {name}(of_enterprise uuid, {argument}) returns boolean
language plpgsql stable parallel safe cost 0.01 as $$
declare
  asking text := current_setting('xyd.role', true);
  lender uuid := nullif(current_setting('xyd.institution_id', true), '')::uuid;
begin
  if asking = 'enterprise_member' then
    return of_enterprise = nullif(current_setting('xyd.enterprise_id', true), '')::uuid;
  end if;
  if asking is null or asking not in ('institution_officer', 'institution_manager') then
    return false;
  end if;
  return ({is_open} and exists (
      select 1 from leads l where l.enterprise_id = of_enterprise and l.institution_id = lender))
    or exists (
      select 1 from consents c where c.enterprise_id = of_enterprise and c.institution_id = lender
         and c.ended_at is null and {is_named});
end $$
"""
# table → the function's name, its second argument, what is handed over, open data sets, named by a consent
READERS = {
    "credit_observations": (
        "xyd_reads_figure",
        "of_metric smallint",
        "metric",
        f"(of_metric / 100) = any ('{{{','.join(map(str, OPEN))}}}'::int[])",
        "(of_metric / 100) = any (c.dataset_numbers)",
    ),
    "credit_events": (
        "xyd_reads_record",
        "of_kind text",
        "kind",
        f"of_kind = any ('{{{','.join(OPEN.values())}}}'::text[])",
        "of_kind = any (c.datasets)",
    ),
}


def upgrade() -> None:
    for table, (name, argument, column, is_open, is_named) in READERS.items():
        op.execute(FUNCTION.format(name=name, argument=argument, is_open=is_open, is_named=is_named))
        read = f"{MOSTLY_SYSTEM} or {name}(enterprise_id, {column})"
        op.execute(f"drop policy {table}_read on {table}")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
    op.create_table(
        "consent_requests",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("datasets", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", TEXT(), nullable=True),
        sa.CheckConstraint("cardinality(datasets) > 0", name=op.f("ck_consent_requests_names_data")),
        sa.CheckConstraint(
            "(answered_at is null) = (answer is null)", name=op.f("ck_consent_requests_answer_has_time")
        ),
        sa.CheckConstraint("answer in ('given', 'declined')", name=op.f("ck_consent_requests_answer")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_consent_requests_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_consent_requests_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_consent_requests_asked_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_requests")),
    )
    op.create_index("ix_consent_requests_lead", "consent_requests", ["lead_id", "asked_at"])
    op.create_index("ix_consent_requests_institution_id", "consent_requests", ["institution_id"])
    op.create_index(
        "ix_consent_requests_open",
        "consent_requests",
        ["enterprise_id"],
        postgresql_where=sa.text("answered_at is null"),
    )
    # Asked by a lender about a lead of its own; answered by the enterprise.
    asks = (
        f"{SYSTEM} or ({OWN_INSTITUTION} and exists (select 1 from leads l where l.id = lead_id"
        f" and l.enterprise_id = consent_requests.enterprise_id and l.institution_id = {INSTITUTION}))"
    )
    op.execute("grant select, insert, update on consent_requests to xyd_app")
    op.execute("alter table consent_requests enable row level security")
    read = f"{SYSTEM} or {OWN_ENTERPRISE} or {OWN_INSTITUTION}"
    op.execute(f"create policy consent_requests_read on consent_requests for select to xyd_app using ({read})")
    op.execute(f"create policy consent_requests_insert on consent_requests for insert to xyd_app with check ({asks})")
    op.execute(
        "create policy consent_requests_update on consent_requests for update to xyd_app"
        f" using ({SYSTEM} or {OWN_ENTERPRISE}) with check ({SYSTEM} or {OWN_ENTERPRISE})"
    )


def downgrade() -> None:
    op.drop_table("consent_requests")
    for table, (name, argument, *_rest) in READERS.items():
        op.execute(f"drop policy {table}_read on {table}")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({SYSTEM})")
        op.execute(f"drop function {name}(uuid, {argument.split()[1]})")
