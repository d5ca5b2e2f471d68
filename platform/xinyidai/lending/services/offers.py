"""A lender's offer, and what the enterprise makes of it."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, or_, select

from xinyidai.audit.service import record
from xinyidai.core.actor import INSTITUTION_ROLES, SYSTEM, Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import N_, _
from xinyidai.core.money import wan_from_yuan
from xinyidai.leads.models import Lead
from xinyidai.leads.status import change_status, check_step, lock_lead, statuses_under
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.commands import MakeOffer
from xinyidai.lending.models import Offer
from xinyidai.lending.types import PROMISED, OfferStatus, StepCause
from xinyidai.needs.models import Need
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus
from xinyidai.products.models import ProductVersion

LONGEST_VALIDITY = timedelta(days=180)
LAPSE_BATCH = 200


def make_offer(session: Session, actor: Actor, lead_id: UUID, command: MakeOffer, now: datetime) -> Offer:
    """Offer terms on a lead that was taken.

    The bounds are those of the product's version that the enterprise applied to. Raises Conflict where the lead is
    not in that state, or where the enterprise has accepted another lender's offer for the same need.
    """
    only_lenders(actor)
    lead, need = lock_lead(session, lead_id)
    check_step(lead, LeadStatus.OFFERED)
    if NeedStatus(need.status) not in OPEN_STATUSES:
        raise Conflict(N_("This need is closed, so no offer can be made."))
    if _is_promised(session, need):
        raise Conflict(N_("The enterprise has already accepted another lender's offer for this need."))
    _check_terms(command, session.get_one(ProductVersion, lead.product_version_id), business_date(now))
    offer = Offer(
        lead_id=lead.id,
        need_id=lead.need_id,
        enterprise_id=lead.enterprise_id,
        institution_id=lead.institution_id,
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
    record(session, actor, "offer.made", "offer", offer.id, now, amount=str(offer.amount), lead_id=str(lead.id))
    change_status(session, actor, lead, need, LeadStatus.OFFERED, now, offer_id=str(offer.id), amount=str(offer.amount))
    return offer


def _is_promised(session: Session, need: Need) -> bool:
    return not PROMISED.isdisjoint(statuses_under(session, need.id))


def _check_terms(command: MakeOffer, version: ProductVersion, today: date) -> None:
    """Raises InvalidInput with one sentence for each term outside what the lender has published."""
    wrong: dict[str, str] = {}
    if not version.amount_min <= command.amount <= version.amount_max:
        low, high = wan_from_yuan(version.amount_min), wan_from_yuan(version.amount_max)
        wrong["amount_wan"] = _("This product lends from %(low)s to %(high)s (unit: 10,000 yuan).", low=low, high=high)
    if not version.rate_min <= command.annual_rate <= version.rate_max:
        wrong["annual_rate"] = _(
            "The rate of this product is %(low).2f to %(high).2f percent a year.",
            low=version.rate_min,
            high=version.rate_max,
        )
    if not version.term_min <= command.term_months <= version.term_max:
        wrong["term_months"] = _(
            "The term of this product is %(low)s to %(high)s months.", low=version.term_min, high=version.term_max
        )
    if command.guarantee_mode.value not in version.guarantees:
        wrong["guarantee_mode"] = N_("The published product does not have this kind of security.")
    if command.repayment_mode.value not in version.repayment_modes:
        wrong["repayment_mode"] = N_("The published product does not have this repayment mode.")
    if command.valid_until < today:
        wrong["valid_until"] = N_("This day has passed. Please give the enterprise time to decide.")
    elif command.valid_until > today + LONGEST_VALIDITY:
        wrong["valid_until"] = N_("Please choose a day within the next 180 days.")
    if wrong:
        raise InvalidInput(wrong)


def take_back_offer(session: Session, actor: Actor, offer_id: UUID, now: datetime) -> Offer:
    """The lender takes an open offer back; the lead is as it was before, and another offer can be made."""
    only_lenders(actor)
    offer, lead, need = _lock_open_offer(session, offer_id)
    _decide(session, actor, offer, OfferStatus.WITHDRAWN, now)
    change_status(session, actor, lead, need, LeadStatus.ACCEPTED, now, cause=StepCause.OFFER_TAKEN_BACK.value)
    return offer


def accept_offer(session: Session, actor: Actor, offer_id: UUID, now: datetime) -> Offer:
    """The enterprise accepts one offer. An enterprise has given its word to one lender per need at a time.

    All other open offers of the need are closed as declined, and their leads end without a deal: those lenders have
    done their part, and each sees why. Leads on which no offer was made stay as they are, since every lender answers
    for itself; but no further offer can be made while this one stands. If it falls through (credit refused, no deal),
    the need is open to offers again.

    Raises Conflict for an offer that is not open any more or is past its last day.
    """
    _only_enterprises(actor)
    offer, lead, need = _lock_open_offer(session, offer_id)
    if offer.valid_until < business_date(now):
        raise Conflict(N_("The validity of this offer has ended. Please ask the lender for a new one."))
    if _is_promised(session, need):
        raise Conflict(N_("You have already accepted another offer for this need."))
    _decide(session, actor, offer, OfferStatus.ACCEPTED, now)
    change_status(session, actor, lead, need, LeadStatus.OFFER_ACCEPTED, now, offer_id=str(offer.id))
    others = session.exec(
        select(Offer.id)
        .where(Offer.need_id == need.id, Offer.status == OfferStatus.OPEN.value, Offer.id != offer.id)
        .order_by(col(Offer.id))
    ).all()
    for other_id in others:
        other, other_lead, _need = _lock_offer(session, other_id)
        _decide(session, actor, other, OfferStatus.DECLINED, now)
        if other_lead.status == LeadStatus.OFFERED.value:
            cause = StepCause.OTHER_OFFER.value
            change_status(session, actor, other_lead, need, LeadStatus.NO_DEAL, now, cause=cause)
    return offer


def decline_offer(session: Session, actor: Actor, offer_id: UUID, now: datetime, *, note: str = "") -> Offer:
    """The enterprise does not take the offer; the lender may make a better one. ``note`` tells the lender why."""
    _only_enterprises(actor)
    offer, lead, need = _lock_open_offer(session, offer_id)
    _decide(session, actor, offer, OfferStatus.DECLINED, now)
    cause = StepCause.OFFER_DECLINED.value
    change_status(session, actor, lead, need, LeadStatus.ACCEPTED, now, cause=cause, note=note[:300])
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
        _decide(session, SYSTEM, offer, OfferStatus.WITHDRAWN, now)
        return True
    if offer.valid_until >= business_date(now):
        return False
    _decide(session, SYSTEM, offer, OfferStatus.LAPSED, now)
    change_status(session, SYSTEM, lead, need, LeadStatus.ACCEPTED, now, cause=StepCause.OFFER_LAPSED.value)
    return True


def close_open_offer(session: Session, actor: Actor, lead: Lead, now: datetime) -> None:
    """Before a locked lead ends: its open offer, if there is one, is taken back with it."""
    open_offers = select(Offer).where(Offer.lead_id == lead.id, Offer.status == OfferStatus.OPEN.value)
    for offer in session.exec(open_offers.execution_options(populate_existing=True)):
        _decide(session, actor, offer, OfferStatus.WITHDRAWN, now)


def _lock_offer(session: Session, offer_id: UUID) -> tuple[Offer, Lead, Need]:
    """An offer is changed only under the lock of its lead, so it is read afresh after that."""
    lead_id = session.exec(select(Offer.lead_id).where(Offer.id == offer_id)).one_or_none()
    if lead_id is None:
        raise NotFound()
    lead, need = lock_lead(session, lead_id)
    offer = session.exec(select(Offer).where(Offer.id == offer_id).execution_options(populate_existing=True)).one()
    return offer, lead, need


def _lock_open_offer(session: Session, offer_id: UUID) -> tuple[Offer, Lead, Need]:
    offer, lead, need = _lock_offer(session, offer_id)
    if offer.status != OfferStatus.OPEN.value or lead.status != LeadStatus.OFFERED.value:
        raise Conflict(N_("This offer is not open any more. Please look at it again."))
    return offer, lead, need


def _decide(session: Session, actor: Actor, offer: Offer, to: OfferStatus, now: datetime) -> None:
    offer.status, offer.decided_at = to.value, now
    record(session, actor, f"offer.{to.value}", "offer", offer.id, now)
    session.flush()


def only_lenders(actor: Actor) -> None:
    if actor.role not in INSTITUTION_ROLES:
        raise Forbidden()


def _only_enterprises(actor: Actor) -> None:
    if actor.role is not Role.ENTERPRISE_MEMBER:
        raise Forbidden()
