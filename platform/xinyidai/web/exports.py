"""Lists as CSV files that open in a spreadsheet with one click."""

from collections.abc import Iterable, Sequence
from csv import writer
from io import StringIO
from urllib.parse import quote

import litestar

from xinyidai.web.requests import Response

EXPORT_LIMIT = 10_000
"""Rows that one export holds at most."""


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """UTF-8 with the mark that spreadsheets look for. ``name`` is the file's name without its ending."""
    text = StringIO()
    lines = writer(text)
    lines.writerow(header)
    lines.writerows([harmless(cell) for cell in row] for row in rows)
    return litestar.Response(
        text.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}.csv"},
    )


def harmless(cell: object) -> object:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers."""
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + cell
    return "" if cell is None else cell
