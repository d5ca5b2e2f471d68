"""Pages of lenders: officers and managers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.institution import (
    credit_lines,
    data_requests,
    draft_reach,
    exchange,
    inbox,
    leads,
    product_form,
    products,
    reports,
    webhooks,
)

ROUTES: list[ControllerRouterHandler] = [
    *inbox.ROUTES,
    *leads.ROUTES,
    *data_requests.ROUTES,
    *reports.ROUTES,
    *credit_lines.ROUTES,
    *exchange.ROUTES,
    *products.ROUTES,
    *webhooks.ROUTES,
    *product_form.ROUTES,
    *draft_reach.ROUTES,
]
