"""Pages of departments that deliver data."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.source import cases, deliveries

ROUTES: list[ControllerRouterHandler] = [*deliveries.ROUTES, *cases.ROUTES]
