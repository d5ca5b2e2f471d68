"""Renewal without repayment of principal 无还本续贷: a new line that names the one it renews.

What is owed goes over into the new line by one row of ``repayments``. No payout is written, so no total of money lent
can count the loan twice (docs/adr/0014).
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.day_words import day_in_words
from xinyidai.core.errors import Conflict, InvalidInput
from xinyidai.core.i18n import N_, _
from xinyidai.core.money import wan_from_yuan
from xinyidai.institutions.models import Institution
from xinyidai.lending.commands import RenewLine
from xinyidai.lending.messages import LINE_RENEWED
from xinyidai.lending.models import CreditLine, Repayment
from xinyidai.lending.services.credit_lines import follow_line, lock_line, outstanding
from xinyidai.lending.services.offer_terms import name_of
from xinyidai.lending.services.offers import only_lenders
from xinyidai.lending.services.repayments import of_line
from xinyidai.lending.types import StepCause
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_enterprise


def renew_line(session: Session, actor: Actor, line_id: UUID, command: RenewLine, now: datetime) -> CreditLine:
    """Carry all principal that is owed on a line over into a new one, and close the old one.

    Raises Conflict where nothing is owed: there is nothing to renew.
    """
    only_lenders(actor)
    line, lead, need = lock_line(session, line_id)
    owed = outstanding(session, line.id)
    if owed <= 0:
        raise Conflict(N_("No principal is owed on this line, so there is nothing to renew."))
    _check(session, line, owed, command, now)
    copied = ("lead_id", "need_id", "product_id", "enterprise_id", "institution_id", "region_code")
    renewal = CreditLine(
        **{name: getattr(line, name) for name in copied},
        renews_id=line.id,
        contract_number=command.contract_number,
        amount=owed,
        annual_rate=command.annual_rate,
        term_months=command.term_months,
        guarantee_mode=line.guarantee_mode,
        repayment_mode=line.repayment_mode,
        approved_on=command.approved_on,
        expires_on=command.expires_on,
        approved_by=actor.user_id,
        approved_at=now,
    )
    session.add(renewal)
    session.flush()
    row = Repayment(
        **of_line(line),
        kind="carried_over",
        principal=owed,
        interest=Decimal(0),
        repaid_on=command.approved_on,
        external_reference=f"renewal:{renewal.id}",
        renewal_line_id=renewal.id,
        recorded_at=now,
        recorded_by=actor.user_id,
    )
    session.add(row)
    line.closed_on = line.closed_on or business_date(now)
    session.flush()
    record(session, actor, "credit_line.renewed", "credit_line", renewal.id, now, renews=str(line.id), amount=str(owed))
    record(session, actor, "repayment.carried_over", "repayment", row.id, now, principal=str(owed))
    detail = {"cause": StepCause.RENEWED.value, "amount": str(owed), "credit_line_id": str(renewal.id)}
    follow_line(session, actor, line, lead, need, now, **detail)
    notify(
        session,
        to_enterprise(line.enterprise_id),
        LINE_RENEWED,
        now,
        link=f"/enterprise/needs/{line.need_id}",
        lender=name_of(session, Institution, line.institution_id),
        amount=str(wan_from_yuan(owed)),
        until=renewal.expires_on.isoformat(),
    )
    return renewal


def _check(session: Session, line: CreditLine, owed: Decimal, command: RenewLine, now: datetime) -> None:
    wrong: dict[str, str] = {}
    if command.approved_on > business_date(now):
        wrong["approved_on"] = N_("This day is in the future. Please enter the day of the approval.")
    elif command.approved_on < line.approved_on:
        wrong["approved_on"] = _("The line was only granted on %(day)s.", day=day_in_words(line.approved_on))
    elif outstanding(session, line.id, command.approved_on) < owed:
        wrong["approved_on"] = N_("Part of what is owed was paid out only after this day.")
    if command.expires_on <= command.approved_on:
        wrong["expires_on"] = N_("The line must end after the day of its approval.")
    if wrong:
        raise InvalidInput(wrong)
