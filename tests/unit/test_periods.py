"""Days, months and medians of the statistics."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyidai.core.working_days import PUBLISHED, working_days_between
from xinyidai.statistics.filters import PayoutFilter
from xinyidai.statistics.periods import Period, last_month, parse_month, split, this_month
from xinyidai.statistics.queries.institutions import WorkingDayNumbers, median

days = st.dates(date(2024, 1, 1), date(2026, 12, 31))


@given(days, st.integers(0, 400))
def test_whole_months_and_edges_cover_each_day_of_a_period_once(first: date, length: int) -> None:
    period = Period(first, first + timedelta(days=length))
    parts = split(period)
    covered = [day for edge in parts.edges for day in every_day(edge)]
    if parts.months:
        assert parts.months.first
        assert parts.months.last
        assert (parts.months.first.day, parts.months.last.day) == (1, 1)
        covered += every_day(Period(parts.months.first, parts.months.last - timedelta(days=1)))
    assert sorted(covered) == every_day(period)


def every_day(period: Period) -> list[date]:
    assert period.first
    assert period.last
    return [period.first + timedelta(days=offset) for offset in range((period.last - period.first).days + 1)]


@pytest.mark.parametrize(
    ("period", "months", "edges"),
    [
        (Period(), Period(), ()),
        (Period(date(2026, 1, 1), None), Period(date(2026, 1, 1), None), ()),
        (
            Period(date(2026, 1, 2), None),
            Period(date(2026, 2, 1), None),
            (Period(date(2026, 1, 2), date(2026, 1, 31)),),
        ),
        (
            Period(None, date(2026, 3, 30)),
            Period(None, date(2026, 3, 1)),
            (Period(date(2026, 3, 1), date(2026, 3, 30)),),
        ),
    ],
)
def test_a_period_may_be_open_at_either_end(period: Period, months: Period, edges: tuple[Period, ...]) -> None:
    assert (split(period).months, split(period).edges) == (months, edges)


def test_months_follow_each_other_over_the_year() -> None:
    assert parse_month("2025-12").next().key == "2026-01"
    assert parse_month("2026-01").previous().key == "2025-12"
    assert last_month(date(2026, 3, 31)) == Period(date(2026, 2, 1), date(2026, 2, 28))
    assert this_month(date(2024, 2, 5)).last == date(2024, 2, 29)


def test_a_month_within_a_period_keeps_the_days_of_both() -> None:
    narrow = Period(date(2026, 3, 10), date(2026, 5, 1))
    assert parse_month("2026-03").period.within(narrow) == Period(date(2026, 3, 10), date(2026, 3, 31))


def test_an_empty_filter_asks_for_nothing() -> None:
    assert PayoutFilter().parameters() == {}


@given(st.lists(st.integers(0, 30), min_size=1))
def test_the_median_of_counts_is_the_median_of_the_values(values: list[int]) -> None:
    ordered, middle = sorted(values), len(values) // 2
    expected = ordered[middle] if len(values) % 2 else Decimal(ordered[middle - 1] + ordered[middle]) / 2
    assert median({value: values.count(value) for value in values}) == expected


def test_no_values_have_no_median() -> None:
    assert median({}) is None


@given(days, st.integers(0, 300))
def test_working_days_are_counted_as_the_calendar_counts_them(start: date, length: int) -> None:
    end = min(start + timedelta(days=length), date(2026, 12, 31))
    assert WorkingDayNumbers(PUBLISHED).between(start, end) == working_days_between(start, end)


def test_working_days_of_an_unpublished_year_are_unknown() -> None:
    assert WorkingDayNumbers(PUBLISHED).between(date(2026, 12, 30), date(2095, 1, 4)) is None
