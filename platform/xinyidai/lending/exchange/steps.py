"""Doing what a row asks for, once: what is already so is left as it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from xinyidai.core.actor import Actor
from xinyidai.core.errors import Conflict, InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.leads.clocks import STANDARD, ClockRules
from xinyidai.leads.models import Lead
from xinyidai.leads.service import accept_lead, decline_lead
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.commands import MakeOffer
from xinyidai.lending.exchange.rows import Answer, Asked, to_columns
from xinyidai.lending.models import CreditLine, Disbursement, Offer, OverdueReport, Repayment
from xinyidai.lending.services import (
    grant_credit_line,
    make_binding,
    make_offer,
    record_disbursement,
    record_repayment,
    refuse_credit,
    report_overdue,
)
from xinyidai.lending.services.credit_lines import outstanding
from xinyidai.lending.types import FOUR_EYES_YUAN, OfferKind, OfferStatus

_SAYS_NO = {Answer.DECLINE: LeadStatus.DECLINED, Answer.REFUSE: LeadStatus.REFUSED}
_OTHERWISE = N_("This is recorded already, but with other values. Please check which of the two is right.")

_FIRST = {
    "answer": "answer",
    "offer": "offer_amount",
    "line": "line_contract",
    "payout": "payout_reference",
    "repayment": "repaid_reference",
    "overdue": "overdue_as_of",
}
"""Step → the column that a sentence about the whole step stands in."""

_NO_LINE = N_("There is no credit line yet from which money could be paid out.")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the city has set: above which yuan two people record a payout, and how many days everybody has."""

    four_eyes: Decimal = FOUR_EYES_YUAN
    rules: ClockRules = STANDARD


STANDARD_TERMS = Terms()


def do_row(session: Session, actor: Actor, asked: Asked, now: datetime, *, terms: Terms = STANDARD_TERMS) -> bool:
    """Do every step of the row in order and tell whether anything changed.

    Raises InvalidInput, with a sentence per column, where a step is refused; the caller undoes the whole row then.
    """
    lead = session.exec(select(Lead).where(Lead.id == asked.lead_id)).one_or_none()
    if lead is None:
        raise InvalidInput({"lead_id": N_("You have no lead with this id.")})
    steps: list[tuple[str, Callable[[], bool]]] = []
    if asked.answer:
        steps.append(("answer", lambda: _answer(session, actor, lead, asked, now, terms.rules)))
    if asked.offer:
        steps.append(("offer", lambda: _offer(session, actor, lead, asked, now)))
    if asked.line:
        steps.append(("line", lambda: _line(session, actor, lead, asked, now)))
    if asked.payout:
        steps.append(("payout", lambda: _payout(session, actor, lead, asked, now, terms.four_eyes)))
    if asked.repayment:
        steps.append(("repayment", lambda: _repayment(session, actor, lead, asked, now)))
    if asked.overdue:
        steps.append(("overdue", lambda: _overdue(session, actor, lead, asked, now)))
    changed = False
    for step, run in steps:
        changed |= _in_columns(step, run)
    return changed


def _in_columns(step: str, run: Callable[[], bool]) -> bool:
    """A refusal of a step as sentences under the columns of the table."""
    first = _FIRST[step]
    try:
        return run()
    except _WhichContract as error:
        raise InvalidInput({"contract": error.message}) from error
    except InvalidInput as error:
        raise InvalidInput(to_columns(step, error.fields) if step != "answer" else {first: str(error)}) from error
    except (Conflict, NotFound) as error:
        raise InvalidInput({first: error.message}) from error


def _answer(session: Session, actor: Actor, lead: Lead, asked: Asked, now: datetime, rules: ClockRules) -> bool:
    if asked.answer is Answer.ACCEPT or asked.refusal is None:
        if lead.accepted_at is not None:
            return False
        accept_lead(session, actor, lead.id, now, rules=rules)
        return True
    says_no = _SAYS_NO[asked.answer] if asked.answer else LeadStatus.DECLINED
    if lead.status == says_no and lead.reason == asked.refusal.reason:
        return False
    (decline_lead if says_no is LeadStatus.DECLINED else refuse_credit)(session, actor, lead.id, asked.refusal, now)
    return True


def _offer(session: Session, actor: Actor, lead: Lead, asked: Asked, now: datetime) -> bool:
    wanted = asked.offer
    assert wanted is not None  # noqa: S101 - only called with one
    made = session.exec(
        select(Offer).where(Offer.lead_id == lead.id).order_by(col(Offer.offered_at).desc(), col(Offer.id).desc())
    ).all()
    binding = [one for one in made if one.kind == OfferKind.BINDING.value]
    if any(_terms(one) == _terms(wanted) for one in binding):
        return False  # also where it was answered, lapsed or taken back since: the same table again makes no new offer
    if any(one.status in (OfferStatus.OPEN.value, OfferStatus.ACCEPTED.value) for one in binding):
        raise InvalidInput({"amount_wan": _OTHERWISE})
    indicative = [one for one in made if one.status == OfferStatus.OPEN.value]
    if indicative:
        make_binding(session, actor, indicative[0].id, wanted, now)
    else:
        make_offer(session, actor, lead.id, wanted, now)
    return True


def _terms(offer: Offer | MakeOffer) -> tuple[object, ...]:
    """What the table says of an offer."""
    modes = (offer.guarantee_mode, offer.repayment_mode)
    return (offer.amount, offer.annual_rate, offer.term_months, *modes, offer.valid_until)


def _line(session: Session, actor: Actor, lead: Lead, asked: Asked, now: datetime) -> bool:
    wanted = asked.line
    assert wanted is not None  # noqa: S101 - only called with one
    line = _line_by_contract(session, actor, wanted.contract_number)
    if line is None:
        grant_credit_line(session, actor, lead.id, wanted, now)
        return True
    same = (line.lead_id, line.amount, line.approved_on, line.expires_on) == (
        lead.id,
        wanted.amount,
        wanted.approved_on,
        wanted.expires_on,
    )
    if not same:
        raise InvalidInput({"contract_number": _OTHERWISE})
    return False


def _line_by_contract(session: Session, actor: Actor, contract_number: str) -> CreditLine | None:
    return session.exec(
        select(CreditLine).where(
            CreditLine.institution_id == actor.institution_id, CreditLine.contract_number == contract_number
        )
    ).one_or_none()


def _payout(session: Session, actor: Actor, lead: Lead, asked: Asked, now: datetime, four_eyes: Decimal) -> bool:
    wanted = asked.payout
    assert wanted is not None  # noqa: S101 - only called with one
    known = session.exec(
        select(Disbursement).where(
            Disbursement.institution_id == actor.institution_id,
            Disbursement.external_reference == wanted.external_reference,
        )
    ).one_or_none()
    # A lead has one line of its own; those that renew it pay nothing out.
    line = session.exec(
        select(CreditLine).where(CreditLine.lead_id == lead.id, col(CreditLine.renews_id).is_(None))
    ).one_or_none()
    if known is not None:
        same_line = line is not None and known.credit_line_id == line.id
        if same_line and (known.amount, known.paid_on) == (wanted.amount, wanted.paid_on):
            return False
        raise InvalidInput({"external_reference": _OTHERWISE})
    if line is None:
        raise InvalidInput({"external_reference": _NO_LINE})
    record_disbursement(session, actor, line.id, wanted, now, four_eyes=four_eyes)
    return True


class _WhichContract(Conflict):
    """The row does not say which of the lead's contracts it is about, or names one that the lead does not have."""


def _repayment(session: Session, actor: Actor, lead: Lead, asked: Asked, now: datetime) -> bool:
    wanted = asked.repayment
    assert wanted is not None  # noqa: S101 - only called with one
    known = session.exec(
        select(Repayment).where(
            Repayment.institution_id == actor.institution_id,
            Repayment.external_reference == wanted.external_reference,
        )
    ).one_or_none()
    if known is None:
        record_repayment(session, actor, _line_meant(session, lead, asked).id, wanted, now)
        return True
    line = session.get_one(CreditLine, known.credit_line_id)
    same_line = line.lead_id == lead.id and asked.contract in ("", line.contract_number)
    same = (known.principal, known.interest, known.repaid_on) == (wanted.principal, wanted.interest, wanted.repaid_on)
    if not (same_line and same):
        raise InvalidInput({"external_reference": _OTHERWISE})
    return False


def _overdue(session: Session, actor: Actor, lead: Lead, asked: Asked, now: datetime) -> bool:
    """A later report of the same day with other values is a correction, and is kept beside the first."""
    wanted = asked.overdue
    assert wanted is not None  # noqa: S101 - only called with one
    line = _line_meant(session, lead, asked)
    last = session.exec(
        select(OverdueReport)
        .where(OverdueReport.credit_line_id == line.id, OverdueReport.as_of == wanted.as_of)
        .order_by(col(OverdueReport.id).desc())
    ).first()
    if last is not None and (last.principal, last.interest, last.days, last.grade) == (
        wanted.principal,
        wanted.interest,
        wanted.days,
        wanted.grade,
    ):
        return False
    report_overdue(session, actor, line.id, wanted, now)
    return True


def _line_meant(session: Session, lead: Lead, asked: Asked) -> CreditLine:
    """The contract that the row names; else the only one, or the only one that owes, or the newest where none does."""
    lines = session.exec(
        select(CreditLine)
        .where(CreditLine.lead_id == lead.id)
        .order_by(col(CreditLine.approved_at), col(CreditLine.id))
    ).all()
    if asked.contract:
        lines = [line for line in lines if line.contract_number == asked.contract]
        if not lines:
            raise _WhichContract(N_("This lead has no contract of this number."))
    if not lines:
        raise _WhichContract(N_("There is no credit line yet on which anything could be repaid or overdue."))
    owing = [line for line in lines if outstanding(session, line.id) > 0]
    if len(owing) > 1:
        raise _WhichContract(N_("This lead has several contracts that owe. Please write the contract number."))
    return (owing or lines)[-1]
