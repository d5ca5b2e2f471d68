"""The reading side of monthly figures: lines of a file become checked, sorted figures, chunk by chunk."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg import sql
from sqlmodel import Session

from xinyidai.core.bilingual import say
from xinyidai.core.i18n import N_
from xinyidai.core.tabular import Block, Reject, Row, Run, Table
from xinyidai.core.tabular.rows import stripped
from xinyidai.credit.catalogue import Columns, Dataset
from xinyidai.credit.intake.driver import cursor_of
from xinyidai.credit.intake.figures_sql import PLACED, Cell, FigureLayout, drop_superseded, superseded_lines
from xinyidai.credit.intake.rejects import LineReject, from_reader, superseded, unknown_enterprise
from xinyidai.credit.values import (
    EARLIEST,
    Refused,
    is_series,
    read_period,
    read_series,
    read_subject,
    read_value,
)

LINES_OF_A_CHUNK = 120_000
_LINES_AT_FIRST = 20_000
"""Chunks begin small and double: the writing side is not kept waiting for a long first one."""
_WORTH_COPYING = 5_000
"""Lines from which on a small table of codes is looked up faster than the registry under its policies."""

_SPECIAL = frozenset('"\r\n')
"""What would have to be quoted on the way into the database."""

_COUNT_KEYS = sql.SQL(
    "select count(*) from (select 1 from credit_staged_lines where {} group by enterprise_id, month, part) keys"
).format(PLACED)
_BLOCKS = "select pg_relation_size('credit_staged_lines') / current_setting('block_size')::int"
_FIRST_PLACED = "select min(ctid)::text from credit_staged_lines where chunk = %(chunk)s"
_KNOWN = (
    "create temp table credit_known as select usci, id from enterprises where usci is not null",
    "analyze credit_known",
)


@dataclass(slots=True)
class Chunk:
    """Checked figures that lie staged under ``number``, and what was not taken on the way."""

    number: int
    lines: int = 0
    figures: int = 0
    first_block: int = 0
    beyond_block: int = 0
    """Where in the staging table they lie: nobody else writes there meanwhile."""
    months: dict[tuple[int, date], int] = field(default_factory=dict)
    """Figures by metric and month."""
    columns: dict[int, int] = field(default_factory=dict)
    """Metric → position of its staged column, from 1; metrics without a figure are left out."""
    rejects: list[LineReject] = field(default_factory=list)
    progress: float = 0.0

    @property
    def place(self) -> dict[str, object]:
        """Where it lies, as statements want it."""
        return {"chunk": self.number, "first": f"({self.first_block},0)", "beyond": f"({self.beyond_block},0)"}


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
        self._layout = FigureLayout.of(dataset, columns)
        self._finish_chunk = finish_chunk
        self._known = sql.Identifier("enterprises")
        self._prepare()

    def _prepare(self) -> None:
        with cursor_of(self._session) as cursor:
            cursor.execute("drop table if exists pg_temp.credit_raw, pg_temp.credit_known, pg_temp.credit_periods")
            cursor.execute(self._layout.create_raw())
            cursor.execute("create temp table credit_periods (spelling text primary key, month date not null)")
            with cursor.copy("copy credit_periods from stdin") as copy:
                for row in _period_spellings(self._today, yearly=self._layout.period.field.type == "year"):
                    copy.write_row(row)
            cursor.execute("analyze credit_periods")
        self._finish_chunk()

    def chunks(self, table: Table) -> Iterator[Chunk]:
        delimiter = table.layout.delimiter or ","
        plain = self._layout.plain_line(delimiter)
        for number, pieces in enumerate(_gathered(table.blocks(plain)), start=1):
            chunk = self._take(number, pieces, re.compile(plain), delimiter)
            chunk.progress = table.progress
            self._finish_chunk()
            yield chunk

    def _take(self, number: int, pieces: "_Pieces", plain: re.Pattern[str], delimiter: str) -> Chunk:
        chunk = Chunk(number, lines=pieces.lines)
        chunk.rejects += map(from_reader, pieces.rejects)
        with cursor_of(self._session) as cursor:
            cursor.execute("truncate credit_raw")
            copied, odd = 0, _odd_rows(pieces, plain, delimiter)
            if pieces.runs or pieces.blocks or pieces.plain:
                copied, odd_lines = self._copy_plain(cursor, pieces, plain, delimiter)
                odd += [(line, text.split(delimiter)) for line, text in odd_lines]
            copied += self._copy_odd(cursor, odd, chunk)
            if copied:
                self._take_known(cursor, copied, chunk)
        chunk.rejects.sort(key=lambda one: one.line)
        return chunk

    def _copy_plain(
        self, cursor: Any, pieces: "_Pieces", plain: re.Pattern[str], delimiter: str
    ) -> tuple[int, list[tuple[int, str]]]:
        """Copy the plain lines; answers how many they were, and the lines that are not."""
        fits = plain.fullmatch
        odd: list[tuple[int, str]] = []
        copied = len(pieces.plain)
        statement = sql.SQL("copy credit_raw from stdin (format csv, delimiter {})").format(sql.Literal(delimiter))
        with cursor.copy(statement) as copy:
            copy.write("".join(pieces.plain))
            for run in pieces.runs:
                numbered = enumerate(run.text.split("\n")[:-1], start=run.line)
                copy.write("".join([f"{line}{delimiter}{text}\n" for line, text in numbered]))
                copied += run.count
            for block in pieces.blocks:
                numbered = enumerate(block.lines, start=block.line)
                good = [f"{line}{delimiter}{text}\n" for line, text in numbered if fits(text)]
                if len(good) < len(block.lines):
                    numbered = enumerate(block.lines, start=block.line)
                    odd += [(line, text) for line, text in numbered if not fits(text)]
                copied += len(good)
                copy.write("".join(good))
        return copied, odd

    def _copy_odd(self, cursor: Any, lines: list[tuple[int, list[str]]], chunk: Chunk) -> int:
        """Read lines with care, copy them in their canonical spelling, and answer how many rows that made."""
        rows: list[Sequence[object]] = []
        for line, texts in lines:
            cells = [stripped(text) for text in texts]
            if not any(cells):
                chunk.lines -= 1
                continue
            found, reasons = self._read_line(line, cells)
            chunk.rejects += reasons
            rows += found
        if rows:
            with cursor.copy("copy credit_raw from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
        return len(rows)

    def _take_known(self, cursor: Any, copied: int, chunk: Chunk) -> None:
        if copied >= _WORTH_COPYING and self._known.as_string() == '"enterprises"':
            for statement in _KNOWN:
                cursor.execute(statement)
            self._known = sql.Identifier("pg_temp", "credit_known")
        cursor.execute(_BLOCKS)
        chunk.first_block = max(cursor.fetchone()[0] - 1, 0)
        cursor.execute(self._layout.place(self._known, self._today), {"chunk": chunk.number})
        placed = cursor.rowcount
        if placed < copied:
            chunk.rejects += self._explain_leftovers(cursor)
        if placed:
            self._count(cursor, chunk, placed)

    def _explain_leftovers(self, cursor: Any) -> list[LineReject]:
        """Why plain lines were not taken: all that is left is the code, the month, and dates that lie ahead."""
        cursor.execute(self._layout.leftovers(self._known, self._today))
        explained: dict[int, list[LineReject]] = {}
        for line, *values, known in cursor.fetchall():
            texts = ["" if value is None else _spelt(value) for value in values]
            _rows, reasons = self._read_line(line, texts)
            if not known and not any(one.field == self._title(self._layout.subject) for one in reasons):
                subject = self._layout.subject
                reasons.append(unknown_enterprise(line, self._title(subject), texts[subject.index]))
            explained.setdefault(line, reasons)
        return [one for reasons in explained.values() for one in reasons]

    def _title(self, one: Cell) -> str:
        return self._columns.titles[one.index]

    def _read_line(self, line: int, texts: list[str]) -> tuple[list[Sequence[object]], list[LineReject]]:
        """The canonical rows of one line (several where it holds a series), or every reason against it."""
        reasons: list[LineReject] = []
        canonical: list[str | None] = [None] * len(texts)
        series: dict[str, dict[int, str]] = {}

        def attempt(one: Cell, read: Callable[[str], str | None]) -> None:
            try:
                canonical[one.index] = read(texts[one.index])
            except Refused as refused:
                reasons.append(LineReject(line, self._title(one), refused.value, refused.reason))

        layout = self._layout
        attempt(layout.subject, read_subject)
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

    def _count(self, cursor: Any, chunk: Chunk, placed: int) -> None:
        cursor.execute(_BLOCKS)
        chunk.beyond_block = cursor.fetchone()[0]
        if self._count_figures(cursor, chunk) < placed:
            # A short row slipped into a gap that an earlier chunk left: then the place begins there.
            cursor.execute(_FIRST_PLACED, {"chunk": chunk.number})
            chunk.first_block = int(cursor.fetchone()[0].strip("()").partition(",")[0])
            self._count_figures(cursor, chunk)
        cursor.execute(_COUNT_KEYS, chunk.place)
        if cursor.fetchone()[0] < placed:
            self._drop_superseded(cursor, chunk)

    def _count_figures(self, cursor: Any, chunk: Chunk) -> int:
        """Note what is staged by metric and month; answers how many lines that is."""
        cursor.execute(self._layout.count_months(), chunk.place)
        lines, chunk.figures = 0, 0
        chunk.months, chunk.columns = {}, {}
        for month, of_month, *counts in cursor.fetchall():
            lines += of_month
            for position, (one, figures) in enumerate(zip(self._layout.metrics, counts, strict=True), start=1):
                if figures and one.field.metric is not None:
                    chunk.figures += figures
                    chunk.months[one.field.metric, month] = figures
                    chunk.columns[one.field.metric] = position
        return lines

    def _drop_superseded(self, cursor: Any, chunk: Chunk) -> None:
        for position in chunk.columns.values():
            cursor.execute(superseded_lines(position), chunk.place)
            known = {reject.line for reject in chunk.rejects}
            chunk.rejects += [superseded(line, later) for line, later in cursor.fetchall() if line not in known]
            cursor.execute(drop_superseded(position), chunk.place)
            # What was changed lies further on now, and the next figure must find it there.
            cursor.execute(_BLOCKS)
            chunk.beyond_block = cursor.fetchone()[0]
        self._count_figures(cursor, chunk)


def _odd_rows(pieces: "_Pieces", plain: re.Pattern[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Rows of workbooks and quoted lines are mostly plain too, once taken apart; answers those that are not."""
    odd: list[tuple[int, list[str]]] = []
    for row in pieces.rows:
        values = list(row.cells.values())
        text = delimiter.join(values)
        if plain.fullmatch(text) and _SPECIAL.isdisjoint(text):
            pieces.plain.append(f"{row.line}{delimiter}{text}\n")
        else:
            odd.append((row.line, values))
    return odd


def _spelt(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


@dataclass(slots=True)
class _Pieces:
    """What one chunk is made of, before anything is checked."""

    runs: list[Run] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    """Rows that turned out to be plain, with number, as lines to copy."""
    rejects: list[Reject] = field(default_factory=list)
    lines: int = 0

    def add(self, item: Run | Block | Row | Reject) -> None:
        if isinstance(item, Run):
            self.runs.append(item)
            self.lines += item.count
        elif isinstance(item, Block):
            self.blocks.append(item)
            self.lines += len(item.lines)
        elif isinstance(item, Row):
            self.rows.append(item)
            self.lines += 1
        else:
            self.rejects.append(item)
            self.lines += 1


def _gathered(items: Iterator[Run | Block | Row | Reject]) -> Iterator[_Pieces]:
    pieces, most = _Pieces(), min(_LINES_AT_FIRST, LINES_OF_A_CHUNK)
    for item in items:
        pieces.add(item)
        if pieces.lines >= most:
            yield pieces
            pieces, most = _Pieces(), min(most * 2, LINES_OF_A_CHUNK)
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
