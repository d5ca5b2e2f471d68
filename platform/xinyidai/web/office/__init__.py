"""Pages of the financial office and of administrators."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.office import (
    calendar,
    cases,
    clocks,
    credit_lines,
    deliveries,
    disbursements,
    dispatch,
    enterprises,
    imports,
    institutions,
    loans,
    needs,
    overview,
    rankings,
)

ROUTES: list[ControllerRouterHandler] = [
    *overview.ROUTES,
    *disbursements.ROUTES,
    *credit_lines.ROUTES,
    *loans.ROUTES,
    *needs.ROUTES,
    *rankings.ROUTES,
    *dispatch.ROUTES,
    *enterprises.ROUTES,
    *institutions.ROUTES,
    *imports.ROUTES,
    *deliveries.ROUTES,
    *cases.ROUTES,
    *clocks.ROUTES,
    *calendar.ROUTES,
]
