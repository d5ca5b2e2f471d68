"""Pages of an enterprise: its needs, matches, offers."""

from litestar.types import ControllerRouterHandler

ROUTES: list[ControllerRouterHandler] = []
