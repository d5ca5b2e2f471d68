"""Pages of an enterprise: its needs, matches, offers."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.enterprise import profile

ROUTES: list[ControllerRouterHandler] = [*profile.ROUTES]
