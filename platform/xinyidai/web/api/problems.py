"""Refusals as problem+json (RFC 9457)."""

from dataclasses import dataclass

import litestar
from litestar.openapi.datastructures import ResponseSpec

from xinyidai.core.bilingual import say
from xinyidai.core.errors import InvalidInput, XydError
from xinyidai.core.i18n import N_, _
from xinyidai.core.logs import request_id
from xinyidai.web.requests import Response

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Problem:
    """RFC 9457. ``errors`` stands there where single fields are wrong; ``instance`` finds the request in our log."""

    type: str
    title: str
    status: int
    instance: str
    detail_en: str
    errors: list[FieldProblem] | None = None


class NoSuchMethod(XydError):
    """The address is one of ours, and does not take this method."""

    status = 405
    code = "method-not-allowed"

    def __init__(self, allowed: str) -> None:
        super().__init__(N_("This address does not take this method. It takes: %(allowed)s."), allowed=allowed)
        self.allowed = allowed


PROBLEMS = {
    status: ResponseSpec(Problem, generate_examples=False, media_type=MEDIA_TYPE, description=said)
    for status, said in {
        400: "The request cannot be read, or a write has no Idempotency-Key.",
        401: "No token, or one that is unknown, over or revoked.",
        403: "The token does not allow this.",
        404: "There is nothing here that the token may see.",
        409: "The state has moved on.",
        422: "The request or the file cannot be accepted.",
    }.items()
}
"""What every address may refuse with."""
WRITE_PROBLEMS = PROBLEMS | {
    status: ResponseSpec(Problem, generate_examples=False, media_type=MEDIA_TYPE, description=said)
    for status, said in {413: "The body is too large.", 415: "The body is not application/json."}.items()
}


def made(answer: type) -> dict[int, ResponseSpec]:
    """For ``responses=`` of a write: what it answers, and what it may refuse with."""
    return {**WRITE_PROBLEMS, 201: ResponseSpec(answer, generate_examples=False, description="Done.")}


class NotKnown(XydError):
    """Who asks is not known."""

    status = 401
    code = "not-signed-in"

    def __init__(self) -> None:
        super().__init__(N_("Please log in or send a valid token."))


def problem(error: XydError, **more: object) -> Response:
    """``more`` is added to the document, as RFC 9457 allows."""
    body: dict[str, object] = {
        "type": f"urn:xinyidai:problem:{error.code}",
        "title": error.message,
        "status": error.status,
        "instance": f"urn:xinyidai:request:{request_id.get()}",
        "detail_en": say(error.message_id, **error.values).en,
        **more,
    }
    if isinstance(error, InvalidInput):
        body["errors"] = [{"field": field, "detail": _(text)} for field, text in error.fields.items()]
    return litestar.Response(body, status_code=error.status, media_type=MEDIA_TYPE, headers=_headers(error))


def _headers(error: XydError) -> dict[str, str]:
    if isinstance(error, NoSuchMethod):
        return {"Allow": error.allowed}
    return {"WWW-Authenticate": 'Bearer realm="xinyidai"'} if error.status == 401 else {}
