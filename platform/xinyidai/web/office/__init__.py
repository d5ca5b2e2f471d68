"""Pages of the financial office and of administrators."""

from litestar.types import ControllerRouterHandler

ROUTES: list[ControllerRouterHandler] = []
