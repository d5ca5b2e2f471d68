"""Open needs that lenders may take up by themselves, dated rules of dispatching, similar needs that were funded.

A lender must not see the row of a need that it has no lead of: it holds names and telephone numbers. What the pool
shows comes through functions of the database's owner that give out what is asked for, and never by whom.

Revision ID: 20261125_0552
Revises: 20261125_0551
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_0552"
down_revision = "20261125_0551"
branch_labels = None
depends_on = None

ROLE = "(select current_setting('xyd.role', true))"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
INSTITUTION = "(select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
REGION = "(select current_setting('xyd.region', true) || '%')"
SYSTEM = f"{ROLE} = 'system'"
LENDER = f"{ROLE} in ('institution_officer', 'institution_manager')"
OWN_ENTERPRISE = f"({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"
OWN_INSTITUTION = f"({LENDER} and institution_id = {INSTITUTION})"
HAS_LEAD = f"({LENDER} and exists (select 1 from leads l where l.need_id = needs.id))"
DISPATCHER = f"({ROLE} = 'administrator' or ({ROLE} = 'office_staff' and coalesce(region_code, '') like {REGION}))"

LEADS_INSERT = (
    f"{SYSTEM} or {OWN_ENTERPRISE} or {OWN_INSTITUTION}",
    f"{SYSTEM} or {OWN_ENTERPRISE} or {OWN_INSTITUTION} or ({DISPATCHER} and route = 'dispatched')",
)
NEEDS_UPDATE = (
    f"{SYSTEM} or {OWN_ENTERPRISE} or {HAS_LEAD}",
    f"{SYSTEM} or {OWN_ENTERPRISE} or {HAS_LEAD} or {DISPATCHER}",
)
RULES_READ = f"{ROLE} in ('system', 'administrator', 'office_staff', 'office_auditor')"
RULES_WRITE = f"{ROLE} in ('system', 'administrator', 'office_staff')"

ENDED = "('declined', 'expired', 'refused', 'no_deal', 'withdrawn', 'unreachable')"
OPEN_NEED = "n.open_to_claims and n.status in ('published', 'in_contact', 'declined')"
POOL = f"""
create function xyd_open_needs() returns table (
  need_id uuid, number text, posted_at timestamptz, amount numeric, term_months int, purpose text, max_rate numeric,
  guarantees text[], region_code text, industry_section text, size_class text, registered_on date, product_id uuid,
  product_version_id uuid, match_result_id uuid, product text, score float8, verdict text, claims int
) language sql stable security definer set search_path = public as $$
  select n.id, n.number, n.posted_at, n.amount, n.term_months, n.purpose, n.max_rate, n.guarantees, n.region_code,
         left(e.industry_code, 1), e.size_class, e.registered_on, best.product_id, best.product_version_id, best.id,
         best.name, best.score, best.verdict,
         (select count(*) from leads c where c.need_id = n.id and c.route = 'claimed' and c.status not in {ENDED})::int
    from needs n
    join enterprises e on e.id = n.enterprise_id
    cross join lateral (select m.id from match_runs m where m.need_id = n.id
                         order by m.finished_at desc, m.id desc limit 1) run
    cross join lateral (select r.id, r.product_id, r.product_version_id, r.score, r.verdict, v.name
                          from match_results r
                          join products p on p.id = r.product_id and p.status = 'published'
                          join product_versions v on v.id = r.product_version_id
                         where r.match_run_id = run.id and r.institution_id = {INSTITUTION} and r.rank is not null
                         order by r.rank limit 1) best
   where {LENDER} and {OPEN_NEED}
     and not exists (select 1 from leads l where l.need_id = n.id
                        and ((l.institution_id = {INSTITUTION} and l.status not in {ENDED})
                             or l.status in ('offer_accepted', 'credit_approved', 'disbursing', 'funded')))
$$
"""
# Whoever claims waits here for whoever claims before; what is counted afterwards is counted afresh.
LOCK = f"""
create function xyd_lock_open_need(need uuid) returns table (enterprise_id uuid, region_code text, claims int)
language plpgsql volatile security definer set search_path = public as $$
begin
  perform 1 from needs n where n.id = need and {OPEN_NEED} and {LENDER} for update;
  if not found then
    return;
  end if;
  return query
    select n.enterprise_id, n.region_code::text,
           (select count(*) from leads c
             where c.need_id = n.id and c.route = 'claimed' and c.status not in {ENDED})::int
      from needs n where n.id = need and {OPEN_NEED};
end $$
"""
# Fewer than three needs are no group: who asked could be guessed. They do not leave the database.
SIMILAR = f"""
create function xyd_similar_funded(section text, size text, low numeric, high numeric)
returns table (needs int, median_rate numeric, median_days numeric)
language sql stable security definer set search_path = public as $$
  with funded as (
    select distinct on (d.need_id) d.need_id, d.annual_rate,
           d.paid_on - (n.posted_at at time zone 'Asia/Shanghai')::date as days
      from disbursements d
      join needs n on n.id = d.need_id
      join institutions i on i.id = d.institution_id and not i.is_test
     where d.industry_section = section and d.size_class = size and d.amount > 0
       and n.paid > 0 and n.amount between low and high
       and not exists (select 1 from disbursements r where r.reverses_id = d.id)
       and {ROLE} in ('institution_officer', 'institution_manager', 'system', 'administrator', 'office_staff',
                      'office_auditor')
     order by d.need_id, d.paid_on, d.id)
  select case when count(*) >= 3 then count(*)::int end,
         case when count(*) >= 3
              then round((percentile_cont(0.5) within group (order by annual_rate))::numeric, 2) end,
         case when count(*) >= 3 then round((percentile_cont(0.5) within group (order by days))::numeric, 1) end
    from funded
$$
"""
FUNCTIONS = {
    "xyd_open_needs()": POOL,
    "xyd_lock_open_need(uuid)": LOCK,
    "xyd_similar_funded(text, text, numeric, numeric)": SIMILAR,
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.add_column("needs", sa.Column("open_to_claims", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("needs", sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_needs_pool",
        "needs",
        ["posted_at"],
        postgresql_where=sa.text("open_to_claims and status in ('published', 'in_contact', 'declined')"),
    )
    op.create_index(
        "uq_leads_one_claim_per_institution",
        "leads",
        ["need_id", "institution_id"],
        unique=True,
        postgresql_where=sa.text(f"route = 'claimed' and status not in {ENDED}"),
    )
    op.create_index("ix_disbursements_similar", "disbursements", ["industry_section", "size_class"])
    op.create_table(
        "dispatch_rules",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("top", sa.Integer(), nullable=False),
        sa.Column("quiet_working_days", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("top between 0 and 5", name=op.f("ck_dispatch_rules_top")),
        sa.CheckConstraint("quiet_working_days between 1 and 60", name=op.f("ck_dispatch_rules_quiet_working_days")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_dispatch_rules_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_rules")),
        sa.UniqueConstraint("valid_from", name=op.f("uq_dispatch_rules_valid_from")),
    )
    op.execute("grant select, insert on dispatch_rules to xyd_app")
    op.execute("alter table dispatch_rules enable row level security")
    op.execute(f"create policy dispatch_rules_read on dispatch_rules for select to xyd_app using ({RULES_READ})")
    op.execute(
        f"create policy dispatch_rules_insert on dispatch_rules for insert to xyd_app with check ({RULES_WRITE})"
    )
    _policies(1)
    for name, definition in FUNCTIONS.items():
        op.execute(definition)
        op.execute(f"revoke all on function {name} from public")
        op.execute(f"grant execute on function {name} to xyd_app")


def downgrade() -> None:
    for name in FUNCTIONS:
        op.execute(f"drop function {name}")
    _policies(0)
    op.drop_table("dispatch_rules")
    op.drop_index("ix_disbursements_similar", table_name="disbursements")
    op.drop_index("uq_leads_one_claim_per_institution", table_name="leads")
    op.drop_column("needs", "dispatched_at")
    op.drop_index("ix_needs_pool", table_name="needs")
    op.drop_column("needs", "open_to_claims")


def _policies(side: int) -> None:
    """As they were before (0) or are from here on (1)."""
    op.execute(f"alter policy leads_insert on leads with check ({LEADS_INSERT[side]})")
    op.execute(f"alter policy needs_update on needs using ({NEEDS_UPDATE[side]}) with check ({NEEDS_UPDATE[side]})")
