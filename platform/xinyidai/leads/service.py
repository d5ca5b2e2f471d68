"""Putting a need before a lender, and the lender's answer to it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator
from sqlmodel import Session, col, select

from xinyidai.core.actor import INSTITUTION_ROLES, SYSTEM, Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput
from xinyidai.core.i18n import N_
from xinyidai.core.validation import Command
from xinyidai.core.working_days import add_working_days
from xinyidai.institutions.branches import branch_of, branches_of_region
from xinyidai.leads import errors as errors
from xinyidai.leads import messages
from xinyidai.leads.clocks import STANDARD, ClockRules, begin_decision, calendar_of
from xinyidai.leads.models import Lead, MatchResult, MatchRun
from xinyidai.leads.status import change_status, check_step, lock_lead, lock_need, log_step, refresh_need_status
from xinyidai.leads.telling import tell_enterprise, tell_lender
from xinyidai.leads.types import WAITING, LeadRoute, LeadStatus, RefusalReason
from xinyidai.needs.models import Need
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus

MAX_PRODUCTS_AT_ONCE = 5
EXPIRE_BATCH = 200


class ApplyToProducts(Command):
    """Which of the ranked products the enterprise applies to.

    ``reroute``: where a lender stays silent, the platform may ask the next product that fits.
    """

    product_ids: tuple[UUID, ...] = Field(min_length=1, max_length=MAX_PRODUCTS_AT_ONCE)
    reroute: bool = False


class RefuseLead(Command):
    """Why a lender says no. ``other`` needs a note."""

    reason: RefusalReason
    reason_note: str = Field(default="", max_length=500, validate_default=True)

    @field_validator("reason_note")
    @classmethod
    def _other_is_explained(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("reason") is RefusalReason.OTHER and not value:
            raise ValueError(N_("Please explain the reason in a sentence."))
        return value


def apply_to_products(
    session: Session, actor: Actor, need_id: UUID, command: ApplyToProducts, now: datetime, *, answer_days: int
) -> list[Lead]:
    """The enterprise applies to products of the need's latest ranking; each lender has ``answer_days`` working days.

    Ineligible products are refused at the field ``product_ids``. Raises NotFound for a need that is not theirs,
    Conflict for one that is not open.
    """
    if actor.role not in (Role.ENTERPRISE_MEMBER, Role.SYSTEM):
        raise Forbidden()
    need = lock_need(session, need_id)
    if NeedStatus(need.status) not in OPEN_STATUSES:
        raise Conflict(N_("This need is not open, so no lender can be asked."))
    results = _latest_results(session, need_id, command.product_ids)
    if len(results) != len(set(command.product_ids)) or any(one.rank is None for one in results):
        raise InvalidInput({"product_ids": N_("Please choose products whose conditions this need meets.")})
    due = add_working_days(business_date(now), answer_days, calendar_of(session))
    branches = branches_of_region(session, [one.institution_id for one in results], need.region_code)
    leads = [
        Lead(
            **fields_of(need, result),
            branch_id=branches.get(result.institution_id),
            route=LeadRoute.DIRECTED.value,
            status=LeadStatus.SENT.value,
            sent_at=now,
            respond_by=due,
            reroute_agreed=command.reroute,
            updated_at=now,
        )
        for result in results
    ]
    session.add_all(leads)
    session.flush()
    for lead in leads:
        log_step(session, actor, lead, None, now)
        tell_lender(session, lead, need, messages.APPLIED, now, due=due.isoformat())
    session.flush()
    refresh_need_status(session, actor, need, now)
    return leads


def fields_of(need: Need, result: MatchResult) -> dict[str, Any]:
    """What every lead takes from its need and from the product's place in the ranking."""
    return {
        "need_id": need.id,
        "enterprise_id": need.enterprise_id,
        "institution_id": result.institution_id,
        "product_id": result.product_id,
        "product_version_id": result.product_version_id,
        "match_result_id": result.id,
        "region_code": need.region_code,
    }


def _latest_results(session: Session, need_id: UUID, product_ids: tuple[UUID, ...]) -> list[MatchResult]:
    latest = (
        select(MatchRun.id)
        .where(MatchRun.need_id == need_id)
        .order_by(col(MatchRun.finished_at).desc(), col(MatchRun.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    return list(
        session.exec(
            select(MatchResult)
            .where(MatchResult.match_run_id == latest, col(MatchResult.product_id).in_(product_ids))
            .order_by(col(MatchResult.rank))
        )
    )


def accept_lead(session: Session, actor: Actor, lead_id: UUID, now: datetime, *, rules: ClockRules = STANDARD) -> Lead:
    """An officer takes the lead; the enterprise is then in contact with this lender. Two clocks begin to run."""
    only_lenders(actor)
    lead, need = lock_lead(session, lead_id)
    check_step(lead, LeadStatus.ACCEPTED)
    if lead.accepted_at is not None:
        raise Conflict(N_("This lead has changed in the meantime. Please look at it again."))
    take(session, actor, lead, now, rules)
    change_status(session, actor, lead, need, LeadStatus.ACCEPTED, now)
    tell_enterprise(session, lead, need, messages.ACCEPTED, now, due=str(lead.contact_by))
    return lead


def take(session: Session, actor: Actor, lead: Lead, now: datetime, rules: ClockRules) -> None:
    """The officer and the last days of a lead that is being taken."""
    today, calendar = business_date(now), calendar_of(session)
    lead.officer_id = actor.user_id
    lead.branch_id = branch_of(session, actor.user_id) or lead.branch_id
    lead.accepted_at = now
    lead.contact_by = add_working_days(today, rules.contact, calendar)
    begin_decision(lead, today, rules.decision, calendar)


def decline_lead(session: Session, actor: Actor, lead_id: UUID, command: RefuseLead, now: datetime) -> Lead:
    """Say no to a lead that was not taken yet."""
    return _say_no(session, actor, lead_id, LeadStatus.DECLINED, command, now)


def refuse_credit(session: Session, actor: Actor, lead_id: UUID, command: RefuseLead, now: datetime) -> Lead:
    """Say no after having taken the lead."""
    return _say_no(session, actor, lead_id, LeadStatus.REFUSED, command, now)


def _say_no(session: Session, actor: Actor, lead_id: UUID, to: LeadStatus, command: RefuseLead, now: datetime) -> Lead:
    only_lenders(actor)
    lead, need = lock_lead(session, lead_id)
    check_step(lead, to)
    lead.reason, lead.reason_note = command.reason.value, command.reason_note
    change_status(session, actor, lead, need, to, now, reason=command.reason.value)
    tell_enterprise(session, lead, need, messages.DECLINED, now)
    return lead


def withdraw_lead(session: Session, actor: Actor, lead_id: UUID, now: datetime) -> Lead:
    """The enterprise takes its application back, or does not want what was suggested to it."""
    if actor.role is not Role.ENTERPRISE_MEMBER:
        raise Forbidden()
    lead, need = lock_lead(session, lead_id)
    was_suggested = lead.status == LeadStatus.SUGGESTED.value
    change_status(session, actor, lead, need, LeadStatus.WITHDRAWN, now)
    if not was_suggested:
        tell_lender(session, lead, need, messages.WITHDRAWN, now)
    return lead


def confirm_suggestion(session: Session, actor: Actor, lead_id: UUID, now: datetime, *, answer_days: int) -> Lead:
    """The enterprise agrees to what was suggested: the lender is asked now, and has ``answer_days`` working days."""
    if actor.role is not Role.ENTERPRISE_MEMBER:
        raise Forbidden()
    lead, need = lock_lead(session, lead_id)
    if NeedStatus(need.status) not in OPEN_STATUSES:
        raise Conflict(N_("This need is not open, so no lender can be asked."))
    check_step(lead, LeadStatus.SENT)
    lead.respond_by = add_working_days(business_date(now), answer_days, calendar_of(session))
    change_status(session, actor, lead, need, LeadStatus.SENT, now)
    tell_lender(session, lead, need, messages.APPLIED, now, due=lead.respond_by.isoformat())
    return lead


def expire_unanswered_leads(session: Session, now: datetime) -> int:
    """Scheduled: leads whose last day has passed without an answer are closed by the system. Tells how many.

    A suggestion that the enterprise has not taken up goes the same way, in silence.
    """
    waiting = [status.value for status in WAITING]
    due = session.exec(
        select(Lead.id, Lead.need_id)
        .where(col(Lead.status).in_(waiting), col(Lead.respond_by) < business_date(now))
        .order_by(col(Lead.respond_by), col(Lead.id))
        .limit(EXPIRE_BATCH)
    ).all()
    # Whoever locks several needs takes them in the order of their ids, so that none waits for the other in a ring.
    for lead_id, _need_id in sorted(due, key=lambda one: one[1]):
        lead, need = lock_lead(session, lead_id)
        if lead.status in waiting:
            _expire(session, lead, need, now)
    return len(due)


def _expire(session: Session, lead: Lead, need: Need, now: datetime) -> None:
    was_suggested = lead.status == LeadStatus.SUGGESTED.value
    change_status(session, SYSTEM, lead, need, LeadStatus.EXPIRED, now)
    if not was_suggested:
        due = lead.respond_by.isoformat()
        tell_enterprise(session, lead, need, messages.EXPIRED, now, due=due)
        tell_lender(session, lead, need, messages.MISSED, now, managers=True, due=due)


def only_lenders(actor: Actor) -> None:
    if actor.role not in INSTITUTION_ROLES:
        raise Forbidden()
