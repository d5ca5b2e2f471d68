"""What programs may ask for, under /api/v1: bearer tokens, JSON, problem+json, and each write once per key."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.api import leads, lending, source, source_catalogue

ROUTES: list[ControllerRouterHandler] = [*leads.ROUTES, *lending.ROUTES, *source.ROUTES, *source_catalogue.ROUTES]
