"""The only place that changes a lead's status, and the need's status that follows from its leads."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Conflict, NotFound
from xinyidai.core.i18n import N_
from xinyidai.institutions.webhooks.announce import announce
from xinyidai.leads.clocks import calendar_of, give_back
from xinyidai.leads.models import Lead, LeadEvent
from xinyidai.leads.types import (
    ANSWERED_NO,
    CLOSED,
    ENDED_WITHOUT_MONEY,
    EXAMINED,
    GRANTED,
    IN_WORK,
    PAID,
    WAITING,
    LeadStatus,
)
from xinyidai.needs.models import Need
from xinyidai.needs.status import change_status as change_need_status
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus

S = LeadStatus
_ENDINGS = frozenset({S.REFUSED, S.NO_DEAL, S.WITHDRAWN})
TRANSITIONS: dict[LeadStatus, frozenset[LeadStatus]] = {
    S.SUGGESTED: frozenset({S.SENT, S.EXPIRED, S.WITHDRAWN}),
    S.SENT: frozenset({S.ACCEPTED, S.DECLINED, S.EXPIRED, S.WITHDRAWN}),
    S.ACCEPTED: _ENDINGS | {S.CONTACTED, S.PAPERS_REQUESTED, S.OFFERED, S.UNREACHABLE},
    S.CONTACTED: _ENDINGS | {S.PAPERS_REQUESTED, S.PAPERS_COMPLETE, S.OFFERED, S.UNREACHABLE},
    S.PAPERS_REQUESTED: _ENDINGS | {S.PAPERS_COMPLETE, S.OFFERED, S.UNREACHABLE},
    S.PAPERS_COMPLETE: _ENDINGS | {S.PAPERS_REQUESTED, S.OFFERED, S.UNREACHABLE},
    # An offer that lapses or is taken back leaves the lead where it was before, so that another can be made.
    S.OFFERED: _ENDINGS | {S.OFFER_ACCEPTED, S.ACCEPTED},
    S.OFFER_ACCEPTED: frozenset({S.CREDIT_APPROVED, S.REFUSED, S.NO_DEAL}),
    S.CREDIT_APPROVED: frozenset({S.DISBURSING, S.FUNDED, S.NO_DEAL}),
    # A reversed payout moves the lead back.
    S.DISBURSING: frozenset({S.FUNDED, S.CREDIT_APPROVED}),
    # Where the line is closed already, a reversal of all that was paid leaves no agreement.
    S.FUNDED: frozenset({S.DISBURSING, S.CREDIT_APPROVED, S.NO_DEAL}),
    **{status: frozenset() for status in ENDED_WITHOUT_MONEY},
}


_SPOKEN = frozenset({S.CONTACTED, S.PAPERS_REQUESTED, S.PAPERS_COMPLETE})


def lock_lead(session: Session, lead_id: UUID) -> tuple[Lead, Need]:
    """The lead and its need, both locked, the need first: every writer takes them in this order.

    Raises NotFound for what is not there or not this actor's.
    """
    need_id = session.exec(select(Lead.need_id).where(Lead.id == lead_id)).one_or_none()
    if need_id is None:
        raise NotFound()
    need = lock_need(session, need_id)
    lead = session.exec(
        select(Lead).where(Lead.id == lead_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if lead is None:
        raise NotFound()
    return lead, need


def lock_need(session: Session, need_id: UUID) -> Need:
    """The need, locked and read afresh. Raises NotFound for what is not there or not this actor's."""
    need = session.exec(
        select(Need).where(Need.id == need_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if need is None:
        raise NotFound()
    return need


def change_status(
    session: Session, actor: Actor, lead: Lead, need: Need, to: LeadStatus, now: datetime, **detail: object
) -> None:
    """Move ``lead`` to ``to``, write its log row, and bring the need's status after it. Both are locked by the caller.

    An offer that ended (``offered`` to ``accepted``) leads back to where the lead stood before the offer. Raises
    Conflict where the transition table does not know the step.
    """
    current = check_step(lead, to)
    if current is S.OFFERED and to is S.ACCEPTED:
        to = _before_the_offer(lead)
    lead.status = to.value
    lead.updated_at = now
    lead.closed_at = now if to in CLOSED else None
    _resume(session, lead, current, to, now)
    _stamp(lead, to, now)
    log_step(session, actor, lead, current, now, **detail)
    session.flush()
    refresh_need_status(session, actor, need, now)


def _before_the_offer(lead: Lead) -> LeadStatus:
    if lead.papers_complete_at is not None:
        return S.PAPERS_COMPLETE
    return S.ACCEPTED if lead.contacted_at is None else S.CONTACTED


def _resume(session: Session, lead: Lead, before: LeadStatus, to: LeadStatus, now: datetime) -> None:
    """The clock of the decision stood still while papers were awaited, or while an offer lay before the enterprise.

    Not where that offer came too late: what was late stays late.
    """
    since, today = lead.paused_on, business_date(now)
    lead.paused_on = None
    if before is S.OFFERED and to in EXAMINED:
        offered = _offered_on(session, lead)
        since = offered if offered and lead.decide_by and offered <= lead.decide_by else None
    if since is not None and since < today:
        give_back(lead, today - since, today, calendar_of(session))


def _offered_on(session: Session, lead: Lead) -> date | None:
    """The day of the step that led to the offer, which others may have replaced since."""
    moment = session.exec(
        select(LeadEvent.at)
        .where(LeadEvent.lead_id == lead.id, LeadEvent.to_status == S.OFFERED.value)
        .where(col(LeadEvent.from_status) != S.OFFERED.value)
        .order_by(col(LeadEvent.at).desc(), col(LeadEvent.id).desc())
    ).first()
    return business_date(moment) if moment else None


def _stamp(lead: Lead, to: LeadStatus, now: datetime) -> None:
    """The dates that belong to a step."""
    if to is S.SENT:
        lead.sent_at = lead.confirmed_at = now
    elif to is S.ACCEPTED and lead.accepted_at is None:
        lead.accepted_at = now
    elif to in _SPOKEN and lead.contacted_at is None:
        lead.contacted_at = now
    elif to is S.OFFERED and lead.contacted_at is None:
        # The offer is the first contact: nobody waits for another.
        lead.contact_by = None
    if to is S.PAPERS_REQUESTED:
        lead.papers_requested_at, lead.paused_on = now, business_date(now)
    elif to is S.PAPERS_COMPLETE and lead.papers_complete_at is None:
        lead.papers_complete_at = now


def check_step(lead: Lead, to: LeadStatus) -> LeadStatus:
    """Where the lead stands. Raises Conflict where the transition table does not lead from there to ``to``."""
    current = LeadStatus(lead.status)
    if to not in TRANSITIONS[current]:
        raise Conflict(N_("This lead has changed in the meantime. Please look at it again."))
    return current


def log_step(
    session: Session, actor: Actor, lead: Lead, before: LeadStatus | None, now: datetime, **detail: object
) -> None:
    """The row of the lead's history for the status it has now."""
    session.add(
        LeadEvent(
            lead_id=lead.id,
            enterprise_id=lead.enterprise_id,
            institution_id=lead.institution_id,
            at=now,
            actor_role=actor.role.value,
            actor_user_id=actor.user_id,
            from_status=before.value if before else None,
            to_status=lead.status,
            detail=detail,
        )
    )
    record(session, actor, f"lead.{lead.status}", "lead", lead.id, now, **detail)
    said: dict[str, object] = {
        "lead_id": str(lead.id),
        "status": lead.status,
        "previous": before.value if before else None,
    }
    # A suggestion is between the platform and the enterprise: its lender hears of it once it is confirmed.
    if lead.suggested_at is None or lead.confirmed_at is not None:
        announce(session, lead.institution_id, "lead.changed", said, now)


def derive_need_status(statuses: Iterable[LeadStatus]) -> NeedStatus:
    """What an open need's status is, given those of its leads: the furthest of them.

    Silence and withdrawal alone leave it published; a need is not granted only when somebody has said no and
    nobody is still at work on it.
    """
    present = set(statuses)
    if present & PAID:
        return NeedStatus.DISBURSED
    if present & GRANTED:
        return NeedStatus.CREDITED
    if present & IN_WORK:
        return NeedStatus.IN_CONTACT
    if present & WAITING or not present & ANSWERED_NO:
        return NeedStatus.PUBLISHED
    return NeedStatus.DECLINED


def refresh_need_status(session: Session, actor: Actor, need: Need, now: datetime) -> None:
    """Bring a locked need's status after its leads; a draft or closed need keeps its own."""
    if NeedStatus(need.status) in OPEN_STATUSES:
        change_need_status(session, actor, need, derive_need_status(statuses_under(session, need.id)), now)


def statuses_under(session: Session, need_id: UUID) -> list[LeadStatus]:
    """The statuses of all leads of a need, also of those this actor may not see.

    They are counted by a function of the database's owner: a lender may not see what the others' leads are, and the
    need's status must still follow from all of them.
    """
    rows = session.execute(text("select unnest(xyd_lead_statuses(:need))"), {"need": need_id}).scalars()
    return [LeadStatus(row) for row in rows]


def leads_of(session: Session, need_id: UUID) -> list[Lead]:
    """All leads of a need that this actor may see, oldest first."""
    return list(session.exec(select(Lead).where(Lead.need_id == need_id).order_by(col(Lead.sent_at), col(Lead.id))))
