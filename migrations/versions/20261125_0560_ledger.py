"""Fees and risk shares of offers, indicative offers, repayments, overdue reports, renewals, payouts that wait for a
second person, and what the office decides about payouts reported twice.

Revision ID: 20261125_0560
Revises: 20261125_0552
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "20261125_0560"
down_revision = "20261125_0552"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
ROLE = "(select current_setting('xyd.role', true))"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
INSTITUTION = "(select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
REGION = "(select current_setting('xyd.region', true) || '%')"
SYSTEM = f"{ROLE} = 'system'"
KEEPER = f"{ROLE} in ('system', 'administrator')"
LENDER = f"{ROLE} in ('institution_officer', 'institution_manager')"
OFFICE = f"{ROLE} in ('office_staff', 'office_auditor')"
OFFICE_WRITES = f"{ROLE} in ('system', 'administrator', 'office_staff')"
OWN_ENTERPRISE = f"({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"
OWN_INSTITUTION = f"({LENDER} and institution_id = {INSTITUTION})"
OFFICE_IN_REGION = f"({OFFICE} and coalesce(region_code, '') like {REGION})"
WITH_OFFER = "exists (select 1 from offers parent where parent.id = offer_id)"
MONEY_READ = f"{KEEPER} or {OFFICE_IN_REGION} or {OWN_ENTERPRISE} or {OWN_INSTITUTION}"
LENDER_WRITES = f"{SYSTEM} or {OWN_INSTITUTION}"

# table → (may read, may insert, may update)
POLICIES: dict[str, tuple[str, str, str | None]] = {
    "offer_fees": (WITH_OFFER, LENDER_WRITES, None),
    # A guarantor sees its own shares, though the offer is another institution's.
    "risk_shares": (f"{WITH_OFFER} or ({LENDER} and guarantor_id = {INSTITUTION})", LENDER_WRITES, None),
    "risk_pools": (f"{ROLE} not in ('guest', 'gate')", OFFICE_WRITES, OFFICE_WRITES),
    # What is only proposed is nobody else's business yet.
    "payout_proposals": (f"{KEEPER} or {OWN_INSTITUTION}", LENDER_WRITES, LENDER_WRITES),
    "repayments": (MONEY_READ, LENDER_WRITES, None),
    "overdue_reports": (MONEY_READ, LENDER_WRITES, None),
    "duplicate_decisions": (
        f"{KEEPER} or {OFFICE} or exists (select 1 from disbursements d where d.id in (first_id, second_id))",
        OFFICE_WRITES,
        None,
    ),
}

# What each line has come to. With the rights of whoever asks, so that the tables' own policies hold.
BALANCES = """
create view line_balances with (security_invoker = true) as
select c.id, c.lead_id, c.need_id, c.amount, c.repayment_mode, c.renews_id, c.closed_on,
       p.paid, k.carried, r.repaid, r.interest, p.paid + k.carried - r.repaid as outstanding
  from credit_lines c
 cross join lateral (select coalesce(sum(d.amount), 0) as paid
                       from disbursements d where d.credit_line_id = c.id) p
 cross join lateral (select coalesce(sum(o.principal), 0) as carried
                       from repayments o where o.renewal_line_id = c.id) k
 cross join lateral (select coalesce(sum(b.principal), 0) as repaid, coalesce(sum(b.interest), 0) as interest
                       from repayments b where b.credit_line_id = c.id) r
"""
# A lender does not see other lenders' lines, and the need is settled only when nothing is owed on any of them.
REPAID = """
create function xyd_need_is_repaid(need uuid) returns boolean language sql stable security definer
set search_path = public as $$
  select coalesce(bool_or(b.paid > 0), false)
     and coalesce(bool_and(b.outstanding = 0), false)
     and coalesce(bool_and(b.renews_id is not null or b.closed_on is not null
                           or (b.paid >= b.amount and b.repayment_mode <> 'revolving')), false)
    from line_balances b where b.need_id = need
$$
"""
# Another lender's payout is told as the fact that there is one: neither by whom nor how much nor when exactly.
SIMILAR = """
create function xyd_similar_payouts(enterprise uuid, yuan numeric, day date, days integer, share numeric)
returns table (own boolean, paid_on date, amount numeric) language sql stable security definer
set search_path = public as $$
  select mine.own, case when mine.own then d.paid_on end, case when mine.own then d.amount end
    from disbursements d
   cross join lateral (select d.institution_id
                              = nullif(current_setting('xyd.institution_id', true), '')::uuid as own) mine
   where current_setting('xyd.role', true) in ('institution_officer', 'institution_manager')
     and d.enterprise_id = enterprise and d.reverses_id is null
     and d.paid_on between day - days and day + days
     and abs(d.amount - yuan) <= share * greatest(d.amount, yuan)
     and not exists (select 1 from disbursements r where r.reverses_id = d.id)
   order by mine.own desc, d.paid_on desc limit 5
$$
"""
# A guarantor sees what it stands in for, and nothing else of the lender's books.
EXPOSURES = """
create function xyd_guarantor_exposures()
returns table (offer_id uuid, enterprise text, code text, lender text, status text, amount numeric, term_months integer,
               share numeric, offered_at timestamptz, contract_number text, approved_on date, outstanding numeric,
               grade text)
language sql stable security definer set search_path = public as $$
  select o.id, e.name, coalesce(e.usci, e.internal_code), i.name, o.status, o.amount, o.term_months, s.share,
         o.offered_at, c.contract_number, c.approved_on, b.outstanding, g.grade
    from risk_shares s
    join offers o on o.id = s.offer_id
    join enterprises e on e.id = o.enterprise_id
    join institutions i on i.id = o.institution_id
    left join credit_lines c on c.offer_id = o.id
    left join lateral (select sum(l.outstanding) as outstanding from line_balances l
                        where c.id is not null and l.lead_id = o.lead_id) b on true
    left join lateral (select v.grade from overdue_reports v join credit_lines l on l.id = v.credit_line_id
                        where l.lead_id = o.lead_id order by v.as_of desc, v.id desc limit 1) g on true
   where current_setting('xyd.role', true) in ('institution_officer', 'institution_manager')
     and s.guarantor_id = nullif(current_setting('xyd.institution_id', true), '')::uuid
     and o.status in ('open', 'accepted')
   order by o.offered_at desc, o.id
$$
"""
FUNCTIONS = {
    "xyd_need_is_repaid(uuid)": REPAID,
    "xyd_similar_payouts(uuid, numeric, date, integer, numeric)": SIMILAR,
    "xyd_guarantor_exposures()": EXPOSURES,
}

# A renewal carries a loan on: what was granted counts each loan once.
FOLLOW = """
create or replace function xyd_follow_needs(changed uuid[]) returns void language plpgsql security definer
set search_path = public as $$
begin
  perform 1 from needs where id = any(changed) order by id for update;
  update needs n set taken_at = f.taken_at, granted = f.granted, paid = f.paid
    from (select m.id,
                 (select min(l.accepted_at) from leads l
                   where l.need_id = m.id and l.institution_id not in (select t.id from institutions t where t.is_test))
                   as taken_at,
                 (select coalesce(sum(c.amount), 0) from credit_lines c
                   where c.need_id = m.id {renewals}
                     and c.institution_id not in (select t.id from institutions t where t.is_test))
                   as granted,
                 (select coalesce(sum(d.amount), 0) from disbursements d
                   where d.need_id = m.id and d.institution_id not in (select t.id from institutions t where t.is_test))
                   as paid
            from needs m where m.id = any(changed)) f
   where n.id = f.id and (n.taken_at, n.granted, n.paid) is distinct from (f.taken_at, f.granted, f.paid);
end $$
"""

OFFER_CHECKS = {
    "status": "status in ('open', 'accepted', 'declined', 'lapsed', 'withdrawn', 'replaced')",
    "kind": "kind in ('indicative', 'binding')",
    "only_binding_is_accepted": "kind = 'binding' or status <> 'accepted'",
    "only_indicative_is_replaced": "kind = 'indicative' or status <> 'replaced'",
    "asked_while_indicative": "kind = 'indicative' or firm_asked_at is null",
    "binding_firms": "kind = 'binding' or firms_id is null",
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    _create_tables()
    _change_tables()
    for table, (read, insert, update) in POLICIES.items():
        op.execute(f"grant select, insert{', update' if update else ''} on {table} to xyd_app")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
        op.execute(f"create policy {table}_insert on {table} for insert to xyd_app with check ({insert})")
        if update:
            op.execute(
                f"create policy {table}_update on {table} for update to xyd_app using ({update}) with check ({update})"
            )
    op.execute(BALANCES)
    op.execute("grant select on line_balances to xyd_app")
    for signature, body in FUNCTIONS.items():
        op.execute(body)
        op.execute(f"revoke all on function {signature} from public")
        op.execute(f"grant execute on function {signature} to xyd_app")
    op.execute(FOLLOW.format(renewals="and c.renews_id is null"))


def _create_tables() -> None:
    op.create_table(
        "risk_pools",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", TEXT(), nullable=False),
        sa.Column("capital", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("ratio_cap", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("capital > 0", name=op.f("ck_risk_pools_capital")),
        sa.CheckConstraint("ratio_cap > 0 and ratio_cap <= 100", name=op.f("ck_risk_pools_ratio_cap")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_risk_pools_dates")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_risk_pools_created_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_pools")),
        sa.UniqueConstraint("name", "valid_from", name=op.f("uq_risk_pools_name_valid_from")),
    )
    op.create_table(
        "offer_fees",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("kind", TEXT(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("percent", sa.Numeric(precision=7, scale=4), nullable=True),
        sa.Column("payee", TEXT(), nullable=False),
        sa.Column("method", TEXT(), nullable=False),
        sa.Column("due", TEXT(), nullable=False),
        sa.CheckConstraint("due in ('upfront', 'monthly', 'yearly', 'at_end')", name=op.f("ck_offer_fees_due")),
        sa.CheckConstraint(
            "kind in ('guarantee', 'appraisal', 'registration', 'mortgage', 'intermediary', 'insurance', 'notary', 'other')",
            name=op.f("ck_offer_fees_kind"),
        ),
        sa.CheckConstraint(
            "method in ('deducted', 'transfer', 'with_instalment', 'borne_by_lender')",
            name=op.f("ck_offer_fees_method"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_offer_fees_amount")),
        sa.CheckConstraint("num_nonnulls(amount, percent) = 1", name=op.f("ck_offer_fees_amount_or_percent")),
        sa.CheckConstraint("percent > 0 and percent <= 36", name=op.f("ck_offer_fees_percent")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_offer_fees_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_offer_fees_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_offer_fees_offer_id_offers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_fees")),
    )
    op.create_index(op.f("ix_offer_fees_offer_id"), "offer_fees", ["offer_id"], unique=False)
    op.create_table(
        "risk_shares",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("share", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.CheckConstraint("num_nonnulls(guarantor_id, pool_id) = 1", name=op.f("ck_risk_shares_one_bearer")),
        sa.CheckConstraint("share > 0 and share <= 100", name=op.f("ck_risk_shares_share")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_risk_shares_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["guarantor_id"], ["institutions.id"], name=op.f("fk_risk_shares_guarantor_id_institutions")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_risk_shares_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_risk_shares_offer_id_offers")),
        sa.ForeignKeyConstraint(["pool_id"], ["risk_pools.id"], name=op.f("fk_risk_shares_pool_id_risk_pools")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_shares")),
        sa.UniqueConstraint("offer_id", "guarantor_id", name=op.f("uq_risk_shares_offer_id_guarantor_id")),
        sa.UniqueConstraint("offer_id", "pool_id", name=op.f("uq_risk_shares_offer_id_pool_id")),
    )
    op.create_index(op.f("ix_risk_shares_guarantor_id"), "risk_shares", ["guarantor_id"], unique=False)
    op.create_index(op.f("ix_risk_shares_pool_id"), "risk_shares", ["pool_id"], unique=False)
    op.create_table(
        "overdue_reports",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("credit_line_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", TEXT(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("principal", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("interest", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("grade", TEXT(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "grade in ('normal', 'special_mention', 'substandard', 'doubtful', 'loss')",
            name=op.f("ck_overdue_reports_grade"),
        ),
        sa.CheckConstraint("(days = 0) = (principal + interest = 0)", name=op.f("ck_overdue_reports_days_and_amounts")),
        sa.CheckConstraint("principal >= 0 and interest >= 0 and days >= 0", name=op.f("ck_overdue_reports_amounts")),
        sa.ForeignKeyConstraint(
            ["credit_line_id"], ["credit_lines.id"], name=op.f("fk_overdue_reports_credit_line_id_credit_lines")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_overdue_reports_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_overdue_reports_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_overdue_reports_recorded_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overdue_reports")),
    )
    op.create_index("ix_overdue_reports_newest", "overdue_reports", ["credit_line_id", "as_of", "id"], unique=False)
    op.create_table(
        "repayments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("credit_line_id", sa.Uuid(), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", TEXT(), nullable=True),
        sa.Column("kind", TEXT(), nullable=False),
        sa.Column("principal", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("interest", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("repaid_on", sa.Date(), nullable=False),
        sa.Column("external_reference", TEXT(), nullable=False),
        sa.Column("renewal_line_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("reversal_reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'carried_over') = (renewal_line_id is not null)",
            name=op.f("ck_repayments_carried_over_names_line"),
        ),
        sa.CheckConstraint("kind = 'payment' or interest = 0", name=op.f("ck_repayments_carried_over_is_principal")),
        sa.CheckConstraint("kind in ('payment', 'carried_over')", name=op.f("ck_repayments_kind")),
        sa.CheckConstraint(
            "reverses_id is null or reversal_reason <> ''", name=op.f("ck_repayments_reversal_has_reason")
        ),
        sa.CheckConstraint(
            "principal + interest <> 0 and ((reverses_id is null and principal >= 0 and interest >= 0) or (reverses_id is not null and principal <= 0 and interest <= 0))",
            name=op.f("ck_repayments_sign"),
        ),
        sa.ForeignKeyConstraint(
            ["credit_line_id"], ["credit_lines.id"], name=op.f("fk_repayments_credit_line_id_credit_lines")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_repayments_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_repayments_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name=op.f("fk_repayments_need_id_needs")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_repayments_recorded_by_users")),
        sa.ForeignKeyConstraint(
            ["renewal_line_id"], ["credit_lines.id"], name=op.f("fk_repayments_renewal_line_id_credit_lines")
        ),
        sa.ForeignKeyConstraint(["reverses_id"], ["repayments.id"], name=op.f("fk_repayments_reverses_id_repayments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repayments")),
        sa.UniqueConstraint(
            "institution_id", "external_reference", name=op.f("uq_repayments_institution_id_external_reference")
        ),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_repayments_reverses_id")),
    )
    op.create_index(op.f("ix_repayments_credit_line_id"), "repayments", ["credit_line_id"], unique=False)
    op.create_index(op.f("ix_repayments_renewal_line_id"), "repayments", ["renewal_line_id"], unique=False)
    op.create_table(
        "duplicate_decisions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", TEXT(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("verdict in ('same', 'different')", name=op.f("ck_duplicate_decisions_verdict")),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_duplicate_decisions_ordered")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_duplicate_decisions_decided_by_users")),
        sa.ForeignKeyConstraint(
            ["first_id"], ["disbursements.id"], name=op.f("fk_duplicate_decisions_first_id_disbursements")
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["disbursements.id"], name=op.f("fk_duplicate_decisions_second_id_disbursements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_decisions")),
    )
    op.create_index("ix_duplicate_decisions_pair", "duplicate_decisions", ["first_id", "second_id", "id"], unique=False)
    op.create_table(
        "payout_proposals",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("credit_line_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("external_reference", TEXT(), nullable=False),
        sa.Column("status", TEXT(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("disbursement_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(status = 'confirmed') = (disbursement_id is not null)",
            name=op.f("ck_payout_proposals_confirmed_has_payout"),
        ),
        sa.CheckConstraint(
            "(status = 'open') = (decided_at is null)", name=op.f("ck_payout_proposals_decided_has_time")
        ),
        sa.CheckConstraint(
            "status <> 'confirmed' or decided_by <> proposed_by", name=op.f("ck_payout_proposals_two_people")
        ),
        sa.CheckConstraint("status in ('open', 'confirmed', 'rejected')", name=op.f("ck_payout_proposals_status")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payout_proposals_amount")),
        sa.ForeignKeyConstraint(
            ["credit_line_id"], ["credit_lines.id"], name=op.f("fk_payout_proposals_credit_line_id_credit_lines")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_payout_proposals_decided_by_users")),
        sa.ForeignKeyConstraint(
            ["disbursement_id"], ["disbursements.id"], name=op.f("fk_payout_proposals_disbursement_id_disbursements")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_payout_proposals_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_payout_proposals_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["proposed_by"], ["users.id"], name=op.f("fk_payout_proposals_proposed_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_proposals")),
        sa.UniqueConstraint("disbursement_id", name=op.f("uq_payout_proposals_disbursement_id")),
    )
    op.create_index(op.f("ix_payout_proposals_credit_line_id"), "payout_proposals", ["credit_line_id"], unique=False)
    op.create_index(
        "uq_payout_proposals_open_reference",
        "payout_proposals",
        ["institution_id", "external_reference"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )


def _change_tables() -> None:
    op.add_column("credit_lines", sa.Column("renews_id", sa.Uuid(), nullable=True))
    op.alter_column("credit_lines", "offer_id", existing_type=sa.UUID(), nullable=True)
    op.create_index(op.f("ix_credit_lines_renews_id"), "credit_lines", ["renews_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_credit_lines_renews_id_credit_lines"), "credit_lines", "credit_lines", ["renews_id"], ["id"]
    )
    op.add_column("offers", sa.Column("kind", TEXT(), server_default="binding", nullable=False))
    op.add_column("offers", sa.Column("firms_id", sa.Uuid(), nullable=True))
    op.add_column("offers", sa.Column("firm_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_unique_constraint(op.f("uq_offers_firms_id"), "offers", ["firms_id"])
    op.create_foreign_key(op.f("fk_offers_firms_id_offers"), "offers", "offers", ["firms_id"], ["id"])
    op.drop_constraint(op.f("ck_offers_status"), "offers", type_="check")
    for name, condition in OFFER_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_offers_{name}"), "offers", condition)
    op.create_check_constraint(
        op.f("ck_credit_lines_offer_or_renewal"), "credit_lines", "(offer_id is null) = (renews_id is not null)"
    )


def downgrade() -> None:
    op.execute(FOLLOW.format(renewals=""))
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature}")
    op.execute("drop view line_balances")
    op.drop_constraint(op.f("ck_credit_lines_offer_or_renewal"), "credit_lines", type_="check")
    for name in OFFER_CHECKS:
        op.drop_constraint(op.f(f"ck_offers_{name}"), "offers", type_="check")
    op.create_check_constraint(
        op.f("ck_offers_status"), "offers", "status in ('open', 'accepted', 'declined', 'lapsed', 'withdrawn')"
    )
    op.drop_constraint(op.f("fk_offers_firms_id_offers"), "offers", type_="foreignkey")
    op.drop_constraint(op.f("uq_offers_firms_id"), "offers", type_="unique")
    op.drop_column("offers", "firm_asked_at")
    op.drop_column("offers", "firms_id")
    op.drop_column("offers", "kind")
    op.drop_constraint(op.f("fk_credit_lines_renews_id_credit_lines"), "credit_lines", type_="foreignkey")
    op.drop_index(op.f("ix_credit_lines_renews_id"), table_name="credit_lines")
    op.alter_column("credit_lines", "offer_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("credit_lines", "renews_id")
    op.drop_index(
        "uq_payout_proposals_open_reference", table_name="payout_proposals", postgresql_where=sa.text("status = 'open'")
    )
    op.drop_index(op.f("ix_payout_proposals_credit_line_id"), table_name="payout_proposals")
    op.drop_table("payout_proposals")
    op.drop_index("ix_duplicate_decisions_pair", table_name="duplicate_decisions")
    op.drop_table("duplicate_decisions")
    op.drop_index(op.f("ix_repayments_renewal_line_id"), table_name="repayments")
    op.drop_index(op.f("ix_repayments_credit_line_id"), table_name="repayments")
    op.drop_table("repayments")
    op.drop_index("ix_overdue_reports_newest", table_name="overdue_reports")
    op.drop_table("overdue_reports")
    op.drop_index(op.f("ix_risk_shares_pool_id"), table_name="risk_shares")
    op.drop_index(op.f("ix_risk_shares_guarantor_id"), table_name="risk_shares")
    op.drop_table("risk_shares")
    op.drop_index(op.f("ix_offer_fees_offer_id"), table_name="offer_fees")
    op.drop_table("offer_fees")
    op.drop_table("risk_pools")
