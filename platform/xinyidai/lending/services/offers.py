"""A lender's offer, and what the enterprise makes of it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, or_, select

from xinyidai.audit.service import record
from xinyidai.core.actor import INSTITUTION_ROLES, SYSTEM, Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Conflict, Forbidden, NotFound
from xinyidai.core.i18n import N_
from xinyidai.core.money import wan_from_yuan, without_zeros
from xinyidai.enterprises.models import Enterprise
from xinyidai.institutions.models import Institution
from xinyidai.leads.models import Lead
from xinyidai.leads.status import change_status, check_step, lock_lead, statuses_under
from xinyidai.leads.telling import to_officer
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.commands import MakeOffer
from xinyidai.lending.messages import (
    INDICATION_MADE,
    OFFER_ACCEPTED,
    OFFER_DECLINED,
    OFFER_MADE,
    OFFER_TAKEN_BACK,
    OTHER_OFFER_TAKEN,
)
from xinyidai.lending.models import Offer
from xinyidai.lending.services.offer_terms import add_fees_and_shares, check_terms, name_of
from xinyidai.lending.types import PROMISED, OfferKind, OfferStatus, StepCause
from xinyidai.messages.service import notify
from xinyidai.messages.types import MessageKind, to_enterprise
from xinyidai.needs.models import Need
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus

LAPSE_BATCH = 200


def make_offer(session: Session, actor: Actor, lead_id: UUID, command: MakeOffer, now: datetime) -> Offer:
    """Offer terms on a lead that was taken, with every fee and with who shares the risk.

    The bounds are those of the product's version that the enterprise applied to. Raises Conflict where the lead is
    not in that state, or where the enterprise has accepted another lender's offer for the same need.
    """
    only_lenders(actor)
    lead, need = lock_lead(session, lead_id)
    check_step(lead, LeadStatus.OFFERED)
    check_still_wanted(session, need)
    check_terms(session, command, lead, business_date(now))
    offer = add_offer(session, actor, lead, need, command, now)
    change_status(session, actor, lead, need, LeadStatus.OFFERED, now, **said_of(offer))
    return offer


def check_still_wanted(session: Session, need: Need) -> None:
    """Raises Conflict where the locked need takes no offers any more."""
    if NeedStatus(need.status) not in OPEN_STATUSES:
        raise Conflict(N_("This need is closed, so no offer can be made."))
    if _is_promised(session, need):
        raise Conflict(N_("The enterprise has already accepted another lender's offer for this need."))


def add_offer(
    session: Session,
    actor: Actor,
    lead: Lead,
    need: Need,
    command: MakeOffer,
    now: datetime,
    *,
    firms: Offer | None = None,
) -> Offer:
    """Write the checked offer with its fees and shares, and tell the enterprise."""
    offer = Offer(
        lead_id=lead.id,
        need_id=lead.need_id,
        enterprise_id=lead.enterprise_id,
        institution_id=lead.institution_id,
        kind=command.kind.value,
        firms_id=firms.id if firms else None,
        amount=command.amount,
        annual_rate=command.annual_rate,
        term_months=command.term_months,
        guarantee_mode=command.guarantee_mode.value,
        repayment_mode=command.repayment_mode.value,
        valid_until=command.valid_until,
        note=command.note,
        status=OfferStatus.OPEN.value,
        offered_at=now,
        offered_by=actor.user_id,
    )
    session.add(offer)
    session.flush()
    add_fees_and_shares(session, offer, command, now)
    record(session, actor, "offer.made", "offer", offer.id, now, amount=str(offer.amount), lead_id=str(lead.id))
    kind = OFFER_MADE if command.kind is OfferKind.BINDING else INDICATION_MADE
    notify(
        session,
        to_enterprise(lead.enterprise_id),
        kind,
        now,
        link=f"/enterprise/offers/{offer.id}",
        lender=name_of(session, Institution, lead.institution_id),
        amount=str(wan_from_yuan(offer.amount)),
        rate=str(without_zeros(offer.annual_rate)),
        until=offer.valid_until.isoformat(),
    )
    return offer


def said_of(offer: Offer) -> dict[str, str]:
    """What the lead's history keeps of an offer."""
    return {"offer_id": str(offer.id), "amount": str(offer.amount), "kind": offer.kind}


def _is_promised(session: Session, need: Need) -> bool:
    return not PROMISED.isdisjoint(statuses_under(session, need.id))


def take_back_offer(session: Session, actor: Actor, offer_id: UUID, now: datetime) -> Offer:
    """The lender takes an open offer back; the lead is as it was before, and another offer can be made."""
    only_lenders(actor)
    offer, lead, need = lock_open_offer(session, offer_id)
    decide(session, actor, offer, OfferStatus.WITHDRAWN, now)
    change_status(session, actor, lead, need, LeadStatus.ACCEPTED, now, cause=StepCause.OFFER_TAKEN_BACK.value)
    notify(
        session,
        to_enterprise(lead.enterprise_id),
        OFFER_TAKEN_BACK,
        now,
        link=f"/enterprise/offers/{offer.id}",
        lender=name_of(session, Institution, lead.institution_id),
        amount=str(wan_from_yuan(offer.amount)),
    )
    return offer


def accept_offer(session: Session, actor: Actor, offer_id: UUID, now: datetime) -> Offer:
    """The enterprise accepts one offer. An enterprise has given its word to one lender per need at a time.

    All other open offers of the need are closed as declined, and their leads end without a deal: those lenders have
    done their part, and each sees why. Leads on which no offer was made stay as they are, since every lender answers
    for itself; but no further offer can be made while this one stands. If it falls through (credit refused, no deal),
    the need is open to offers again.

    Raises Conflict for an offer that is not open any more or is past its last day.
    """
    only_enterprises(actor)
    offer, lead, need = lock_open_offer(session, offer_id)
    if offer.kind != OfferKind.BINDING.value:
        raise Conflict(N_("This offer is indicative and binds nobody yet. Ask the lender for a binding one."))
    if offer.valid_until < business_date(now):
        raise Conflict(N_("The validity of this offer has ended. Please ask the lender for a new one."))
    if _is_promised(session, need):
        raise Conflict(N_("You have already accepted another offer for this need."))
    decide(session, actor, offer, OfferStatus.ACCEPTED, now)
    change_status(session, actor, lead, need, LeadStatus.OFFER_ACCEPTED, now, offer_id=str(offer.id))
    tell_lender(session, offer, OFFER_ACCEPTED, now, amount=str(wan_from_yuan(offer.amount)))
    others = session.exec(
        select(Offer.id)
        .where(Offer.need_id == need.id, Offer.status == OfferStatus.OPEN.value, Offer.id != offer.id)
        .order_by(col(Offer.id))
    ).all()
    for other_id in others:
        other, other_lead, _need = _lock_offer(session, other_id)
        decide(session, actor, other, OfferStatus.DECLINED, now)
        tell_lender(session, other, OTHER_OFFER_TAKEN, now)
        if other_lead.status == LeadStatus.OFFERED.value:
            cause = StepCause.OTHER_OFFER.value
            change_status(session, actor, other_lead, need, LeadStatus.NO_DEAL, now, cause=cause)
    return offer


def decline_offer(session: Session, actor: Actor, offer_id: UUID, now: datetime, *, note: str = "") -> Offer:
    """The enterprise does not take the offer; the lender may make a better one. ``note`` tells the lender why."""
    only_enterprises(actor)
    offer, lead, need = lock_open_offer(session, offer_id)
    decide(session, actor, offer, OfferStatus.DECLINED, now)
    cause = StepCause.OFFER_DECLINED.value
    change_status(session, actor, lead, need, LeadStatus.ACCEPTED, now, cause=cause, note=note[:300])
    tell_lender(session, offer, OFFER_DECLINED, now, note=note[:300])
    return offer


def lapse_offers(session: Session, now: datetime) -> int:
    """Scheduled: close open offers whose last day has passed, and tell how many.

    An offer is also closed here when its lead has ended in another way, for instance because the enterprise withdrew
    its application. Needs that somebody works on right now are left for the next run.
    """
    stale = (
        select(Offer.id, Offer.need_id)
        .join(Lead, col(Lead.id) == Offer.lead_id)
        .where(
            Offer.status == OfferStatus.OPEN.value,
            or_(col(Offer.valid_until) < business_date(now), col(Lead.status) != LeadStatus.OFFERED.value),
        )
    )
    due = session.exec(stale.order_by(col(Offer.valid_until), col(Offer.id)).limit(LAPSE_BATCH)).all()
    free = set(
        session.exec(
            select(Need.id).where(col(Need.id).in_({need_id for _id, need_id in due})).with_for_update(skip_locked=True)
        )
    )
    done = 0
    for offer_id, need_id in due:
        if need_id in free:
            done += _lapse(session, offer_id, now)
    return done


def _lapse(session: Session, offer_id: UUID, now: datetime) -> bool:
    """Look again under the locks, since the offer may have been decided meanwhile."""
    offer, lead, need = _lock_offer(session, offer_id)
    if offer.status != OfferStatus.OPEN.value:
        return False
    if lead.status != LeadStatus.OFFERED.value:
        decide(session, SYSTEM, offer, OfferStatus.WITHDRAWN, now)
        return True
    if offer.valid_until >= business_date(now):
        return False
    decide(session, SYSTEM, offer, OfferStatus.LAPSED, now)
    change_status(session, SYSTEM, lead, need, LeadStatus.ACCEPTED, now, cause=StepCause.OFFER_LAPSED.value)
    return True


def close_open_offer(session: Session, actor: Actor, lead: Lead, now: datetime) -> None:
    """Before a locked lead ends: its open offer, if there is one, is taken back with it."""
    open_offers = select(Offer).where(Offer.lead_id == lead.id, Offer.status == OfferStatus.OPEN.value)
    for offer in session.exec(open_offers.execution_options(populate_existing=True)):
        decide(session, actor, offer, OfferStatus.WITHDRAWN, now)


def _lock_offer(session: Session, offer_id: UUID) -> tuple[Offer, Lead, Need]:
    """An offer is changed only under the lock of its lead, so it is read afresh after that."""
    lead_id = session.exec(select(Offer.lead_id).where(Offer.id == offer_id)).one_or_none()
    if lead_id is None:
        raise NotFound()
    lead, need = lock_lead(session, lead_id)
    offer = session.exec(select(Offer).where(Offer.id == offer_id).execution_options(populate_existing=True)).one()
    return offer, lead, need


def lock_open_offer(session: Session, offer_id: UUID) -> tuple[Offer, Lead, Need]:
    offer, lead, need = _lock_offer(session, offer_id)
    if offer.status != OfferStatus.OPEN.value or lead.status != LeadStatus.OFFERED.value:
        raise Conflict(N_("This offer is not open any more. Please look at it again."))
    return offer, lead, need


def tell_lender(session: Session, offer: Offer, kind: MessageKind, now: datetime, **values: object) -> None:
    """To whoever answers for the lead now: it may have been handed over since the offer was made."""
    lead = session.get_one(Lead, offer.lead_id)
    notify(
        session,
        to_officer(session, lead, lead.officer_id, now),
        kind,
        now,
        link=f"/institution/leads/{offer.lead_id}",
        enterprise=name_of(session, Enterprise, offer.enterprise_id),
        need=session.get_one(Need, offer.need_id).number or "",
        **values,
    )


def decide(session: Session, actor: Actor, offer: Offer, to: OfferStatus, now: datetime) -> None:
    """Close a locked offer."""
    offer.status, offer.decided_at = to.value, now
    record(session, actor, f"offer.{to.value}", "offer", offer.id, now)
    session.flush()


def only_lenders(actor: Actor) -> None:
    if actor.role not in INSTITUTION_ROLES:
        raise Forbidden()


def only_enterprises(actor: Actor) -> None:
    if actor.role is not Role.ENTERPRISE_MEMBER:
        raise Forbidden()
