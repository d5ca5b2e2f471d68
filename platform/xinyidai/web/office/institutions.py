"""How each institution answers and lends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar import get
from litestar.response import Template

from xinyidai.core.calendar_table import working_day_overrides
from xinyidai.core.clock import business_date
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing
from xinyidai.core.working_days import WorkCalendar
from xinyidai.statistics.filters import PayoutFilter
from xinyidai.statistics.periods import this_year
from xinyidai.statistics.queries.credit_lines import LineFilter
from xinyidai.statistics.queries.institutions import InstitutionRow, institution_rows
from xinyidai.statistics.queries.overview import unsecured
from xinyidai.web.deps import AppSettings, Now, Session, User
from xinyidai.web.exports import csv_answer
from xinyidai.web.guards import OFFICE
from xinyidai.web.office.asked import (
    Asked,
    Chip,
    OfficeQuery,
    Scope,
    address,
    chips,
    in_wan,
    read_query,
    read_query_of_export,
    scope,
)
from xinyidai.web.office.overview import CREDIT_LINES, PAYOUTS
from xinyidai.web.render import render
from xinyidai.web.requests import Request, Response


@dataclass(frozen=True, slots=True)
class Row:
    figures: InstitutionRow
    paid_href: str
    credit_href: str
    granted_href: str


@dataclass(frozen=True, slots=True)
class InstitutionsPage:
    title: str
    asked: Asked
    scope: Scope
    chips: list[Chip]
    listing: Listing[Row] | None


_SORTS: dict[str, Callable[[InstitutionRow], Any]] = {
    "name": lambda row: row.name_pinyin,
    "received": lambda row: row.received,
    "answered": lambda row: row.answered_share,
    "median_days": lambda row: row.median_days,
    "granted": lambda row: row.granted.amount,
    "paid": lambda row: row.paid.amount,
    "credit_share": lambda row: row.credit_share,
}
DEFAULT_SORT = "-paid"


@get("/office/institutions", allow=OFFICE, sync_to_thread=True)
def institutions(request: Request, session: Session, user: User, settings: AppSettings, now: Now) -> Template:
    asked = read_query(request, this_year(business_date(now)))
    page = InstitutionsPage(
        title=_("Institutions"),
        asked=asked,
        scope=scope(request, user, settings, asked, now),
        chips=chips(request, session, asked.query),
        listing=_listing(session, asked.query) if asked.ok else None,
    )
    return render(request, "office/institutions/list.html", page, status=asked.status)


def _listing(session: Session, query: OfficeQuery) -> Listing[Row]:
    wanted = query.request
    rows = _sorted_rows(session, query)
    shown = rows[wanted.offset : wanted.offset + wanted.size]
    return Listing([_row(row) for row in shown], len(rows), wanted.page, wanted.size, wanted.sort or DEFAULT_SORT)


def _sorted_rows(session: Session, query: OfficeQuery) -> list[InstitutionRow]:
    """In the order asked for; whoever has no such figure comes last in either direction."""
    filter_ = PayoutFilter(period=query.period, region=query.region)
    rows = institution_rows(session, filter_, WorkCalendar(working_day_overrides(session)))
    if query.search:
        rows = [row for row in rows if query.search in row.name]
    sort = query.sort if query.sort.lstrip("-") in _SORTS else DEFAULT_SORT
    key = _SORTS[sort.lstrip("-")]
    known = [row for row in rows if key(row) is not None]
    return sorted(known, key=key, reverse=sort.startswith("-")) + [row for row in rows if key(row) is None]


def _row(row: InstitutionRow) -> Row:
    lines = LineFilter(row.filter.period, row.id, row.filter.region)
    return Row(
        figures=row,
        paid_href=address(PAYOUTS, row.filter),
        credit_href=address(PAYOUTS, unsecured(row.filter)),
        granted_href=address(CREDIT_LINES, lines),
    )


@get("/office/institutions/export", allow=OFFICE, sync_to_thread=True)
def export_institutions(request: Request, session: Session, now: Now) -> Response:
    query = read_query_of_export(request, this_year(business_date(now)))
    header = [
        _("Institution"),
        _("Kind"),
        _("Leads received"),
        _("Answered"),
        _("Not answered in time"),
        _("Median working days to the answer"),
        _("Credit lines granted"),
        _("Granted (10,000 yuan)"),
        _("Number of payouts"),
        _("Number of reversals"),
        _("Paid out (10,000 yuan)"),
        _("Of this without security (10,000 yuan)"),
    ]
    rows = [
        (
            row.name,
            row.kind.label,
            row.received,
            row.answered,
            row.expired,
            row.median_days,
            row.granted.count,
            in_wan(row.granted.amount),
            row.paid.payouts,
            row.paid.reversals,
            in_wan(row.paid.amount),
            in_wan(row.credit.amount),
        )
        for row in _sorted_rows(session, query)
    ]
    return csv_answer("institutions", header, rows)


ROUTES = [institutions, export_institutions]
