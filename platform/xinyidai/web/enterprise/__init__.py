"""Pages of an enterprise: its needs, matches, offers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.enterprise import credit, need_form, need_products, needs, offers, profile

ROUTES: list[ControllerRouterHandler] = [
    *needs.ROUTES,
    *need_form.ROUTES,
    *need_products.ROUTES,
    *offers.ROUTES,
    *profile.ROUTES,
    *credit.ROUTES,
]
