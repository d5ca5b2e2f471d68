"""The framework's request and answer types with their parameters filled in once."""

from typing import Any, TypeAlias

import litestar
from litestar.connection import ASGIConnection
from litestar.datastructures import State

Request: TypeAlias = litestar.Request[Any, Any, State]
Connection: TypeAlias = ASGIConnection[Any, Any, Any, State]
Response: TypeAlias = litestar.Response[Any]
