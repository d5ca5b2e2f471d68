"""From a program's request to a command, and from an answer to JSON."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import litestar
from litestar.di import NamedDependency
from litestar.openapi.spec import Operation
from litestar.params import RawBody
from pydantic import BaseModel

from xinyidai.accounts.idempotency import Answer, once
from xinyidai.accounts.types import CurrentUser
from xinyidai.core.actor import Actor
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import InvalidInput, XydError
from xinyidai.core.i18n import N_
from xinyidai.core.validation import parse
from xinyidai.web.deps import CurrentActor, Now, Session, User
from xinyidai.web.requests import Request, Response

C = TypeVar("C", bound=BaseModel)

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 128


def read_body(command: type[C], body: bytes) -> C:
    """The JSON object of the request as a command. Raises InvalidInput with a sentence per field."""
    try:
        data = json.loads(body or b"{}", parse_float=str, parse_constant=_not_a_number)
    except (UnicodeDecodeError, ValueError) as error:
        raise InvalidInput({"body": N_("The body is not a JSON object in UTF-8.")}) from error
    if not isinstance(data, dict):
        raise InvalidInput({"body": N_("The body is not a JSON object in UTF-8.")})
    return parse(command, data)


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

        A missing or overlong key is a 400 that says how to send one.
        """
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
            lambda: Answer(201, as_json(run(read_body(command, self.body)))),
        )
        headers = {"Idempotent-Replayed": "true"} if answer.repeated else {}
        return litestar.Response(answer.body, status_code=answer.status, headers=headers, media_type="application/json")


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

    @dataclass
    class Documented(Operation):
        def to_schema(self) -> dict[str, Any]:
            said = super().to_schema()
            inlined = json.loads(_inline(json.dumps(schema), definitions))
            said["requestBody"] = {"required": True, "content": {"application/json": {"schema": inlined}}}
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


def _inline(text: str, definitions: dict[str, Any]) -> str:
    """Named parts put in their places: the document has no shared schemas of ours."""
    for name, part in definitions.items():
        text = text.replace(json.dumps({"$ref": f"#/components/schemas/{name}"}), json.dumps(part))
    return text
