"""What the query of an office page asks for: one reading of it for all pages, so that their links fit together."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from sqlmodel import Session

from xinyidai.accounts.types import CurrentUser
from xinyidai.core.clock import business_date
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import N_, _, current_locale
from xinyidai.core.money import WAN
from xinyidai.core.paging import MAX_PAGE, ListRequest
from xinyidai.core.reference import divisions, industries
from xinyidai.core.validation import Command, parse
from xinyidai.enterprises.types import SizeClass
from xinyidai.leads.types import SlaClock
from xinyidai.needs.types import NeedStatus
from xinyidai.products.types import GuaranteeMode
from xinyidai.settings import Settings
from xinyidai.statistics.dimensions import UNKNOWN, region_label, section_label
from xinyidai.statistics.filters import PayoutFilter
from xinyidai.statistics.periods import Period, last_month, last_year, this_month, this_year
from xinyidai.statistics.queries.clocks import ClockFilter, Kept
from xinyidai.statistics.queries.credit_lines import LineFilter
from xinyidai.statistics.queries.names import enterprise_name, institution_choices, product_name
from xinyidai.statistics.queries.needs import DateBasis, NeedFilter, Stage
from xinyidai.web.formats import date_full
from xinyidai.web.forms import FormState, texts
from xinyidai.web.links import changed_query
from xinyidai.web.requests import Request

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _iso_day(value: object) -> object:
    # Without this, a bare number would be read as seconds since 1970.
    if isinstance(value, str) and not _ISO_DAY.fullmatch(value.strip()):
        raise ValueError(N_("Please enter a date such as 2026-11-22."))
    return value


def _page_number(value: object) -> int:
    """A page that nobody could mean is the first page."""
    text = str(value)
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 1
    return min(max(number, 1), MAX_PAGE)


Day = Annotated[date, BeforeValidator(_iso_day)]


class OfficeQuery(Command):
    """Every name that the query of an office page may have; each page uses those that concern it."""

    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    institution: UUID | None = None
    product: UUID | None = None
    enterprise: UUID | None = None
    region: str = Field(default="", pattern=r"^([0-9]{6}|unknown)?$")
    guarantee: GuaranteeMode | None = None
    size: SizeClass | None = None
    section: str = Field(default="", pattern=r"^([A-T]|unknown)?$")
    status: NeedStatus | None = None
    stage: Stage = Stage.POSTED
    by: DateBasis = DateBasis.POSTED
    count: Literal["", "enterprises"] = ""
    clock: SlaClock | None = None
    kept: Kept | None = None
    search: str = Field(default="", max_length=100)
    sort: str = Field(default="", max_length=30)
    page: Annotated[int, BeforeValidator(_page_number)] = 1

    @field_validator("last")
    @classmethod
    def _not_before_the_first(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("first")
        if value and first and value < first:
            raise ValueError(N_("The last day lies before the first day."))
        return value

    @property
    def period(self) -> Period:
        return Period(self.first, self.last)

    @property
    def request(self) -> ListRequest:
        return ListRequest(page=self.page, sort=self.sort, search=self.search)

    @property
    def payouts(self) -> PayoutFilter:
        return PayoutFilter(
            period=self.period,
            institution=self.institution,
            product=self.product,
            region=self.region,
            guarantee=self.guarantee.value if self.guarantee else "",
            size=self.size.value if self.size else "",
            section=self.section,
            enterprise=self.enterprise,
            search=self.search,
        )

    @property
    def credit_lines(self) -> LineFilter:
        return LineFilter(self.period, self.institution, self.region, self.search)

    @property
    def needs(self) -> NeedFilter:
        return NeedFilter(self.period, self.by, self.stage, self.status, self.region, self.search)


@dataclass(frozen=True, slots=True)
class Asked:
    """``query`` asks for nothing where ``form`` has errors; no figures are shown then."""

    query: OfficeQuery
    form: FormState

    @property
    def ok(self) -> bool:
        return not self.form.errors

    @property
    def status(self) -> int:
        return 200 if self.ok else 422


def read_query(request: Request, period: Period | None = None) -> Asked:
    """``period`` is meant where the query says nothing of days."""
    given = texts(request.query_params.dict())
    if period and not {"from", "to", "days"} & given.keys():
        given |= {"from": str(period.first), "to": str(period.last)}
    try:
        return Asked(parse(OfficeQuery, given), FormState(given))
    except InvalidInput as error:
        return Asked(OfficeQuery(), FormState(given, {name: _(message) for name, message in error.fields.items()}))


def read_query_of_export(request: Request, period: Period | None = None) -> OfficeQuery:
    """A file with other rows than were asked for would mislead: raises InvalidInput instead."""
    asked = read_query(request, period)
    if not asked.ok:
        raise InvalidInput(asked.form.errors)
    return asked.query


def address(path: str, filter_: PayoutFilter | LineFilter | NeedFilter | ClockFilter, **more: str) -> str:
    """The list behind a figure."""
    query = urlencode({**filter_.parameters(), **more})
    return f"{path}?{query}" if query else path


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures a page shows, and of which days, in words."""

    whose: str
    days: str
    presets: list[tuple[str, str, bool]]
    """Label, address and whether it is the one shown."""
    regions: list[tuple[str, str]]
    """Districts to choose from; empty for whoever sees one district only."""


def scope(request: Request, user: CurrentUser, settings: Settings, asked: Asked, now: datetime) -> Scope:
    place = divisions.name_of(user.region) if user.region else settings.city_name
    if asked.query.region:
        place = region_label(asked.query.region)
    return Scope(
        whose=_("Figures of %(place)s", place=place),
        days=period_said(asked.query.period),
        presets=_presets(request, asked.query.period, business_date(now)),
        regions=region_choices(user, settings),
    )


def period_said(period: Period) -> str:
    locale = current_locale()
    first, last = (date_full(day, locale) if day else "" for day in (period.first, period.last))
    if first and last:
        return _("%(first)s to %(last)s", first=first, last=last)
    if first:
        return _("since %(first)s", first=first)
    return _("until %(last)s", last=last) if last else _("since the start of the platform")


def _presets(request: Request, period: Period, today: date) -> list[tuple[str, str, bool]]:
    known = [
        (_("All"), Period()),
        (_("This year"), this_year(today)),
        (_("This month"), this_month(today)),
        (_("Last month"), last_month(today)),
        (_("Last year"), last_year(today)),
    ]
    query = request.url.query
    return [
        (
            label,
            changed_query(query, page=None, days=None if one.first else "all", **{"from": one.first, "to": one.last}),
            one == period,
        )
        for label, one in known
    ]


def region_choices(user: CurrentUser, settings: Settings) -> list[tuple[str, str]]:
    """The districts that the reader may see, and a line for what is not known."""
    if len(user.region) == 6:
        return []
    below = divisions.children(user.region or settings.city_region)
    own = [(division.code, division.name) for division in below]
    return own if user.region else [*own, (UNKNOWN, region_label(UNKNOWN))]


def section_choices() -> list[tuple[str, str]]:
    sections = [
        (section.code, f"{section.code} {industries.name_of(section.code)}") for section in industries.sections()
    ]
    return [*sections, (UNKNOWN, section_label(UNKNOWN))]


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is in force, in words, and the same list without it."""

    label: str
    value: str
    href: str


def chips(request: Request, session: Session, query: OfficeQuery) -> list[Chip]:
    """What narrows a list apart from its days; the names of what a link pointed at are looked up."""
    found: list[tuple[str, str, str | None]] = []
    if query.institution:
        names = dict(institution_choices(session))
        found.append(("institution", _("Institution"), names.get(str(query.institution))))
    if query.product:
        found.append(("product", _("Product"), product_name(session, query.product)))
    if query.enterprise:
        found.append(("enterprise", _("Enterprise"), enterprise_name(session, query.enterprise)))
    if query.region:
        found.append(("region", _("District"), region_label(query.region)))
    if query.guarantee:
        found.append(("guarantee", _("Guarantee"), query.guarantee.label))
    if query.size:
        found.append(("size", _("Size of enterprise"), query.size.label))
    if query.section:
        found.append(("section", _("Industry"), section_label(query.section)))
    if query.status:
        found.append(("status", _("Status"), query.status.label))
    if query.stage is not Stage.POSTED:
        found.append(("stage", _("Has come to"), query.stage.label))
    if query.by is not DateBasis.POSTED:
        found.append(("by", _("Days count by"), query.by.label))
    if query.clock:
        found.append(("clock", _("Clock"), query.clock.label))
    if query.kept:
        found.append(("kept", _("Kept?"), query.kept.label))
    if query.search:
        found.append(("search", _("Search"), query.search))
    here = request.url.query
    return [
        Chip(label, value or _("not known"), changed_query(here, page=None, **{name: None}))
        for name, label, value in found
    ]


def in_wan(yuan: Decimal) -> Decimal:
    """For a column of a file that carries the unit 万元 in its head; exact to the fen."""
    return yuan / WAN
