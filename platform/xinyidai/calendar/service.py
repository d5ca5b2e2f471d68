"""Which years the platform can count working days in, and entering the next one from its notice."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydantic import Field
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from xinyidai.audit.service import record
from xinyidai.calendar.notice import MISSING, days_of
from xinyidai.core.actor import Actor, Role
from xinyidai.core.calendar_table import WorkingDayOverride, working_day_overrides
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Forbidden, InvalidInput
from xinyidai.core.i18n import N_, _
from xinyidai.core.validation import Command
from xinyidai.core.working_days import PUBLISHED, WorkCalendar, fixed_holidays

AHEAD = timedelta(days=45)
"""The longest span of the platform's clocks, with some days to spare: so early a year must be known."""


class EnterYear(Command):
    """A year's notice. Entering a year again replaces what was entered for it."""

    year: int = Field(ge=2004, le=2100)
    days_off: str = Field(min_length=1, max_length=4000)
    days_worked: str = Field(default="", max_length=2000)
    source: str = Field(min_length=4, max_length=200)


@dataclass(frozen=True, slots=True)
class Span:
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """``off``: Mondays to Fridays not worked. ``worked``: weekends that are. ``source`` of what was entered."""

    year: int
    known: bool
    off: list[Span]
    worked: list[date]
    source: str


def enter_year(session: Session, actor: Actor, command: EnterYear, now: datetime) -> int:
    """Take in a notice and tell how many days it changes from a plain week.

    Days off that fall on a weekend are no change. Raises InvalidInput for a past year, for a line that names no day,
    for a worked day that is no weekend, and where a holiday of every year is missing.
    """
    if actor.role not in (Role.ADMINISTRATOR, Role.SYSTEM):
        raise Forbidden()
    year = command.year
    if year < business_date(now).year:
        raise InvalidInput({"year": N_("This year has passed; its days are settled.")})
    off = days_of(command.days_off, year, "days_off")
    worked = days_of(command.days_worked, year, "days_worked")
    _check(off, worked, year)
    days = {day: _by_itself(day) for day in _entered(session, year)}
    days |= dict.fromkeys(off, False) | dict.fromkeys(worked, True)
    statement = insert(WorkingDayOverride).values(
        [{"day": day, "is_working_day": works, "source": command.source} for day, works in days.items()]
    )
    new = {"is_working_day": statement.excluded.is_working_day, "source": statement.excluded.source}
    session.execute(statement.on_conflict_do_update(index_elements=["day"], set_=new))
    record(session, actor, "calendar.entered", "calendar", str(year), now, off=len(off), worked=len(worked))
    session.flush()
    return sum(works is not (day.weekday() < 5) for day, works in days.items())


def _check(off: list[date], worked: list[date], year: int) -> None:
    wrong: dict[str, str] = {}
    if missing := [day for day in fixed_holidays(year) if day not in off]:
        wrong["days_off"] = _(MISSING, days=_(", ").join(day.isoformat() for day in missing))
    if week_days := [day for day in worked if day.weekday() < 5]:
        named = _(", ").join(day.isoformat() for day in week_days)
        wrong["days_worked"] = _("These days are no Saturdays or Sundays: %(days)s.", days=named)
    elif both := sorted(set(off) & set(worked)):
        named = _(", ").join(day.isoformat() for day in both)
        wrong["days_worked"] = _("These days are named as off as well: %(days)s.", days=named)
    if wrong:
        raise InvalidInput(wrong)


def _by_itself(day: date) -> bool:
    """Whether a day is worked where nobody has entered anything."""
    return PUBLISHED.is_working_day(day) if PUBLISHED.knows(day.year) else day.weekday() < 5


def _entered(session: Session, year: int) -> list[date]:
    rows = select(col(WorkingDayOverride.day)).where(
        col(WorkingDayOverride.day).between(date(year, 1, 1), date(year, 12, 31))
    )
    return list(session.exec(rows))


def calendar_years(session: Session, today: date) -> list[CalendarYear]:
    """This year and the next."""
    calendar = WorkCalendar(working_day_overrides(session))
    return [_year(session, calendar, year) for year in (today.year, today.year + 1)]


def missing_year(session: Session, today: date) -> int | None:
    """The year that clocks starting soon would reach into and that nobody has entered yet."""
    year = (today + AHEAD).year
    return None if WorkCalendar(working_day_overrides(session)).knows(year) else year


def _year(session: Session, calendar: WorkCalendar, year: int) -> CalendarYear:
    if not calendar.knows(year):
        return CalendarYear(year, False, [], [], "")
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    days = [day for day in days if day.year == year]
    off = [day for day in days if day.weekday() < 5 and not calendar.is_working_day(day)]
    worked = [day for day in days if day.weekday() >= 5 and calendar.is_working_day(day)]
    source = select(WorkingDayOverride.source).where(
        col(WorkingDayOverride.day).between(date(year, 1, 1), date(year, 12, 31))
    )
    return CalendarYear(year, True, _spans(off), worked, session.exec(source.limit(1)).first() or "")


def _spans(days: list[date]) -> list[Span]:
    """Days that follow one another as one span; a weekend between two of them is no gap."""
    spans: list[Span] = []
    for day in days:
        if spans and (day - spans[-1].last).days <= 1 + 2 * (day.weekday() == 0):
            spans[-1] = Span(spans[-1].first, day)
        else:
            spans.append(Span(day, day))
    return spans
