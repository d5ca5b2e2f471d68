"""How far institutions keep their days, as shares that open into the leads behind them."""

from dataclasses import dataclass
from decimal import Decimal

from litestar import get
from litestar.response import Template

from xinyidai.core.clock import business_date
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing
from xinyidai.leads.types import SlaClock
from xinyidai.statistics.periods import this_year
from xinyidai.statistics.queries.clocks import (
    CLOCKS,
    ClockCount,
    ClockFilter,
    ClockRow,
    JudgedLead,
    Kept,
    clock_rows,
    every_judged,
    list_judged,
)
from xinyidai.statistics.queries.names import institution_choices
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
    read_query,
    read_query_of_export,
    scope,
)
from xinyidai.web.render import render
from xinyidai.web.requests import Request, Response

HERE = "/office/institutions/clocks"
ROWS = f"{HERE}/leads"


@dataclass(frozen=True, slots=True)
class Cell:
    """One clock of one institution, with the way to its leads and to those that were not in time."""

    count: ClockCount
    href: str


@dataclass(frozen=True, slots=True)
class Row:
    figures: ClockRow
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class ClocksPage:
    title: str
    asked: Asked
    scope: Scope
    chips: list[Chip]
    clocks: list[SlaClock]
    listing: Listing[Row] | None


@dataclass(frozen=True, slots=True)
class JudgedPage:
    title: str
    asked: Asked
    scope: Scope
    chips: list[Chip]
    listing: Listing[JudgedLead] | None
    institutions: list[tuple[str, str]]
    clocks: list[tuple[str, str]]
    kept: list[tuple[str, str]]


def _filter(query: OfficeQuery) -> ClockFilter:
    return ClockFilter(query.period, query.institution, query.region, query.clock, query.kept)


@get(HERE, allow=OFFICE, sync_to_thread=True)
def clocks(request: Request, session: Session, user: User, settings: AppSettings, now: Now) -> Template:
    asked = read_query(request, this_year(business_date(now)))
    page = ClocksPage(
        title=_("Answered in time"),
        asked=asked,
        scope=scope(request, user, settings, asked, now),
        chips=chips(request, session, asked.query),
        clocks=list(CLOCKS),
        listing=_listing(session, asked.query, now) if asked.ok else None,
    )
    return render(request, "office/clocks/list.html", page, status=asked.status)


def _listing(session: Session, query: OfficeQuery, now: Now) -> Listing[Row]:
    rows, wanted = _sorted_rows(session, query, now), query.request
    shown = [_row(row, query) for row in rows[wanted.offset : wanted.offset + wanted.size]]
    return Listing(shown, len(rows), wanted.page, wanted.size, wanted.sort or "name")


def _sorted_rows(session: Session, query: OfficeQuery, now: Now) -> list[ClockRow]:
    """By name, or by the share of one clock; whoever has no such share comes last in either direction."""
    rows = clock_rows(session, _filter(query), business_date(now))
    if query.search:
        rows = [row for row in rows if query.search in row.name]
    name = query.sort.lstrip("-")
    if name not in set(CLOCKS):
        return rows[::-1] if query.sort == "-name" else rows
    clock = SlaClock(name)
    known = [row for row in rows if row.of(clock).share is not None]
    ordered = sorted(known, key=lambda row: row.of(clock).share or Decimal(0), reverse=query.sort.startswith("-"))
    return ordered + [row for row in rows if row.of(clock).share is None]


def _row(row: ClockRow, query: OfficeQuery) -> Row:
    cells = [
        Cell(row.of(clock), address(ROWS, ClockFilter(query.period, row.id, query.region, clock))) for clock in CLOCKS
    ]
    return Row(row, cells)


@get(f"{HERE}/export", allow=OFFICE, sync_to_thread=True)
def export_clocks(request: Request, session: Session, now: Now) -> Response:
    query = read_query_of_export(request, this_year(business_date(now)))
    header = [_("Institution"), _("Clock"), _("In time (leads)"), _("Too late (leads)"), _("Not done (leads)")]
    rows = (
        (row.name, clock.label, row.of(clock).in_time, row.of(clock).late, row.of(clock).not_done)
        for row in _sorted_rows(session, query, now)
        for clock in CLOCKS
    )
    return csv_answer("answered-in-time", header, rows)


@get(ROWS, allow=OFFICE, sync_to_thread=True)
def judged_leads(request: Request, session: Session, user: User, settings: AppSettings, now: Now) -> Template:
    asked = read_query(request, this_year(business_date(now)))
    query = asked.query
    today = business_date(now)
    page = JudgedPage(
        title=_("Leads and their last days"),
        asked=asked,
        scope=scope(request, user, settings, asked, now),
        chips=chips(request, session, query),
        listing=list_judged(session, _filter(query), query.request, today) if asked.ok else None,
        institutions=institution_choices(session),
        clocks=[(clock.value, clock.label) for clock in CLOCKS],
        kept=Kept.choices(),
    )
    return render(request, "office/clocks/leads.html", page, status=asked.status)


@get(f"{ROWS}/export", allow=OFFICE, sync_to_thread=True)
def export_judged(request: Request, session: Session, now: Now) -> Response:
    query = read_query_of_export(request, this_year(business_date(now)))
    header = [
        _("Need"), _("Enterprise"), _("Institution"), _("Clock"), _("Sent on"), _("Last day"), _("Done on"), _("Kept?")
    ]  # fmt: skip
    found = every_judged(session, _filter(query), query.sort, business_date(now))
    return csv_answer("leads-and-their-last-days", header, map(_cells, found))


def _cells(one: JudgedLead) -> list[object]:
    who = [one.need_number, one.enterprise, one.institution, one.clock.label]
    return [*who, one.sent_on, one.due, one.done, one.kept.label]


ROUTES = [clocks, export_clocks, judged_leads, export_judged]
