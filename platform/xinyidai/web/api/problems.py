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


PROBLEMS = {
    status: ResponseSpec(Problem, generate_examples=False, media_type=MEDIA_TYPE, description=said)
    for status, said in {
        401: "No token, or one that is unknown, over or revoked.",
        403: "The token does not allow this.",
        404: "There is nothing here that the token may see.",
        409: "The state has moved on.",
        422: "The request or the file cannot be accepted.",
    }.items()
}


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
    headers = {"WWW-Authenticate": 'Bearer realm="xinyidai"'} if error.status == 401 else None
    return litestar.Response(body, status_code=error.status, media_type=MEDIA_TYPE, headers=headers)
