"""Lists as files that spreadsheet programs open with their Chinese intact and without running anything."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

import litestar

from xinyidai.core.clock import BUSINESS_ZONE
from xinyidai.web.requests import Response

MAX_ROWS = 10_000
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A download called ``name``.csv: UTF-8 with the mark that spreadsheets look for, at most ``MAX_ROWS`` rows."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return litestar.Response(
        text.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _cell(value: object) -> str:
    """Figures plain, moments in Shanghai time; a text that a spreadsheet would compute is made harmless."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M}"
    if isinstance(value, int | float | Decimal | date):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text
