"""What surrounds every request: its id, its language, its person, and the headers of its answer."""

import time
from uuid import uuid4

import anyio.to_thread
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from xinyidai.accounts.api_tokens import find_program
from xinyidai.accounts.queries import find_current_user
from xinyidai.accounts.types import CurrentUser
from xinyidai.core.actor import GATE
from xinyidai.core.db import unit_of_work
from xinyidai.core.i18n import set_locale
from xinyidai.core.logs import logger, request_id
from xinyidai.web.requests import Connection, Request, asked_path

SESSION_COOKIE = "xyd_session"
LOCALE_COOKIE = "xyd_locale"
REQUEST_ID_HEADER = "X-Request-ID"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none';"
        " frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def around_request(app: ASGIApp) -> ASGIApp:
    """Give the request an id and a language, log its end, and set the safety headers."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        connection: Connection = ASGIConnection(scope)
        given = connection.headers.get(REQUEST_ID_HEADER, "")
        current = given if given.isalnum() and len(given) <= 64 else uuid4().hex
        request_id.set(current)
        set_locale(_language(connection))
        started, status = time.perf_counter(), 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableScopeHeaders(message)
                headers[REQUEST_ID_HEADER] = current
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    # Pages show one person's data: no cache may keep them.
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await app(scope, receive, send_with_headers)
        finally:
            if not scope["path"].startswith(("/static/", "/health/", "/metrics")):
                logger.info(
                    "request",
                    method=scope["method"],
                    path=asked_path(scope),
                    status=status,
                    ms=round((time.perf_counter() - started) * 1000, 1),
                )

    return run


def _language(connection: Connection) -> str:
    """A person's choice stands in a cookie; a program says in its header that it wants English."""
    if connection.url.path.startswith("/api/"):
        return "en" if connection.headers.get("accept-language", "").lower().startswith("en") else ""
    return connection.cookies.get(LOCALE_COOKIE, "")


class Authentication(AbstractAuthenticationMiddleware):
    """Finds the person behind the session cookie; no cookie, no question to the database.

    Under /api a bearer token counts and a cookie does not: a page of another site could send the cookie along.
    """

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        is_api = connection.url.path.startswith("/api/")
        token = _bearer(connection) if is_api else connection.cookies.get(SESSION_COOKIE)
        user = await anyio.to_thread.run_sync(_find, connection, token, is_api) if token else None
        return AuthenticationResult(user=user, auth=token)


def _bearer(connection: Connection) -> str:
    scheme, _space, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _find(connection: Connection, token: str, is_api: bool) -> CurrentUser | None:
    state = connection.app.state
    with unit_of_work(state.bind, GATE) as session:
        if is_api:
            return find_program(session, token, state.clock())
        return find_current_user(session, token, state.clock(), hours=state.settings.session_hours)


def client_wants_problem_json(request: Request) -> bool:
    """Machines get problem+json: everything under /api, and whoever asks for JSON rather than HTML."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("json" in accept and "html" not in accept)
