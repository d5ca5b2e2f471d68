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
from xinyidai.core.tabular import Block, Reject, Row, Table
from xinyidai.core.tabular.rows import stripped
from xinyidai.credit.catalogue import Columns, Dataset
from xinyidai.credit.intake.driver import cursor_of
from xinyidai.credit.intake.figures_sql import Cell, FigureLayout
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

LINES_OF_A_CHUNK = 60_000

_COUNT_KEYS = "select count(*) from (select 1 from credit_plain group by enterprise_id, month, part) keys"
_BLOCKS = "select pg_relation_size('credit_staged_observations') / current_setting('block_size')::int"
_COUNT_PLACED = "select count(*) from credit_staged_observations where chunk = %(chunk)s and ctid >= %(first)s::tid"
_FIRST_PLACED = "select min(ctid)::text from credit_staged_observations where chunk = %(chunk)s"
_COUNT_STAGED = (
    "select metric, month, count(*) from credit_staged_observations where chunk = %(chunk)s group by metric, month"
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
        self._layout = FigureLayout.of(dataset, columns)
        self._finish_chunk = finish_chunk
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
        plain = self._layout.plain_line(table.layout.delimiter or ",")
        for number, pieces in enumerate(_gathered(table.blocks()), start=1):
            chunk = self._take(number, pieces, plain, table.layout.delimiter or ",")
            chunk.progress = table.progress
            self._finish_chunk()
            yield chunk

    def _take(self, number: int, pieces: "_Pieces", plain: re.Pattern[str], delimiter: str) -> Chunk:
        chunk = Chunk(number, lines=pieces.lines)
        chunk.rejects += map(from_reader, pieces.rejects)
        with cursor_of(self._session) as cursor:
            cursor.execute("truncate credit_raw, credit_plain")
            odd = [(row.line, list(row.cells.values())) for row in pieces.rows]
            copied = 0
            if pieces.blocks:
                copied, odd_lines = self._copy_plain(cursor, pieces.blocks, plain, delimiter)
                odd += [(line, text.split(delimiter)) for line, text in odd_lines]
            copied += self._copy_odd(cursor, odd, chunk)
            if copied:
                self._take_known(cursor, copied, chunk)
        chunk.rejects.sort(key=lambda one: one.line)
        return chunk

    def _copy_plain(
        self, cursor: Any, blocks: Sequence[Block], plain: re.Pattern[str], delimiter: str
    ) -> tuple[int, list[tuple[int, str]]]:
        """Copy the plain lines; answers how many they were, and the lines that are not."""
        fits = plain.fullmatch
        odd: list[tuple[int, str]] = []
        copied = 0
        statement = sql.SQL("copy credit_raw from stdin (format csv, delimiter {})").format(sql.Literal(delimiter))
        with cursor.copy(statement) as copy:
            for block in blocks:
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
        cursor.execute(self._layout.take_known(self._today))
        taken = cursor.rowcount
        if taken < copied:
            chunk.rejects += self._explain_leftovers(cursor)
        if taken:
            self._stage(cursor, chunk, taken)

    def _explain_leftovers(self, cursor: Any) -> list[LineReject]:
        """Why plain lines were not taken: all that is left is the code, the month, and dates that lie ahead."""
        cursor.execute(self._layout.leftovers(self._today))
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

    def _stage(self, cursor: Any, chunk: Chunk, lines: int) -> None:
        cursor.execute(_COUNT_KEYS)
        repeated = cursor.fetchone()[0] < lines
        cursor.execute(_BLOCKS)
        chunk.first_block = max(cursor.fetchone()[0] - 1, 0)
        cursor.execute(self._layout.count_months())
        counts = {row[0]: row[1:] for row in cursor.fetchall()}
        for position, one in enumerate(self._layout.metrics):
            if not any(row[position] for row in counts.values()):
                continue
            cursor.execute(self._layout.stage(one, repeated=repeated), {"chunk": chunk.number})
            chunk.figures += cursor.rowcount
            for month, row in counts.items():
                if one.field.metric is not None and row[position]:
                    chunk.months[one.field.metric, month] = row[position]
            if repeated:
                self._note_superseded(cursor, one, chunk)
        if repeated:
            cursor.execute(_COUNT_STAGED, {"chunk": chunk.number})
            chunk.months = {(metric, month): count for metric, month, count in cursor.fetchall()}
        cursor.execute(_BLOCKS)
        chunk.beyond_block = cursor.fetchone()[0]
        self._check_place(cursor, chunk)

    def _check_place(self, cursor: Any, chunk: Chunk) -> None:
        """A short row may have slipped into a gap that an earlier chunk left: then the place begins there."""
        cursor.execute(_COUNT_PLACED, {"chunk": chunk.number, "first": f"({chunk.first_block},0)"})
        if cursor.fetchone()[0] < chunk.figures:
            cursor.execute(_FIRST_PLACED, {"chunk": chunk.number})
            chunk.first_block = int(cursor.fetchone()[0].strip("()").partition(",")[0])

    def _note_superseded(self, cursor: Any, one: Cell, chunk: Chunk) -> None:
        cursor.execute(self._layout.superseded_lines(one))
        known = {reject.line for reject in chunk.rejects}
        chunk.rejects += [superseded(line, later) for line, later in cursor.fetchall() if line not in known]


def _spelt(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


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
