"""The reading side of monthly figures: lines of a file become checked, sorted figures, chunk by chunk."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from psycopg import sql
from sqlmodel import Session

from xinyidai.core.bilingual import say
from xinyidai.core.i18n import N_
from xinyidai.core.tabular import Block, Reject, Row, Table
from xinyidai.credit.catalogue import Columns, Dataset
from xinyidai.credit.intake.driver import cursor_of
from xinyidai.credit.intake.figures_sql import Cell, FigureLayout
from xinyidai.credit.intake.rejects import LineReject, from_reader, superseded, unknown_enterprise
from xinyidai.credit.types import Role
from xinyidai.credit.values import (
    EARLIEST,
    Refused,
    is_series,
    read_period,
    read_series,
    read_subject,
    read_value,
)

LINES_OF_A_CHUNK = 60_000


@dataclass(slots=True)
class Chunk:
    """Checked figures that lie staged under ``number``, and what was not taken on the way."""

    number: int
    lines: int = 0
    figures: int = 0
    rejects: list[LineReject] = field(default_factory=list)
    progress: float = 0.0


def _nothing() -> None:
    pass


class FigureStager:
    """Fills ``credit_staged_observations``, on whichever session it is given."""

    def __init__(
        self,
        session: Session,
        dataset: Dataset,
        columns: Columns,
        today: date,
        *,
        finish_chunk: Callable[[], None] = _nothing,
    ) -> None:
        self._session, self._columns, self._today = session, columns, today
        self._dataset = dataset
        self._layout = FigureLayout.of(dataset, columns)
        self._finish_chunk = finish_chunk
        self._required = [one for one in self._layout.metrics if one.field.required]
        self._prepare()

    def _prepare(self) -> None:
        with cursor_of(self._session) as cursor:
            cursor.execute("drop table if exists pg_temp.credit_raw, pg_temp.credit_plain, pg_temp.credit_periods")
            cursor.execute(self._layout.create_raw())
            cursor.execute(self._layout.create_plain())
            cursor.execute("create temp table credit_periods (spelling text primary key, month date not null)")
            with cursor.copy("copy credit_periods from stdin") as copy:
                for row in _period_spellings(self._today, yearly=self._layout.period.field.type == "year"):
                    copy.write_row(row)
            cursor.execute("analyze credit_periods")
        self._finish_chunk()

    def chunks(self, table: Table) -> Iterator[Chunk]:
        for number, pieces in enumerate(_gathered(table.blocks()), start=1):
            chunk = self._take(number, pieces, table.layout.delimiter)
            chunk.progress = table.progress
            self._finish_chunk()
            yield chunk

    def _take(self, number: int, pieces: "_Pieces", delimiter: str) -> Chunk:
        chunk = Chunk(number, lines=pieces.lines)
        chunk.rejects += map(from_reader, pieces.rejects)
        with cursor_of(self._session) as cursor:
            cursor.execute("truncate credit_raw, credit_plain")
            self._copy_blocks(cursor, pieces.blocks, delimiter)
            self._copy_rows(cursor, [(row.line, *row.cells.values()) for row in pieces.rows])
            waiting = pieces.lines - len(pieces.rejects)
            cursor.execute(self._layout.take_plain(self._today, trusted=False))
            if cursor.rowcount < waiting:
                self._take_leftovers(cursor, chunk)
            self._stage(cursor, chunk)
        chunk.rejects.sort(key=lambda one: one.line)
        return chunk

    def _copy_blocks(self, cursor: Any, blocks: Sequence[Block], delimiter: str) -> None:
        if not blocks:
            return
        statement = sql.SQL("copy credit_raw from stdin (format csv, delimiter {})").format(sql.Literal(delimiter))
        with cursor.copy(statement) as copy:
            for block in blocks:
                numbered = enumerate(block.lines, start=block.line)
                copy.write("".join([f"{line}{delimiter}{text}\n" for line, text in numbered]))

    def _copy_rows(self, cursor: Any, rows: Sequence[Sequence[object]]) -> None:
        if not rows:
            return
        with cursor.copy("copy credit_raw from stdin") as copy:
            for row in rows:
                copy.write_row([None if value == "" else value for value in row])

    def _take_leftovers(self, cursor: Any, chunk: Chunk) -> None:
        """Lines that are not plain: read with care, given their canonical spelling, and tried once more."""
        cursor.execute(self._layout.leftovers(self._today, trusted=False))
        again: list[Sequence[object]] = []
        for line, *cells, known in cursor.fetchall():
            texts = ["" if cell is None else str(cell) for cell in cells]
            if not any(text.strip() for text in texts):
                chunk.lines -= 1
                continue
            rows, reasons = self._read_line(line, texts, known)
            chunk.rejects += reasons
            if not reasons:
                again += rows
        if not again:
            return
        cursor.execute("truncate credit_raw")
        self._copy_rows(cursor, again)
        cursor.execute(self._layout.take_plain(self._today, trusted=True))
        cursor.execute(self._layout.leftovers(self._today, trusted=True))
        subject = self._layout.subject
        refused = {row[0]: str(row[1 + subject.index]) for row in cursor.fetchall()}
        title = self._columns.titles[subject.index]
        chunk.rejects += [unknown_enterprise(line, title, code) for line, code in refused.items()]

    def _read_line(self, line: int, texts: list[str], known: bool) -> tuple[list[Sequence[object]], list[LineReject]]:
        """The canonical rows of one line (several where it holds a series), or every reason against it."""
        reasons: list[LineReject] = []
        canonical: list[str | None] = [None] * len(texts)
        series: dict[str, dict[int, str]] = {}

        def attempt(one: Cell, read: Callable[[str], str | None]) -> None:
            try:
                canonical[one.index] = read(texts[one.index])
            except Refused as refused:
                reasons.append(LineReject(line, self._columns.titles[one.index], refused.value, refused.reason))

        layout = self._layout
        attempt(layout.subject, lambda text: text if known else read_subject(text))
        attempt(layout.period, lambda text: read_period(layout.period.field, text, self._today))
        for one in layout.parts:
            attempt(one, lambda text, one=one: self._read_part(one, text))  # type: ignore[misc]
        for one in layout.metrics:
            if is_series(one.field, texts[one.index]):
                attempt(one, lambda text, one=one: self._read_series(one, text, series))  # type: ignore[misc]
            else:
                attempt(one, lambda text, one=one: self._read_figure(one, text))  # type: ignore[misc]
        if reasons:
            return [], reasons
        if not series and all(canonical[one.index] is None for one in layout.metrics):
            return [], [LineReject(line, "", "", say(N_("the line holds no figure")))]
        return list(self._rows(line, canonical, series)), []

    def _read_part(self, one: Cell, text: str) -> str:
        value = read_value(one.field, text, self._today)
        if value is None:
            raise Refused(text, say(N_("this field is needed")))
        return value

    def _read_figure(self, one: Cell, text: str) -> str | None:
        value = read_value(one.field, text, self._today, unit=one.unit)
        if value is None and one.field.required:
            raise Refused(text, say(N_("this field is needed")))
        return value

    def _read_series(self, one: Cell, text: str, series: dict[str, dict[int, str]]) -> None:
        for month, value in read_series(one.field, text, self._today, one.unit).items():
            series.setdefault(month, {})[one.index] = value

    def _rows(
        self, line: int, canonical: list[str | None], series: dict[str, dict[int, str]]
    ) -> Iterator[Sequence[object]]:
        if any(canonical[one.index] is not None for one in self._layout.metrics):
            yield (line, *canonical)
        kept = {one.index for one in (self._layout.subject, *self._layout.parts)}
        for month, values in series.items():
            cells = [value if index in kept else values.get(index) for index, value in enumerate(canonical)]
            cells[self._layout.period.index] = month
            yield (line, *cells)

    def _stage(self, cursor: Any, chunk: Chunk) -> None:
        cursor.execute(self._layout.count_figures())
        expected = cursor.fetchone()
        for one, count in zip(self._layout.metrics, expected, strict=True):
            if not count:
                continue
            cursor.execute(self._layout.stage(one), {"chunk": chunk.number})
            chunk.figures += cursor.rowcount
            if cursor.rowcount < count:
                cursor.execute(self._layout.repeated(one))
                known = {reject.line for reject in chunk.rejects}
                chunk.rejects += [superseded(line, later) for line, later in cursor.fetchall() if line not in known]


@dataclass(slots=True)
class _Pieces:
    """What one chunk is made of, before anything is checked."""

    blocks: list[Block] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    lines: int = 0

    def add(self, item: Block | Row | Reject) -> None:
        if isinstance(item, Block):
            self.blocks.append(item)
            self.lines += len(item.lines)
        elif isinstance(item, Row):
            self.rows.append(item)
            self.lines += 1
        else:
            self.rejects.append(item)
            self.lines += 1


def _gathered(items: Iterator[Block | Row | Reject]) -> Iterator[_Pieces]:
    pieces = _Pieces()
    for item in items:
        pieces.add(item)
        if pieces.lines >= LINES_OF_A_CHUNK:
            yield pieces
            pieces = _Pieces()
    if pieces.lines:
        yield pieces


def _period_spellings(today: date, *, yearly: bool) -> Iterator[tuple[str, date]]:
    """Every plain way to write a period that may be delivered."""
    for year in range(EARLIEST.year, today.year + 1):
        if yearly and year < today.year:
            december = date(year, 12, 1)
            yield from ((f"{year}", december), (f"{year}12", december))
        for month in () if yearly else range(1, 13 if year < today.year else today.month + 1):
            first = date(year, month, 1)
            for spelling in ("%Y%m", "%Y-%m", "%Y/%m", "%Y.%m", "%Y年%m月"):
                yield f"{first:{spelling}}", first


def metric_numbers(dataset: Dataset) -> list[int]:
    return [metric.number for metric in dataset.metrics]


def has_figures(columns: Columns) -> bool:
    return any(one.role is Role.METRIC for one in columns.fields)
