"""Leads that end while an offer may still be open on them."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from xinyidai.core.actor import Actor
from xinyidai.core.errors import Conflict
from xinyidai.core.i18n import N_
from xinyidai.leads.models import Lead
from xinyidai.leads.need_closing import withdraw_need as withdraw_bare_need
from xinyidai.leads.service import RefuseLead
from xinyidai.leads.service import refuse_credit as refuse_lead
from xinyidai.leads.service import withdraw_lead as withdraw_bare_lead
from xinyidai.leads.status import change_status, check_step, lock_lead, lock_need
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.commands import CloseLead
from xinyidai.lending.models import Offer
from xinyidai.lending.services.offers import close_open_offer, decide, only_lenders
from xinyidai.lending.types import OfferStatus
from xinyidai.needs.models import Need


def refuse_credit(session: Session, actor: Actor, lead_id: UUID, command: RefuseLead, now: datetime) -> Lead:
    """Say no after having taken the lead; an offer that is still open goes with it."""
    only_lenders(actor)
    lead, _need = lock_lead(session, lead_id)
    check_step(lead, LeadStatus.REFUSED)
    close_open_offer(session, actor, lead, now)
    return refuse_lead(session, actor, lead_id, command, now)


def close_lead(session: Session, actor: Actor, lead_id: UUID, command: CloseLead, now: datetime) -> Lead:
    """The lead ended without money and without a refusal: no agreement, or the enterprise was never reached."""
    only_lenders(actor)
    lead, need = lock_lead(session, lead_id)
    current = check_step(lead, command.outcome)
    if current in (LeadStatus.CREDIT_APPROVED, LeadStatus.FUNDED):
        raise Conflict(N_("This lead has a credit line. Close the credit line instead."))
    close_open_offer(session, actor, lead, now)
    lead.reason_note = command.note
    change_status(session, actor, lead, need, command.outcome, now, note=command.note)
    return lead


def withdraw_lead(session: Session, actor: Actor, lead_id: UUID, now: datetime) -> Lead:
    """The enterprise takes its application back; an offer that is still open is declined with it."""
    lead, _need = lock_lead(session, lead_id)
    check_step(lead, LeadStatus.WITHDRAWN)
    _decline_open_offers(session, actor, Offer.lead_id == lead.id, now)
    return withdraw_bare_lead(session, actor, lead_id, now)


def withdraw_need(session: Session, actor: Actor, need_id: UUID, now: datetime) -> Need:
    """The enterprise takes the whole need back; every offer that is still open on it is declined with it."""
    lock_need(session, need_id)
    _decline_open_offers(session, actor, Offer.need_id == need_id, now)
    return withdraw_bare_need(session, actor, need_id, now)


def _decline_open_offers(session: Session, actor: Actor, which: bool, now: datetime) -> None:
    """Under the lock of the need: nobody accepts or makes an offer meanwhile."""
    found = select(Offer).where(which, Offer.status == OfferStatus.OPEN.value).order_by(col(Offer.id))
    for offer in session.exec(found.execution_options(populate_existing=True)).all():
        decide(session, actor, offer, OfferStatus.DECLINED, now)
