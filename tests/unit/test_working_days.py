import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyidai.core.business_time import business_date
from xinyidai.core.working_days import (
    PUBLISHED,
    CalendarNotPublished,
    WorkCalendar,
    add_working_days,
    working_days_between,
)

HOLIDAYS = Path(__file__).parents[3] / "shared/data/cn_ref/holiday_cn_2007_2026.csv"
known_days = st.dates(date(2007, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("decision", "deadline"),
    [
        (date(2022, 1, 28), date(2022, 2, 11)),
        (date(2022, 4, 29), date(2022, 5, 12)),
        (date(2022, 9, 30), date(2022, 10, 14)),
        (date(2026, 9, 24), date(2026, 10, 12)),
    ],
)
def test_seven_working_days_run_by_the_calendar_with_make_up_weekends(decision: date, deadline: date) -> None:
    assert add_working_days(decision, 7) == deadline
    assert working_days_between(decision, deadline) == 7


def test_a_make_up_sunday_is_worked_and_a_holiday_friday_is_not() -> None:
    assert PUBLISHED.is_working_day(date(2022, 10, 9))
    assert not PUBLISHED.is_working_day(date(2022, 10, 7))


def test_an_unknown_year_is_an_error_that_names_it() -> None:
    with pytest.raises(CalendarNotPublished, match="2031") as caught:
        add_working_days(date(2031, 5, 5), 1)
    assert caught.value.year == 2031


def test_a_deadline_that_runs_into_an_unknown_year_is_an_error_too() -> None:
    last = max(year for year in range(2020, 2100) if PUBLISHED.knows(year))
    with pytest.raises(CalendarNotPublished):
        add_working_days(date(last, 12, 28), 7)


def test_an_administrator_can_add_a_year() -> None:
    calendar = WorkCalendar.extended(
        [(date(2031, 5, 1), False), (date(2031, 5, 2), False), (date(2031, 5, 4), True)], added_years=[2031]
    )
    # Wed 30 April; Thu and Fri are holidays, Sat 3 is a Saturday, Sun 4 is worked
    assert add_working_days(date(2031, 4, 30), 1, calendar) == date(2031, 5, 4)
    assert add_working_days(date(2031, 4, 30), 2, calendar) == date(2031, 5, 5)


def test_one_exception_does_not_make_its_year_known() -> None:
    calendar = WorkCalendar.extended([(date(2031, 1, 1), False)])
    assert not calendar.is_working_day(date(2031, 1, 1))
    with pytest.raises(CalendarNotPublished):
        calendar.is_working_day(date(2031, 1, 2))


def test_an_exception_wins_over_the_library() -> None:
    calendar = WorkCalendar.extended([(date(2022, 10, 10), False)])
    assert add_working_days(date(2022, 9, 30), 7, calendar) == date(2022, 10, 17)


def test_no_days_leave_the_start_and_days_cannot_be_taken_away() -> None:
    assert add_working_days(date(2022, 10, 1), 0) == date(2022, 10, 1)
    with pytest.raises(ValueError, match="-1"):
        add_working_days(date(2022, 10, 1), -1)


@given(known_days, st.integers(1, 60))
def test_adding_and_counting_agree(start: date, count: int) -> None:
    end = add_working_days(start, count)
    assert PUBLISHED.is_working_day(end)
    assert working_days_between(start, end) == count
    assert working_days_between(end, start) == -count


def test_the_library_agrees_with_the_published_notices() -> None:
    if not HOLIDAYS.exists():
        pytest.skip(f"{HOLIDAYS.name} is not on this machine")
    with HOLIDAYS.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) == 678
    differing = [
        row for row in rows if PUBLISHED.is_working_day(date.fromisoformat(row["date"])) is not (row["kind"] == "work")
    ]
    assert differing == []


def test_the_business_date_is_the_date_in_shanghai() -> None:
    assert business_date(datetime(2026, 3, 31, 15, 59, tzinfo=UTC)) == date(2026, 3, 31)
    assert business_date(datetime(2026, 3, 31, 16, 0, tzinfo=UTC)) == date(2026, 4, 1)
    with pytest.raises(ValueError, match="time zone"):
        business_date(datetime(2026, 3, 31))  # noqa: DTZ001
