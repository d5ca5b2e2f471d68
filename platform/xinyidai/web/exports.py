"""Lists as CSV files that open in a spreadsheet with one click."""

from collections.abc import Iterable, Sequence
from itertools import chain
from urllib.parse import quote

import litestar

from xinyidai.core.csv_lines import csv_lines
from xinyidai.web.requests import Response

EXPORT_LIMIT = 10_000
"""Rows that one export holds at most."""


def csv_answer(name: str, header: Sequence[object], rows: Iterable[Sequence[object]]) -> Response:
    """The file, written whole before it is sent, since the transaction ends with the handler.

    ``name`` is the file's name without its ending.
    """
    return litestar.Response(
        "".join(csv_lines(chain([header], rows))).encode(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}.csv"},
    )
