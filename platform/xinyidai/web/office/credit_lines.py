"""Credit lines: what was granted, and how much of each has been paid out."""

from dataclasses import dataclass

from litestar import get
from litestar.response import Template

from xinyidai.core.i18n import _
from xinyidai.statistics.queries.credit_lines import CreditLines, every_line, list_lines
from xinyidai.statistics.queries.names import institution_choices
from xinyidai.web.deps import AppSettings, Now, Session, User
from xinyidai.web.exports import csv_answer
from xinyidai.web.guards import OFFICE
from xinyidai.web.office.asked import Asked, Chip, Scope, chips, in_wan, read_query, read_query_of_export, scope
from xinyidai.web.render import render
from xinyidai.web.requests import Request, Response


@dataclass(frozen=True, slots=True)
class CreditLinesPage:
    title: str
    asked: Asked
    scope: Scope
    chips: list[Chip]
    lines: CreditLines | None
    institutions: list[tuple[str, str]]


@get("/office/credit-lines", allow=OFFICE, sync_to_thread=True)
def credit_lines(request: Request, session: Session, user: User, settings: AppSettings, now: Now) -> Template:
    asked = read_query(request)
    page = CreditLinesPage(
        title=_("Credit lines"),
        asked=asked,
        scope=scope(request, user, settings, asked, now),
        chips=chips(request, session, asked.query),
        lines=list_lines(session, asked.query.credit_lines, asked.query.request) if asked.ok else None,
        institutions=institution_choices(session),
    )
    return render(request, "office/credit_lines/list.html", page, status=asked.status)


@get("/office/credit-lines/export", allow=OFFICE, sync_to_thread=True)
def export_credit_lines(request: Request, session: Session) -> Response:
    query = read_query_of_export(request)
    header = [
        _("Approved on"),
        _("Enterprise"),
        _("Institution"),
        _("Product"),
        _("District"),
        _("Contract"),
        _("Limit (10,000 yuan)"),
        _("Paid out (10,000 yuan)"),
        _("Rate (% a year)"),
        _("Guarantee"),
        _("Ends on"),
    ]
    found = every_line(session, query.credit_lines, query.sort)
    rows = (
        (
            row.approved_on.isoformat(),
            row.enterprise,
            row.institution,
            row.product,
            row.region_label,
            row.contract_number,
            in_wan(row.amount),
            in_wan(row.paid),
            row.annual_rate,
            row.guarantee_label,
            row.expires_on.isoformat(),
        )
        for row in found
    )
    return csv_answer("credit-lines", header, rows)


ROUTES = [credit_lines, export_credit_lines]
