"""How a loan stands, as its lender reports it day by day."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.day_words import day_in_words
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import N_, _
from xinyidai.institutions.models import Institution
from xinyidai.lending.commands import ReportOverdue
from xinyidai.lending.jobs import FinancingChanged
from xinyidai.lending.messages import OVERDUE_OVER, OVERDUE_REPORTED
from xinyidai.lending.models import CreditLine, OverdueReport
from xinyidai.lending.services.credit_lines import lock_line, net_paid, outstanding
from xinyidai.lending.services.offer_terms import name_of
from xinyidai.lending.services.offers import only_lenders
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_enterprise
from xinyidai.outbox.jobs import enqueue


def report_overdue(
    session: Session, actor: Actor, line_id: UUID, command: ReportOverdue, now: datetime
) -> OverdueReport:
    """Write what is past due on a day and the loan's class; the enterprise is told of it, and of its end."""
    only_lenders(actor)
    line, _lead, _need = lock_line(session, line_id)
    _check(session, line, command, now)
    before = _newest(session, line.id)
    report = OverdueReport(
        credit_line_id=line.id,
        enterprise_id=line.enterprise_id,
        institution_id=line.institution_id,
        region_code=line.region_code,
        as_of=command.as_of,
        principal=command.principal,
        interest=command.interest,
        days=command.days,
        grade=command.grade.value,
        note=command.note,
        recorded_at=now,
        recorded_by=actor.user_id,
    )
    session.add(report)
    session.flush()
    detail = {"credit_line_id": str(line.id), "principal": str(report.principal), "grade": report.grade}
    record(session, actor, "overdue.reported", "overdue_report", report.id, now, **detail)
    enqueue(session, FinancingChanged(line.enterprise_id), now)
    if report.days or (before is not None and before.days and before.as_of <= report.as_of):
        notify(
            session,
            to_enterprise(line.enterprise_id),
            OVERDUE_REPORTED if report.days else OVERDUE_OVER,
            now,
            link=f"/enterprise/needs/{line.need_id}",
            lender=name_of(session, Institution, line.institution_id),
            amount=f"{report.principal + report.interest:,.2f}",
            days=report.days,
            day=report.as_of.isoformat(),
        )
    return report


def _newest(session: Session, line_id: UUID) -> OverdueReport | None:
    """The report that counts: of the newest day the last."""
    newest = select(OverdueReport).where(OverdueReport.credit_line_id == line_id)
    return session.exec(newest.order_by(col(OverdueReport.as_of).desc(), col(OverdueReport.id).desc())).first()


def _check(session: Session, line: CreditLine, command: ReportOverdue, now: datetime) -> None:
    wrong: dict[str, str] = {}
    if (command.days > 0) != (command.principal + command.interest > 0):
        wrong["days"] = N_("Amounts past due and the days since when belong together: give both, or neither.")
    if command.as_of > business_date(now):
        wrong["as_of"] = N_("This day is in the future.")
    elif command.as_of < line.approved_on:
        wrong["as_of"] = _("The line was only granted on %(day)s.", day=day_in_words(line.approved_on))
    elif command.days and not _was_lent(session, line, command.as_of):
        wrong["as_of"] = N_("Nothing was paid out from this line up to this day, so nothing can be past due.")
    elif command.principal > (owed := outstanding(session, line.id, command.as_of)):
        wrong["principal"] = _(
            "On %(day)s only %(owed)s yuan of principal was owed.",
            day=day_in_words(command.as_of),
            owed=f"{owed:,.2f}",
        )
    if wrong:
        raise InvalidInput(wrong)


def _was_lent(session: Session, line: CreditLine, day: date) -> bool:
    """Whether money of this loan was out by that day; a renewal goes on with what was lent before it."""
    return line.renews_id is not None or net_paid(session, line.id, day) > 0
