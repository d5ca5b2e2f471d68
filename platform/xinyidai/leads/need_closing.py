"""Closing a need together with the leads under it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists
from sqlmodel import Session, col, select

from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Conflict, Forbidden
from xinyidai.core.i18n import N_
from xinyidai.leads import messages
from xinyidai.leads.models import Lead
from xinyidai.leads.status import change_status, lock_need
from xinyidai.leads.telling import tell_lender
from xinyidai.leads.types import BINDING, CLOSED, LeadStatus
from xinyidai.needs.models import Need
from xinyidai.needs.status import change_status as change_need_status
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus

EXPIRE_BATCH = 200
_NOBODY_TOOK_IT = [NeedStatus.PUBLISHED.value, NeedStatus.DECLINED.value]


def can_withdraw(status: NeedStatus, leads: list[LeadStatus]) -> bool:
    """Once an offer was accepted or money was granted, a need can no longer be taken back."""
    return status in OPEN_STATUSES and not BINDING.intersection(leads)


def withdraw_need(session: Session, actor: Actor, need_id: UUID, now: datetime) -> Need:
    """The enterprise takes its need back: it is closed, and every lender still at work on it is told by its lead.

    Raises Conflict where an offer was accepted or credit granted.
    """
    if actor.role is not Role.ENTERPRISE_MEMBER:
        raise Forbidden()
    need = lock_need(session, need_id)
    leads = _lock_open_leads(session, need_id)
    if not can_withdraw(NeedStatus(need.status), [LeadStatus(lead.status) for lead in _all_leads(session, need_id)]):
        raise Conflict(N_("This need can no longer be withdrawn: it is closed, or an offer was already accepted."))
    # The need first: once it is closed, its status no longer follows its leads.
    change_need_status(session, actor, need, NeedStatus.WITHDRAWN, now)
    for lead in leads:
        unseen = lead.status == LeadStatus.SUGGESTED.value
        change_status(session, actor, lead, need, LeadStatus.WITHDRAWN, now, cause="need_withdrawn")
        if not unseen:
            tell_lender(session, lead, need, messages.WITHDRAWN, now)
    session.flush()
    return need


def expire_old_needs(session: Session, now: datetime, days: int) -> int:
    """Scheduled: needs posted more than ``days`` days ago that nobody took are closed by the system; tells how many.

    A need before a lender who still has time to answer waits for that answer; leads past their day expire with it.
    """
    still_time = exists().where(
        col(Lead.need_id) == Need.id,
        col(Lead.status) == LeadStatus.SENT.value,
        col(Lead.respond_by) >= business_date(now),
    )
    due = session.exec(
        select(Need)
        .where(col(Need.status).in_(_NOBODY_TOOK_IT), col(Need.posted_at) < now - timedelta(days=days), ~still_time)
        .order_by(col(Need.posted_at), col(Need.id))
        .limit(EXPIRE_BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for need in due:
        change_need_status(session, SYSTEM, need, NeedStatus.EXPIRED, now)
        for lead in _lock_open_leads(session, need.id):
            change_status(session, SYSTEM, lead, need, LeadStatus.EXPIRED, now, cause="need_expired")
    session.flush()
    return len(due)


def _lock_open_leads(session: Session, need_id: UUID) -> list[Lead]:
    closed = [status.value for status in CLOSED]
    return list(
        session.exec(
            select(Lead)
            .where(Lead.need_id == need_id, col(Lead.status).not_in(closed))
            .order_by(col(Lead.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _all_leads(session: Session, need_id: UUID) -> list[Lead]:
    return list(session.exec(select(Lead).where(Lead.need_id == need_id)))
