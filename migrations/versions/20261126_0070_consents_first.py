"""Who may read a figure or record: consents are asked first, in a statement of their own.

Most of what a lender reads it reads under a consent; asked in one expression with the leads, it paid for both questions
at every figure. The answers are the same.

Revision ID: 20261126_0070
Revises: 20261126_0060
"""

from alembic import op

revision = "20261126_0070"
down_revision = "20261126_0060"
branch_labels = None
depends_on = None

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

FUNCTION = """
create or replace function {name}(of_enterprise uuid, {argument}) returns boolean
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
  {answer}
end $$
"""
CONSENT = """exists (
      select 1 from consents c where c.enterprise_id = of_enterprise and c.institution_id = lender
         and c.ended_at is null and {is_named})"""
LEAD = """({is_open} and exists (
      select 1 from leads l where l.enterprise_id = of_enterprise and l.institution_id = lender
      union all select 1 from screening_openings o where o.enterprise_id = of_enterprise and o.closed_at is null))"""
TOGETHER = f"return {LEAD}\n    or {CONSENT};"
CONSENTS_FIRST = f"if {CONSENT} then\n    return true;\n  end if;\n  return {LEAD};"
# the function's name, its second argument, open data sets, named by a consent
READERS = (
    (
        "xyd_reads_figure",
        "of_metric smallint",
        f"(of_metric / 100) = any ('{{{','.join(map(str, OPEN))}}}'::int[])",
        "(of_metric / 100) = any (c.dataset_numbers)",
    ),
    (
        "xyd_reads_record",
        "of_kind text",
        f"of_kind = any ('{{{','.join(OPEN.values())}}}'::text[])",
        "of_kind = any (c.datasets)",
    ),
)


def upgrade() -> None:
    _say(CONSENTS_FIRST)


def downgrade() -> None:
    _say(TOGETHER)


def _say(answer: str) -> None:
    for name, argument, is_open, is_named in READERS:
        said = answer.format(is_open=is_open, is_named=is_named)
        op.execute(FUNCTION.format(name=name, argument=argument, answer=said))
