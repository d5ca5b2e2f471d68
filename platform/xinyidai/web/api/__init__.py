"""What programs may ask for, under /api/v1: bearer tokens, JSON, problem+json, and each write once per key."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.api import leads, lending, source

ROUTES: list[ControllerRouterHandler] = [*leads.ROUTES, *lending.ROUTES, *source.ROUTES]
