"""The framework's request and answer types with their parameters filled in once."""

from typing import Any, TypeAlias

import litestar
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.params import URLEncodedBody

Request: TypeAlias = litestar.Request[Any, Any, State]
Connection: TypeAlias = ASGIConnection[Any, Any, Any, State]
Response: TypeAlias = litestar.Response[Any]
FormData: TypeAlias = URLEncodedBody[dict[str, Any]]
"""A posted form: a text per field, a list where the field was sent more than once. See ``forms.texts``."""
