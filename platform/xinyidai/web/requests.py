"""The framework's request and answer types with their parameters filled in once."""

from typing import Any, TypeAlias

import litestar
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.params import URLEncodedBody
from litestar.types import Scope

Request: TypeAlias = litestar.Request[Any, Any, State]
Connection: TypeAlias = ASGIConnection[Any, Any, Any, State]
Response: TypeAlias = litestar.Response[Any]
FormData: TypeAlias = URLEncodedBody[dict[str, Any]]
"""A posted form: a text per field, a list where the field was sent more than once. See ``forms.texts``."""

ASKED_PATH = "xinyidai.asked_path"


def asked_path(scope: Scope) -> str:
    """The path that the reader asked for, also where there is nothing at it and another route answers."""
    return str(scope.get(ASKED_PATH, scope["path"]))
