"""Pages of lenders: officers and managers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.institution import (
    bulk,
    credit_lines,
    data_requests,
    desk,
    draft_reach,
    exchange,
    guarantees,
    inbox,
    leads,
    ledger,
    offers,
    pool,
    product_form,
    products,
    reports,
    screening,
    screens,
    team,
    webhooks,
)

ROUTES: list[ControllerRouterHandler] = [
    *inbox.ROUTES,
    *leads.ROUTES,
    *data_requests.ROUTES,
    *reports.ROUTES,
    *bulk.ROUTES,
    *desk.ROUTES,
    *pool.ROUTES,
    *team.ROUTES,
    *offers.ROUTES,
    *credit_lines.ROUTES,
    *ledger.ROUTES,
    *guarantees.ROUTES,
    *exchange.ROUTES,
    *products.ROUTES,
    *webhooks.ROUTES,
    *product_form.ROUTES,
    *draft_reach.ROUTES,
    *screening.ROUTES,
    *screens.ROUTES,
]
