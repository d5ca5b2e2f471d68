"""Sums of payouts by month, kept beside the payouts; the borrower's class frozen in each payout; public figures.

Revision ID: 20261122_0530
Revises: 20261122_0500
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0530"
down_revision = "20261122_0500"
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
    _create_sums()
    _create_public_figures()


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
        sa.CheckConstraint(
            "kind in ('guarantee', 'product', 'size', 'section')", name=op.f("ck_payout_sums_kind")
        ),
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
    op.drop_index("ix_needs_posted", table_name="needs")
    op.drop_index("ix_credit_lines_approved", table_name="credit_lines")
    op.drop_index("ix_leads_first_contact", table_name="leads")
    op.drop_index("ix_disbursements_funded", table_name="disbursements")
    op.drop_column("disbursements", "industry_section")
    op.drop_column("disbursements", "size_class")
