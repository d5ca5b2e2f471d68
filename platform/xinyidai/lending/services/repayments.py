"""What came back, as the lender reports it, and corrections of it. Rows are only ever added."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.day_words import day_in_words
from xinyidai.core.errors import Conflict, InvalidInput, NotFound
from xinyidai.core.i18n import N_, _
from xinyidai.lending.commands import RecordRepayment, ReverseDisbursement
from xinyidai.lending.errors import REPAYMENT_REVERSED, REPAYMENT_TAKEN
from xinyidai.lending.models import CreditLine, Repayment
from xinyidai.lending.services.credit_lines import follow_line, left_of, lock_line, outstanding
from xinyidai.lending.services.offers import only_lenders
from xinyidai.lending.types import StepCause
from xinyidai.products.types import RepaymentMode


def record_repayment(
    session: Session, actor: Actor, line_id: UUID, command: RecordRepayment, now: datetime
) -> Repayment:
    """Record principal and interest that came back on a line, never more principal than is owed.

    Works on a closed or ended line too: most loans are repaid after their line has ended. When nothing is owed any
    more, the need is settled.
    """
    only_lenders(actor)
    line, lead, need = lock_line(session, line_id)
    taken = select(Repayment.id).where(
        Repayment.institution_id == line.institution_id, Repayment.external_reference == command.external_reference
    )
    if session.exec(taken).first() is not None:
        raise InvalidInput({"external_reference": REPAYMENT_TAKEN})
    _check(session, line, command, now)
    row = Repayment(
        **of_line(line),
        principal=command.principal,
        interest=command.interest,
        repaid_on=command.repaid_on,
        external_reference=command.external_reference,
        recorded_at=now,
        recorded_by=actor.user_id,
    )
    _add(session, actor, row, "repayment.recorded", now)
    detail = {"cause": StepCause.REPAYMENT.value, "amount": str(row.principal + row.interest)}
    follow_line(session, actor, line, lead, need, now, repayment_id=str(row.id), **detail)
    return row


def _check(session: Session, line: CreditLine, command: RecordRepayment, now: datetime) -> None:
    wrong: dict[str, str] = {}
    owed = outstanding(session, line.id)
    if command.principal > owed:
        wrong["principal"] = (
            _("Only %(owed)s yuan of principal is owed.", owed=f"{owed:,.2f}")
            if owed > 0
            else N_("No principal is owed on this line.")
        )
    elif command.principal + command.interest == 0:
        wrong["principal"] = N_("Please enter the principal or the interest that was repaid.")
    if command.repaid_on > business_date(now):
        wrong["repaid_on"] = N_("This day is in the future. Please record a repayment once it is made.")
    elif command.repaid_on < line.approved_on:
        wrong["repaid_on"] = _("The line was only granted on %(day)s.", day=day_in_words(line.approved_on))
    elif not wrong and command.principal > (then := outstanding(session, line.id, command.repaid_on)):
        wrong["repaid_on"] = _(
            "On %(day)s only %(owed)s yuan of principal was owed.",
            day=day_in_words(command.repaid_on),
            owed=f"{then:,.2f}",
        )
    if wrong:
        raise InvalidInput(wrong)


def reverse_repayment(
    session: Session, actor: Actor, repayment_id: UUID, command: ReverseDisbursement, now: datetime
) -> Repayment:
    """Take a wrong repayment back by a row of the opposite amounts that names it; each once.

    A renewal is undone in the same way: what was carried over is owed on the old line again, and the new line, which
    must not have been repaid or renewed itself, is closed.
    """
    only_lenders(actor)
    line_id = session.exec(select(Repayment.credit_line_id).where(Repayment.id == repayment_id)).one_or_none()
    if line_id is None:
        raise NotFound()
    line, lead, need = lock_line(session, line_id)
    row = session.get_one(Repayment, repayment_id)
    if row.reverses_id is not None:
        raise Conflict(N_("This row is a reversal itself. If it was wrong, record the repayment again."))
    if session.exec(select(Repayment.id).where(Repayment.reverses_id == row.id)).first() is not None:
        raise Conflict(REPAYMENT_REVERSED)
    revolving = line.repayment_mode == RepaymentMode.REVOLVING.value
    if revolving and row.renewal_line_id is None and left_of(session, line) < row.principal:
        raise Conflict(N_("The money was drawn again since. Reverse that payout first."))
    cause = StepCause.REPAYMENT_REVERSED
    if row.renewal_line_id is not None:
        _close_renewal(session, actor, row, now)
        cause = StepCause.RENEWAL_UNDONE
    copied = row.model_dump(exclude={"id", "recorded_at", "recorded_by", "reversal_reason"})
    reversal = Repayment(
        **{
            **copied,
            "principal": -row.principal,
            "interest": -row.interest,
            # The lender's references stay the lender's; this one cannot meet them.
            "external_reference": f"reversal:{row.id}",
            "reverses_id": row.id,
        },
        reversal_reason=command.reason,
        recorded_at=now,
        recorded_by=actor.user_id,
    )
    _add(session, actor, reversal, "repayment.reversed", now)
    detail = {"cause": cause.value, "amount": str(reversal.principal + reversal.interest), "note": command.reason}
    follow_line(session, actor, line, lead, need, now, repayment_id=str(reversal.id), **detail)
    return reversal


def _close_renewal(session: Session, actor: Actor, row: Repayment, now: datetime) -> None:
    assert row.renewal_line_id is not None  # noqa: S101 - the caller has looked
    renewal, _lead, _need = lock_line(session, row.renewal_line_id)
    if outstanding(session, renewal.id) < row.principal:
        raise Conflict(N_("The renewed loan was already repaid or renewed itself. Reverse that first."))
    if renewal.closed_on is None:
        renewal.closed_on = max(business_date(now), renewal.approved_on)
        record(session, actor, "credit_line.closed", "credit_line", renewal.id, now)


def of_line(line: CreditLine) -> dict[str, Any]:
    """What a row of money takes from its line."""
    names = ("need_id", "enterprise_id", "institution_id", "region_code")
    return {"credit_line_id": line.id, **{name: getattr(line, name) for name in names}}


def _add(session: Session, actor: Actor, row: Repayment, action: str, now: datetime) -> None:
    session.add(row)
    session.flush()
    amounts = {"principal": str(row.principal), "interest": str(row.interest)}
    record(session, actor, action, "repayment", row.id, now, credit_line_id=str(row.credit_line_id), **amounts)
