"""Where the financial office begins: the figures of the city, and every one of them opens into its rows."""

from dataclasses import dataclass, replace
from decimal import Decimal

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from xinyidai.calendar.service import missing_year
from xinyidai.core.clock import business_date
from xinyidai.core.errors import NotFound
from xinyidai.core.i18n import _
from xinyidai.core.money import WAN
from xinyidai.statistics.dimensions import Dimension
from xinyidai.statistics.filters import PayoutFilter
from xinyidai.statistics.queries.credit_lines import LineFilter
from xinyidai.statistics.queries.needs import DateBasis, NeedFilter, Stage
from xinyidai.statistics.queries.overview import Overview, overview, unsecured
from xinyidai.statistics.queries.totals import CountAndAmount, Line, Totals, breakdown, totals
from xinyidai.web.deps import AppSettings, Now, Session, User
from xinyidai.web.exports import csv_answer
from xinyidai.web.guards import OFFICE
from xinyidai.web.office.asked import (
    Asked,
    OfficeQuery,
    Scope,
    address,
    in_wan,
    read_query,
    read_query_of_export,
    scope,
)
from xinyidai.web.render import render
from xinyidai.web.requests import Request, Response

PAYOUTS, CREDIT_LINES, NEEDS = "/office/disbursements", "/office/credit-lines", "/office/needs"
MOST_IN_CHART = 12


@dataclass(frozen=True, slots=True)
class Links:
    """Where each headline figure opens."""

    paid: str
    enterprises: str
    credit: str
    needs: str
    granted: str
    by: dict[str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """A count with its unit, an amount, and the rows behind both."""

    count: int
    unit: str
    amount: Decimal
    href: str


@dataclass(frozen=True, slots=True)
class StageRow:
    label: str
    amount_of: str
    event: Cell
    cohort: Cell


@dataclass(frozen=True, slots=True)
class Chart:
    """A breakdown as a chart draws it: amounts in 万元, with the address of each line's rows."""

    labels: list[str]
    values: list[Decimal]
    hrefs: list[str]
    shown: int
    all: int


@dataclass(frozen=True, slots=True)
class OverviewPage:
    title: str
    asked: Asked
    scope: Scope
    figures: Overview | None
    links: Links
    months: Chart
    institutions: Chart
    regions: Chart
    stages: list[StageRow]
    dimensions: list[tuple[str, str]]
    unknown_year: int | None
    """A year that last days reach into soon and whose holidays nobody has entered."""


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    label: str
    totals: Totals
    share: Decimal | None
    href: str


@dataclass(frozen=True, slots=True)
class BreakdownPage:
    title: str
    asked: Asked
    scope: Scope
    dimension: Dimension
    dimensions: list[tuple[str, str]]
    rows: list[BreakdownRow]
    whole: Totals
    whole_href: str
    chart: Chart
    in_time: bool


@get("/office", allow=OFFICE, sync_to_thread=True)
def show_overview(request: Request, session: Session, user: User, settings: AppSettings, now: Now) -> Template:
    asked = read_query(request)
    filter_ = _asked_filter(asked.query)
    figures = overview(session, filter_) if asked.ok else None
    page = OverviewPage(
        title=_("Overview"),
        asked=asked,
        scope=scope(request, user, settings, asked, now),
        figures=figures,
        links=_links(filter_),
        months=_chart(figures.by_month if figures else []),
        institutions=_chart(figures.by_institution if figures else [], MOST_IN_CHART),
        regions=_chart(figures.by_region if figures else []),
        stages=_stages(figures, filter_) if figures else [],
        dimensions=_dimensions(filter_),
        unknown_year=missing_year(session, business_date(now)),
    )
    return render(request, "office/overview.html", page, status=asked.status)


@get("/office/by/{dimension:str}", allow=OFFICE, sync_to_thread=True)
def show_breakdown(
    request: Request, session: Session, user: User, settings: AppSettings, now: Now, dimension: FromPath[str]
) -> Template:
    by = _dimension(dimension)
    asked = read_query(request)
    filter_ = _asked_filter(asked.query)
    lines = breakdown(session, filter_, by) if asked.ok else []
    whole = totals(session, filter_) if asked.ok else Totals()
    page = BreakdownPage(
        title=_("Money paid out: %(by)s", by=by.label),
        asked=asked,
        scope=scope(request, user, settings, asked, now),
        dimension=by,
        dimensions=_dimensions(filter_),
        rows=[_row(line, whole) for line in lines],
        whole=whole,
        whole_href=address(PAYOUTS, filter_),
        chart=_chart(lines, None if by is Dimension.MONTH else MOST_IN_CHART),
        in_time=by is Dimension.MONTH,
    )
    return render(request, "office/by.html", page, status=asked.status)


@get("/office/by/{dimension:str}/export", allow=OFFICE, sync_to_thread=True)
def export_breakdown(request: Request, session: Session, dimension: FromPath[str]) -> Response:
    by = _dimension(dimension)
    filter_ = _asked_filter(read_query_of_export(request))
    whole = totals(session, filter_)
    header = [
        by.column_label,
        _("Amount (10,000 yuan)"),
        _("Share (%)"),
        _("Number of payouts"),
        _("Number of reversals"),
        _("Average rate (%)"),
    ]
    rows = [
        (
            line.label,
            in_wan(line.totals.amount),
            _percent(line.totals.share_of(whole.amount)),
            line.totals.payouts,
            line.totals.reversals,
            _rounded(line.totals.average_rate),
        )
        for line in breakdown(session, filter_, by)
    ]
    return csv_answer(f"disbursed-by-{by.value}", header, rows)


def _asked_filter(query: OfficeQuery) -> PayoutFilter:
    """Totals take a period and a district; whatever else stands in the query is another page's."""
    return PayoutFilter(period=query.period, region=query.region)


def _dimension(value: str) -> Dimension:
    if value not in set(Dimension):
        raise NotFound()
    return Dimension(value)


def _dimensions(filter_: PayoutFilter) -> list[tuple[str, str]]:
    return [(one.label, address(f"/office/by/{one.value}", filter_)) for one in Dimension]


def _links(filter_: PayoutFilter) -> Links:
    return Links(
        paid=address(PAYOUTS, filter_),
        enterprises=address(PAYOUTS, filter_, count="enterprises"),
        credit=address(PAYOUTS, unsecured(filter_)),
        needs=address(NEEDS, NeedFilter(filter_.period, region=filter_.region)),
        granted=address(CREDIT_LINES, LineFilter(filter_.period, region=filter_.region)),
        by={one.value: address(f"/office/by/{one.value}", filter_) for one in Dimension},
    )


def _stages(figures: Overview, filter_: PayoutFilter) -> list[StageRow]:
    """The funnel as a table: for each stage what happened in the period, and what became of the needs posted in it."""
    posted = NeedFilter(filter_.period, region=filter_.region)
    needs, lines, payouts = _("needs"), _("credit lines"), _("payouts")
    by_event = {
        Stage.POSTED: (needs, address(NEEDS, posted)),
        Stage.IN_CONTACT: (needs, address(NEEDS, replace(posted, by=DateBasis.CONTACT))),
        Stage.CREDITED: (lines, address(CREDIT_LINES, LineFilter(filter_.period, region=filter_.region))),
        Stage.DISBURSED: (payouts, address(PAYOUTS, filter_)),
    }
    amounts = {Stage.CREDITED: _("amount granted"), Stage.DISBURSED: _("amount paid out")}
    cohort = dict(figures.funnels.cohort.stages())
    return [
        StageRow(
            label=stage.label,
            amount_of=amounts.get(stage, _("amount asked for")),
            event=_cell(counted, *by_event[stage]),
            cohort=_cell(cohort[stage], needs, address(NEEDS, replace(posted, stage=stage))),
        )
        for stage, counted in figures.funnels.by_event.stages()
    ]


def _cell(counted: CountAndAmount, unit: str, href: str) -> Cell:
    return Cell(counted.count, unit, counted.amount, href)


def _chart(lines: list[Line], most: int | None = None) -> Chart:
    shown = lines[:most]
    return Chart(
        labels=[line.label for line in shown],
        values=[line.totals.amount / WAN for line in shown],
        hrefs=[address(PAYOUTS, line.filter) for line in shown],
        shown=len(shown),
        all=len(lines),
    )


def _row(line: Line, whole: Totals) -> BreakdownRow:
    return BreakdownRow(line.label, line.totals, line.totals.share_of(whole.amount), address(PAYOUTS, line.filter))


def _percent(share: Decimal | None) -> Decimal | None:
    return _rounded(share * 100) if share is not None else None


def _rounded(value: Decimal | None) -> Decimal | None:
    return round(value, 4) if value is not None else None


ROUTES = [show_overview, show_breakdown, export_breakdown]
