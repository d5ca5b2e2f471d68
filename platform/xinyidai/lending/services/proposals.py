"""Recording a payout at the desk: a warning where it looks recorded already, and a second person for large ones."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, select

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor, Role
from xinyidai.core.day_words import day_in_words
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import N_, _
from xinyidai.core.money import wan_from_yuan
from xinyidai.enterprises.models import Enterprise
from xinyidai.lending.commands import RecordDisbursement, RejectPayout
from xinyidai.lending.messages import PAYOUT_CONFIRMED, PAYOUT_PROPOSED, PAYOUT_REJECTED
from xinyidai.lending.models import CreditLine, Disbursement, PayoutProposal
from xinyidai.lending.services.credit_lines import lock_line
from xinyidai.lending.services.offer_terms import name_of
from xinyidai.lending.services.offers import only_lenders
from xinyidai.lending.services.payouts import add_payout, check_payout, record_disbursement
from xinyidai.lending.types import FOUR_EYES_YUAN, ProposalStatus
from xinyidai.messages.service import notify
from xinyidai.messages.types import MessageKind, to_institution

SIMILAR_DAYS = 3
SIMILAR_SHARE = Decimal("0.01")
"""Two payouts to one enterprise within so many days and so small a part of each other may be one loan (assumed)."""
_SIMILAR = text("select own, paid_on, amount from xyd_similar_payouts(:enterprise, :amount, :day, :days, :share)")


def pay_out(
    session: Session,
    actor: Actor,
    line_id: UUID,
    command: RecordDisbursement,
    now: datetime,
    *,
    four_eyes: Decimal = FOUR_EYES_YUAN,
) -> Disbursement | PayoutProposal:
    """Record a payout, or propose it where it is above ``four_eyes`` yuan.

    One that looks as if it were recorded already, by this institution or another, is refused at ``record_anyway``
    until that is ticked.
    """
    only_lenders(actor)
    line, _lead, _need = lock_line(session, line_id)
    check_payout(session, line, command, now)
    if not command.record_anyway:
        _warn(session, line, command)
    if command.amount > four_eyes:
        return _propose(session, actor, line, command, now)
    return record_disbursement(session, actor, line_id, command, now, four_eyes=four_eyes)


def _warn(session: Session, line: CreditLine, command: RecordDisbursement) -> None:
    asked = {"enterprise": line.enterprise_id, "amount": command.amount, "day": command.paid_on}
    limits = {"days": SIMILAR_DAYS, "share": SIMILAR_SHARE}
    found: list[tuple[bool, date | None, Decimal | None]] = [
        (own, paid_on, amount) for own, paid_on, amount in session.execute(_SIMILAR, {**asked, **limits})
    ]
    if not found:
        return
    own, paid_on, amount = found[0]
    if own and paid_on and amount is not None:
        sentence = _(
            "You have recorded a payout of %(amount)s (unit: 10,000 yuan) to this enterprise on %(day)s."
            " If this is another one, tick here.",
            amount=wan_from_yuan(amount),
            day=day_in_words(paid_on),
        )
    else:
        sentence = _(
            "Another institution has reported a payout to this enterprise of about this amount and on about this day."
            " If yours is another loan, tick here."
        )
    raise InvalidInput({"record_anyway": sentence})


def _propose(
    session: Session, actor: Actor, line: CreditLine, command: RecordDisbursement, now: datetime
) -> PayoutProposal:
    if actor.user_id is None:
        raise Conflict(N_("A payout of this size is recorded by a person, so that another one can confirm it."))
    proposal = PayoutProposal(
        credit_line_id=line.id,
        enterprise_id=line.enterprise_id,
        institution_id=line.institution_id,
        amount=command.amount,
        paid_on=command.paid_on,
        external_reference=command.external_reference,
        proposed_at=now,
        proposed_by=actor.user_id,
    )
    session.add(proposal)
    session.flush()
    record(session, actor, "payout.proposed", "payout_proposal", proposal.id, now, amount=str(proposal.amount))
    notify(
        session,
        to_institution(line.institution_id, managers=True),
        PAYOUT_PROPOSED,
        now,
        link=f"/institution/payouts/waiting#{proposal.id}",
        enterprise=name_of(session, Enterprise, line.enterprise_id),
        amount=str(wan_from_yuan(proposal.amount)),
        reference=proposal.external_reference,
    )
    return proposal


def confirm_payout(session: Session, actor: Actor, proposal_id: UUID, now: datetime) -> Disbursement:
    """A manager who is not the proposer confirms; only now is it a payout, checked again as of now.

    Raises Conflict for the proposer, and for a proposal that somebody has decided meanwhile.
    """
    if actor.role is not Role.INSTITUTION_MANAGER:
        raise Forbidden()
    proposal = _lock_open(session, proposal_id)
    if actor.user_id is None or actor.user_id == proposal.proposed_by:
        raise Conflict(N_("You have recorded this payout yourself. Another manager must confirm it."))
    line, lead, need = lock_line(session, proposal.credit_line_id)
    command = RecordDisbursement(
        amount_wan=wan_from_yuan(proposal.amount),
        paid_on=proposal.paid_on,
        external_reference=proposal.external_reference,
    )
    check_payout(session, line, command, now, proposal_id=proposal.id)
    payout = add_payout(session, actor, line, lead, need, command, now, recorded_by=proposal.proposed_by)
    proposal.disbursement_id = payout.id
    _decide(session, actor, proposal, ProposalStatus.CONFIRMED, now)
    _tell_proposer(session, proposal, PAYOUT_CONFIRMED, now)
    return payout


def reject_payout(
    session: Session, actor: Actor, proposal_id: UUID, command: RejectPayout, now: datetime
) -> PayoutProposal:
    """A manager does not confirm it, or whoever proposed it takes it back."""
    only_lenders(actor)
    proposal = _lock_open(session, proposal_id)
    if actor.role is not Role.INSTITUTION_MANAGER and actor.user_id != proposal.proposed_by:
        raise Forbidden()
    proposal.note = command.note
    _decide(session, actor, proposal, ProposalStatus.REJECTED, now)
    if actor.user_id != proposal.proposed_by:
        _tell_proposer(session, proposal, PAYOUT_REJECTED, now, note=command.note)
    return proposal


def _lock_open(session: Session, proposal_id: UUID) -> PayoutProposal:
    """The proposal under the locks of its line, which every writer takes first."""
    line_id = session.exec(select(PayoutProposal.credit_line_id).where(PayoutProposal.id == proposal_id)).one_or_none()
    if line_id is None:
        raise NotFound()
    lock_line(session, line_id)
    found = select(PayoutProposal).where(PayoutProposal.id == proposal_id)
    proposal = session.exec(found.with_for_update().execution_options(populate_existing=True)).one()
    if proposal.status != ProposalStatus.OPEN.value:
        raise Conflict(N_("Somebody has decided about this payout already."))
    return proposal


def _decide(session: Session, actor: Actor, proposal: PayoutProposal, to: ProposalStatus, now: datetime) -> None:
    proposal.status, proposal.decided_at, proposal.decided_by = to.value, now, actor.user_id
    record(session, actor, f"payout.{to.value}", "payout_proposal", proposal.id, now, amount=str(proposal.amount))
    session.flush()


def _tell_proposer(
    session: Session, proposal: PayoutProposal, kind: MessageKind, now: datetime, **values: object
) -> None:
    notify(
        session,
        to_institution(proposal.institution_id, proposal.proposed_by),
        kind,
        now,
        link=f"/institution/credit-lines/{proposal.credit_line_id}#{proposal.id}",
        amount=str(wan_from_yuan(proposal.amount)),
        reference=proposal.external_reference,
        **values,
    )
