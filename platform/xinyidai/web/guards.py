"""Deny first: a route without an ``allow`` answers nobody.

Every handler says who may call it, ``@get("/needs", allow=ENTERPRISE)``; one guard of the application enforces it, and
a test lists every route with its answer.
"""

from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler

from xinyidai.core.actor import HUMAN_ROLES, INSTITUTION_ROLES, OFFICE_ROLES, Role
from xinyidai.core.errors import Forbidden
from xinyidai.web.requests import Connection

PUBLIC: frozenset[Role] = frozenset({Role.GUEST}) | HUMAN_ROLES
ENTERPRISE = frozenset({Role.ENTERPRISE_MEMBER})
INSTITUTION = INSTITUTION_ROLES
MANAGER = frozenset({Role.INSTITUTION_MANAGER})
OFFICE = OFFICE_ROLES | {Role.ADMINISTRATOR}
SOURCE = frozenset({Role.SOURCE_CLERK})
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
SIGNED_IN = HUMAN_ROLES


async def authorise(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guests are sent to the login; the wrong role gets the same answer as a page that does not exist."""
    allowed: frozenset[Role] = handler.opt.get("allow", frozenset())
    user = connection.scope.get("user")  # static files are served without asking who wants them
    role = user.role if user else Role.GUEST
    if role in allowed:
        return
    if role is Role.GUEST and allowed:
        raise NotAuthorizedException()
    raise Forbidden()
