"""Chinese working days 工作日: the State Council's calendar, with make-up weekends 调休.

The calendar of a year is published late in the year before. A day of a year that nobody has published is
an error that says so: counting Mondays to Fridays instead would be wrong around every long holiday.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

import chinese_calendar

_LIBRARY_YEARS = frozenset(day.year for day in chinese_calendar.holidays)
_ONE_DAY = timedelta(days=1)


class CalendarNotPublished(LookupError):
    """The working-day calendar of a year is not known here; an administrator can add it."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the State Council calendar of {year} is not known; add it before counting working days")
        self.year = year


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The library's years, and those an administrator has added since.

    ``exceptions`` says of single days whether they are worked, and wins over the library. ``added_years`` names
    the years whose notice has been entered in full: their other days follow the week. One exception alone
    does not make its year known.
    """

    exceptions: Mapping[date, bool] = field(default_factory=lambda: MappingProxyType({}))
    added_years: frozenset[int] = frozenset()

    @classmethod
    def extended(cls, exceptions: Iterable[tuple[date, bool]], added_years: Iterable[int] = ()) -> "WorkCalendar":
        return cls(MappingProxyType(dict(exceptions)), frozenset(added_years))

    def knows(self, year: int) -> bool:
        return year in _LIBRARY_YEARS or year in self.added_years

    def is_working_day(self, day: date) -> bool:
        if day in self.exceptions:
            return self.exceptions[day]
        if not self.knows(day.year):
            raise CalendarNotPublished(day.year)
        if day.year in _LIBRARY_YEARS:
            return bool(chinese_calendar.is_workday(day))
        return day.weekday() < 5


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
