"""XLSX sheets, read as a stream. Formulas are reported and never evaluated; merged cells are refused, not guessed."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl

from xinyidai.core.bilingual import Said, say
from xinyidai.core.i18n import N_
from xinyidai.core.tabular.rows import (
    FileProblem,
    Reject,
    Row,
    RowBuilder,
    checked_header,
    refuse_title_line,
    reject,
)

MOST_UNPACKED_BYTES = 1024**3
MOST_SHARED_TEXT_BYTES = 256 * 1024**2
"""The table of shared strings is held in memory as a whole."""
HIGHEST_RATIO = 200
MOST_COLUMNS = 4096
MOST_ENTRIES = 10_000
_RATIO_COUNTS_FROM = 1024**2
_BATCH = 500
_SHEET_LOOKED_INTO = 1000
_CHUNK = 1024**2
_SAFE_DIGITS = 10**15
"""Excel keeps 15 digits of a number; longer codes typed as numbers have lost their ends."""

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s+ref\s*=\s*[\"']([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)[\"']")
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, AttributeError, IndexError, ParseError, EOFError,
    OSError, NotImplementedError, RuntimeError,
)  # fmt: skip


class _CellRefused(Exception):
    def __init__(self, value: str, reason: Said) -> None:
        self.value, self.reason = value, reason


@contextmanager
def _unreadable_as_problem() -> Iterator[None]:
    """What openpyxl and zipfile raise on damaged workbooks is as varied as the damage."""
    try:
        yield
    except _UNREADABLE as error:
        raise FileProblem(
            N_("The workbook is damaged or not a real .xlsx file. Please save it again with Excel or WPS.")
        ) from error


def refuse_bombs(stream: BinaryIO) -> None:
    """Check what the archive declares before anything is unpacked; zipfile never unpacks more than is declared."""
    with _unreadable_as_problem(), zipfile.ZipFile(stream) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
            raise FileProblem(
                N_("This is an archive and not a workbook. Please unpack it and deliver the files in it.")
            )
        _refuse_monstrous(entries)
        if any(_declares_entities(archive, name) for name in names if name.lower().endswith((".xml", ".rels"))):
            raise FileProblem(N_("The workbook holds XML declarations that no spreadsheet writes. It was not opened."))


def _refuse_monstrous(entries: list[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in entries)
    shared = sum(entry.file_size for entry in entries if entry.filename.lower().endswith("sharedstrings.xml"))
    too_dense = any(
        entry.file_size > _RATIO_COUNTS_FROM and entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    if too_dense or total > MOST_UNPACKED_BYTES or shared > MOST_SHARED_TEXT_BYTES or len(entries) > MOST_ENTRIES:
        raise FileProblem(
            N_("The workbook would unpack to %(size)s MB, far more than a table needs. Please deliver it as CSV."),
            size=total // 1024**2,
        )


def _declares_entities(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(name) as part:
        head = part.read(2048)
    return b"<!DOCTYPE" in head or b"<!ENTITY" in head


class XlsxReader:
    """The one sheet with content, or the one named."""

    def __init__(self, stream: BinaryIO, sheet: str | None) -> None:
        refuse_bombs(stream)
        stream.seek(0)
        with _unreadable_as_problem(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._book: Any = openpyxl.load_workbook(stream, read_only=True, data_only=False)
        self.sheet = self._choose(sheet)
        page: Any = self._book[self.sheet]
        with _unreadable_as_problem(), zipfile.ZipFile(stream) as archive:
            self._merged = _merged_rows(archive.open(page._worksheet_path))
        self._rows = _numbered_rows(page)
        self.header = self._read_header()
        self._builder = RowBuilder(self.header, "xlsx", pad=True)

    def close(self) -> None:
        self._book.close()

    def _choose(self, wanted: str | None) -> str:
        if wanted is not None and wanted in self._book.sheetnames:
            return wanted
        with _unreadable_as_problem():
            filled = [page.title for page in self._book.worksheets if _is_shown(page) and _has_content(page)]
        if wanted is None and len(filled) == 1:
            return str(filled[0])
        if not filled:
            raise FileProblem(N_("The file is empty."))
        raise FileProblem(
            N_("The workbook has several sheets with content: %(sheets)s. Please deliver each in a file of its own."),
            sheets="、".join(filled),
        )

    def _read_header(self) -> tuple[str, ...]:
        for line, cells in self._rows:
            try:
                values = [_text(cell) for cell in cells]
            except _CellRefused as refused:
                raise FileProblem(
                    N_("The line of column titles holds “%(value)s”, which is not plain text."), value=refused.value
                ) from None
            header = checked_header(values)
            if header:
                if any(first <= line and last >= line for first, last in self._merged):
                    raise FileProblem(
                        N_("The column titles in row %(line)s are merged cells. Please give every column a title."),
                        line=line,
                    )
                return header
        raise FileProblem(N_("The file has no line of column titles."))

    def __iter__(self) -> Iterator[Row | Reject]:
        first = True
        for line, cells in self._rows:
            if first:
                refuse_title_line(self.header, sum(1 for cell in cells if cell.value is not None))
            found = self._row_of(line, cells)
            if found is not None:
                first = False
                yield found

    def _row_of(self, line: int, cells: tuple[Any, ...]) -> Row | Reject | None:
        values: list[str] = []
        for index, cell in enumerate(cells):
            try:
                values.append(_text(cell))
            except _CellRefused as refused:
                title = self.header[index] if index < len(self.header) else ""
                return reject(line, title, refused.value, refused.reason)
        if any(first <= line <= last for first, last in self._merged):
            message = N_("cells of the row are merged; which value belongs to which row is not certain")
            return reject(line, "", "|".join(filter(None, values)), say(message))
        return self._builder.build(line, values)


def _is_shown(page: Any) -> bool:
    return getattr(page, "sheet_state", "visible") == "visible" and hasattr(page, "iter_rows")


def _has_content(page: Any) -> bool:
    page.reset_dimensions()
    rows = islice(page.iter_rows(values_only=True), _SHEET_LOOKED_INTO)
    return any(value is not None and str(value).strip() for row in rows for value in row)


def _merged_rows(sheet: Any) -> list[tuple[int, int]]:
    """First and last row of every merged range; they stand after the rows, so the sheet is run through once."""
    found: list[tuple[int, int]] = []
    tail = b""
    while chunk := sheet.read(_CHUNK):
        window = tail + chunk
        matches = list(_MERGED.finditer(window))
        found += [(int(match[2]), int(match[4])) for match in matches]
        tail = window[max(matches[-1].end() if matches else 0, len(window) - 200) :]
    return found


def _numbered_rows(page: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    # The declared dimension of a sheet may be wrong and would cut columns off.
    page.reset_dimensions()
    rows = page.iter_rows()
    line = 0
    while batch := _batch(rows):
        for cells in batch:
            line += 1
            if len(cells) > MOST_COLUMNS:
                raise FileProblem(N_("The sheet has more than %(limit)s columns."), limit=MOST_COLUMNS)
            yield line, cells


def _batch(rows: Iterator[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    with _unreadable_as_problem(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(islice(rows, _BATCH))


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise _CellRefused(str(value), say(N_("a formula; please deliver its value")))
    if cell.data_type == "e":
        raise _CellRefused(str(value), say(N_("an error value of the spreadsheet")))
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, timedelta):
        raise _CellRefused(str(value), say(N_("a duration where a text, a number or a date belongs")))
    return str(value)


def _number_text(value: int | float) -> str:
    if abs(value) >= _SAFE_DIGITS:
        message = N_("a number of more than 15 digits, whose end Excel has lost; please deliver it as text")
        raise _CellRefused(str(value), say(message))
    return format(Decimal(f"{value:.15g}"), "f")
