"""Pages of lenders: officers and managers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.institution import (
    credit_lines,
    data_requests,
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
    *reports.ROUTES,
    *data_requests.ROUTES,
    *credit_lines.ROUTES,
    *exchange.ROUTES,
    *products.ROUTES,
    *webhooks.ROUTES,
    *product_form.ROUTES,
]
