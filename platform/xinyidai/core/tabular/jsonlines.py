"""JSON Lines: one flat object on each line. Numbers keep the text they were written in."""

import json
from collections.abc import Callable, Iterator
from typing import TextIO

from xinyidai.core.bilingual import Said, say
from xinyidai.core.i18n import N_
from xinyidai.core.tabular.delimited import LONGEST_LINE, Lines
from xinyidai.core.tabular.rows import FileProblem, Reject, Row, RowBuilder, checked_header, reject, stripped

_LINES_SEEN_FOR_TITLES = 10_000


class _Refused(Exception):
    def __init__(self, field: str, value: str, reason: Said) -> None:
        self.field, self.value, self.reason = field, value, reason


class JsonLinesReader:
    """Columns are the keys of the first 10,000 objects, in order of appearance."""

    def __init__(self, open_text: Callable[[], TextIO], encoding: str) -> None:
        self._stream = open_text()
        with open_text() as ahead:
            self.header = _titles(Lines(ahead))
        self._builder = RowBuilder(self.header, encoding)

    def __iter__(self) -> Iterator[Row | Reject]:
        lines = Lines(self._stream)
        while text := lines.read():
            found = self._row_of(lines.number, text)
            if found is not None:
                yield found

    def _row_of(self, line: int, text: str) -> Row | Reject | None:
        if not stripped(text):
            return None
        try:
            cells = _cells(text)
            unexpected = next((key for key in cells if key not in self.header), None)
            if unexpected is not None:
                raise _Refused(unexpected, cells[unexpected], say(N_("a column that earlier lines do not have")))
        except _Refused as refused:
            return reject(line, refused.field, refused.value, refused.reason)
        return self._builder.build(line, [cells.get(title, "") for title in self.header])


def _titles(lines: Lines) -> tuple[str, ...]:
    titles: dict[str, None] = {}
    while lines.number < _LINES_SEEN_FOR_TITLES and (text := lines.read()):
        try:
            titles.update(dict.fromkeys(_cells(text)))
        except _Refused:
            continue
    header = checked_header(list(titles))
    if not header:
        raise FileProblem(N_("The file holds no JSON object that can be read."))
    return header


def _cells(text: str) -> dict[str, str]:
    if len(text) > LONGEST_LINE:
        raise _Refused("", text, say(N_("the line is longer than %(limit)s characters"), limit=LONGEST_LINE))
    try:
        pairs = json.loads(
            text, object_pairs_hook=_Pairs, parse_int=str, parse_float=str, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        raise _Refused("", stripped(text), say(N_("the line is not a complete JSON object"))) from None
    if not isinstance(pairs, _Pairs):
        raise _Refused("", stripped(text), say(N_("the line is not a complete JSON object")))
    cells: dict[str, str] = {}
    for raw_key, value in pairs:
        key = stripped(_without_surrogates(raw_key))
        if key in cells:
            raise _Refused(key, str(value), say(N_("the key appears twice in the line")))
        cells[key] = _text(key, value)
    return cells


class _Pairs(list[tuple[str, object]]):
    """An object as it was written, repeated keys and all."""


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _text(key: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _without_surrogates(value)
    raise _Refused(key, json.dumps(value, ensure_ascii=False), say(N_("a list or an object where one value belongs")))


def _without_surrogates(value: str) -> str:
    """Half of an escaped pair (``\\ud83d``) is no character: mark it as damaged."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
