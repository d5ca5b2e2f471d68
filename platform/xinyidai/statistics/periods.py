"""From which day to which day a figure counts."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from xinyidai.core.clock import BUSINESS_ZONE

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Both days belong to it; None leaves that end open."""

    first: date | None = None
    last: date | None = None

    @property
    def starts_at(self) -> datetime | None:
        """The first moment, in Shanghai."""
        return datetime.combine(self.first, time.min, BUSINESS_ZONE) if self.first else None

    @property
    def ends_before(self) -> datetime | None:
        """The first moment after it, in Shanghai."""
        return datetime.combine(self.last + _ONE_DAY, time.min, BUSINESS_ZONE) if self.last else None

    def within(self, other: "Period") -> "Period":
        """The days that belong to both."""
        starts = [day for day in (self.first, other.first) if day]
        ends = [day for day in (self.last, other.last) if day]
        return Period(max(starts, default=None), min(ends, default=None))

    def days_sql(self, column: str) -> tuple[list[str], dict[str, Any]]:
        """Conditions on a column of calendar days."""
        conditions = []
        if self.first:
            conditions.append(f"{column} >= :first_day")
        if self.last:
            conditions.append(f"{column} <= :last_day")
        return conditions, {"first_day": self.first, "last_day": self.last}

    def moments_sql(self, column: str) -> tuple[list[str], dict[str, Any]]:
        """Conditions on a column of moments."""
        conditions = []
        if self.first:
            conditions.append(f"{column} >= :starts_at")
        if self.last:
            conditions.append(f"{column} < :ends_before")
        return conditions, {"starts_at": self.starts_at, "ends_before": self.ends_before}


ALWAYS = Period()


@dataclass(frozen=True, slots=True)
class Split:
    """A period as whole months, which are summed up already, and the days at its ends, which are not.

    ``months`` counts from its first month up to and without its last one; None where no month is whole.
    """

    months: Period | None
    edges: tuple[Period, ...]


def split(period: Period) -> Split:
    first_month = _next_month_unless_first(period.first) if period.first else None
    end_month = _month_of(period.last + _ONE_DAY) if period.last else None
    if first_month and end_month and first_month >= end_month:
        return Split(None, (period,))
    edges = []
    if period.first and first_month and period.first < first_month:
        edges.append(Period(period.first, first_month - _ONE_DAY))
    if period.last and end_month and end_month <= period.last:
        edges.append(Period(end_month, period.last))
    return Split(Period(first_month, end_month), tuple(edges))


def _month_of(day: date) -> date:
    return day.replace(day=1)


def _next_month_unless_first(day: date) -> date:
    return day if day.day == 1 else Month(day.year, day.month).last_day() + _ONE_DAY


@dataclass(frozen=True, slots=True)
class Month:
    year: int
    number: int

    def last_day(self) -> date:
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @property
    def period(self) -> Period:
        return Period(date(self.year, self.number, 1), self.last_day())

    @property
    def key(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    def next(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def previous(self) -> "Month":
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)


def parse_month(key: str) -> Month:
    """``2026-03``."""
    year, number = key.split("-")
    return Month(int(year), int(number))


def this_month(today: date) -> Period:
    return Month(today.year, today.month).period


def last_month(today: date) -> Period:
    return Month(today.year, today.month).previous().period


def this_year(today: date) -> Period:
    return Period(date(today.year, 1, 1), date(today.year, 12, 31))


def last_year(today: date) -> Period:
    return Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
