"""Addresses that do not exist, answered like every other page: in the reader's language, with the menu of whoever is
logged in, with the safety headers and a line in the log. The framework alone answers them before it knows any of this.
"""

from litestar import Litestar, route
from litestar.enums import HttpMethod, ScopeType
from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.types import Receive, Scope, Send
from litestar.utils.path import normalize_path

from xinyidai.core.errors import NotFound
from xinyidai.web.guards import PUBLIC
from xinyidai.web.requests import ASKED_PATH

_UNKNOWN = "/unknown-address"
_METHODS = [HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE]


class Site(Litestar):
    """The application; what it has no route for is sent to one route of its own. Programs keep the framework's way."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        if scope["type"] == ScopeType.HTTP and scope["method"] in _METHODS and not self._has(scope):
            scope[ASKED_PATH] = scope["path"]  # type: ignore[literal-required]
            scope["path"] = _UNKNOWN
        await super().__call__(scope, receive, send)

    def _has(self, scope: Scope) -> bool:
        if scope["path"].startswith("/api/"):
            return True
        try:
            self.asgi_router.handle_routing(path=normalize_path(scope["path"]), method=scope["method"])
        except (NotFoundException, MethodNotAllowedException):
            return False
        return True


@route(_UNKNOWN, http_method=_METHODS, allow=PUBLIC, exclude_from_csrf=True, sync_to_thread=False)
def unknown() -> None:
    raise NotFound()


ROUTES = [unknown]
