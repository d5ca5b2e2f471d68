"""The statements that take delivered lines to checked figures, written once for each layout of a file.

Only values in their canonical spelling pass; ``values.py`` gives all others theirs, and they come by again as
``trusted``. So the database checks millions of plain lines at its own speed, and the rules stand in one place.
"""

from dataclasses import dataclass
from datetime import date

from psycopg import sql

from xinyidai.credit.catalogue import Columns, Dataset, Field
from xinyidai.credit.types import FieldType, Role, Unit

WHOLE = "[0-9]{1,15}"
DECIMALS = r"(\.[0-9]{1,6})?"
PART = r"^[0-9A-Za-z_.-]{1,40}$"
MONTH = "^(199[0-9]|20[0-9]{2})(0[1-9]|1[0-2])$"
DAY = "^(199[0-9]|20[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$"


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


@dataclass(frozen=True, slots=True)
class FigureLayout:
    """Where in the file the enterprise, the month, the parts and the figures stand."""

    width: int
    subject: Cell
    period: Cell
    parts: tuple[Cell, ...]
    metrics: tuple[Cell, ...]

    @classmethod
    def of(cls, dataset: Dataset, columns: Columns) -> "FigureLayout":
        cells = [
            Cell(index, field, unit)
            for index, (field, unit) in enumerate(zip(columns.fields, columns.units, strict=True))
        ]
        by_code = {one.field.code: one for one in cells}
        return cls(
            width=len(cells),
            subject=by_code[dataset.subject],
            period=by_code[dataset.period],
            parts=tuple(by_code[code] for code in dataset.key),
            metrics=tuple(one for one in cells if one.field.role is Role.METRIC),
        )

    def create_raw(self) -> sql.Composed:
        cells = sql.SQL(", ").join(sql.SQL("{} text").format(cell(index)) for index in range(self.width))
        return sql.SQL("create temp table credit_raw (line integer not null, {})").format(cells)

    def create_plain(self) -> sql.Composed:
        cells = sql.SQL(", ").join(sql.SQL("{} text").format(one.name) for one in self.metrics)
        return sql.SQL(
            "create temp table credit_plain"
            ' (line integer not null, enterprise_id uuid not null, month date not null, part text collate "C", {})'
        ).format(cells)

    def take_plain(self, today: date, *, trusted: bool) -> sql.Composed:
        """Move what can be taken from the raw lines to the plain ones."""
        names = [one.name for one in self.metrics]
        return sql.SQL(
            "insert into credit_plain (line, enterprise_id, month, part, {cells})"
            " select r.line, e.id, p.month, {part}, {cells} from credit_raw r"
            " join enterprises e on e.usci = r.{subject} join credit_periods p on p.spelling = r.{period}"
            " where {conditions}"
        ).format(
            cells=sql.SQL(", ").join(names),
            part=self._part(),
            subject=self.subject.name,
            period=self.period.name,
            conditions=self._conditions(today, trusted=trusted),
        )

    def leftovers(self, today: date, *, trusted: bool) -> sql.Composed:
        """The raw lines that ``take_plain`` left, and whether the enterprise is known."""
        return sql.SQL(
            "select r.*, e.id is not null as known from credit_raw r left join enterprises e on e.usci = r.{subject}"
            " left join credit_periods p on p.spelling = r.{period}"
            " where not (coalesce({conditions}, false) and e.id is not null and p.month is not null) order by r.line"
        ).format(
            subject=self.subject.name,
            period=self.period.name,
            conditions=self._conditions(today, trusted=trusted),
        )

    def stage(self, one: Cell) -> sql.Composed:
        """The figures of one column, each key once, the last line counting, in the order of the key."""
        assert one.field.metric is not None  # noqa: S101 - layouts hold metrics only
        return sql.SQL(
            "insert into credit_staged_observations (chunk, metric, enterprise_id, month, part, value, line)"
            " select distinct on (enterprise_id, month, part)"
            " %(chunk)s, {metric}::smallint, enterprise_id, month, part, {value}, line"
            " from credit_plain where {cell} is not null order by enterprise_id, month, part, line desc"
        ).format(metric=sql.Literal(one.field.metric), value=self._value(one), cell=one.name)

    def count_figures(self) -> sql.Composed:
        counts = sql.SQL(", ").join(sql.SQL("count({})").format(one.name) for one in self.metrics)
        return sql.SQL("select {} from credit_plain").format(counts)

    def repeated(self, one: Cell) -> sql.Composed:
        """Lines whose figure a later line of the same chunk replaces."""
        return sql.SQL(
            "select line, later from (select line, max(line) over (partition by enterprise_id, month, part) as later"
            " from credit_plain where {} is not null) keyed where later <> line order by line"
        ).format(one.name)

    def _part(self) -> sql.Composable:
        if not self.parts:
            return sql.SQL("''")
        return sql.SQL(" || '|' || ").join(sql.SQL("r.{}").format(one.name) for one in self.parts)

    def _conditions(self, today: date, *, trusted: bool) -> sql.Composable:
        any_figure = sql.SQL("num_nonnulls({}) > 0").format(sql.SQL(", ").join(one.name for one in self.metrics))
        if trusted:
            return any_figure
        conditions: list[sql.Composable] = [any_figure]
        conditions += [_part_condition(one) for one in self.parts]
        conditions += [_metric_condition(one, today) for one in self.metrics]
        return sql.SQL(" and ").join(conditions)

    def _value(self, one: Cell) -> sql.Composable:
        kind = one.field.type
        if kind is FieldType.DATE:
            return sql.SQL("replace({}, '-', '')::numeric").format(one.name)
        if kind is FieldType.CODE:
            return sql.SQL("array_position({}::text[], {})::numeric").format(_codes(one.field), one.name)
        if one.unit is Unit.WAN_YUAN:
            return sql.SQL("({}::numeric * 10000)").format(one.name)
        return sql.SQL("{}::numeric").format(one.name)


def _codes(field: Field) -> sql.Literal:
    return sql.Literal([code.code for code in field.codes])


def _part_condition(one: Cell) -> sql.Composable:
    if one.field.codes:
        return sql.SQL("{} = any({}::text[])").format(one.name, _codes(one.field))
    return sql.SQL("{} ~ {}").format(one.name, sql.Literal(PART))


def _metric_condition(one: Cell, today: date) -> sql.Composable:
    condition = _spelling_condition(one, today)
    if one.field.sentinel:
        condition = sql.SQL("{} and {} <> {}").format(condition, one.name, sql.Literal(one.field.sentinel))
    if one.field.required:
        return condition
    return sql.SQL("({} is null or {})").format(one.name, condition)


def _spelling_condition(one: Cell, today: date) -> sql.Composable:
    field = one.field
    if field.type is FieldType.CODE:
        return sql.SQL("{} = any({}::text[])").format(one.name, _codes(field))
    if field.type is FieldType.BOOLEAN:
        return sql.SQL("{} in ('0', '1')").format(one.name)
    if field.type in (FieldType.DATE, FieldType.MONTH):
        pattern, last = (DAY, today.isoformat()) if field.type is FieldType.DATE else (MONTH, f"{today:%Y%m}")
        return sql.SQL('({} ~ {} and {} collate "C" <= {})').format(
            one.name, sql.Literal(pattern), one.name, sql.Literal(last)
        )
    sign = "" if field.minimum is not None else "-?"
    decimals = "" if field.type is FieldType.INTEGER else DECIMALS
    return sql.SQL("{} ~ {}").format(one.name, sql.Literal(f"^{sign}{WHOLE}{decimals}$"))
