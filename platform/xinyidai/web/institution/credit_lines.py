"""Credit lines, what was paid out of them, and corrections."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.i18n import _
from xinyidai.core.money import wan_from_yuan, without_zeros
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.core.validation import parse
from xinyidai.lending.commands import RecordDisbursement, ReverseDisbursement
from xinyidai.lending.ledger import LineLedger, line_ledger
from xinyidai.lending.line_queries import (
    LineRow,
    PayoutRow,
    all_payouts,
    credit_line,
    credit_lines,
    payout,
    payouts_of_line,
)
from xinyidai.lending.models import PayoutProposal
from xinyidai.lending.services import close_credit_line, pay_out, reverse_disbursement
from xinyidai.lending.types import LineState
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request, Response


@dataclass(frozen=True, slots=True)
class LinesPage:
    title: str
    listing: Listing[LineRow]
    form: FormState
    states: list[tuple[str, str]]
    filtered: bool


@dataclass(frozen=True, slots=True)
class LinePage:
    title: str
    line: LineRow
    payouts: list[PayoutRow]
    form: FormState
    ledger: LineLedger
    four_eyes: Decimal


@dataclass(frozen=True, slots=True)
class CloseLinePage:
    title: str
    line: LineRow


@dataclass(frozen=True, slots=True)
class ReversePage:
    title: str
    payout: PayoutRow
    form: FormState


def _state(value: str) -> LineState | None:
    return LineState(value) if value in set(LineState) else None


@get("/institution/credit-lines", allow=INSTITUTION, sync_to_thread=True)
def lines(
    request: Request,
    session: Session,
    now: Now,
    q: FromQuery[str] = "",
    show: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    page: FromQuery[str] = "1",
) -> Template:
    asked, chosen = list_request(page, sort, q), _state(show)
    shown = LinesPage(
        title=_("Credit lines"),
        listing=credit_lines(session, asked, business_date(now), chosen),
        form=FormState({"q": asked.search, "show": chosen or ""}),
        states=LineState.choices(),
        filtered=bool(asked.search or chosen),
    )
    return render(request, "institution/credit_lines/list.html", shown)


@get("/institution/credit-lines/export", allow=INSTITUTION, sync_to_thread=True)
def lines_export(
    session: Session,
    now: Now,
    q: FromQuery[str] = "",
    show: FromQuery[str] = "",
    sort: FromQuery[str] = "",
) -> Response:
    asked = ListRequest(1, EXPORT_LIMIT, sort, list_request("1", sort, q).search)
    header = [
        _("Contract number"),
        _("Enterprise"),
        _("Credit code"),
        _("Product"),
        _("Amount (10,000 yuan)"),
        _("Paid out (10,000 yuan)"),
        _("Left (10,000 yuan)"),
        _("Owed (10,000 yuan)"),
        _("Rate (% a year)"),
        _("Term (months)"),
        _("Security"),
        _("Repayment"),
        _("Approved on"),
        _("Ends on"),
        _("Closed on"),
        _("State"),
    ]
    rows = credit_lines(session, asked, business_date(now), _state(show)).rows
    return csv_answer(f"credit-lines-{business_date(now)}", header, map(_line_exported, rows))


def _line_exported(row: LineRow) -> list[object]:
    return [
        row.contract_number,
        row.enterprise,
        row.code,
        row.product,
        wan_from_yuan(row.amount),
        wan_from_yuan(row.paid),
        wan_from_yuan(row.left),
        wan_from_yuan(row.outstanding),
        without_zeros(row.annual_rate),
        row.term_months,
        row.guarantee.label,
        row.repayment.label,
        row.approved_on,
        row.expires_on,
        row.closed_on,
        row.state.label,
    ]


@get("/institution/credit-lines/payouts/export", allow=INSTITUTION, sync_to_thread=True)
def payouts_export(session: Session, now: Now) -> Response:
    """Every payout and reversal of the institution, newest first, up to ten thousand rows."""
    return _payouts_file(all_payouts(session, EXPORT_LIMIT), business_date(now))


@get("/institution/credit-lines/{line_id:uuid}/export", allow=INSTITUTION, sync_to_thread=True)
def line_export(session: Session, now: Now, line_id: FromPath[UUID]) -> Response:
    credit_line(session, line_id, business_date(now))
    return _payouts_file(payouts_of_line(session, line_id), business_date(now))


def _payouts_file(rows: list[PayoutRow], today: date) -> Response:
    header = [
        _("Contract number"),
        _("Enterprise"),
        _("Credit code"),
        _("Paid on"),
        _("Amount (10,000 yuan)"),
        _("Reference"),
        _("Kind"),
        _("Reason of the reversal"),
        _("Recorded at"),
        _("Recorded by"),
    ]
    cells = (
        [
            row.contract_number,
            row.enterprise,
            row.code,
            row.paid_on,
            wan_from_yuan(row.amount),
            row.reference,
            _("Reversal") if row.is_reversal else _("Payout"),
            row.reason,
            row.recorded_at,
            row.recorded_by,
        ]
        for row in rows
    )
    return csv_answer(f"payouts-{today}", header, cells)


def _address(line_id: UUID) -> str:
    return f"/institution/credit-lines/{line_id}"


def _line_page(session: ActorSession, line_id: UUID, today: date, form: FormState, four_eyes: Decimal) -> LinePage:
    line = credit_line(session, line_id, today)
    title = _("Credit line %(number)s", number=line.contract_number)
    return LinePage(title, line, payouts_of_line(session, line_id), form, line_ledger(session, line_id), four_eyes)


@get("/institution/credit-lines/{line_id:uuid}", allow=INSTITUTION, sync_to_thread=True)
def line(request: Request, session: Session, settings: AppSettings, now: Now, line_id: FromPath[UUID]) -> Template:
    today = business_date(now)
    page = _line_page(session, line_id, today, FormState({"paid_on": today}), settings.four_eyes_yuan)
    return render(request, "institution/credit_lines/line.html", page)


@get("/institution/credit-lines/{line_id:uuid}/payouts", allow=INSTITUTION, sync_to_thread=False)
def payouts_of(line_id: FromPath[UUID]) -> Redirect:
    """Where a refused payout's page is reloaded by hand."""
    return redirect(_address(line_id))


@post("/institution/credit-lines/{line_id:uuid}/payouts", allow=INSTITUTION, sync_to_thread=True)
def record_payout(
    request: Request,
    data: FormData,
    session: Session,
    actor: CurrentActor,
    settings: AppSettings,
    now: Now,
    line_id: FromPath[UUID],
) -> Template | Redirect:
    typed, limit = texts(data), settings.four_eyes_yuan
    with attempt(session) as outcome:
        made = pay_out(session, actor, line_id, parse(RecordDisbursement, typed), now, four_eyes=limit)
    if not outcome.ok:
        page = _line_page(session, line_id, business_date(now), refused(typed, outcome.errors), limit)
        return render(request, "institution/credit_lines/line.html", page, status=422)
    amount = wan_from_yuan(made.amount)
    if isinstance(made, PayoutProposal):
        text = _(
            "The payout of %(amount)s (10,000 yuan) waits for a second person and counts once confirmed.", amount=amount
        )
        return redirect(_address(line_id), level="info", flash=text)
    return redirect(_address(line_id), flash=_("The payout of %(amount)s (10,000 yuan) is recorded.", amount=amount))


@get("/institution/credit-lines/{line_id:uuid}/close", allow=INSTITUTION, sync_to_thread=True)
def close_form(request: Request, session: Session, now: Now, line_id: FromPath[UUID]) -> Template | Redirect:
    line = credit_line(session, line_id, business_date(now))
    if line.state is LineState.CLOSED:
        return redirect(_address(line_id), level="info", flash=_("This credit line is closed already."))
    return render(request, "institution/credit_lines/close.html", CloseLinePage(_("Close the credit line"), line))


@post("/institution/credit-lines/{line_id:uuid}/close", allow=INSTITUTION, sync_to_thread=True)
def close(session: Session, actor: CurrentActor, now: Now, line_id: FromPath[UUID]) -> Redirect:
    close_credit_line(session, actor, line_id, now)
    return redirect(_address(line_id), flash=_("The credit line is closed."))


def _reverse_page(session: ActorSession, payout_id: UUID, form: FormState) -> ReversePage:
    return ReversePage(_("Reverse this payout"), payout(session, payout_id), form)


@get("/institution/payouts/{payout_id:uuid}/reverse", allow=INSTITUTION, sync_to_thread=True)
def reverse_form(request: Request, session: Session, payout_id: FromPath[UUID]) -> Template | Redirect:
    page = _reverse_page(session, payout_id, FormState())
    if page.payout.is_reversal or page.payout.is_reversed:
        text = _("This payout is already reversed, or is itself a reversal.")
        return redirect(_address(page.payout.line_id), level="warning", flash=text)
    return render(request, "institution/credit_lines/reverse.html", page)


@post("/institution/payouts/{payout_id:uuid}/reverse", allow=INSTITUTION, sync_to_thread=True)
def reverse(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, payout_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        row = reverse_disbursement(session, actor, payout_id, parse(ReverseDisbursement, typed), now)
    if not outcome.ok:
        page = _reverse_page(session, payout_id, refused(typed, outcome.errors))
        return render(request, "institution/credit_lines/reverse.html", page, status=422)
    return redirect(_address(row.credit_line_id), flash=_("The payout is reversed."))


ROUTES = [
    lines,
    lines_export,
    payouts_export,
    line,
    line_export,
    payouts_of,
    record_payout,
    close_form,
    close,
    reverse_form,
    reverse,
]
