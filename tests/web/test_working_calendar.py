"""An administrator enters the next year's notice, and clocks run into it."""

from datetime import date, datetime

import pytest

from tests.conftest import Sessions
from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.calendar.service import missing_year
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.calendar_table import working_day_overrides
from xinyidai.core.working_days import WorkCalendar, add_working_days

HERE = "/office/calendar"
NOTICE = {
    "year": "2027",
    "days_off": "2027-01-01 ~ 2027-01-03\n2月5日至2月11日\n5.1-5.5\n2027/10/1 2027/10/7",
    "days_worked": "2027-02-14\n2027-10-09",
    "source": "国办发明电〔2026〕9号",
}


@pytest.fixture
def admin(browser: Browser, factory: Factory) -> Browser:
    user = factory.user(Role.ADMINISTRATOR)
    factory.session.commit()
    browser.log_in(user.username, PASSWORD)
    return browser


def calendar(sessions: Sessions) -> WorkCalendar:
    with sessions.as_(SYSTEM) as session:
        return WorkCalendar(working_day_overrides(session))


def test_a_years_notice_is_entered_and_counted_from_then_on(admin: Browser, sessions: Sessions) -> None:
    assert not calendar(sessions).knows(2027)
    assert admin.submit(HERE, dict(NOTICE)) == HERE
    assert add_working_days(date(2027, 2, 4), 2, calendar(sessions)) == date(2027, 2, 14)
    assert "国办发明电〔2026〕9号" in admin.page(HERE)


def test_entering_a_year_again_replaces_it(admin: Browser, sessions: Sessions) -> None:
    admin.submit(HERE, dict(NOTICE))
    fixed = "2027-01-01\n2027-05-01\n2027-10-01~2027-10-03"
    admin.submit(HERE, {**NOTICE, "days_off": fixed, "days_worked": ""})
    later = calendar(sessions)
    assert [later.is_working_day(date(2027, 2, day)) for day in (5, 8, 14)] == [True, True, False]


def test_a_known_year_can_be_changed_when_the_state_council_does(admin: Browser, sessions: Sessions) -> None:
    assert calendar(sessions).is_working_day(date(2026, 4, 7))
    off = "2026-01-01\n2026-05-01\n2026-10-01 ~ 2026-10-03\n2026-04-07"
    admin.submit(HERE, {**NOTICE, "year": "2026", "days_off": off, "days_worked": ""})
    found = calendar(sessions)
    assert not found.is_working_day(date(2026, 4, 7))
    assert found.is_working_day(date(2026, 10, 10))  # what nobody has touched stays as the library has it


WRONG: list[dict[str, str]] = [
    {"year": "2025"},
    {"year": ""},
    {"year": "99999"},
    {"days_off": ""},
    {"days_off": "nothing"},
    {"days_off": "2027-02-30"},
    {"days_off": "2028-01-01"},
    {"days_off": "1月1日至3日"},
    {"days_off": "2027-01-01 ~ 2027-12-31"},
    {"days_off": "2027-02-11 ~ 2027-02-05"},
    {"days_off": "2027-01-01"},
    {"days_worked": "2027-02-15"},
    {"days_worked": "2027-02-06"},
    {"source": ""},
]


def test_a_notice_that_cannot_be_right_is_refused_at_its_field(admin: Browser, sessions: Sessions) -> None:
    for change in WRONG:
        assert "is-invalid" in admin.submit(HERE, {**NOTICE, **change}, status=422), change
    assert not calendar(sessions).knows(2027)


def test_the_office_reads_the_calendar_and_only_administrators_write_it(
    browser: Browser, factory: Factory, sessions: Sessions
) -> None:
    user = factory.user(Role.OFFICE_STAFF)
    factory.session.commit()
    browser.log_in(user.username, PASSWORD)
    assert "days_off" not in browser.page(HERE)
    browser.submit(HERE, dict(NOTICE), status=404)
    assert not calendar(sessions).knows(2027)


def test_the_page_says_in_time_that_a_year_is_missing(admin: Browser, sessions: Sessions, now: datetime) -> None:
    assert "尚未录入" not in admin.page(HERE)
    with sessions.as_(SYSTEM) as session:
        assert missing_year(session, date(2026, 11, 16)) is None
        assert missing_year(session, date(2026, 11, 26)) == 2027
