"""The whole ranking of a need, and one product of it explained condition by condition."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from xinyidai.core.db import ActorSession
from xinyidai.core.errors import NotFound
from xinyidai.core.i18n import N_, _
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.paging import Listing
from xinyidai.leads.match_queries import (
    RankedProduct,
    Ranking,
    Verdict,
    latest_ranking,
    ranked_product,
    ranked_products,
)
from xinyidai.leads.need_queries import NeedOverview
from xinyidai.leads.service import MAX_PRODUCTS_AT_ONCE
from xinyidai.needs.types import OPEN_STATUSES
from xinyidai.web.deps import Now, Session
from xinyidai.web.enterprise.needs import asked_for, posted_need
from xinyidai.web.enterprise.sharing import Sharing, opened_for_ranking, sharing_for
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.render import render
from xinyidai.web.requests import Request, Response

_SORTS = {
    "rank": N_("best fit first"),
    "rate": N_("lowest rate first"),
    "days": N_("fastest decision first"),
    "-amount": N_("largest amount first"),
    "institution": N_("by lender"),
}


@dataclass(frozen=True, slots=True)
class ProductsPage:
    title: str
    overview: NeedOverview
    products: Listing[RankedProduct]
    filters: FormState
    verdicts: list[tuple[str, str]]
    sorts: list[tuple[str, str]]
    sharing: Sharing | None = None
    at_once: int = MAX_PRODUCTS_AT_ONCE

    @property
    def can_apply(self) -> bool:
        return self.overview.need.status in OPEN_STATUSES and any(one.can_apply for one in self.products.rows)


@get("/enterprise/needs/{need_id:uuid}/products", allow=ENTERPRISE, sync_to_thread=True)
def products(
    request: Request,
    session: Session,
    now: Now,
    need_id: FromPath[UUID],
    q: FromQuery[str] = "",
    verdict: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Template:
    overview = posted_need(session, need_id)
    asked = asked_for(q, sort or "rank", page)
    found: Listing[RankedProduct] = Listing([], 0, 1, asked.size)
    sharing = sharing_for(session, overview.ranking, now)
    if overview.ranking and sharing:
        found = ranked_products(session, need_id, overview.ranking, asked, sharing.unlocks.allowed, verdict=verdict)
    filters = FormState({"q": q, "verdict": verdict, "sort": sort or "rank"})
    sorts = [(value, _(label)) for value, label in _SORTS.items()]
    title = _("All products for need %(number)s", number=overview.need.number)
    return render(
        request,
        "enterprise/needs/products.html",
        ProductsPage(title, overview, found, filters, Verdict.choices(), sorts, sharing),
    )


@get("/enterprise/needs/{need_id:uuid}/products/export", allow=ENTERPRISE, sync_to_thread=True)
def export_products(
    session: Session,
    now: Now,
    need_id: FromPath[UUID],
    q: FromQuery[str] = "",
    verdict: FromQuery[str] = "",
    sort: FromQuery[str] = "",
) -> Response:
    ranking = _ranking(session, need_id)
    asked = asked_for(q, sort or "rank", size=EXPORT_LIMIT)
    found = ranked_products(session, need_id, ranking, asked, opened_for_ranking(session, now), verdict=verdict).rows
    header = [
        _("Rank"),
        _("Product"),
        _("Lender"),
        _("Result"),
        _("Score (of 100)"),
        _("Lowest rate (% a year)"),
        _("Highest rate (% a year)"),
        _("Amount from (10,000 yuan)"),
        _("Amount to (10,000 yuan)"),
        _("Decision (days)"),
        _("Not met"),
        _("Not known yet"),
    ]
    rows = [
        (
            one.rank,
            one.name,
            one.institution,
            one.verdict.label,
            one.score,
            one.rate_min,
            one.rate_max,
            wan_from_yuan(one.amount_min),
            wan_from_yuan(one.amount_max),
            one.decision_days,
            "; ".join(reason.text for reason in one.reasons.failed),
            "; ".join(reason.text for reason in one.reasons.unknown),
        )
        for one in found
    ]
    return csv_answer(_("All products"), header, rows)


@dataclass(frozen=True, slots=True)
class ProductPage:
    title: str
    need_id: UUID
    number: str
    ranking: Ranking
    product: RankedProduct
    can_apply: bool
    sharing: Sharing | None = None


@get("/enterprise/needs/{need_id:uuid}/products/{product_id:uuid}", allow=ENTERPRISE, sync_to_thread=True)
def product(
    request: Request, session: Session, now: Now, need_id: FromPath[UUID], product_id: FromPath[UUID]
) -> Template:
    overview = posted_need(session, need_id)
    if overview.ranking is None:
        raise NotFound()
    found = ranked_product(session, need_id, overview.ranking, product_id, opened_for_ranking(session, now))
    if found is None:
        raise NotFound()
    open_ = overview.need.status in OPEN_STATUSES and found.can_apply
    sharing = sharing_for(session, overview.ranking, now) if open_ else None
    page = ProductPage(found.name, need_id, overview.need.number, overview.ranking, found, open_, sharing)
    return render(request, "enterprise/needs/product.html", page)


def _ranking(session: ActorSession, need_id: UUID) -> Ranking:
    ranking = latest_ranking(session, need_id)
    if ranking is None:
        raise NotFound()
    return ranking


ROUTES = [products, export_products, product]
