"""Pages of lenders: officers and managers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.institution import credit_lines, leads, product_form, products

ROUTES: list[ControllerRouterHandler] = [
    *leads.ROUTES,
    *credit_lines.ROUTES,
    *products.ROUTES,
    *product_form.ROUTES,
]
