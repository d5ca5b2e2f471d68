"""From a program's request to a command, and from an answer to JSON."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import litestar
from litestar.di import NamedDependency
from litestar.openapi.spec import Operation
from litestar.params import RawBody
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError

from xinyidai.accounts.idempotency import Answer, once
from xinyidai.accounts.types import CurrentUser
from xinyidai.core.actor import Actor
from xinyidai.core.db import ActorSession, explain_constraint
from xinyidai.core.errors import InvalidInput, XydError
from xinyidai.core.i18n import N_
from xinyidai.core.validation import parse
from xinyidai.web.deps import CurrentActor, Now, Session, User
from xinyidai.web.requests import Request, Response

C = TypeVar("C", bound=BaseModel)

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 128
LARGEST_BODY = 1024 * 1024
"""Bytes of a write; the largest that anybody could mean, an offer with twenty fees, has a few thousand."""
_JSON = "application/json"


class NotJson(XydError):
    """The body is said to be of a kind that is not read here."""

    status = 415
    code = "unsupported-media-type"

    def __init__(self) -> None:
        super().__init__(N_("Please send the body as application/json."))


def read_body(command: type[C], body: bytes) -> C:
    """The JSON object of the request as a command. Raises InvalidInput with a sentence per field.

    A field that the command does not know is refused: a misspelt one would silently be left out, and money is at stake.
    """
    try:
        data = json.loads(body or b"{}", parse_float=str, parse_constant=_not_a_number, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise InvalidInput({"body": N_("The body is not a JSON object in UTF-8.")}) from error
    if not isinstance(data, dict):
        raise InvalidInput({"body": N_("The body is not a JSON object in UTF-8.")})
    return parse(command, data, exact=True)


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of a name that stands twice nobody can say which value is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _not_a_number(name: str) -> object:
    raise ValueError(name)


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """A write with everything it needs; handlers ask for it as ``write: Write``."""

    request: Request
    body: bytes
    session: ActorSession
    actor: Actor
    user: CurrentUser
    now: datetime

    def once(self, command: type[C], run: Callable[[C], object]) -> Response:
        """Read the body as ``command``, run, and answer 201 with what was made; the same key again, the same answer.

        A missing or overlong key is a 400 that says how to send one, a body of another kind than JSON a 415.
        """
        if self.body and self.request.content_type[0] not in ("", _JSON):
            raise NotJson()
        key = self.request.headers.get(KEY_HEADER, "")
        if not key or len(key) > LONGEST_KEY or not key.isascii():
            raise XydError(
                N_("Please send a header %(header)s with each write, of at most %(longest)s characters."),
                header=KEY_HEADER,
                longest=LONGEST_KEY,
            )
        what = f"{self.request.method} {self.request.url.path}\n".encode() + self.body
        answer = once(
            self.session,
            self.user.id,
            key,
            what,
            self.now,
            lambda: Answer(201, as_json(_run(run, read_body(command, self.body)))),
        )
        headers = {"Idempotent-Replayed": "true"} if answer.repeated else {}
        return litestar.Response(answer.body, status_code=answer.status, headers=headers, media_type=_JSON)


def _run(run: Callable[[C], object], command: C) -> object:
    """A refusal names the field as the program sent it, also where a constraint of the database refuses."""
    try:
        return run(command)
    except InvalidInput as error:
        known = type(command).model_fields
        raise InvalidInput({_sent_as(name, known): text for name, text in error.fields.items()}) from error
    except IntegrityError as error:
        raise explain_constraint(error) from error


def _sent_as(name: str, known: Collection[str]) -> str:
    """People type 万元, programs send yuan."""
    yuan = name.removesuffix("_wan")
    return yuan if name not in known and yuan in known else name


def provide_write(
    request: Request, body: RawBody, session: Session, actor: CurrentActor, user: User, now: Now
) -> WriteRequest:
    return WriteRequest(request, body, session, actor, user, now)


Write: TypeAlias = NamedDependency[WriteRequest]


def as_json(value: object) -> dict[str, Any]:
    """A dataclass as plain JSON: amounts as text, so that no program makes floating-point numbers of them."""
    plain: dict[str, Any] = json.loads(json.dumps(_fields(value), default=_plain))
    return plain


def _fields(value: object) -> object:
    if hasattr(value, "__dataclass_fields__"):
        return {name: _fields(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, list | tuple):
        return [_fields(one) for one in value]
    return value


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def takes(command: type[BaseModel]) -> type[Operation]:
    """For ``operation_class=``: the body of a write as the OpenAPI document says it."""
    schema = command.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    for part in (schema, *definitions.values()):
        if part.get("type") == "object":
            part["additionalProperties"] = False
    inlined = _inline(schema, definitions)

    @dataclass
    class Documented(Operation):
        def to_schema(self) -> dict[str, Any]:
            said = super().to_schema()
            body = {"required": bool(inlined.get("required")), "content": {_JSON: {"schema": inlined}}}
            said["requestBody"] = body
            said.setdefault("parameters", []).append(
                {
                    "name": KEY_HEADER,
                    "in": "header",
                    "required": True,
                    "schema": {"type": "string", "maxLength": LONGEST_KEY},
                    "description": "The same key and body get the same answer; another body under it is refused.",
                }
            )
            return said

    return Documented


def _inline(part: Any, definitions: dict[str, Any]) -> Any:
    """Named parts put in their places, and theirs in them: the document has no shared schemas of ours."""
    if isinstance(part, list):
        return [_inline(one, definitions) for one in part]
    if not isinstance(part, dict):
        return part
    own = {name: _inline(one, definitions) for name, one in part.items() if name != "$ref"}
    if "$ref" not in part:
        return own
    return {**_inline(definitions[part["$ref"].rpartition("/")[2]], definitions), **own}
