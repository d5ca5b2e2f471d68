"""Pages of lenders: officers and managers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.institution import credit_lines, draft_reach, exchange, inbox, leads, product_form, products

ROUTES: list[ControllerRouterHandler] = [
    *inbox.ROUTES,
    *leads.ROUTES,
    *credit_lines.ROUTES,
    *exchange.ROUTES,
    *products.ROUTES,
    *product_form.ROUTES,
    *draft_reach.ROUTES,
]
