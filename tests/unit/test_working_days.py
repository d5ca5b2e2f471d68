import csv
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.real_data import real_file
from xinyidai.core.errors import UnknownYear
from xinyidai.core.working_days import PUBLISHED, WorkCalendar, add_working_days, working_days_between

FIXED_HOLIDAYS_2031 = {date(2031, month, day): False for month, day in [(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)]}
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
    with pytest.raises(UnknownYear, match="2031") as caught:
        add_working_days(date(2031, 5, 5), 1)
    assert "2031年" in caught.value.message


def test_a_deadline_that_runs_into_an_unknown_year_is_an_error_too() -> None:
    last = max(year for year in range(2020, 2100) if PUBLISHED.knows(year))
    with pytest.raises(UnknownYear):
        add_working_days(date(last, 12, 28), 7)


def test_an_administrator_can_add_a_year() -> None:
    calendar = WorkCalendar(FIXED_HOLIDAYS_2031 | {date(2031, 5, 2): False, date(2031, 5, 4): True})
    # Wed 30 April; Thu and Fri are holidays, Sat 3 is a Saturday, Sun 4 is worked
    assert add_working_days(date(2031, 4, 30), 1, calendar) == date(2031, 5, 4)
    assert add_working_days(date(2031, 4, 30), 2, calendar) == date(2031, 5, 5)


@pytest.mark.parametrize("forgotten", sorted(FIXED_HOLIDAYS_2031))
def test_a_half_entered_year_stays_unknown_but_its_entered_days_count(forgotten: date) -> None:
    calendar = WorkCalendar({day: worked for day, worked in FIXED_HOLIDAYS_2031.items() if day != forgotten})
    assert len([day for day in FIXED_HOLIDAYS_2031 if day != forgotten and not calendar.is_working_day(day)]) == 4
    with pytest.raises(UnknownYear):
        calendar.is_working_day(date(2031, 2, 3))


def test_an_override_wins_over_the_library() -> None:
    calendar = WorkCalendar({date(2022, 10, 10): False})
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
    path = real_file("cn_ref/holiday_cn_2007_2026.csv")
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) == 678
    differing = [
        row for row in rows if PUBLISHED.is_working_day(date.fromisoformat(row["date"])) is not (row["kind"] == "work")
    ]
    assert differing == []
