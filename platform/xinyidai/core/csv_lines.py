"""CSV as offices open it: UTF-8 with a byte-order mark, CRLF, and no cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from xinyidai.core.clock import BUSINESS_ZONE

BYTE_ORDER_MARK = "\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe; figures stay plain figures, and moments
    are told by the clock of Shanghai.
    """
    if isinstance(cell, datetime):
        return f"{cell.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M}"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return "'" + cell if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterable[str]:
    """The lines of a file, the byte-order mark in front; None is an empty cell."""
    mark = BYTE_ORDER_MARK
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([harmless(cell) for cell in row])
        yield mark + line.getvalue()
        mark = ""
