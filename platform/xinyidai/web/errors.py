"""Every refusal as a page for people or as problem+json (RFC 9457) for machines."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from litestar.exceptions import HTTPException, NotAuthorizedException, PermissionDeniedException

from xinyidai.core.errors import NotFound, TooLarge, TooMany, XydError
from xinyidai.core.i18n import N_, _
from xinyidai.core.logs import logger
from xinyidai.web.api.problems import NoSuchMethod, NotKnown, problem
from xinyidai.web.middleware import client_wants_problem_json
from xinyidai.web.render import ProblemPage, redirect, render
from xinyidai.web.requests import Request, Response

_OWN_PAGE = frozenset({404, 409, 413, 422, 429, 500})
_EXPIRED = XydError(N_("This page was open for too long. Please go back, reload it and try again."))


def _page_or_problem(request: Request, error: XydError) -> Response:
    if client_wants_problem_json(request):
        return problem(error)
    template = f"errors/{error.status}.html" if error.status in _OWN_PAGE else "errors/400.html"
    return render(request, template, ProblemPage(error.message, error.message), status=error.status)


def answer_refusal(request: Request, error: XydError) -> Response:
    return _page_or_problem(request, error)


def answer_not_signed_in(request: Request, _error: NotAuthorizedException) -> Response:
    """People go to the login and then to where they were; machines are told."""
    if client_wants_problem_json(request):
        return problem(NotKnown())
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = here if request.method == "GET" else "/"
    return redirect(f"/login?next={quote(target)}", level="info", flash=_("Please log in to go on."))


def answer_http(request: Request, error: HTTPException) -> Response:
    """What the framework itself refuses: unknown address, wrong method, malformed or forged request."""
    if isinstance(error, PermissionDeniedException):
        return _page_or_problem(request, _EXPIRED)
    if error.status_code == 405 and client_wants_problem_json(request):
        return problem(NoSuchMethod(_allowed(error)))
    if error.status_code in (404, 405):
        return _page_or_problem(request, NotFound())
    if error.status_code == 429:
        return _page_or_problem(request, TooMany(N_("Too many requests. Please wait a moment and try again.")))
    if error.status_code == 413:
        return _page_or_problem(request, TooLarge())
    if error.status_code >= 500:
        return answer_fault(request, error)
    refused = XydError(N_("We could not read this request. Please go back and try again."))
    refused.status = error.status_code
    return _page_or_problem(request, refused)


def _allowed(error: HTTPException) -> str:
    return next((value for name, value in (error.headers or {}).items() if name.lower() == "allow"), "")


def answer_fault(request: Request, error: Exception) -> Response:
    """A fault of ours: logged with its trace, shown with the id that finds it."""
    logger.error("request failed", exc_info=error, path=request.url.path)
    fault = XydError(N_("Something went wrong on our side. Nothing was changed."))
    fault.status, fault.code = 500, "fault"
    return _page_or_problem(request, fault)


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Response]] = {
    XydError: answer_refusal,
    NotAuthorizedException: answer_not_signed_in,
    HTTPException: answer_http,
    Exception: answer_fault,
}
