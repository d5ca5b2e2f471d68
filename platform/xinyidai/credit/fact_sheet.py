"""What is known of one enterprise, data set by data set, for somebody who may read it: figures of 24 months, records.

Reads through the reader's own session: the database shows exactly what is open or consented to. Gaps stay gaps.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text
from sqlmodel import Session

from xinyidai.core.day_words import day_in_words, month_in_words
from xinyidai.core.i18n import _
from xinyidai.credit.catalogue import Dataset, Field, Metric, catalogue
from xinyidai.credit.display import DISPLAYED
from xinyidai.credit.indicators.given import given_fields
from xinyidai.credit.known_data import Months, monthly_figures
from xinyidai.credit.queries import months_back
from xinyidai.credit.sharing import FamilyData, grouped, open_datasets
from xinyidai.credit.types import DatasetKind, FieldType, Role, Unit

RECORDS_SHOWN = 8
"""Of one data set, the newest; the sheet says how many there are in all."""
_FIELDS_SHOWN = 5
# What tells most, where a data set has many figures; of any other, all that were delivered.
_TELLING: Mapping[str, tuple[int, ...]] = {
    "tax_monthly_summary": (2201, 2202, 2203),
    "social_insurance": (3001, 3002, 3004, 3007),
    "provident_fund": (3201, 3202, 3206),
    "electricity_supply": (4111, 4113, 4105),
    "water_supply": (4013, 4003),
    "gas_supply": (4213, 4203),
}
_RECORDS = text(f"""
    select kind, decided_on, ends_on, document_no, severity, payload, total from (
      select e.kind, e.decided_on, e.ends_on, e.document_no, e.severity, e.payload,
             count(*) over (partition by e.kind) as total,
             row_number() over (partition by e.kind order by e.decided_on desc nulls last, e.id desc) as place
        from credit_events e
       where e.enterprise_id = :enterprise and e.kind = any(:kinds) and {DISPLAYED}) as ranked
     where place <= :shown order by kind, place
""").bindparams(  # noqa: S608 - a constant
    bindparam("kinds", type_=ARRAY(Text))
)


@dataclass(frozen=True, slots=True)
class MetricSheet:
    """One monthly figure over the months shown, the oldest first; None is a month that was not delivered."""

    metric: Metric
    values: tuple[Decimal | None, ...]
    months: tuple[date, ...]

    @property
    def _last(self) -> int:
        return max(place for place, value in enumerate(self.values) if value is not None)

    @property
    def newest_month(self) -> date:
        return self.months[self._last]

    @property
    def newest(self) -> Decimal:
        return self.values[self._last] or Decimal(0)

    @property
    def missing(self) -> int:
        """Months without a figure since the first that has one."""
        first = next(place for place, value in enumerate(self.values) if value is not None)
        return sum(value is None for value in self.values[first:])

    @property
    def adds_up(self) -> bool:
        """Whether a sum over months means something: amounts and consumption, not heads, states or balances."""
        unit, code = self.metric.stored_unit, self.metric.field.code
        flows = (Unit.YUAN, Unit.KILOWATT_HOURS, Unit.CUBIC_METRES, Unit.TONNES)
        return unit in flows and "arrears" not in code and not code.startswith("avg_")

    def year(self, back: int) -> Decimal | None:
        """The sum of the twelve months that end ``back`` years before the newest; None where one is missing."""
        end = self._last + 1 - 12 * back
        known = [value for value in self.values[max(end - 12, 0) : max(end, 0)] if value is not None]
        return sum(known, Decimal(0)) if len(known) == 12 else None

    @property
    def change(self) -> Decimal | None:
        """Against a year before, as a part of it: of the year's sum where there is one, else of the figure itself."""
        now, before = (self.year(0), self.year(1)) if self.adds_up else (self.newest, self._year_ago)
        return None if now is None or not before else (now - before) / before

    @property
    def _year_ago(self) -> Decimal | None:
        return self.values[self._last - 12] if self._last >= 12 else None

    def said(self, value: Decimal | None) -> str:
        return "" if value is None else value_said(self.metric.field, value)


@dataclass(frozen=True, slots=True)
class RecordSheet:
    decided_on: date | None
    ends_on: date | None
    document_no: str | None
    severity: str | None
    details: tuple[tuple[str, str], ...]
    """Names and values of the record's other fields, in the reader's language."""


@dataclass(frozen=True, slots=True)
class DatasetSheet:
    dataset: Dataset
    metrics: tuple[MetricSheet, ...] = ()
    records: tuple[RecordSheet, ...] = ()
    total: int = 0
    """Records in all."""

    @property
    def is_empty(self) -> bool:
        return not self.metrics and not self.records

    @property
    def as_of(self) -> date | None:
        """The newest month or record."""
        months = [sheet.newest_month for sheet in self.metrics]
        days = [record.decided_on for record in self.records if record.decided_on]
        return max([*months, *days], default=None)


@dataclass(frozen=True, slots=True)
class FamilySheet:
    data: FamilyData
    datasets: tuple[DatasetSheet, ...]


@dataclass(frozen=True, slots=True)
class FactSheet:
    """``families`` hold what was consented to, delivered or not; ``open_ones`` only what there is something in."""

    families: tuple[FamilySheet, ...]
    open_ones: tuple[DatasetSheet, ...]
    months: tuple[date, ...]

    @property
    def shown(self) -> frozenset[str]:
        """Every data set that stands on the sheet: what the log of reads names."""
        consented = [sheet for family in self.families for sheet in family.datasets]
        return frozenset(sheet.dataset.code for sheet in [*consented, *self.open_ones])


def fact_sheet(session: Session, enterprise_id: UUID, consented: Collection[str], as_of: date) -> FactSheet:
    """Figures and displayed records of the open data sets and of those in ``consented``."""
    known = catalogue().datasets
    wanted = [known[code] for code in sorted({*consented, *open_datasets()}) if code in known]
    months = tuple(months_back(as_of))
    figures = _figures(session, enterprise_id, wanted, months)
    records = _records(session, enterprise_id, wanted, as_of) | _given(session, enterprise_id, wanted)

    def sheet(one: Dataset) -> DatasetSheet:
        found, total = records.get(one.code, ((), 0))
        return DatasetSheet(one, figures.get(one.code, ()), found, total)

    families = tuple(FamilySheet(data, tuple(sheet(one) for one in data.datasets)) for data in grouped(consented))
    open_ones = tuple(sheet(one) for one in wanted if one.code in open_datasets())
    return FactSheet(families, tuple(one for one in open_ones if not one.is_empty), months)


def _figures(
    session: Session, enterprise_id: UUID, datasets: Sequence[Dataset], months: tuple[date, ...]
) -> dict[str, tuple[MetricSheet, ...]]:
    wanted = {one.code: _telling(one) for one in datasets if one.kind is DatasetKind.OBSERVATIONS}
    numbers = [metric.number for metrics in wanted.values() for metric in metrics]
    found = monthly_figures(session, numbers, [enterprise_id], months[0]).get(enterprise_id, {})
    sheets = {code: tuple(_sheets(metrics, found, months)) for code, metrics in wanted.items()}
    return {code: given for code, given in sheets.items() if given}


def _telling(dataset: Dataset) -> list[Metric]:
    """Numbers that a person reads; dates and codes kept as figures are left out."""
    chosen = _TELLING.get(dataset.code)
    readable = (FieldType.DECIMAL, FieldType.INTEGER, FieldType.SERIES)
    return [
        metric
        for metric in dataset.metrics
        if metric.number in (chosen or (metric.number,)) and metric.field.type in readable
    ]


def _sheets(metrics: Sequence[Metric], found: Mapping[int, Months], months: tuple[date, ...]) -> list[MetricSheet]:
    made = [
        MetricSheet(one, tuple(found.get(one.number, {}).get(month) for month in months), months) for one in metrics
    ]
    return [one for one in made if any(value is not None for value in one.values)]


def _records(
    session: Session, enterprise_id: UUID, datasets: Sequence[Dataset], as_of: date
) -> dict[str, tuple[tuple[RecordSheet, ...], int]]:
    kinds = [one.code for one in datasets if one.kind is DatasetKind.EVENTS]
    values = {"enterprise": enterprise_id, "kinds": kinds, "as_of": as_of, "shown": RECORDS_SHOWN}
    known = catalogue().datasets
    found: dict[str, tuple[tuple[RecordSheet, ...], int]] = {}
    for kind, decided_on, ends_on, document_no, severity, payload, total in session.connection().execute(
        _RECORDS, values
    ):
        before, _count = found.get(kind, ((), 0))
        record = RecordSheet(decided_on, ends_on, document_no, severity, _details(known[kind], payload))
        found[kind] = ((*before, record), total)
    return found


def _given(
    session: Session, enterprise_id: UUID, datasets: Sequence[Dataset]
) -> dict[str, tuple[tuple[RecordSheet, ...], int]]:
    """What the platform itself has worked out: one record of each of its data sets, as of its newest day."""
    found: dict[str, tuple[tuple[RecordSheet, ...], int]] = {}
    for one in datasets:
        values = given_fields(session, enterprise_id, one.code) if one.kind is DatasetKind.PLATFORM else {}
        day = values.get("as_of")
        if isinstance(day, date):
            found[one.code] = ((RecordSheet(day, None, None, None, _details(one, values)),), 1)
    return found


def _details(dataset: Dataset, payload: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The first fields that were filled in and are not said already by number and dates."""
    said = {dataset.document, dataset.ends_by, *dataset.dated_by}
    fields = [one for one in dataset.fields if one.role is Role.PAYLOAD and one.code not in said]
    told = [(field.name, value_said(field, payload.get(field.code))) for field in fields]
    return tuple((name, value) for name, value in told if value)[:_FIELDS_SHOWN]


def value_said(field: Field, value: Any) -> str:
    """A kept value as a person reads it, with its unit; empty where there is none."""
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return _(", ").join(value_said(field, one) for one in value)
    if field.codes:
        return next((code.name for code in field.codes if code.code == value), str(value))
    if field.type in (FieldType.DECIMAL, FieldType.INTEGER, FieldType.SERIES):
        unit = Unit.YUAN if field.unit is Unit.WAN_YUAN else field.unit
        return f"{_figure(value)} {unit.label}" if unit not in (Unit.NONE, Unit.AS_CURRENCY) else _figure(value)
    if field.type is FieldType.BOOLEAN:
        return _("yes") if str(value) in ("1", "true", "True") else _("no")
    return _moment(field.type, str(value))


def _moment(kind: FieldType, value: str) -> str:
    """Days and months written out; a time of midnight is a day. What is no date stands as it was delivered."""
    try:
        if kind is FieldType.MONTH:
            return month_in_words(date.fromisoformat(value[:7] + "-01"))
        if kind is FieldType.DATE or (kind is FieldType.DATETIME and value[10:].strip(" T:0Z") == ""):
            return day_in_words(date.fromisoformat(value[:10]))
        if kind is FieldType.DATETIME:
            return f"{day_in_words(date.fromisoformat(value[:10]))} {value[11:16]}"
    except ValueError:
        pass
    return value


def _figure(value: Any) -> str:
    try:
        number = f"{Decimal(str(value)):,f}"
    except InvalidOperation:
        return str(value)
    return number.rstrip("0").rstrip(".") if "." in number else number
