"""Addresses that do not exist, answered like every other page: in the reader's language, with the menu of whoever is
logged in, with the safety headers and a line in the log. The framework alone answers them before it knows any of this.
"""

from litestar import Litestar, route
from litestar.enums import ScopeType
from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.types import HTTPScope, LifeSpanReceive, LifeSpanScope, LifeSpanSend, Method, Receive, Scope, Send
from litestar.utils.path import normalize_path

from xinyidai.core.errors import NotFound
from xinyidai.web.guards import PUBLIC
from xinyidai.web.requests import ASKED_PATH

_UNKNOWN = "/unknown-address"
_METHODS: list[Method] = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Site(Litestar):
    """The application; what it has no route for is sent to one route of its own. Programs keep the framework's way.

    What can be read can also be asked for its head alone, as programs that watch over a site do.
    """

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        if scope["type"] != "lifespan" and scope["type"] == ScopeType.HTTP:
            scope = self._asked(scope)
        await super().__call__(scope, receive, send)

    def _asked(self, scope: HTTPScope) -> HTTPScope:
        found = scope.copy()
        if found["method"] == "HEAD":
            found["method"] = "GET"  # the server looks at its own scope and sends no body
        if found["method"] in _METHODS and not self._has(found):
            found[ASKED_PATH] = found["path"]  # type: ignore[literal-required]
            found["path"] = _UNKNOWN
        return found

    def _has(self, scope: HTTPScope) -> bool:
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
