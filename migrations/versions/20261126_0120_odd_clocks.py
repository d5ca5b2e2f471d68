"""Clocks in their odd cases: the decision's last day before it is moved off a holiday, who is really there, no way on.

Revision ID: 20261126_0120
Revises: 20261126_0111
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0120"
down_revision = "20261126_0111"
branch_labels = None
depends_on = None

STEPS = "step in ('reminded', 'manager', 'office', 'rerouted'{more})"
# Nobody is the answer where everybody stands in for somebody who is away, or has left: the caller tells all then.
WHO_ANSWERS = """
create function xyd_who_answers(who uuid, on_day date) returns uuid language plpgsql stable security definer
set search_path = public as $$
declare
  person uuid := who;
  stand_in uuid;
  seen uuid[] := '{}';
begin
  while not person = any (seen) loop
    seen := seen || person;
    select a.delegate_id into stand_in from absences a
     where a.user_id = person and a.cancelled_at is null and on_day between a.from_on and a.until_on
     order by a.made_at desc, a.id desc limit 1;
    if not found then
      return (select u.id from users u where u.id = person and u.active);
    end if;
    person := stand_in;
  end loop;
  return null;
end $$
"""
STAND_IN = """
create function xyd_stand_in(who uuid, day date) returns uuid language sql stable security definer
set search_path = public as $$
  select a.delegate_id from absences a
   where a.user_id = who and a.cancelled_at is null and day between a.from_on and a.until_on
   order by a.made_at desc, a.id desc limit 1
$$
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.add_column("leads", sa.Column("decision_ends_on", sa.Date(), nullable=True))
    op.execute("update leads set decision_ends_on = decide_by where decide_by is not null")
    _steps(", 'nowhere'")
    op.execute("drop function xyd_stand_in(uuid, date)")
    op.execute(WHO_ANSWERS)
    op.execute("revoke execute on function xyd_who_answers(uuid, date) from public")
    op.execute("grant execute on function xyd_who_answers(uuid, date) to xyd_app")


def downgrade() -> None:
    op.execute("drop function xyd_who_answers(uuid, date)")
    op.execute(STAND_IN)
    op.execute("revoke execute on function xyd_stand_in(uuid, date) from public")
    op.execute("grant execute on function xyd_stand_in(uuid, date) to xyd_app")
    op.execute("delete from lead_clock_steps where step = 'nowhere'")
    _steps("")
    op.drop_column("leads", "decision_ends_on")


def _steps(more: str) -> None:
    name = op.f("ck_lead_clock_steps_step")
    op.drop_constraint(name, "lead_clock_steps", type_="check")
    op.create_check_constraint(name, "lead_clock_steps", STEPS.format(more=more))
