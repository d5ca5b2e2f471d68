"""Chinese working days 工作日: the State Council's calendar, with make-up weekends 调休.

The calendar of a year is published late in the year before. A day of a year that nobody has published is
an error that says so: counting Mondays to Fridays instead would be wrong around every long holiday.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType

import chinese_calendar

from xinyidai.core.errors import UnknownYear
from xinyidai.core.i18n import N_

_LIBRARY_YEARS = frozenset(day.year for day in chinese_calendar.holidays)
_FIXED_HOLIDAYS = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The library's years, and what an administrator has entered since.

    ``overrides`` says of single days whether they are worked, and wins over the library. A year beyond the
    library is known once its fixed holidays (1 January, 1 May, 1 to 3 October) are among them: then the
    notice was entered as a whole, and its other days follow the week. A half-entered year stays unknown.
    """

    overrides: Mapping[date, bool] = field(default_factory=lambda: MappingProxyType({}))

    def knows(self, year: int) -> bool:
        return year in _LIBRARY_YEARS or all(self.overrides.get(day) is False for day in fixed_holidays(year))

    def is_working_day(self, day: date) -> bool:
        if day in self.overrides:
            return self.overrides[day]
        if day.year in _LIBRARY_YEARS:
            return _is_published_working_day(day)
        if not self.knows(day.year):
            raise UnknownYear(
                N_("The holidays of %(year)s are not published yet; an administrator must enter them first."),
                year=day.year,
            )
        return day.weekday() < 5


@cache
def _is_published_working_day(day: date) -> bool:
    """Kept, because the library searches all its holidays each time: a delivery asks for thousands of days."""
    return bool(chinese_calendar.is_workday(day))


def fixed_holidays(year: int) -> list[date]:
    """The days that are holidays in every year, whatever else the notice of that year says."""
    return [date(year, month, day) for month, day in _FIXED_HOLIDAYS]


PUBLISHED = WorkCalendar()
"""The years that the library knows, nothing added."""


def add_working_days(start: date, count: int, calendar: WorkCalendar = PUBLISHED) -> date:
    """The ``count``-th working day after ``start``; counting begins on the next day (0 is ``start`` itself)."""
    if count < 0:
        raise ValueError(f"cannot add {count} working days")
    day = start
    while count:
        day += _ONE_DAY
        count -= calendar.is_working_day(day)
    return day


def working_days_between(start: date, end: date, calendar: WorkCalendar = PUBLISHED) -> int:
    """Working days after ``start`` up to and including ``end``; negative where ``end`` comes first."""
    if end < start:
        return -working_days_between(end, start, calendar)
    days = (start + timedelta(days=offset) for offset in range(1, (end - start).days + 1))
    return sum(calendar.is_working_day(day) for day in days)
