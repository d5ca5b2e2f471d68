"""Pages of lenders: officers and managers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.institution import credit_lines, exchange, inbox, leads, product_form, products, reports

ROUTES: list[ControllerRouterHandler] = [
    *inbox.ROUTES,
    *leads.ROUTES,
    *reports.ROUTES,
    *credit_lines.ROUTES,
    *exchange.ROUTES,
    *products.ROUTES,
    *product_form.ROUTES,
]
