"""Pages of lenders: officers and managers."""

from litestar.types import ControllerRouterHandler

ROUTES: list[ControllerRouterHandler] = []
