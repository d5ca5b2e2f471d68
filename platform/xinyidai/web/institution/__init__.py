"""Pages of lenders: officers and managers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.institution import (
    credit_lines,
    exchange,
    guarantees,
    inbox,
    leads,
    ledger,
    offers,
    product_form,
    products,
    webhooks,
)

ROUTES: list[ControllerRouterHandler] = [
    *inbox.ROUTES,
    *leads.ROUTES,
    *offers.ROUTES,
    *credit_lines.ROUTES,
    *ledger.ROUTES,
    *guarantees.ROUTES,
    *exchange.ROUTES,
    *products.ROUTES,
    *webhooks.ROUTES,
    *product_form.ROUTES,
]
