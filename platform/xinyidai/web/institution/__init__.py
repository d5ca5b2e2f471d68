"""Pages of lenders: officers and managers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.institution import (
    bulk,
    credit_lines,
    desk,
    exchange,
    inbox,
    leads,
    pool,
    product_form,
    products,
    team,
)

ROUTES: list[ControllerRouterHandler] = [
    *inbox.ROUTES,
    *leads.ROUTES,
    *bulk.ROUTES,
    *desk.ROUTES,
    *pool.ROUTES,
    *team.ROUTES,
    *credit_lines.ROUTES,
    *exchange.ROUTES,
    *products.ROUTES,
    *product_form.ROUTES,
]
