"""Pages of an enterprise: its needs, matches, offers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.enterprise import cases, data, need_form, need_products, needs, offers, profile, records, reports

ROUTES: list[ControllerRouterHandler] = [
    *needs.ROUTES,
    *need_form.ROUTES,
    *need_products.ROUTES,
    *offers.ROUTES,
    *profile.ROUTES,
    *records.ROUTES,
    *cases.ROUTES,
    *data.ROUTES,
    *reports.ROUTES,
]
