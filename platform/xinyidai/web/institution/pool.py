"""Open needs that the institution may take up by itself."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.clock import business_date
from xinyidai.core.errors import Conflict
from xinyidai.core.i18n import _
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.core.reference import divisions
from xinyidai.leads.claims import claim_need
from xinyidai.leads.clocks import rules_of
from xinyidai.leads.pool_queries import OpenNeed, PoolFilter, open_needs
from xinyidai.needs.types import Purpose
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import Request, Response


@dataclass(frozen=True, slots=True)
class PoolPage:
    title: str
    listing: Listing[OpenNeed]
    form: FormState
    regions: list[tuple[str, str]]
    purposes: list[tuple[str, str]]
    most: int
    filtered: bool


def _chosen(region: str, purpose: str, free: str, most: int) -> PoolFilter:
    """Values that no filter has are ignored: an old bookmark must still open."""
    known_region = region if divisions.is_known(region) else ""
    return PoolFilter(known_region, purpose if purpose in set(Purpose) else "", most if free else None)


@get("/institution/pool", allow=INSTITUTION, sync_to_thread=True)
def pool(
    request: Request,
    session: Session,
    settings: AppSettings,
    q: FromQuery[str] = "",
    region: FromQuery[str] = "",
    purpose: FromQuery[str] = "",
    free: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    page: FromQuery[str] = "1",
) -> Template:
    chosen, asked = _chosen(region, purpose, free, settings.claims_per_need), list_request(page, sort, q)
    shown = PoolPage(
        title=_("Open needs"),
        listing=open_needs(session, asked, chosen),
        form=FormState({"q": asked.search, "region": chosen.region, "purpose": chosen.purpose, "free": free}),
        regions=[(one.code, one.name) for one in divisions.children(settings.city_region)],
        purposes=Purpose.choices(),
        most=settings.claims_per_need,
        filtered=bool(asked.search or chosen.region or chosen.purpose or free),
    )
    return render(request, "institution/pool.html", shown)


@get("/institution/pool/export", allow=INSTITUTION, sync_to_thread=True)
def pool_export(
    session: Session,
    settings: AppSettings,
    now: Now,
    q: FromQuery[str] = "",
    region: FromQuery[str] = "",
    purpose: FromQuery[str] = "",
    free: FromQuery[str] = "",
    sort: FromQuery[str] = "",
) -> Response:
    chosen = _chosen(region, purpose, free, settings.claims_per_need)
    asked = ListRequest(1, EXPORT_LIMIT, sort, list_request("1", sort, q).search)
    header = [
        _("Need"),
        _("Posted on"),
        _("Amount (10,000 yuan)"),
        _("Term (months)"),
        _("Purpose"),
        _("Region"),
        _("Industry"),
        _("Size"),
        _("Our product"),
        _("Fit (0 to 100)"),
        _("Taken by (institutions)"),
    ]
    rows = [
        [
            one.number,
            business_date(one.posted_at),
            wan_from_yuan(one.amount),
            one.term_months,
            one.purpose,
            one.region,
            one.industry,
            one.size,
            one.product,
            one.score,
            one.claims,
        ]
        for one in open_needs(session, asked, chosen).rows
    ]
    return csv_answer(f"open-needs-{business_date(now)}", header, rows)


@post("/institution/pool/{need_id:uuid}/claim", allow=INSTITUTION, sync_to_thread=True)
def claim(session: Session, actor: CurrentActor, settings: AppSettings, now: Now, need_id: FromPath[UUID]) -> Redirect:
    """A need that others were faster to take is told as a message on the list: nothing went wrong."""
    try:
        lead = claim_need(session, actor, need_id, now, most=settings.claims_per_need, rules=rules_of(settings))
    except Conflict as refusal:
        return redirect("/institution/pool", level="warning", flash=refusal.message)
    told = _("The need is yours. Contact the enterprise by the day shown here.")
    return redirect(f"/institution/leads/{lead.id}", flash=told)


@get("/institution/pool/{need_id:uuid}/claim", allow=INSTITUTION, sync_to_thread=False)
def claimed(need_id: FromPath[UUID]) -> Redirect:
    """Where the page of a refused click is reloaded."""
    return redirect("/institution/pool")


ROUTES = [pool, pool_export, claim, claimed]
