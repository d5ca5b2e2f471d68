"""What comes due with time: reminders of cases, and displays that have run out. Level-triggered, each with a mark."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.calendar_table import working_day_overrides
from xinyidai.core.clock import business_date
from xinyidai.core.working_days import WorkCalendar, add_working_days
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.jobs import ScoreEnterprise
from xinyidai.credit.repair import messages
from xinyidai.credit.repair.models import RepairCase
from xinyidai.credit.repair.opening import subject_of
from xinyidai.credit.scoring.causes import Cause
from xinyidai.enterprises.jobs import FactsChanged
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_enterprise, to_office, to_source_unit
from xinyidai.outbox.jobs import Job, enqueue_many

REMIND_WORKING_DAYS_BEFORE = 2
_BATCH = 200

# Not taken up in time, about to be due, or overdue; once a day at most.
_TO_REMIND = text("""
    select id from repair_cases where status in ('submitted', 'in_review')
        and (due_on <= :soon or (status = 'submitted' and step_due_on <= :today))
        and (reminded_on is null or reminded_on < :today)
    order by due_on, id limit :limit for update skip locked
""")
_OVERDUE = text("""
    select id from repair_cases where status in ('submitted', 'in_review') and due_on < :today
        and overdue_told_on is null order by due_on, id limit :limit for update skip locked
""")
_ENDED = text("""
    update credit_events e set display_ended_at = :now from (
        select enterprise_id, id from credit_events where display_until <= :today and display_ended_at is null
        order by display_until, id limit :limit for update skip locked
    ) due
    where e.enterprise_id = due.enterprise_id and e.id = due.id
    returning e.enterprise_id, e.kind, e.document_no, e.decided_on, e.repaired_at, e.hidden_at
""")


def remind_of_cases(session: Session, now: datetime) -> int:
    """The unit is reminded two working days before the deadline, and every working day from then on."""
    today = business_date(now)
    calendar = WorkCalendar(working_day_overrides(session))
    if not calendar.is_working_day(today):
        return 0
    soon = add_working_days(today, REMIND_WORKING_DAYS_BEFORE, calendar)
    found = session.connection().scalars(_TO_REMIND, {"today": today, "soon": soon, "limit": _BATCH}).all()
    for case_id in found:
        case = session.get_one(RepairCase, case_id)
        case.reminded_on = today
        notify(
            session, to_source_unit(case.source_unit), messages.DUE_SOON, now, link=f"/source/cases/{case.id}",
            number=case.number, subject=subject_of(case), due_on=case.due_on.isoformat(),
        )  # fmt: skip
    return len(found) + _tell_the_office(session, now)


def _tell_the_office(session: Session, now: datetime) -> int:
    today = business_date(now)
    found = session.connection().scalars(_OVERDUE, {"today": today, "limit": _BATCH}).all()
    for case_id in found:
        case = session.get_one(RepairCase, case_id)
        case.overdue_told_on = today
        notify(
            session, to_office(case.region_code), messages.OVERDUE, now, link=f"/office/cases/{case.id}",
            number=case.number, unit=case.source_unit, due_on=case.due_on.isoformat(),
        )  # fmt: skip
    return len(found)


def end_displays(session: Session, now: datetime) -> int:
    """Records whose time has run out: the enterprise is told, score and rankings follow. Tells how many there were."""
    rows = session.connection().execute(_ENDED, {"now": now, "today": business_date(now), "limit": 1_000}).all()
    told = [row for row in rows if row.repaired_at is None and row.hidden_at is None]
    for row in told:
        _say_it_ended(session, row, now)
    enterprises = sorted({row.enterprise_id for row in told})
    jobs: list[Job] = [ScoreEnterprise(one, Cause.NIGHTLY.value) for one in enterprises]
    jobs += [FactsChanged(one) for one in enterprises]
    enqueue_many(session, jobs, now)
    return len(rows)


def _say_it_ended(session: Session, row: Any, now: datetime) -> None:
    dataset = catalogue().datasets[row.kind]
    notify(
        session, to_enterprise(row.enterprise_id), messages.DISPLAY_ENDED, now, link="/enterprise/records?state=ended",
        subject=f"{dataset.name_zh} {row.document_no or ''}".strip(),
        decided_on=row.decided_on.isoformat() if row.decided_on else "",
    )  # fmt: skip
