"""After the money went out: repayments, renewals and overdue reports of a line, and corrections."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.i18n import N_, _
from xinyidai.core.money import without_zeros
from xinyidai.core.validation import parse
from xinyidai.lending.commands import RecordRepayment, RenewLine, ReportOverdue, ReverseDisbursement
from xinyidai.lending.ledger import RepaymentRow, repayment
from xinyidai.lending.line_queries import LineRow, credit_line
from xinyidai.lending.services import record_repayment, renew_line, report_overdue, reverse_repayment
from xinyidai.lending.types import LoanGrade
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request

_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class LedgerFormPage:
    """A form about one line."""

    title: str
    line: LineRow
    form: FormState
    grades: list[tuple[str, str]] = field(default_factory=LoanGrade.choices)


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of entry in the books of a line: its form, its command, its service, what is said when it is done."""

    template: str
    title: str
    command: type[Any]
    act: Callable[..., Any]
    done: str
    needs_debt: bool = True


REPAY = Entry("repay", N_("Record a repayment"), RecordRepayment, record_repayment, N_("The repayment is recorded."))
RENEW = Entry("renew", N_("Renew without repayment"), RenewLine, renew_line, N_("The loan is renewed."))
OVERDUE = Entry(
    "overdue", N_("Report how the loan stands"), ReportOverdue, report_overdue, N_("The report is recorded."), False
)


def _line_address(line_id: UUID) -> str:
    return f"/institution/credit-lines/{line_id}"


def _render(
    request: Request,
    session: ActorSession,
    entry: Entry,
    line_id: UUID,
    today: date,
    form: FormState,
    status: int = 200,
) -> Template:
    page = LedgerFormPage(_(entry.title), credit_line(session, line_id, today), form)
    return render(request, f"institution/credit_lines/{entry.template}.html", page, status=status)


def _show(
    request: Request, session: ActorSession, entry: Entry, line_id: UUID, today: date, values: dict[str, object]
) -> Template | Redirect:
    if entry.needs_debt and credit_line(session, line_id, today).outstanding <= 0:
        return redirect(_line_address(line_id), level="info", flash=_("No principal is owed on this line."))
    return _render(request, session, entry, line_id, today, FormState(values))


def _do(
    request: Request, data: FormData, session: ActorSession, actor: Any, entry: Entry, line_id: UUID, now: Any
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        made = entry.act(session, actor, line_id, parse(entry.command, typed), now)
    if not outcome.ok:
        form = refused(typed, outcome.errors)
        return _render(request, session, entry, line_id, business_date(now), form, 422)
    target = made.id if entry is RENEW else line_id
    return redirect(_line_address(target), flash=_(entry.done))


@get("/institution/credit-lines/{line_id:uuid}/repay", allow=INSTITUTION, sync_to_thread=True)
def repay_form(request: Request, session: Session, now: Now, line_id: FromPath[UUID]) -> Template | Redirect:
    today = business_date(now)
    return _show(request, session, REPAY, line_id, today, {"repaid_on": today})


@post("/institution/credit-lines/{line_id:uuid}/repay", allow=INSTITUTION, sync_to_thread=True)
def repay(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, line_id: FromPath[UUID]
) -> Template | Redirect:
    return _do(request, data, session, actor, REPAY, line_id, now)


@get("/institution/credit-lines/{line_id:uuid}/renew", allow=INSTITUTION, sync_to_thread=True)
def renew_form(request: Request, session: Session, now: Now, line_id: FromPath[UUID]) -> Template | Redirect:
    today = business_date(now)
    line = credit_line(session, line_id, today)
    proposed = {"annual_rate": without_zeros(line.annual_rate), "term_months": 12, "approved_on": today}
    return _show(request, session, RENEW, line_id, today, {**proposed, "expires_on": today + _YEAR})


@post("/institution/credit-lines/{line_id:uuid}/renew", allow=INSTITUTION, sync_to_thread=True)
def renew(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, line_id: FromPath[UUID]
) -> Template | Redirect:
    return _do(request, data, session, actor, RENEW, line_id, now)


@get("/institution/credit-lines/{line_id:uuid}/overdue", allow=INSTITUTION, sync_to_thread=True)
def overdue_form(request: Request, session: Session, now: Now, line_id: FromPath[UUID]) -> Template | Redirect:
    today = business_date(now)
    return _show(request, session, OVERDUE, line_id, today, {"as_of": today, "days": 0})


@post("/institution/credit-lines/{line_id:uuid}/overdue", allow=INSTITUTION, sync_to_thread=True)
def overdue(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, line_id: FromPath[UUID]
) -> Template | Redirect:
    return _do(request, data, session, actor, OVERDUE, line_id, now)


@dataclass(frozen=True, slots=True)
class ReversePage:
    title: str
    row: RepaymentRow
    form: FormState


def _reverse_page(session: ActorSession, repayment_id: UUID, form: FormState) -> ReversePage:
    row = repayment(session, repayment_id)
    return ReversePage(_("Undo the renewal") if row.renewal_line_id else _("Reverse this repayment"), row, form)


@get("/institution/repayments/{repayment_id:uuid}/reverse", allow=INSTITUTION, sync_to_thread=True)
def reverse_form(request: Request, session: Session, repayment_id: FromPath[UUID]) -> Template | Redirect:
    page = _reverse_page(session, repayment_id, FormState())
    if page.row.is_reversal or page.row.is_reversed:
        text = _("This row is already reversed, or is itself a reversal.")
        return redirect(_line_address(page.row.line_id), level="warning", flash=text)
    return render(request, "institution/credit_lines/reverse_repayment.html", page)


@post("/institution/repayments/{repayment_id:uuid}/reverse", allow=INSTITUTION, sync_to_thread=True)
def reverse(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, repayment_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        row = reverse_repayment(session, actor, repayment_id, parse(ReverseDisbursement, typed), now)
    if not outcome.ok:
        page = _reverse_page(session, repayment_id, refused(typed, outcome.errors))
        return render(request, "institution/credit_lines/reverse_repayment.html", page, status=422)
    return redirect(_line_address(row.credit_line_id), flash=_("The row is reversed."))


ROUTES = [repay_form, repay, renew_form, renew, overdue_form, overdue, reverse_form, reverse]
