"""Sums of payouts by month; how far each need has come; the borrower's class frozen in each payout; public figures.

Revision ID: 20261122_0550
Revises: 20261122_0540
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0550"
down_revision = "20261122_0540"
branch_labels = None
depends_on = None

ROLE = "(select current_setting('xyd.role', true))"
REGION = "(select current_setting('xyd.region', true) || '%')"

# The classes a borrower had when the money went out: a later import must not move past payouts between lines of a
# total. A reversal takes them from the row that it reverses, so that both cancel out in every line.
FREEZE = """
create function xyd_freeze_borrower() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if new.reverses_id is not null then
    select size_class, industry_section into new.size_class, new.industry_section
      from disbursements where id = new.reverses_id;
  else
    select size_class, left(industry_code, 1) into new.size_class, new.industry_section
      from enterprises where id = new.enterprise_id;
  end if;
  return new;
end $$
"""

# One payout adds one row of each kind; rows are only added, so payouts never wait for each other's sums.
KINDS = """
  (values ('guarantee', d.guarantee_mode), ('product', d.product_id::text),
          ('size', coalesce(d.size_class, 'unknown')), ('section', coalesce(d.industry_section, 'unknown')))
"""
SUM = f"""
insert into payout_sums (month, region_code, institution_id, kind, key, payouts, reversals, amount, weighted)
select d.paid_on - (extract(day from d.paid_on)::int - 1), d.region_code, d.institution_id, k.kind, k.key,
       count(*) filter (where d.reverses_id is null), count(*) filter (where d.reverses_id is not null),
       sum(d.amount), sum(d.amount * d.annual_rate)
  from {{source}} d cross join lateral {KINDS} k(kind, key)
 group by 1, 2, 3, 4, 5
"""
TRIGGER = f"""
create function xyd_sum_payouts() returns trigger language plpgsql security definer set search_path = public as $$
begin
  {SUM.format(source="new_payouts")};
  return null;
end $$
"""

# Folds the rows of a cell into one, a bounded number of cells at a time; whoever reads sees either all or one.
COMPACT = """
create function xyd_compact_payout_sums(cells integer) returns bigint language sql security definer
set search_path = public as $$
  with crowded as (
    select month, region_code, institution_id, kind, key from payout_sums
     group by 1, 2, 3, 4, 5 having count(*) > 1 limit cells
  ), gone as (
    delete from payout_sums p using crowded c
     where p.kind = c.kind and p.month = c.month and p.institution_id = c.institution_id and p.key = c.key
       and p.region_code is not distinct from c.region_code
    returning p.*
  ), folded as (
    insert into payout_sums (month, region_code, institution_id, kind, key, payouts, reversals, amount, weighted)
    select month, region_code, institution_id, kind, key, sum(payouts), sum(reversals), sum(amount), sum(weighted)
      from gone group by 1, 2, 3, 4, 5
    returning 1
  )
  select count(*) from folded
$$
"""

# How far a need has come, read afresh from the rows under it whenever one of them changes. The services hold the need
# locked by then; whoever writes past them waits for the lock here, and the next statement sees what the other wrote.
PROGRESS = """
create function xyd_follow_needs(changed uuid[]) returns void language plpgsql security definer
set search_path = public as $$
begin
  perform 1 from needs where id = any(changed) order by id for update;
  update needs n set taken_at = f.taken_at, granted = f.granted, paid = f.paid
    from (select m.id,
                 (select min(l.accepted_at) from leads l
                   where l.need_id = m.id and l.institution_id not in (select t.id from institutions t where t.is_test))
                   as taken_at,
                 (select coalesce(sum(c.amount), 0) from credit_lines c
                   where c.need_id = m.id and c.institution_id not in (select t.id from institutions t where t.is_test))
                   as granted,
                 (select coalesce(sum(d.amount), 0) from disbursements d
                   where d.need_id = m.id and d.institution_id not in (select t.id from institutions t where t.is_test))
                   as paid
            from needs m where m.id = any(changed)) f
   where n.id = f.id and (n.taken_at, n.granted, n.paid) is distinct from (f.taken_at, f.granted, f.paid);
end $$
"""
FOLLOW = """
create function {name}() returns trigger language plpgsql security definer set search_path = public as $$
declare changed uuid[] := array({changed});
begin
  if cardinality(changed) > 0 then perform xyd_follow_needs(changed); end if;
  return null;
end $$
"""
FOLLOWERS = {  # function → (which needs changed, on which tables and events, which rows it is shown)
    "xyd_follow_new_rows": (
        "select distinct need_id from new_rows",
        (("credit_lines", "insert"), ("disbursements", "insert")),
        "new table as new_rows",
    ),
    "xyd_follow_new_leads": (
        "select distinct need_id from new_rows where accepted_at is not null",
        (("leads", "insert"),),
        "new table as new_rows",
    ),
    "xyd_follow_leads": (
        "select distinct n.need_id from new_rows n join old_rows o on o.id = n.id"
        " where n.accepted_at is distinct from o.accepted_at",
        (("leads", "update"),),
        "old table as old_rows new table as new_rows",
    ),
    "xyd_follow_test_flag": (
        "select distinct l.need_id from leads l join new_rows n on n.id = l.institution_id"
        " join old_rows o on o.id = n.id where n.is_test <> o.is_test",
        (("institutions", "update"),),
        "old table as old_rows new table as new_rows",
    ),
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.add_column("disbursements", sa.Column("size_class", sa.String(), nullable=True))
    op.add_column("disbursements", sa.Column("industry_section", sa.String(), nullable=True))
    op.execute(
        "update disbursements d set size_class = e.size_class, industry_section = left(e.industry_code, 1)"
        " from enterprises e where e.id = d.enterprise_id"
    )
    op.create_index(
        "ix_disbursements_funded",
        "disbursements",
        ["enterprise_id", "paid_on"],
        postgresql_include=["amount", "institution_id", "region_code"],
    )
    op.create_index(
        "ix_leads_first_contact",
        "leads",
        ["need_id", "accepted_at"],
        postgresql_include=["institution_id", "enterprise_id", "region_code"],
        postgresql_where=sa.text("accepted_at is not null"),
    )
    op.create_index("ix_credit_lines_approved", "credit_lines", ["approved_on", "id"])
    op.create_index("ix_needs_posted", "needs", ["posted_at", "id"], postgresql_where=sa.text("posted_at is not null"))
    _follow_needs()
    _create_sums()
    _create_public_figures()


def _follow_needs() -> None:
    op.add_column("needs", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    for column in ("granted", "paid"):
        op.add_column("needs", sa.Column(column, sa.Numeric(18, 2), nullable=False, server_default="0"))
    op.execute(PROGRESS)
    op.execute("revoke all on function xyd_follow_needs(uuid[]) from public")
    op.execute("select xyd_follow_needs(array(select distinct need_id from leads where accepted_at is not null))")
    for name, (changed, events, shown) in FOLLOWERS.items():
        op.execute(FOLLOW.format(name=name, changed=changed))
        op.execute(f"revoke all on function {name}() from public")
        for table, event in events:
            op.execute(
                f"create trigger follow_needs_{event} after {event} on {table} referencing {shown}"
                f" for each statement execute function {name}()"
            )


def _create_sums() -> None:
    op.create_table(
        "payout_sums",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("payouts", sa.Integer(), nullable=False),
        sa.Column("reversals", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 2), nullable=False),
        sa.Column("weighted", sa.Numeric(26, 6), nullable=False),
        sa.CheckConstraint("kind in ('guarantee', 'product', 'size', 'section')", name=op.f("ck_payout_sums_kind")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_payout_sums_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_sums")),
    )
    op.create_index("ix_payout_sums_cell", "payout_sums", ["kind", "month", "institution_id", "key"])
    op.execute("alter table payout_sums enable row level security")
    op.execute(
        f"create policy payout_sums_read on payout_sums for select to xyd_app using ({ROLE} in ('system',"
        f" 'administrator') or ({ROLE} in ('office_staff', 'office_auditor') and coalesce(region_code, '') like {REGION}))"
    )
    op.execute("grant select on payout_sums to xyd_app")
    op.execute(SUM.format(source="disbursements"))
    op.execute(FREEZE)
    op.execute(TRIGGER)
    op.execute(COMPACT)
    op.execute(
        "create trigger freeze_borrower before insert on disbursements for each row"
        " execute function xyd_freeze_borrower()"
    )
    op.execute(
        "create trigger sum_payouts after insert on disbursements referencing new table as new_payouts"
        " for each statement execute function xyd_sum_payouts()"
    )
    for function in ("xyd_freeze_borrower()", "xyd_sum_payouts()", "xyd_compact_payout_sums(integer)"):
        op.execute(f"revoke all on function {function} from public")
    op.execute("grant execute on function xyd_compact_payout_sums(integer) to xyd_app")


def _create_public_figures() -> None:
    op.create_table(
        "public_figures",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disbursed", sa.Numeric(18, 2), nullable=False),
        sa.Column("enterprises", sa.Integer(), nullable=False),
        sa.Column("needs", sa.Integer(), nullable=False),
        sa.Column("products", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_figures")),
    )
    op.create_index(op.f("ix_public_figures_as_of"), "public_figures", ["as_of"])
    op.execute("alter table public_figures enable row level security")
    op.execute("create policy public_figures_read on public_figures for select to xyd_app using (true)")
    for kind, clause in (("insert", "with check"), ("delete", "using")):
        op.execute(
            f"create policy public_figures_{kind} on public_figures for {kind} to xyd_app {clause} ({ROLE} = 'system')"
        )
    op.execute("grant select, insert, delete on public_figures to xyd_app")


def downgrade() -> None:
    op.drop_table("public_figures")
    op.execute("drop trigger sum_payouts on disbursements")
    op.execute("drop trigger freeze_borrower on disbursements")
    op.execute("drop function xyd_compact_payout_sums(integer)")
    op.execute("drop function xyd_sum_payouts()")
    op.execute("drop function xyd_freeze_borrower()")
    op.drop_table("payout_sums")
    for name, (_, events, _) in FOLLOWERS.items():
        for table, event in events:
            op.execute(f"drop trigger follow_needs_{event} on {table}")
        op.execute(f"drop function {name}()")
    op.execute("drop function xyd_follow_needs(uuid[])")
    for column in ("paid", "granted", "taken_at"):
        op.drop_column("needs", column)
    op.drop_index("ix_needs_posted", table_name="needs")
    op.drop_index("ix_credit_lines_approved", table_name="credit_lines")
    op.drop_index("ix_leads_first_contact", table_name="leads")
    op.drop_index("ix_disbursements_funded", table_name="disbursements")
    op.drop_column("disbursements", "industry_section")
    op.drop_column("disbursements", "size_class")
