"""Money paid out, and corrections of it. Rows are only ever added."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session, select

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.day_words import day_in_words
from xinyidai.core.errors import Conflict, InvalidInput, NotFound
from xinyidai.core.i18n import N_, _
from xinyidai.core.money import wan_from_yuan
from xinyidai.leads.models import Lead
from xinyidai.lending.commands import RecordDisbursement, ReverseDisbursement
from xinyidai.lending.errors import ALREADY_REVERSED, PROPOSAL_TAKEN, REFERENCE_TAKEN
from xinyidai.lending.models import CreditLine, Disbursement, PayoutProposal
from xinyidai.lending.services.credit_lines import follow_line, left_of, lock_line, outstanding
from xinyidai.lending.services.offers import only_lenders
from xinyidai.lending.types import FOUR_EYES_YUAN, ProposalStatus, StepCause
from xinyidai.needs.models import Need


def record_disbursement(
    session: Session,
    actor: Actor,
    line_id: UUID,
    command: RecordDisbursement,
    now: datetime,
    *,
    four_eyes: Decimal = FOUR_EYES_YUAN,
) -> Disbursement:
    """Record a payout from an open line, never above what is left of it.

    The line is locked first, so two payouts at once are counted one after the other. Above ``four_eyes`` yuan one
    person is not enough: such a payout is proposed (services/proposals.py), and refused here at its amount.
    """
    only_lenders(actor)
    line, lead, need = lock_line(session, line_id)
    check_payout(session, line, command, now)
    if command.amount > four_eyes:
        limit = wan_from_yuan(four_eyes)
        raise InvalidInput(
            {
                "amount_wan": _(
                    "Above %(limit)s (unit: 10,000 yuan) a second person must confirm. Record it at the credit line.",
                    limit=limit,
                )
            }
        )
    return add_payout(session, actor, line, lead, need, command, now, recorded_by=actor.user_id)


def add_payout(
    session: Session,
    actor: Actor,
    line: CreditLine,
    lead: Lead,
    need: Need,
    command: RecordDisbursement,
    now: datetime,
    *,
    recorded_by: UUID | None,
) -> Disbursement:
    """The row of a checked payout, under the locks of its line, and all that follows from it."""
    payout = Disbursement(
        credit_line_id=line.id,
        need_id=line.need_id,
        product_id=line.product_id,
        enterprise_id=line.enterprise_id,
        institution_id=line.institution_id,
        region_code=line.region_code,
        amount=command.amount,
        annual_rate=line.annual_rate,
        guarantee_mode=line.guarantee_mode,
        paid_on=command.paid_on,
        external_reference=command.external_reference,
        recorded_at=now,
        recorded_by=recorded_by,
    )
    session.add(payout)
    session.flush()
    _after(session, actor, payout, "disbursement.recorded", now)
    detail = {"cause": StepCause.PAYOUT.value, "amount": str(payout.amount)}
    follow_line(session, actor, line, lead, need, now, disbursement_id=str(payout.id), **detail)
    return payout


def check_payout(
    session: Session,
    line: CreditLine,
    command: RecordDisbursement,
    now: datetime,
    *,
    proposal_id: UUID | None = None,
) -> None:
    """Whether the locked line may pay this. The same external reference again is refused at its field before anything
    else is looked at, since a second click is the usual reason; ``proposal_id`` is the proposal that is confirmed.
    """
    taken = select(Disbursement.id).where(
        Disbursement.institution_id == line.institution_id,
        Disbursement.external_reference == command.external_reference,
    )
    if session.exec(taken).first() is not None:
        raise InvalidInput({"external_reference": REFERENCE_TAKEN})
    waiting = select(PayoutProposal.id).where(
        PayoutProposal.institution_id == line.institution_id,
        PayoutProposal.external_reference == command.external_reference,
        PayoutProposal.status == ProposalStatus.OPEN.value,
    )
    if session.exec(waiting).first() not in (None, proposal_id):
        raise InvalidInput({"external_reference": PROPOSAL_TAKEN})
    if line.closed_on is not None:
        raise Conflict(N_("This credit line is closed, so nothing can be paid out from it."))
    if line.renews_id is not None:
        raise Conflict(N_("This line renews an earlier loan: no money is paid out from it."))
    _check_terms(session, line, command, now)


def _check_terms(session: Session, line: CreditLine, command: RecordDisbursement, now: datetime) -> None:
    wrong: dict[str, str] = {}
    left = left_of(session, line)
    if command.amount > left:
        wrong["amount_wan"] = (
            _("Only %(left)s is left of this line (unit: 10,000 yuan).", left=wan_from_yuan(left))
            if left > 0
            else N_("This line is paid out in full.")
        )
    if command.paid_on > business_date(now):
        wrong["paid_on"] = N_("This day is in the future. Please record a payout once it is made.")
    elif command.paid_on < line.approved_on:
        wrong["paid_on"] = _("The line was only granted on %(day)s.", day=day_in_words(line.approved_on))
    elif command.paid_on > line.expires_on:
        wrong["paid_on"] = _("The line ended on %(day)s.", day=day_in_words(line.expires_on))
    if wrong:
        raise InvalidInput(wrong)


def reverse_disbursement(
    session: Session, actor: Actor, disbursement_id: UUID, command: ReverseDisbursement, now: datetime
) -> Disbursement:
    """Take a wrong payout back by a row of the opposite amount that names it; each payout once.

    The row carries the day of the payout it reverses, so that the month of a mistake shows nothing in the end;
    ``recorded_at`` tells when it was put right. Works on a closed line too: a mistake may be found late.
    """
    only_lenders(actor)
    line_id = session.exec(select(Disbursement.credit_line_id).where(Disbursement.id == disbursement_id)).one_or_none()
    if line_id is None:
        raise NotFound()
    line, lead, need = lock_line(session, line_id)
    payout = session.get_one(Disbursement, disbursement_id)
    if payout.reverses_id is not None:
        raise Conflict(N_("This row is a reversal itself. If it was wrong, record the payout again."))
    if session.exec(select(Disbursement.id).where(Disbursement.reverses_id == payout.id)).first() is not None:
        raise Conflict(ALREADY_REVERSED)
    if payout.amount > outstanding(session, line.id):
        raise Conflict(N_("Principal of this payout is already repaid or renewed. Reverse that first."))
    reversal = Disbursement(
        **payout.model_dump(
            exclude={
                "id",
                "amount",
                "external_reference",
                "reverses_id",
                "reversal_reason",
                "recorded_at",
                "recorded_by",
            }
        ),
        amount=-payout.amount,
        # The lender's references stay the lender's; this one cannot meet them.
        external_reference=f"reversal:{payout.id}",
        reverses_id=payout.id,
        reversal_reason=command.reason,
        recorded_at=now,
        recorded_by=actor.user_id,
    )
    session.add(reversal)
    session.flush()
    _after(session, actor, reversal, "disbursement.reversed", now)
    detail = {"cause": StepCause.REVERSAL.value, "amount": str(reversal.amount), "note": command.reason}
    follow_line(session, actor, line, lead, need, now, disbursement_id=str(reversal.id), **detail)
    return reversal


def _after(session: Session, actor: Actor, row: Disbursement, action: str, now: datetime) -> None:
    record(
        session,
        actor,
        action,
        "disbursement",
        row.id,
        now,
        amount=str(row.amount),
        credit_line_id=str(row.credit_line_id),
        external_reference=row.external_reference,
    )
