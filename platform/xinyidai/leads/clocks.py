"""How many days everybody has, and the arithmetic of last days.

Answer and first contact count working days. The decision counts calendar days, because its source does
(金发〔2024〕32号: within 30 days of complete papers; thirty working days would be six weeks); where its last day is no
working day, the working day before it is the last.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from xinyidai.core.calendar_table import working_day_overrides
from xinyidai.core.errors import UnknownYear
from xinyidai.core.working_days import WorkCalendar, add_working_days, working_days_between
from xinyidai.leads.models import Lead
from xinyidai.settings import Settings

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClockRules:
    """The city's days. ``remind`` is both how early before a last day and how late after the start a reminder goes."""

    accept: int = 3
    contact: int = 2
    decision: int = 30
    remind: int = 1
    reminder_cap: int = 3
    papers_every: int = 3
    manager: int = 1
    office: int = 3
    reroute: int = 5


STANDARD = ClockRules()


def rules_of(settings: Settings) -> ClockRules:
    return ClockRules(
        accept=settings.accept_working_days,
        contact=settings.contact_working_days,
        decision=settings.decision_days,
        remind=settings.reminder_working_days,
        reminder_cap=settings.reminder_cap,
        papers_every=settings.papers_reminder_working_days,
        manager=settings.manager_overdue_working_days,
        office=settings.office_overdue_working_days,
        reroute=settings.reroute_overdue_working_days,
    )


def calendar_of(session: Session) -> WorkCalendar:
    return WorkCalendar(working_day_overrides(session))


def decision_day(today: date, days: int, calendar: WorkCalendar) -> date:
    """The last day for the decision. In a year that nobody has published, the calendar day itself."""
    return on_working_day(today + timedelta(days=days), calendar, not_before=today)


def begin_decision(lead: Lead, today: date, days: int, calendar: WorkCalendar) -> None:
    """The days for the decision begin today."""
    lead.decision_ends_on = today + timedelta(days=days)
    lead.decide_by = decision_day(today, days, calendar)


def give_back(lead: Lead, waited: timedelta, today: date, calendar: WorkCalendar) -> None:
    """What the clock of the decision stood still is added to its end, every day of it, and to its last day."""
    ends_on = lead.decision_ends_on or lead.decide_by
    if ends_on is not None:
        lead.decision_ends_on = ends_on + waited
        lead.decide_by = on_working_day(lead.decision_ends_on, calendar, not_before=min(today, lead.decision_ends_on))


def on_working_day(day: date, calendar: WorkCalendar, *, not_before: date) -> date:
    """``day``, or the last working day before it."""
    found = day
    while found > not_before and calendar.knows(found.year) and not calendar.is_working_day(found):
        found -= _ONE_DAY
    return found


def working_days_before(today: date, count: int, calendar: WorkCalendar) -> date:
    """The latest day from which at least ``count`` working days have passed by ``today``."""
    day = today
    while count:
        count -= calendar.is_working_day(day)
        day -= _ONE_DAY
    return day


def working_days_ahead(today: date, count: int, calendar: WorkCalendar) -> date:
    """The latest day to which at most ``count`` working days lie ahead: days off after the last of them included.

    Where that reaches into a year that nobody has published, plain days are counted: a reminder is late then, not lost.
    """
    try:
        return add_working_days(today, count + 1, calendar) - _ONE_DAY
    except UnknownYear:
        return today + timedelta(days=count)


def days_left(today: date, due: date | None, calendar: WorkCalendar) -> int | None:
    """Working days from tomorrow to ``due``: 0 on the last day, negative after it.

    None where there is nothing to wait for. A year that nobody has published is not counted rather than guessed.
    """
    if due is None:
        return None
    try:
        return working_days_between(today, due, calendar)
    except UnknownYear:
        return None
