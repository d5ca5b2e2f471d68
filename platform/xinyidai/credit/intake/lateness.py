"""How late a delivery is, in Chinese working days after its data set's deadline."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from xinyidai.core.working_days import WorkCalendar, add_working_days, working_days_between
from xinyidai.credit.catalogue import Dataset
from xinyidai.credit.types import DatasetKind, FieldType

_CALENDAR_BEGINS = date(2004, 1, 1)
"""Working days are published from here on; what is older is measured from here, and late enough."""


@dataclass(frozen=True, slots=True)
class Lateness:
    late_lines: int
    most_days_late: int | None
    """0 where everything came in time, None where nothing new is dated."""


def deadline(dataset: Dataset, day: date, calendar_: WorkCalendar) -> date:
    """Of a record of ``day``, or of a month or year that begins on ``day``."""
    end = max(day, _CALENDAR_BEGINS)
    if dataset.kind is DatasetKind.OBSERVATIONS:
        end = date(end.year, end.month, calendar.monthrange(end.year, end.month)[1])
    return add_working_days(end, dataset.due_working_days, calendar_)


def measure(
    dataset: Dataset, fresh: Mapping[date, int], received: date, work_calendar: WorkCalendar, *, metrics: int = 1
) -> Lateness:
    """``fresh`` counts new records (or figures, ``metrics`` to a line) by date.

    Of monthly figures the newest month is judged: what came with it of older months is history.
    """
    judged = dict(fresh)
    if dataset.kind is DatasetKind.OBSERVATIONS and fresh:
        newest = max(fresh)
        judged = {newest: -(-fresh[newest] // metrics)}
    late, most = 0, 0 if judged else None
    counted_from, days = received, 0
    # The newest first: each deadline is counted on from the one after it, as a file may hold years of days.
    for day, lines in sorted(judged.items(), reverse=True):
        due = deadline(dataset, day, work_calendar)
        if due < counted_from:
            days += working_days_between(due, counted_from, work_calendar)
            counted_from = due
        if days > 0:
            late += lines
            most = max(most or 0, days)
    return Lateness(late, most)


def is_yearly(dataset: Dataset) -> bool:
    return bool(dataset.period) and dataset.field_of[dataset.period].type is FieldType.YEAR
