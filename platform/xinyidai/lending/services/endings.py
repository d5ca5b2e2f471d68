"""Leads that end while an offer may still be open on them."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from xinyidai.core.actor import Actor
from xinyidai.core.errors import Conflict
from xinyidai.core.i18n import N_
from xinyidai.leads.models import Lead
from xinyidai.leads.service import RefuseLead
from xinyidai.leads.service import refuse_credit as refuse_lead
from xinyidai.leads.status import change_status, check_step, lock_lead
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.commands import CloseLead
from xinyidai.lending.services.offers import close_open_offer, only_lenders


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
