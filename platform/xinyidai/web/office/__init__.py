"""Pages of the financial office and of administrators."""

from litestar.types import ControllerRouterHandler

from xinyidai.web.office import enterprises, imports

ROUTES: list[ControllerRouterHandler] = [*enterprises.ROUTES, *imports.ROUTES]
