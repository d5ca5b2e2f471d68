"""Lists as CSV files that open in a spreadsheet with one click."""

import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from urllib.parse import quote

import litestar
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

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


_LONGEST_LIST = 250
"""A spreadsheet takes no longer list of choices in a cell's rule."""
_TO_FILL = PatternFill("solid", fgColor="FFF6D6")


def xlsx_answer(
    name: str,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    to_fill: frozenset[int] = frozenset(),
    choices: Mapping[int, Sequence[str]] | None = None,
) -> Response:
    """The same as a workbook. Columns in ``to_fill`` are coloured; ``choices`` offers words for the cells of a column.

    Every text is written as text: none can become a formula.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet
    for row_number, row in enumerate(chain([header], rows), start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(row_number, column, value if value is None or isinstance(value, int) else str(value))
            if isinstance(cell.value, str):
                cell.data_type = "s"
            if column - 1 in to_fill:
                cell.fill = _TO_FILL
            if row_number == 1:
                cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    last = max(sheet.max_row, 2)
    for column, words in (choices or {}).items():
        listed = ",".join(words)
        if len(listed) <= _LONGEST_LIST and not any("," in word for word in words):
            letter = get_column_letter(column + 1)
            rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=False)
            rule.add(f"{letter}2:{letter}{last}")
            sheet.add_data_validation(rule)
    for column in range(1, len(header) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 18
    sheet.freeze_panes = "A2"
    kept = io.BytesIO()
    book.save(kept)
    return litestar.Response(
        kept.getvalue(),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}.xlsx"},
    )
