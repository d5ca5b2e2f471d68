"""CSV and TSV: records from lines, without trusting that quotation marks match."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from xinyidai.core.bilingual import say
from xinyidai.core.i18n import N_
from xinyidai.core.tabular.rows import (
    REPLACEMENT,
    FileProblem,
    Reject,
    Row,
    RowBuilder,
    checked_header,
    refuse_title_line,
    reject,
    stripped,
)

LONGEST_LINE = 1_000_000
BLOCK_CHARACTERS = 1_000_000
MOST_LINES_OF_A_RECORD = 200
"""A record that runs on for longer began with a stray quotation mark and would swallow its neighbours."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


class Lines:
    """Numbered lines of a text, which can be put back."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._put_back: deque[str] = deque()
        self.number = 0
        """Of the line handed out last."""

    def read(self) -> str:
        """The next line with its ending; empty at the end. An over-long line comes cut to just above the limit."""
        line = self._put_back.popleft() if self._put_back else self._read_fresh()
        if line:
            self.number += 1
        return line

    def read_text(self) -> str:
        """Many lines at once, not counted yet; empty at the end, or where lines were put back."""
        if self._put_back:
            return ""
        text = self._stream.read(BLOCK_CHARACTERS)
        if text and text[-1] != "\n":
            text += self._read_fresh()
        return text

    def take_apart(self, text: str) -> list[str]:
        """The lines of what ``read_text`` gave, with their endings."""
        lines = _LINE.findall(text)
        self.number += len(lines)
        return lines

    def _read_fresh(self) -> str:
        line = rest = self._stream.readline(LONGEST_LINE + 1)
        while len(line) > LONGEST_LINE and rest and rest[-1] not in "\r\n":
            rest = self._stream.readline(LONGEST_LINE)
        return line

    def put_back(self, lines: list[str]) -> None:
        self._put_back.extendleft(reversed(lines))
        self.number -= len(lines)


@dataclass(frozen=True, slots=True)
class Block:
    """Undamaged lines without quotation marks, each as wide as the header: they can be taken as they stand."""

    line: int
    """Of the first of them."""
    lines: list[str]
    """Without their endings."""


@dataclass(frozen=True, slots=True)
class Run:
    """Lines that all fit the pattern that was asked for, each with its line feed, still in one text."""

    line: int
    """Of the first of them."""
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    line: int
    values: list[str]
    taken: list[str]
    """The lines it was made of."""


class Records:
    """Records one by one; a line whose quotation marks do not match is a Reject, and reading goes on after it."""

    def __init__(self, lines: Lines, delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter

    def next(self) -> Record | Reject | None:
        """None at the end of the text."""
        first = self._lines.read()
        if not first:
            return None
        line = self._lines.number
        if len(first) > LONGEST_LINE:
            return reject(line, "", first, say(N_("the line is longer than %(limit)s characters"), limit=LONGEST_LINE))
        if '"' not in first:
            return Record(line, first.rstrip("\r\n").split(self._delimiter), [first])
        taken: list[str] = []
        self._lines.put_back([first])
        try:
            # strict: the lenient mode would drop stray quotation marks and run rows together.
            values = next(csv.reader(self._feed(taken), delimiter=self._delimiter, strict=True))
        except csv.Error:
            return self.give_up(taken)
        return Record(line, values, taken)

    def _feed(self, taken: list[str]) -> Iterator[str]:
        while len(taken) < MOST_LINES_OF_A_RECORD and (line := self._lines.read()):
            taken.append(line)
            yield line

    def give_up(self, taken: list[str]) -> Reject:
        """Reject the first of the lines and read the others again on their own."""
        self._lines.put_back(taken[1:])
        message = N_("the quotation marks of the row do not match, or the row runs over too many lines")
        return reject(self._lines.number, "", stripped(taken[0]), say(message))


class DelimitedReader:
    """Header at once, rows when iterated."""

    def __init__(self, stream: TextIO, encoding: str, delimiter: str) -> None:
        self._lines = Lines(stream)
        self._delimiter = delimiter
        self._records = Records(self._lines, delimiter)
        self.header = self._read_header()
        self._builder = RowBuilder(self.header, encoding)

    def _read_header(self) -> tuple[str, ...]:
        while (record := self._records.next()) is not None:
            if isinstance(record, Reject):
                raise FileProblem(N_("The line of column titles is damaged. Please deliver the file again."))
            header = checked_header(record.values)
            if header and not _names_the_delimiter(header, record):
                return header
        raise FileProblem(N_("The file has no line of column titles."))

    def __iter__(self) -> Iterator[Row | Reject]:
        first = True
        while (record := self._records.next()) is not None:
            found = record if isinstance(record, Reject) else self._row_of(record, first)
            if found is not None:
                first = False
                yield found

    def blocks(self, plain: str = "") -> Iterator[Run | Block | Row | Reject]:
        """The same as iterating, but lines that need no reading come many at a time.

        ``plain`` is the pattern of a line of which nothing more need be known; it fits no quotation mark, line end,
        NUL or replacement character. Where many lines in a row fit it they come as a Run.
        """
        first = True
        run_of_plain = re.compile(rf"(?:(?:{plain})\r?\n)*+(?:{plain})?") if plain else None
        while True:
            text = self._lines.read_text()
            if text and run_of_plain and run_of_plain.fullmatch(text):
                first = False
                yield self._run(text)
                continue
            lines = self._lines.take_apart(text)
            if not lines:
                record = self._records.next()
                if record is None:
                    return
                found = record if isinstance(record, Reject) else self._row_of(record, first)
                if found is not None:
                    first = False
                    yield found
                continue
            block = self._plain_block(lines)
            if block is None:
                self._lines.put_back(lines)
            else:
                first = False
                yield block

    def _run(self, text: str) -> Run:
        """One regular expression for a megabyte costs a third of one for each of its lines."""
        text = text.replace("\r\n", "\n")
        if text[-1] != "\n":
            text += "\n"
        count, line = text.count("\n"), self._lines.number + 1
        self._lines.number += count
        return Run(line, count, text)

    def _plain_block(self, lines: list[str]) -> Block | None:
        text = "".join(lines)
        if '"' in text or REPLACEMENT in text or "\0" in text or len(lines[-1]) > LONGEST_LINE:
            return None
        between, delimiter = len(self.header) - 1, self._delimiter
        if any(line.count(delimiter) != between for line in lines) or any(map(str.isspace, lines)):
            return None
        return Block(self._lines.number - len(lines) + 1, [line.rstrip("\r\n") for line in lines])

    def _row_of(self, record: Record, first: bool) -> Row | Reject | None:
        if first:
            refuse_title_line(self.header, sum(1 for value in record.values if stripped(value)))
        if len(record.taken) > 1 and not self._builder.fits(record.values):
            return self._records.give_up(record.taken)
        return self._builder.build(record.line, record.values)


def _names_the_delimiter(header: tuple[str, ...], record: Record) -> bool:
    """Excel's ``sep=;`` above the titles."""
    return record.line == 1 and stripped(record.taken[0]).lower().startswith("sep=") and len(header) <= 2
