"""Dispatch 派单: the office, or its dated rule, puts a need before institutions that it fits.

Where the enterprise has agreed to that (``open_to_claims``), the lender is asked at once. Where it has not, the product
is suggested to the enterprise, and the lender learns of it only if the enterprise says yes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session, col, select

from xinyidai.audit.service import record
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.db import CONSTRAINT_ERRORS
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput
from xinyidai.core.i18n import N_
from xinyidai.core.validation import Command
from xinyidai.core.working_days import add_working_days
from xinyidai.institutions.branches import branches_of_region
from xinyidai.leads import messages
from xinyidai.leads.clocks import STANDARD, ClockRules, calendar_of, working_days_before
from xinyidai.leads.models import DispatchRule, Lead, MatchResult
from xinyidai.leads.reranking import STILL_CHOOSING
from xinyidai.leads.service import fields_of
from xinyidai.leads.status import lock_need, log_step, refresh_need_status, statuses_under
from xinyidai.leads.telling import tell_enterprise, tell_lender
from xinyidai.leads.types import BINDING, LeadRoute, LeadStatus, StepNote
from xinyidai.needs.models import Need
from xinyidai.needs.types import NeedStatus

MOST_AT_ONCE = 5
BATCH = 100

CONSTRAINT_ERRORS["uq_dispatch_rules_valid_from"] = ("valid_from", N_("Another rule begins on this day."))

# The best product of each institution that the need was not put before yet, best rank first. An institution that has
# said no, or was silent, is not asked again.
_CANDIDATES = text("""
    select r.id from match_results r
      join products p on p.id = r.product_id and p.status = 'published'
     where r.match_run_id = (select m.id from match_runs m where m.need_id = :need
                              order by m.finished_at desc, m.id desc limit 1)
       and r.rank is not null
       and not exists (select 1 from leads l where l.need_id = :need and l.institution_id = r.institution_id)
       and r.rank = (select min(o.rank) from match_results o join products q on q.id = o.product_id
                      and q.status = 'published'
                      where o.match_run_id = r.match_run_id and o.institution_id = r.institution_id
                        and o.rank is not null)
     order by r.rank limit :most
""")
_QUIET = text("""
    select n.id from needs n
     where n.status in ('published', 'declined') and n.dispatched_at is null
       and (n.posted_at at time zone 'Asia/Shanghai')::date <= :since
       and exists (select 1 from match_runs m where m.need_id = n.id)
       and not exists (select 1 from leads l where l.need_id = n.id
                          and (l.status in ('suggested', 'sent')
                               or (l.sent_at at time zone 'Asia/Shanghai')::date > :since))
     order by n.posted_at, n.id limit :batch
""")


class DispatchNeed(Command):
    """Before which products of its latest ranking the office puts the need."""

    product_ids: tuple[UUID, ...] = Field(min_length=1, max_length=MOST_AT_ONCE)


class SetDispatchRule(Command):
    valid_from: date
    top: int = Field(ge=0, le=MOST_AT_ONCE)
    quiet_working_days: int = Field(ge=1, le=60)
    note: str = Field(default="", max_length=300)


@dataclass(frozen=True, slots=True)
class RuleRow:
    valid_from: date
    top: int
    quiet_working_days: int
    note: str
    made_by: str
    applies: bool


def dispatch_need(
    session: Session,
    actor: Actor,
    need_id: UUID,
    command: DispatchNeed,
    now: datetime,
    *,
    rules: ClockRules = STANDARD,
) -> list[Lead]:
    """The office passes a need on by hand. Products that it does not fit, or institutions that have it, are refused."""
    if actor.role not in (Role.OFFICE_STAFF, Role.ADMINISTRATOR):
        raise Forbidden()
    need = lock_need(session, need_id)
    if not may_be_dispatched(session, need):
        raise Conflict(N_("This need is closed or has found its lender, so nobody else can be asked."))
    wanted = set(command.product_ids)
    possible = [one for one in candidates(session, need_id, most=200) if one.product_id in wanted]
    if len(possible) != len(wanted):
        raise InvalidInput(
            {"product_ids": N_("Please choose products that fit this need, of institutions that do not have it yet.")}
        )
    return put_before(session, actor, need, possible, now, rules, StepNote.DISPATCHED)


def may_be_dispatched(session: Session, need: Need) -> bool:
    """Open, and its enterprise has not given its word to a lender."""
    return NeedStatus(need.status) in STILL_CHOOSING and BINDING.isdisjoint(statuses_under(session, need.id))


def candidates(session: Session, need_id: UUID, *, most: int) -> list[MatchResult]:
    """The best product of each institution that was not asked yet, best fit first."""
    ids = list(session.execute(_CANDIDATES, {"need": need_id, "most": most}).scalars())
    found = session.exec(select(MatchResult).where(col(MatchResult.id).in_(ids))).all()
    return sorted(found, key=lambda one: one.rank or 0)


def put_before(
    session: Session,
    actor: Actor,
    need: Need,
    results: Sequence[MatchResult],
    now: datetime,
    rules: ClockRules,
    why: StepNote,
    *,
    agreed: bool = False,
    instead_of: Lead | None = None,
) -> list[Lead]:
    """One lead for each result under a locked need: sent where the enterprise has agreed, else suggested to it."""
    agreed = agreed or need.open_to_claims
    due = add_working_days(business_date(now), rules.accept, calendar_of(session))
    branches = branches_of_region(session, [one.institution_id for one in results], need.region_code)
    leads = [
        Lead(
            **fields_of(need, result),
            branch_id=branches.get(result.institution_id),
            route=LeadRoute.DISPATCHED.value,
            status=(LeadStatus.SENT if agreed else LeadStatus.SUGGESTED).value,
            sent_at=now,
            suggested_at=None if agreed else now,
            respond_by=due,
            reroute_agreed=bool(instead_of and instead_of.reroute_agreed),
            rerouted_from_id=instead_of.id if instead_of else None,
            updated_at=now,
        )
        for result in results
    ]
    session.add_all(leads)
    session.flush()
    for lead in leads:
        log_step(session, actor, lead, None, now, cause=why.value)
        session.flush()
        day = due.isoformat()
        if agreed:
            tell_lender(session, lead, need, messages.APPLIED, now, due=day)
        tell_enterprise(session, lead, need, messages.PASSED_ON if agreed else messages.SUGGESTED, now, due=day)
    refresh_need_status(session, actor, need, now)
    return leads


def dispatch_quiet_needs(session: Session, now: datetime, *, rules: ClockRules = STANDARD) -> int:
    """Scheduled: needs for which nobody was asked for as long as the rule of the day says. Tells how many.

    Each is dispatched once; the mark and the leads are one transaction.
    """
    today = business_date(now)
    rule = rule_of(session, today)
    if rule is None or not rule.top:
        return 0
    since = working_days_before(today, rule.quiet_working_days, calendar_of(session))
    due = list(session.execute(_QUIET, {"since": since, "batch": BATCH}).scalars())
    for need_id in sorted(due):
        need = lock_need(session, need_id)
        if need.dispatched_at is not None or not may_be_dispatched(session, need):
            continue
        need.dispatched_at = now
        session.flush()
        if results := candidates(session, need_id, most=rule.top):
            put_before(session, SYSTEM, need, results, now, rules, StepNote.DISPATCHED)
    return len(due)


def rule_of(session: Session, today: date) -> DispatchRule | None:
    """The newest rule that has begun."""
    return session.exec(
        select(DispatchRule)
        .where(col(DispatchRule.valid_from) <= today)
        .order_by(col(DispatchRule.valid_from).desc())
        .limit(1)
    ).one_or_none()


def set_rule(session: Session, actor: Actor, command: SetDispatchRule, now: datetime) -> DispatchRule:
    """A rule from a day on. Past days keep the rule that they had."""
    if actor.role not in (Role.OFFICE_STAFF, Role.ADMINISTRATOR, Role.SYSTEM) or actor.region:
        raise Forbidden()
    if command.valid_from < business_date(now):
        raise InvalidInput({"valid_from": N_("This day has passed. Please choose today or a later day.")})
    rule = DispatchRule(**command.model_dump(), made_by=actor.user_id, made_at=now)
    session.add(rule)
    session.flush()
    record(session, actor, "dispatch_rule.set", "dispatch_rule", rule.id, now, top=rule.top)
    return rule


def rules(session: Session, today: date) -> list[RuleRow]:
    """All rules, the newest first."""
    rows = session.execute(
        text("""
        select r.valid_from, r.top, r.quiet_working_days, r.note, coalesce(u.display_name, '') as made_by,
               coalesce(r.valid_from = (select max(valid_from) from dispatch_rules where valid_from <= :today), false)
          from dispatch_rules r left join users u on u.id = r.made_by order by r.valid_from desc limit 100
        """),
        {"today": today},
    )
    return [RuleRow(*row) for row in rows]
