"""The officer's inbox."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from litestar import get
from litestar.params import FromQuery
from litestar.response import Template

from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.i18n import N_, _
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.core.reference import divisions
from xinyidai.institutions.absences import stands_in_for
from xinyidai.institutions.branches import branch_of, branches_under
from xinyidai.institutions.models import Branch
from xinyidai.leads.types import LeadRoute
from xinyidai.lending.inbox import (
    TABS,
    InboxFilter,
    InboxRow,
    LeadTab,
    inbox,
    inbox_counts,
    products_in_inbox,
)
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.institution.bulk import BulkAct
from xinyidai.web.lists import list_request
from xinyidai.web.render import render
from xinyidai.web.requests import Request, Response


@dataclass(frozen=True, slots=True)
class Tab:
    value: str
    label: str
    count: int
    href: str
    active: bool


@dataclass(frozen=True, slots=True)
class InboxPage:
    title: str
    tab: LeadTab
    tabs: list[Tab]
    listing: Listing[InboxRow]
    form: FormState
    products: list[tuple[str, str]]
    filtered: bool
    branch: str
    away: int

    @property
    def routes(self) -> list[tuple[str, str]]:
        return LeadRoute.choices()

    @property
    def orders(self) -> list[tuple[str, str]]:
        return [(value, _(label)) for value, label in _ORDERS]

    @property
    def bulk(self) -> list[tuple[str, str]]:
        """What can be done with several leads of this basket at once."""
        acts = (
            BulkAct.choices() if self.tab is LeadTab.WAITING else [(BulkAct.HAND_OVER.value, BulkAct.HAND_OVER.label)]
        )
        return acts if self.tab in _OPEN_TABS else []

    @property
    def several_states(self) -> bool:
        """In a basket of one state the column would only repeat the basket's name."""
        return len(TABS[self.tab]) > 1


_OPEN_TABS = (LeadTab.WAITING, LeadTab.TAKEN, LeadTab.PAPERS, LeadTab.OFFERED, LeadTab.GRANTED)
_ORDERS = (
    ("-urgent", N_("most urgent first")),
    ("due", N_("first due first")),
    ("-amount", N_("largest amount first")),
    ("-score", N_("best fit first")),
    ("-sent", N_("newest first")),
)


@dataclass(frozen=True, slots=True)
class Perimeter:
    """Whose leads a reader sees first: those of the own branch and below; of everybody where there is none."""

    branch: str
    branches: tuple[UUID, ...]
    people: tuple[UUID, ...]
    """The reader, and whoever is away and has named the reader to stand in."""


def _perimeter(session: ActorSession, actor: Actor, today: date) -> Perimeter:
    if actor.user_id is None:
        return Perimeter("", (), ())
    own = branch_of(session, actor.user_id)
    named = session.get(Branch, own) if own else None
    under = tuple(branches_under(session, own)) if own else ()
    return Perimeter(named.name if named else "", under, (actor.user_id, *stands_in_for(session, actor.user_id, today)))


def _chosen(own: Perimeter, tab: str, product: str, mine: str, route: str, within: str) -> InboxFilter:
    """Values that no filter has are ignored: an old bookmark must still open."""
    try:
        product_id = UUID(product) if product else None
    except ValueError:
        product_id = None
    return InboxFilter(
        tab=LeadTab(tab) if tab in set(LeadTab) else LeadTab.WAITING,
        product_id=product_id,
        officers=own.people if mine else (),
        branches=() if within == "all" else own.branches,
        people=own.people,
        route=LeadRoute(route) if route in set(LeadRoute) else None,
    )


@get("/institution/leads", allow=INSTITUTION, sync_to_thread=True)
def leads(
    request: Request,
    session: Session,
    actor: CurrentActor,
    now: Now,
    tab: FromQuery[str] = "",
    q: FromQuery[str] = "",
    product: FromQuery[str] = "",
    mine: FromQuery[str] = "",
    route: FromQuery[str] = "",
    within: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    page: FromQuery[str] = "1",
) -> Template:
    own = _perimeter(session, actor, business_date(now))
    chosen, asked = _chosen(own, tab, product, mine, route, within), list_request(page, sort, q)
    counts = inbox_counts(session, chosen)
    kept = {"within": within, "mine": mine}
    shown = InboxPage(
        title=_("Leads"),
        tab=chosen.tab,
        tabs=[Tab(one, one.label, counts[one], _tab_address(one, kept), one is chosen.tab) for one in LeadTab],
        listing=inbox(session, asked, chosen, business_date(now), counts),
        form=FormState(
            {"q": asked.search, "product": product, "mine": mine, "route": route, "within": within, "sort": sort}
        ),
        products=products_in_inbox(session),
        filtered=bool(asked.search or chosen.product_id or chosen.officers or chosen.route),
        branch=own.branch,
        away=len(own.people) - 1,
    )
    return render(request, "institution/leads/list.html", shown)


def _tab_address(tab: LeadTab, kept: dict[str, str]) -> str:
    return "/institution/leads?" + urlencode(
        {"tab": tab.value, **{name: value for name, value in kept.items() if value}}
    )


@get("/institution/leads/export", allow=INSTITUTION, sync_to_thread=True)
def leads_export(
    session: Session,
    actor: CurrentActor,
    now: Now,
    tab: FromQuery[str] = "",
    q: FromQuery[str] = "",
    product: FromQuery[str] = "",
    mine: FromQuery[str] = "",
    route: FromQuery[str] = "",
    within: FromQuery[str] = "",
    sort: FromQuery[str] = "",
) -> Response:
    """The rows of the list as it stands, up to ten thousand of them."""
    chosen = _chosen(_perimeter(session, actor, business_date(now)), tab, product, mine, route, within)
    asked = ListRequest(1, EXPORT_LIMIT, sort, list_request("1", sort, q).search)
    rows = inbox(session, asked, chosen, business_date(now)).rows
    header = [
        _("Enterprise"),
        _("Credit code"),
        _("Need"),
        _("Region"),
        _("Amount (10,000 yuan)"),
        _("Term (months)"),
        _("Purpose"),
        _("Product"),
        _("Fit (0 to 100)"),
        _("State"),
        _("How it came"),
        _("Received on"),
        _("Due on"),
        _("Working days left"),
        _("Who acts next"),
        _("Officer"),
        _("Branch"),
    ]
    return csv_answer(f"leads-{business_date(now)}", header, map(_exported, rows))


def _exported(row: InboxRow) -> list[object]:
    return [
        row.enterprise,
        row.code,
        row.need_number,
        divisions.name_of(row.region_code or ""),
        wan_from_yuan(row.amount),
        row.term_months,
        row.purpose,
        row.product,
        row.score,
        row.status.label,
        row.route,
        business_date(row.sent_at),
        row.due,
        row.days_left,
        row.awaited,
        row.officer,
        row.branch,
    ]


ROUTES = [leads, leads_export]
