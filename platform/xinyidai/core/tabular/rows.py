"""What a file yields: rows, rejects, or a problem with the file as a whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xinyidai.core.bilingual import Said, say
from xinyidai.core.errors import XydError
from xinyidai.core.i18n import N_

REPLACEMENT = "\ufffd"
"""Stands where bytes formed no character. Text that was delivered with it had been damaged before."""

LONGEST_QUOTED_VALUE = 200
# Ctrl-Z closes files of DOS descent; byte-order marks turn up in the middle where files were joined.
_SURROUNDING = " \t\r\n\f\v\u00a0\u3000\ufeff\u200b\x1a"


class FileProblem(XydError):
    """The file cannot be read at all, or not safely."""

    status = 422
    code = "unreadable-file"

    @property
    def said(self) -> Said:
        return say(self.message_id, **self.values)


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    """Number of the line (or sheet row) on which the record begins, counted from 1."""
    cells: Mapping[str, str]
    """Text by column title, without surrounding blanks; a cell that holds nothing is ``""``."""


@dataclass(frozen=True, slots=True)
class Reject:
    line: int
    field: str
    """Column title, empty where the row as a whole is meant."""
    value: str
    reason: Said

    @property
    def reason_en(self) -> str:
        return self.reason.en

    @property
    def reason_zh(self) -> str:
        return self.reason.zh


def reject(line: int, field: str, value: str, reason: Said) -> Reject:
    """A reject whose value is short enough to be shown."""
    shown = value if len(value) <= LONGEST_QUOTED_VALUE else value[:LONGEST_QUOTED_VALUE] + "…"
    return Reject(line, field, shown, reason)


def stripped(text: str) -> str:
    return text.strip(_SURROUNDING)


def checked_header(cells: Sequence[str]) -> tuple[str, ...]:
    """The column titles; unnamed columns are called by their number, repeated titles are a FileProblem."""
    titles = [stripped(cell) for cell in cells]
    while titles and not titles[-1]:
        titles.pop()
    if any(REPLACEMENT in title or "\0" in title for title in titles):
        raise FileProblem(N_("The line of column titles is damaged. Please deliver the file again."))
    repeated = sorted({title for title in titles if title and titles.count(title) > 1})
    if repeated:
        raise FileProblem(
            N_("The column title “%(title)s” appears more than once. Please give every column its own title."),
            title=repeated[0],
        )
    return tuple(title or f"#{number}" for number, title in enumerate(titles, start=1))


class RowBuilder:
    """Turns the values of one record into a Row or a Reject, the same way for every kind of file."""

    def __init__(self, header: tuple[str, ...], encoding: str, *, pad: bool = False) -> None:
        self.header = header
        self._encoding = encoding
        self._pad = pad

    def fits(self, values: Sequence[str]) -> bool:
        return len(values) >= len(self.header) and not any(map(stripped, values[len(self.header) :]))

    def build(self, line: int, values: Sequence[str]) -> Row | Reject | None:
        """None for a record that holds nothing at all."""
        texts = [stripped(value) for value in values]
        if not any(texts):
            return None
        damaged = self._damaged(line, texts)
        if damaged is not None:
            return damaged
        if self._pad:
            texts += [""] * (len(self.header) - len(texts))
        if not self.fits(texts):
            return reject(
                line,
                "",
                "|".join(texts),
                say(
                    N_("the row has %(actual)s fields where the header has %(expected)s"),
                    actual=len(texts),
                    expected=len(self.header),
                ),
            )
        return Row(line, dict(zip(self.header, texts, strict=False)))

    def _damaged(self, line: int, texts: list[str]) -> Reject | None:
        for index, text in enumerate(texts):
            if REPLACEMENT in text:
                message = N_("the bytes are not %(encoding)s text: damaged, or cut off in the middle of a character")
                return reject(line, self._title(index), text, say(message, encoding=self._encoding.upper()))
            if "\0" in text:
                return reject(line, self._title(index), text, say(N_("the text contains a NUL character")))
        return None

    def _title(self, index: int) -> str:
        return self.header[index] if index < len(self.header) else ""


def refuse_title_line(header: tuple[str, ...], width: int) -> None:
    """A sheet's heading above the column titles would make every row look too wide: say so once, plainly."""
    if len(header) == 1 and width > 1:
        raise FileProblem(
            N_("The first line, “%(title)s”, is a heading and not the column titles. Please remove it."),
            title=header[0],
        )


Progress = Callable[[], float]
