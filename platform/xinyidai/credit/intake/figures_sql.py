"""What a plain line looks like, and the statements that take such lines to sorted figures, for one layout of a file.

A line whose every value has its canonical spelling is recognised by one regular expression and copied as it stands;
``values.py`` gives all others their canonical spelling first. Whatever needs the database (is the enterprise known, is
the month over, does a record stand twice) is then asked for many lines at once.
"""

import re
from dataclasses import dataclass
from datetime import date

from psycopg import sql

from xinyidai.core.tabular.rows import REPLACEMENT
from xinyidai.credit.catalogue import Columns, Dataset, Field
from xinyidai.credit.types import FieldType, Role, Unit

_WHOLE = "[0-9]{1,15}+"
_DECIMALS = r"(?:\.[0-9]{1,6}+)?+"
_PART = "[0-9A-Za-z_.-]{1,40}+"
_SUBJECT = "[0-9A-Z]{18}"
_PERIOD = "[0-9年月/.-]{4,8}+"
_LONGEST_DROPPED = 1000
_MONTH = "(?:199[0-9]|20[0-9]{2})(?:0[1-9]|1[0-2])"
_DAY = "(?:199[0-9]|20[0-9]{2})-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"


PLACED = sql.SQL("chunk = %(chunk)s and ctid >= %(first)s::tid and ctid < %(beyond)s::tid")
"""A chunk's place among the staged lines spares an index on it."""


def staged(position: int) -> sql.Identifier:
    """The staged column of the file's figure at ``position``, from 1."""
    return sql.Identifier(f"v{position}")


def superseded_lines(position: int) -> sql.Composed:
    """Lines whose figure a later line of the same chunk replaces."""
    return sql.SQL(
        "select line, later from (select line, max(line) over (partition by enterprise_id, month, part) as later"
        " from credit_staged_lines where {} is not null and {}) keyed where later <> line order by line"
    ).format(staged(position), PLACED)


def drop_superseded(position: int) -> sql.Composed:
    """Of figures of one key the last line counts."""
    return sql.SQL(
        "update credit_staged_lines s set {figure} = null from (select ctid as place, line,"
        " max(line) over (partition by enterprise_id, month, part) as later"
        " from credit_staged_lines where {figure} is not null and {placed}) keyed"
        " where s.ctid = keyed.place and keyed.later <> keyed.line"
    ).format(figure=staged(position), placed=PLACED)


def cell(index: int) -> sql.Identifier:
    return sql.Identifier(f"c{index}")


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of the file."""

    index: int
    field: Field
    unit: Unit

    @property
    def name(self) -> sql.Identifier:
        return cell(self.index)

    @property
    def sql_type(self) -> sql.SQL:
        if self.field.role is not Role.METRIC or self.field.type is FieldType.CODE:
            return sql.SQL("text")
        return sql.SQL("date" if self.field.type is FieldType.DATE else "numeric")


@dataclass(frozen=True, slots=True)
class FigureLayout:
    """Where in the file the enterprise, the month, the parts and the figures stand."""

    cells: tuple[Cell, ...]
    subject: Cell
    period: Cell
    parts: tuple[Cell, ...]
    metrics: tuple[Cell, ...]

    @classmethod
    def of(cls, dataset: Dataset, columns: Columns) -> "FigureLayout":
        cells = tuple(
            Cell(index, field, unit)
            for index, (field, unit) in enumerate(zip(columns.fields, columns.units, strict=True))
        )
        by_code = {one.field.code: one for one in cells}
        return cls(
            cells=cells,
            subject=by_code[dataset.subject],
            period=by_code[dataset.period],
            parts=tuple(by_code[code] for code in dataset.key),
            metrics=tuple(one for one in cells if one.field.role is Role.METRIC),
        )

    def plain_line(self, delimiter: str) -> str:
        """The pattern of a line that can be copied as it stands. Possessive: no cell fits in two ways."""
        return re.escape(delimiter).join(self._plain_cell(one, delimiter) for one in self.cells)

    def _plain_cell(self, one: Cell, delimiter: str) -> str:
        if one is self.subject:
            return _SUBJECT
        if one is self.period:
            return _PERIOD
        if one.field.role is Role.DROPPED:
            return rf'[^{re.escape(delimiter)}"\r\n\0{REPLACEMENT}]{{0,{_LONGEST_DROPPED}}}+'
        return f"(?:{_plain_value(one.field)}){'' if one.field.required else '?+'}"

    def create_raw(self) -> sql.Composed:
        cells = sql.SQL(", ").join(sql.SQL("{} {}").format(one.name, one.sql_type) for one in self.cells)
        return sql.SQL("create temp table credit_raw (line integer not null, {})").format(cells)

    def place(self, known: sql.Identifier, today: date) -> sql.Composed:
        """Stage the lines of known enterprises and possible months, in the order of the figures' key."""
        return sql.SQL(
            "insert into credit_staged_lines (chunk, enterprise_id, month, part, line, {staged})"
            " select %(chunk)s, e.id, p.month, {part} as part, r.line, {values} from credit_raw r"
            " join {known} e on e.usci = r.{subject} join credit_periods p on p.spelling = r.{period}"
            " where {conditions} order by e.id, p.month, {order} r.line"
        ).format(
            staged=sql.SQL(", ").join(map(staged, range(1, len(self.metrics) + 1))),
            values=sql.SQL(", ").join(map(self._value, self.metrics)),
            known=known,
            part=self._part(),
            order=sql.SQL("4,") if self.parts else sql.SQL(""),
            subject=self.subject.name,
            period=self.period.name,
            conditions=self._conditions(today),
        )

    def leftovers(self, known: sql.Identifier, today: date) -> sql.Composed:
        """The raw lines that ``place`` left, and whether the enterprise is known."""
        return sql.SQL(
            "select r.*, e.id is not null as known from credit_raw r left join {known} e on e.usci = r.{subject}"
            " left join credit_periods p on p.spelling = r.{period}"
            " where not (coalesce({conditions}, false) and e.id is not null and p.month is not null) order by r.line"
        ).format(known=known, subject=self.subject.name, period=self.period.name, conditions=self._conditions(today))

    def count_months(self) -> sql.Composed:
        """By month: the staged lines, and the figures of each column."""
        counts = sql.SQL(", ").join(
            sql.SQL("count({})").format(staged(position)) for position in range(1, len(self.metrics) + 1)
        )
        return sql.SQL("select month, count(*), {} from credit_staged_lines where {} group by month").format(
            counts, PLACED
        )

    def _part(self) -> sql.Composable:
        if not self.parts:
            return sql.SQL("''")
        return sql.SQL(" || '|' || ").join([sql.SQL("r.{}").format(one.name) for one in self.parts])

    def _conditions(self, today: date) -> sql.Composable:
        conditions = [sql.SQL("num_nonnulls({}) > 0").format(sql.SQL(", ").join([one.name for one in self.metrics]))]
        for one in self.metrics:
            limit: sql.Composable | None = None
            if one.field.type is FieldType.DATE:
                limit = sql.SQL("{}::date").format(sql.Literal(today.isoformat()))
            elif one.field.type is FieldType.MONTH:
                limit = sql.Literal(int(f"{today:%Y%m}"))
            if limit is not None:
                conditions.append(sql.SQL("({cell} is null or {cell} <= {limit})").format(cell=one.name, limit=limit))
        return sql.SQL(" and ").join(conditions)

    def _value(self, one: Cell) -> sql.Composable:
        if one.field.type is FieldType.DATE:
            return sql.SQL("to_char(r.{}, 'YYYYMMDD')::numeric").format(one.name)
        if one.field.type is FieldType.CODE:
            codes = sql.Literal([code.code for code in one.field.codes])
            return sql.SQL("array_position({}::text[], r.{})::numeric").format(codes, one.name)
        if one.unit is Unit.WAN_YUAN:
            return sql.SQL("r.{} * 10000").format(one.name)
        return sql.SQL("r.{}").format(one.name)


def _plain_value(field: Field) -> str:
    if field.codes:
        # The longest first: a shorter code that begins a longer one would be settled on.
        return "|".join(sorted((re.escape(code.code) for code in field.codes), key=len, reverse=True))
    if field.role is Role.PART:
        return _PART
    if field.type is FieldType.BOOLEAN:
        return "[01]"
    if field.type in (FieldType.DATE, FieldType.MONTH):
        return _DAY if field.type is FieldType.DATE else _MONTH
    sign = "" if field.minimum is not None else "-?+"
    figure = f"{sign}{_WHOLE}{'' if field.type is FieldType.INTEGER else _DECIMALS}"
    return f"(?!{re.escape(field.sentinel)}(?![0-9.])){figure}" if field.sentinel else figure
