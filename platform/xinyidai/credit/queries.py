"""What pages show of deliveries: batches, reasons, timeliness, and the months that are missing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer, SmallInteger, Text
from sqlmodel import Session

from xinyidai.core.bilingual import Said
from xinyidai.core.errors import NotFound
from xinyidai.core.i18n import N_
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.core.working_days import WorkCalendar, working_days_between
from xinyidai.credit.catalogue import Dataset, Metric, catalogue
from xinyidai.credit.intake.lateness import deadline, is_yearly
from xinyidai.credit.intake.rejects import LineReject, rejects_of
from xinyidai.credit.models import CreditBatch
from xinyidai.credit.types import BatchStatus, DatasetKind, Frequency

_SORTS = {
    "received": "received_at",
    "file": "file_name",
    "lines": "lines_read",
    "rejected": "lines_rejected",
    "late": "most_days_late",
}
_COLUMNS = (
    "id, number, dataset, catalogue_version, source_unit, file_name, received_at, status, problem, problem_values,"
    " lines_read, lines_taken, lines_repeated, lines_rejected, lines_stated, values_new, values_changed,"
    " values_confirmed, first_on, last_on, late_lines, most_days_late, withdrawn_at, withdrawn_because"
)
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
MONTHS_SHOWN = 24
REJECTS_HEADER = (
    "文件 file", "行号 line", "处理 outcome", "字段 field", "值 value", "原因（中文） reason in Chinese",
    "原因（英文） reason in English",
)  # fmt: skip
NOT_TAKEN = Said(N_("line not taken"))
REPLACED = Said(N_("a later line counts"))


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One delivered file; lines read = taken + repeated + rejected."""

    id: UUID
    number: int
    dataset: Dataset
    catalogue_version: str
    source_unit: str
    file_name: str
    received_at: datetime
    status: BatchStatus
    problem: Said | None
    lines_read: int
    lines_taken: int
    lines_repeated: int
    lines_rejected: int
    lines_stated: int | None
    values_new: int
    values_changed: int
    values_confirmed: int
    first_on: date | None
    last_on: date | None
    late_lines: int
    most_days_late: int | None
    withdrawn_at: datetime | None
    withdrawn_because: str | None

    @property
    def missing(self) -> int | None:
        """Records that the source says it sent and the file did not hold; None where it says nothing."""
        return None if self.lines_stated is None else self.lines_stated - self.lines_read


@dataclass(frozen=True, slots=True)
class BatchFilter:
    dataset: str = ""
    unit: str = ""
    status: str = ""
    late: str = ""


@dataclass(frozen=True, slots=True)
class ReasonCount:
    message: str
    repeated: bool
    count: int

    @property
    def reason(self) -> Said:
        """What differs from line to line is left open."""
        return Said(self.message, tuple((name, "…") for name in _PLACEHOLDER.findall(self.message)))


@dataclass(frozen=True, slots=True)
class Timeliness:
    """Where a data set stands: what came last, and what is due."""

    dataset: Dataset
    received_at: datetime | None
    newest_on: date | None
    due_on: date | None
    """Deadline of the first period that has not come; None where nothing is due by the calendar."""
    days_late: int
    gaps: int | None = None
    """Months of the last twelve in which a figure is missing that had come before; None for records."""
    records_missing: int | None = None
    """Records that the source sent and that did not arrive, over all files that say so; None where none does."""

    @property
    def never(self) -> bool:
        return self.received_at is None


@dataclass(frozen=True, slots=True)
class MetricMonths:
    metric: Metric
    figures: tuple[int | None, ...]
    """One entry for each month shown; None where nothing was delivered."""

    def is_gap(self, position: int) -> bool:
        """Nothing in this month although there was something before: it should have come."""
        return self.figures[position] is None and any(self.figures[:position])


def list_batches(session: Session, request: ListRequest, chosen: BatchFilter) -> Listing[BatchLine]:
    """The latest first unless another order is asked for. Row-level security decides whose are seen."""
    where, values = _conditions(request, chosen)
    connection = session.connection()
    total: int = connection.scalar(text(f"select count(*) from credit_batches where {where}"), values) or 0  # noqa: S608
    order = order_by(request.sort, _SORTS, "-received")
    rows = connection.execute(
        text(f"select {_COLUMNS} from credit_batches where {where} order by {order} limit :size offset :offset"),  # noqa: S608
        {**values, "size": request.size, "offset": request.offset},
    )
    return Listing([_line(*row) for row in rows], total, request.page, request.size, request.sort or "-received")


def _conditions(request: ListRequest, chosen: BatchFilter) -> tuple[str, dict[str, object]]:
    conditions = {
        "strpos(lower(file_name), lower(:term)) > 0": request.search,
        "dataset = :dataset": chosen.dataset,
        "source_unit = :unit": chosen.unit,
        "status = :status": chosen.status,
        "most_days_late > 0": chosen.late,
    }
    where = " and ".join(condition for condition, value in conditions.items() if value) or "true"
    values = {"term": request.search, "dataset": chosen.dataset, "unit": chosen.unit, "status": chosen.status}
    return where, {name: value for name, value in values.items() if value}


def _line(id_: UUID, number: int, dataset: str, *rest: object) -> BatchLine:
    version, unit, name, received, status, problem, problem_values, *counts = rest
    said = Said(str(problem), tuple(dict(problem_values or {}).items())) if problem else None  # type: ignore[call-overload]
    return BatchLine(
        id_, number, catalogue().datasets[dataset], str(version), str(unit), str(name), received,  # type: ignore[arg-type]
        BatchStatus(str(status)), said, *counts,  # type: ignore[arg-type]
    )  # fmt: skip


def batches_before(session: Session, number: int | None, limit: int) -> list[BatchLine]:
    """The newest first, older than batch ``number`` where one is named: pages that stay right while files come in."""
    rows = session.connection().execute(
        text(
            f"select {_COLUMNS} from credit_batches where number < coalesce(:number, 2147483647)"  # noqa: S608
            " order by number desc limit :limit"
        ).bindparams(bindparam("number", type_=Integer)),
        {"number": number, "limit": limit},
    )
    return [_line(*row) for row in rows]


def one_batch(session: Session, batch_id: UUID) -> BatchLine:
    row = session.connection().execute(
        text(f"select {_COLUMNS} from credit_batches where id = :id"),  # noqa: S608 - constants
        {"id": batch_id},
    )
    found = row.one_or_none()
    if found is None:
        raise NotFound()
    return _line(*found)


def line_of(batch: CreditBatch) -> BatchLine:
    """The same of a batch at hand, such as one of a dry run."""
    values = [getattr(batch, name.strip()) for name in _COLUMNS.split(",")]
    return _line(*values)


def source_units(session: Session) -> list[str]:
    """Every unit that has delivered something."""
    found = session.connection().scalars(text("select distinct source_unit from credit_batches order by 1"))
    return list(found)


def count_reasons(session: Session, batch_id: UUID) -> list[ReasonCount]:
    """The most frequent first."""
    statement = text(
        "select message, repeated, count(*) from credit_rejects where batch_id = :id"
        " group by message, repeated order by repeated, count(*) desc, message"
    )
    return [ReasonCount(*row) for row in session.connection().execute(statement, {"id": batch_id})]


def rejects_table(session: Session, batch_id: UUID, file_name: str) -> Iterator[Sequence[object]]:
    """Header and lines of the rejects file, reasons in both languages."""
    yield REJECTS_HEADER
    for one in rejects_of(session, batch_id):
        outcome = REPLACED if one.repeated else NOT_TAKEN
        yield (
            file_name, one.line, f"{outcome.zh} {outcome.en}", one.field, one.value, one.reason.zh, one.reason.en,
        )  # fmt: skip


def first_rejects(session: Session, batch_id: UUID, limit: int) -> list[LineReject]:
    return list(rejects_of(session, batch_id, limit))


def rejects_after(session: Session, batch_id: UUID, count: int, limit: int) -> list[LineReject]:
    """Those that follow the first ``count``: rejects of a batch never change."""
    return list(islice(rejects_of(session, batch_id, count + limit), count, None))


def timeliness(
    session: Session, datasets: Sequence[Dataset], today: date, calendar: WorkCalendar, *, unit: str = ""
) -> list[Timeliness]:
    """How each data set stands today; of ``unit`` alone where one is named."""
    statement = text(
        "select dataset, max(received_at), max(last_on), sum(lines_stated - lines_read) from credit_batches"
        " where status = 'taken'"
        " and dataset = any(:datasets) and (:unit = '' or source_unit = :unit) group by dataset"
    ).bindparams(bindparam("datasets", type_=ARRAY(Text)), bindparam("unit", type_=Text))
    values = {"datasets": [one.code for one in datasets], "unit": unit}
    known = {row[0]: (row[1], row[2], row[3]) for row in session.connection().execute(statement, values)}
    gaps = _gaps(session, datasets, months_back(today, 12))
    never = (None, None, None)
    return [_standing(one, known.get(one.code, never), gaps.get(one.code), today, calendar) for one in datasets]


def _gaps(session: Session, datasets: Sequence[Dataset], months: Sequence[date]) -> dict[str, int]:
    """By data set of monthly figures: months with a gap in any of its figures; yearly ones have months by design."""
    statement = text("select metric, month from credit_metric_months where month >= :since and figures > 0")
    known = {(row[0], row[1]) for row in session.connection().execute(statement, {"since": months[0]})}
    found: dict[str, int] = {}
    for dataset in datasets:
        if dataset.kind is DatasetKind.OBSERVATIONS and dataset.frequency is Frequency.MONTHLY:
            rows = [tuple((metric.number, month) in known for month in months) for metric in dataset.metrics]
            found[dataset.code] = sum(
                any(not row[position] and any(row[:position]) for row in rows) for position in range(len(months))
            )
    return found


def _standing(
    dataset: Dataset,
    known: tuple[datetime | None, date | None, int | None],
    gaps: int | None,
    today: date,
    calendar: WorkCalendar,
) -> Timeliness:
    received_at, newest_on, missing = known
    due = None
    if dataset.kind is DatasetKind.OBSERVATIONS and newest_on is not None:
        due = deadline(dataset, _next_period(dataset, newest_on), calendar)
    late = max(working_days_between(due, today, calendar), 0) if due is not None else 0
    return Timeliness(dataset, received_at, newest_on, due, late, gaps, missing)


def _next_period(dataset: Dataset, month: date) -> date:
    if is_yearly(dataset):
        return date(month.year + 1, 12, 1)
    steps = 3 if dataset.frequency is Frequency.QUARTERLY else 1
    after = month.year * 12 + month.month - 1 + steps
    return date(after // 12, after % 12 + 1, 1)


def months_back(today: date, count: int = MONTHS_SHOWN) -> list[date]:
    """First days of the ``count`` months before the one that runs, the oldest first."""
    index = today.year * 12 + today.month - 1
    return [date((index - back) // 12, (index - back) % 12 + 1, 1) for back in range(count, 0, -1)]


def coverage(session: Session, dataset: Dataset, months: Sequence[date]) -> list[MetricMonths]:
    """How many figures there are of each metric in each month: gaps stay gaps."""
    statement = text(
        "select metric, month, figures from credit_metric_months where metric = any(:metrics) and month >= :since"
    ).bindparams(bindparam("metrics", type_=ARRAY(SmallInteger)))
    values = {"metrics": [one.number for one in dataset.metrics], "since": months[0]}
    known = {(row[0], row[1]): row[2] for row in session.connection().execute(statement, values)}
    return [MetricMonths(one, tuple(known.get((one.number, month)) for month in months)) for one in dataset.metrics]
