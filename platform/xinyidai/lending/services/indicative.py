"""From an indicative offer to a binding one: the enterprise asks, the lender makes it firm."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Conflict
from xinyidai.core.i18n import N_
from xinyidai.leads.status import log_step
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.commands import MakeOffer
from xinyidai.lending.messages import BINDING_ASKED
from xinyidai.lending.models import Offer
from xinyidai.lending.services.offer_terms import check_terms
from xinyidai.lending.services.offers import (
    add_offer,
    check_still_wanted,
    decide,
    lock_open_offer,
    only_enterprises,
    only_lenders,
    said_of,
    tell_lender,
)
from xinyidai.lending.types import OfferKind, OfferStatus, StepCause


def ask_for_binding(session: Session, actor: Actor, offer_id: UUID, now: datetime) -> Offer:
    """The enterprise wants the terms that it was told made binding. Asked twice is asked once."""
    only_enterprises(actor)
    offer, _lead, _need = lock_open_offer(session, offer_id)
    if offer.kind != OfferKind.INDICATIVE.value:
        raise Conflict(N_("This offer is binding already. You can accept it."))
    if offer.firm_asked_at is None:
        offer.firm_asked_at = now
        record(session, actor, "offer.binding_asked", "offer", offer.id, now)
        session.flush()
        tell_lender(session, offer, BINDING_ASKED, now)
    return offer


def make_binding(session: Session, actor: Actor, offer_id: UUID, command: MakeOffer, now: datetime) -> Offer:
    """Replace an open indicative offer by a binding one, with the same terms or with others."""
    only_lenders(actor)
    indicative, lead, need = lock_open_offer(session, offer_id)
    if indicative.kind != OfferKind.INDICATIVE.value:
        raise Conflict(N_("This offer is binding already."))
    check_still_wanted(session, need)
    firm = command.model_copy(update={"kind": OfferKind.BINDING})
    check_terms(session, firm, lead, business_date(now))
    decide(session, actor, indicative, OfferStatus.REPLACED, now)
    offer = add_offer(session, actor, lead, need, firm, now, firms=indicative)
    cause = StepCause.MADE_BINDING.value
    log_step(session, actor, lead, LeadStatus.OFFERED, now, cause=cause, **said_of(offer))
    return offer
