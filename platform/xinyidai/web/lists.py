"""What every list of the site shares: reading its query, and taking its rows home as a file."""

import csv
import io
from collections.abc import Iterable, Sequence

import litestar

from xinyidai.core.paging import MAX_PAGE, PAGE_SIZE, ListRequest
from xinyidai.web.requests import Response

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def list_request(page: str, sort: str, search: str, *, size: int = PAGE_SIZE) -> ListRequest:
    """From the query of an address. A page number that nobody could mean is the first page."""
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= 5 else 1
    return ListRequest(min(max(number, 1), MAX_PAGE), size, sort, search.replace("\x00", "").strip()[:100])


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A file that opens in any spreadsheet: UTF-8 with its mark, and no cell that a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_harmless(text) for text in header])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return litestar.Response(
        out.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _harmless(cell: object) -> object:
    """Text that begins like a formula gets an apostrophe in front; figures stay figures, the unknown stays empty."""
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
