"""Lists as files that a spreadsheet opens with one click."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

import litestar

from xinyidai.core.csv_lines import csv_lines
from xinyidai.web.requests import Response


def csv_answer(name: str, rows: Iterable[Sequence[object]]) -> Response:
    """``rows`` with their header in front, written whole before it is sent: the transaction ends with the handler.

    ``name`` is the file's name without its ending.
    """
    return litestar.Response(
        "".join(csv_lines(rows)).encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.csv"},
    )
