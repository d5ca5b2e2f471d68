"""Pages of lenders: officers and managers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.institution import product_form, products

ROUTES: list[ControllerRouterHandler] = [*products.ROUTES, *product_form.ROUTES]
