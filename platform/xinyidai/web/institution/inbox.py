"""The officer's inbox."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get
from litestar.params import FromQuery
from litestar.response import Template

from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.i18n import _
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.core.reference import divisions
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

    @property
    def several_states(self) -> bool:
        """In a basket of one state the column would only repeat the basket's name."""
        return len(TABS[self.tab]) > 1


def _chosen(actor: Actor, tab: str, product: str, mine: str) -> InboxFilter:
    """Values that no filter has are ignored: an old bookmark must still open."""
    try:
        product_id = UUID(product) if product else None
    except ValueError:
        product_id = None
    return InboxFilter(
        tab=LeadTab(tab) if tab in set(LeadTab) else LeadTab.WAITING,
        product_id=product_id,
        officers=(actor.user_id,) if mine and actor.user_id else (),
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
    sort: FromQuery[str] = "",
    page: FromQuery[str] = "1",
) -> Template:
    chosen, asked = _chosen(actor, tab, product, mine), list_request(page, sort, q)
    counts = inbox_counts(session)
    shown = InboxPage(
        title=_("Leads"),
        tab=chosen.tab,
        tabs=[Tab(one, one.label, counts[one], f"/institution/leads?tab={one}", one is chosen.tab) for one in LeadTab],
        listing=inbox(session, asked, chosen, business_date(now)),
        form=FormState({"q": asked.search, "product": product, "mine": mine}),
        products=products_in_inbox(session),
        filtered=bool(asked.search or chosen.product_id or chosen.officers),
    )
    return render(request, "institution/leads/list.html", shown)


@get("/institution/leads/export", allow=INSTITUTION, sync_to_thread=True)
def leads_export(
    session: Session,
    actor: CurrentActor,
    now: Now,
    tab: FromQuery[str] = "",
    q: FromQuery[str] = "",
    product: FromQuery[str] = "",
    mine: FromQuery[str] = "",
    sort: FromQuery[str] = "",
) -> Response:
    """The rows of the list as it stands, up to ten thousand of them."""
    chosen = _chosen(actor, tab, product, mine)
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
        _("Officer"),
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
        row.officer,
    ]


ROUTES = [leads, leads_export]
