"""Deny first: a route without an ``allow`` answers nobody.

Every handler says who may call it, ``@get("/needs", allow=ENTERPRISE)``; one guard of the application enforces it, and
a test lists every route with its answer.
"""

from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler

from xinyidai.core.actor import HUMAN_ROLES, INSTITUTION_ROLES, OFFICE_ROLES, Role
from xinyidai.core.errors import Forbidden, XydError
from xinyidai.core.i18n import N_
from xinyidai.web.requests import Connection

PUBLIC: frozenset[Role] = frozenset({Role.GUEST}) | HUMAN_ROLES
ENTERPRISE = frozenset({Role.ENTERPRISE_MEMBER})
INSTITUTION = INSTITUTION_ROLES
MANAGER = frozenset({Role.INSTITUTION_MANAGER})
OFFICE = OFFICE_ROLES | {Role.ADMINISTRATOR}
SOURCE = frozenset({Role.SOURCE_CLERK})
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
SIGNED_IN = HUMAN_ROLES
PROGRAM_OF_INSTITUTION = frozenset({Role.INSTITUTION_OFFICER})
PROGRAM_OF_SOURCE = frozenset({Role.SOURCE_CLERK})
"""Programs act with a token under /api only, and within its scopes."""


class MissingScope(XydError):
    """The token is good, and its owner knows what it may do: no reason to hide the address."""

    status = 403
    code = "missing-scope"


async def authorise(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guests are sent to the login; the wrong role gets the same answer as a page that does not exist."""
    allowed: frozenset[Role] = handler.opt.get("allow", frozenset())
    user = connection.scope.get("user")  # static files are served without asking who wants them
    role = user.role if user else Role.GUEST
    scope: str = handler.opt.get("scope", "")
    if role in allowed and (not scope or scope in user.scopes):
        return
    if role in allowed:
        raise MissingScope(N_("This token does not have the right “%(scope)s”."), scope=scope)
    if role is Role.GUEST and allowed:
        raise NotAuthorizedException()
    raise Forbidden()
