"""The limit that an institution grants on an accepted offer."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session, col, func, select

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.day_words import day_in_words
from xinyidai.core.errors import Conflict, InvalidInput, NotFound
from xinyidai.core.i18n import N_, _
from xinyidai.core.money import wan_from_yuan
from xinyidai.leads.models import Lead
from xinyidai.leads.status import change_status, check_step, lock_lead, log_step
from xinyidai.leads.types import LeadStatus
from xinyidai.lending import errors as errors
from xinyidai.lending.commands import GrantCreditLine
from xinyidai.lending.jobs import FinancingChanged
from xinyidai.lending.models import CreditLine, Disbursement, Offer, Repayment
from xinyidai.lending.services.offers import only_lenders
from xinyidai.lending.services.settling import settle_if_repaid
from xinyidai.lending.types import OfferStatus, StepCause
from xinyidai.needs.models import Need
from xinyidai.outbox.jobs import enqueue
from xinyidai.products.types import RepaymentMode


def grant_credit_line(
    session: Session, actor: Actor, lead_id: UUID, command: GrantCreditLine, now: datetime
) -> CreditLine:
    """Grant the line of an accepted offer: its rate, term and modes, and at most its amount."""
    only_lenders(actor)
    lead, need = lock_lead(session, lead_id)
    check_step(lead, LeadStatus.CREDIT_APPROVED)
    offer = session.exec(
        select(Offer)
        .where(Offer.lead_id == lead.id, Offer.status == OfferStatus.ACCEPTED.value)
        .order_by(col(Offer.decided_at).desc())
    ).first()
    if offer is None:
        raise Conflict(N_("There is no accepted offer on this lead."))
    _check_grant(command, offer, business_date(lead.sent_at), business_date(now))
    line = CreditLine(
        offer_id=offer.id,
        lead_id=lead.id,
        need_id=lead.need_id,
        product_id=lead.product_id,
        enterprise_id=lead.enterprise_id,
        institution_id=lead.institution_id,
        region_code=lead.region_code,
        contract_number=command.contract_number,
        amount=command.amount,
        annual_rate=offer.annual_rate,
        term_months=offer.term_months,
        guarantee_mode=offer.guarantee_mode,
        repayment_mode=offer.repayment_mode,
        approved_on=command.approved_on,
        expires_on=command.expires_on,
        approved_by=actor.user_id,
        approved_at=now,
    )
    session.add(line)
    session.flush()
    record(session, actor, "credit_line.granted", "credit_line", line.id, now, amount=str(line.amount))
    detail = {"credit_line_id": str(line.id), "amount": str(line.amount)}
    change_status(session, actor, lead, need, LeadStatus.CREDIT_APPROVED, now, **detail)
    return line


def _check_grant(command: GrantCreditLine, offer: Offer, asked_on: date, today: date) -> None:
    wrong: dict[str, str] = {}
    if command.amount > offer.amount:
        wrong["amount_wan"] = _(
            "The accepted offer is for %(amount)s (unit: 10,000 yuan). The line cannot be above it.",
            amount=wan_from_yuan(offer.amount),
        )
    if command.approved_on > today:
        wrong["approved_on"] = N_("This day is in the future. Please enter the day of the approval.")
    elif command.approved_on < asked_on:
        wrong["approved_on"] = _(
            "This is before the application reached you on %(day)s. Please check the year.", day=day_in_words(asked_on)
        )
    if command.expires_on <= command.approved_on:
        wrong["expires_on"] = N_("The line must end after the day of its approval.")
    if wrong:
        raise InvalidInput(wrong)


def close_credit_line(session: Session, actor: Actor, line_id: UUID, now: datetime) -> CreditLine:
    """No further payout from this line. What was paid stays; wrong payouts can still be reversed."""
    only_lenders(actor)
    line, lead, need = lock_line(session, line_id)
    if line.closed_on is not None:
        raise Conflict(N_("This credit line is closed already."))
    line.closed_on = business_date(now)
    record(session, actor, "credit_line.closed", "credit_line", line.id, now)
    session.flush()
    follow_line(session, actor, line, lead, need, now, cause=StepCause.LINE_CLOSED.value)
    return line


def lock_line(session: Session, line_id: UUID) -> tuple[CreditLine, Lead, Need]:
    """The line, its lead and its need, locked from the need downwards.

    Raises NotFound for what is not there or not this actor's.
    """
    lead_id = session.exec(select(CreditLine.lead_id).where(CreditLine.id == line_id)).one_or_none()
    if lead_id is None:
        raise NotFound()
    lead, need = lock_lead(session, lead_id)
    line = session.exec(
        select(CreditLine).where(CreditLine.id == line_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    return line, lead, need


def net_paid(session: Session, line_id: UUID, by: date = date.max) -> Decimal:
    """Payouts up to a day, less reversals, in yuan. A reversal carries the day of what it reverses."""
    out = select(func.sum(Disbursement.amount)).where(
        Disbursement.credit_line_id == line_id, Disbursement.paid_on <= by
    )
    return session.exec(out).one() or Decimal(0)


def net_repaid(session: Session, line_id: UUID, by: date = date.max) -> Decimal:
    """Principal repaid or carried over into a renewal up to a day, less reversals, in yuan."""
    back = select(func.sum(Repayment.principal)).where(Repayment.credit_line_id == line_id, Repayment.repaid_on <= by)
    return session.exec(back).one() or Decimal(0)


def outstanding(session: Session, line_id: UUID, by: date = date.max) -> Decimal:
    """Principal that is owed, or was on a day: paid out or carried over into this line, less what came back."""
    carried = select(func.sum(Repayment.principal)).where(
        Repayment.renewal_line_id == line_id, Repayment.repaid_on <= by
    )
    into_it = net_paid(session, line_id, by) + (session.exec(carried).one() or Decimal(0))
    return into_it - net_repaid(session, line_id, by)


def left_of(session: Session, line: CreditLine) -> Decimal:
    """What can still be paid out. What comes back of a revolving line can be drawn again; a renewal pays nothing."""
    if line.renews_id is not None:
        return Decimal(0)
    back = net_repaid(session, line.id) if line.repayment_mode == RepaymentMode.REVOLVING.value else Decimal(0)
    return line.amount - net_paid(session, line.id) + back


def lead_status_of(amount: Decimal, paid: Decimal, *, closed: bool) -> LeadStatus:
    """What the lead of a line is: a pure function of the line and of what was paid from it."""
    if paid == 0:
        return LeadStatus.NO_DEAL if closed else LeadStatus.CREDIT_APPROVED
    return LeadStatus.FUNDED if closed or paid >= amount else LeadStatus.DISBURSING


def follow_line(
    session: Session, actor: Actor, line: CreditLine, lead: Lead, need: Need, now: datetime, **detail: object
) -> None:
    """Bring the lead, and with it the need, after the locked line; the step stands in the history either way.

    A renewal carries on what its lead has come to: the line that it began with decides.
    """
    first = line
    if line.renews_id is not None:
        own = select(CreditLine).where(CreditLine.lead_id == lead.id, col(CreditLine.renews_id).is_(None))
        first = session.exec(own).one()
    target = lead_status_of(first.amount, net_paid(session, first.id), closed=first.closed_on is not None)
    if target is LeadStatus(lead.status):
        log_step(session, actor, lead, target, now, **detail)
    else:
        change_status(session, actor, lead, need, target, now, **detail)
    settle_if_repaid(session, actor, need, now)
    enqueue(session, FinancingChanged(line.enterprise_id), now)
