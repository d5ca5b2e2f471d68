"""Putting a need before a lender, and the lender's answer to it."""

from datetime import datetime
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator
from sqlmodel import Session, col, select

from xinyidai.core.actor import INSTITUTION_ROLES, SYSTEM, Actor, Role
from xinyidai.core.calendar_table import working_day_overrides
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput
from xinyidai.core.i18n import N_
from xinyidai.core.validation import Command
from xinyidai.core.working_days import WorkCalendar, add_working_days
from xinyidai.leads import errors as errors
from xinyidai.leads.models import Lead, MatchResult, MatchRun
from xinyidai.leads.status import change_status, lock_lead, lock_need, log_step, refresh_need_status
from xinyidai.leads.types import LeadRoute, LeadStatus, RefusalReason
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus

MAX_PRODUCTS_AT_ONCE = 5
EXPIRE_BATCH = 200


class ApplyToProducts(Command):
    """Which of the ranked products the enterprise applies to."""

    product_ids: tuple[UUID, ...] = Field(min_length=1, max_length=MAX_PRODUCTS_AT_ONCE)


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
    calendar = WorkCalendar(working_day_overrides(session))
    respond_by = add_working_days(business_date(now), answer_days, calendar)
    leads = [
        Lead(
            need_id=need.id,
            enterprise_id=need.enterprise_id,
            institution_id=result.institution_id,
            product_id=result.product_id,
            product_version_id=result.product_version_id,
            match_result_id=result.id,
            region_code=need.region_code,
            route=LeadRoute.DIRECTED.value,
            status=LeadStatus.SENT.value,
            sent_at=now,
            respond_by=respond_by,
            updated_at=now,
        )
        for result in results
    ]
    session.add_all(leads)
    session.flush()
    for lead in leads:
        log_step(session, actor, lead, None, now)
    session.flush()
    refresh_need_status(session, actor, need, now)
    return leads


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


def accept_lead(session: Session, actor: Actor, lead_id: UUID, now: datetime) -> Lead:
    """An officer takes the lead; the enterprise is then in contact with this lender."""
    _only_lenders(actor)
    lead, need = lock_lead(session, lead_id)
    if lead.status == LeadStatus.OFFERED.value:
        # From there a lead goes back only with its offer: lapsed, declined or taken back.
        raise Conflict(N_("This lead has changed in the meantime. Please look at it again."))
    lead.officer_id = actor.user_id
    change_status(session, actor, lead, need, LeadStatus.ACCEPTED, now)
    return lead


def decline_lead(session: Session, actor: Actor, lead_id: UUID, command: RefuseLead, now: datetime) -> Lead:
    """Say no to a lead that was not taken yet."""
    return _say_no(session, actor, lead_id, LeadStatus.DECLINED, command, now)


def refuse_credit(session: Session, actor: Actor, lead_id: UUID, command: RefuseLead, now: datetime) -> Lead:
    """Say no after having taken the lead."""
    return _say_no(session, actor, lead_id, LeadStatus.REFUSED, command, now)


def _say_no(session: Session, actor: Actor, lead_id: UUID, to: LeadStatus, command: RefuseLead, now: datetime) -> Lead:
    _only_lenders(actor)
    lead, need = lock_lead(session, lead_id)
    lead.reason, lead.reason_note = command.reason.value, command.reason_note
    change_status(session, actor, lead, need, to, now, reason=command.reason.value)
    return lead


def withdraw_lead(session: Session, actor: Actor, lead_id: UUID, now: datetime) -> Lead:
    """The enterprise takes its application back."""
    if actor.role is not Role.ENTERPRISE_MEMBER:
        raise Forbidden()
    lead, need = lock_lead(session, lead_id)
    change_status(session, actor, lead, need, LeadStatus.WITHDRAWN, now)
    return lead


def expire_unanswered_leads(session: Session, now: datetime) -> int:
    """Scheduled: leads whose last day has passed without an answer are closed by the system. Tells how many."""
    due = session.exec(
        select(Lead.id)
        .where(Lead.status == LeadStatus.SENT.value, col(Lead.respond_by) < business_date(now))
        .order_by(col(Lead.respond_by), col(Lead.id))
        .limit(EXPIRE_BATCH)
    ).all()
    for lead_id in due:
        lead, need = lock_lead(session, lead_id)
        if lead.status == LeadStatus.SENT.value:
            change_status(session, SYSTEM, lead, need, LeadStatus.EXPIRED, now)
    return len(due)


def _only_lenders(actor: Actor) -> None:
    if actor.role not in INSTITUTION_ROLES:
        raise Forbidden()
