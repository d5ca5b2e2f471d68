"""Pages of an enterprise: its needs, matches, offers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.enterprise import (
    cases,
    consent_giving,
    consents,
    credit,
    data,
    data_reads,
    need_form,
    need_products,
    needs,
    offers,
    profile,
    records,
    reports,
    screening,
    sharing,
)

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
    *credit.ROUTES,
    *consents.ROUTES,
    *consent_giving.ROUTES,
    *data_reads.ROUTES,
    *sharing.ROUTES,
    *screening.ROUTES,
]
