"""Who is away, and who answers instead."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from pydantic import model_validator
from sqlalchemy import text
from sqlmodel import Session, col, select

from xinyidai.accounts.models import User
from xinyidai.audit.service import record
from xinyidai.core.actor import INSTITUTION_ROLES, Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.core.validation import Command
from xinyidai.institutions.models import Absence

LONGEST = timedelta(days=366)
_WHO_ANSWERS = text("select xyd_who_answers(:user, :day)")
_ANSWERED_FOR = text("""
    select distinct a.user_id from absences a
     where a.cancelled_at is null and :day between a.from_on and a.until_on and a.user_id <> :user
       and xyd_who_answers(a.user_id, :day) = :user
""")


class GoAway(Command):
    """The first and the last day away, and who stands in. Managers may enter it for somebody else."""

    user_id: UUID | None = None
    from_on: date
    until_on: date
    delegate_id: UUID

    @model_validator(mode="after")
    def _in_order(self) -> "GoAway":
        if self.until_on < self.from_on:
            raise ValueError(N_("The last day lies before the first."))
        return self


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    id: UUID
    user_id: UUID
    name: str
    delegate_id: UUID
    delegate: str
    from_on: date
    until_on: date


def go_away(session: Session, actor: Actor, command: GoAway, now: datetime) -> Absence:
    """Note an absence of one's own, or as a manager of a colleague. Both people must be of the institution."""
    if actor.role not in INSTITUTION_ROLES or actor.institution_id is None:
        raise Forbidden()
    user_id = command.user_id or actor.user_id
    if user_id is None or (user_id != actor.user_id and actor.role is not Role.INSTITUTION_MANAGER):
        raise Forbidden()
    wrong: dict[str, str] = {}
    if not _is_colleague(session, actor.institution_id, user_id):
        wrong["user_id"] = N_("Please choose one of the listed values.")
    if command.delegate_id == user_id or not _is_colleague(session, actor.institution_id, command.delegate_id):
        wrong["delegate_id"] = N_("Please choose a colleague.")
    if command.until_on < business_date(now):
        wrong["until_on"] = N_("This day has passed.")
    elif command.until_on - command.from_on > LONGEST:
        wrong["until_on"] = N_("An absence lasts a year at most.")
    if wrong:
        raise InvalidInput(wrong)
    absence = Absence(
        institution_id=actor.institution_id,
        user_id=user_id,
        delegate_id=command.delegate_id,
        from_on=command.from_on,
        until_on=command.until_on,
        made_at=now,
    )
    session.add(absence)
    session.flush()
    record(session, actor, "absence.noted", "absence", absence.id, now, user_id=str(user_id))
    return absence


def come_back(session: Session, actor: Actor, absence_id: UUID, now: datetime) -> None:
    """End an absence early; ending it twice is nothing."""
    if actor.role not in INSTITUTION_ROLES:
        raise Forbidden()
    absence = session.exec(select(Absence).where(Absence.id == absence_id).with_for_update()).one_or_none()
    if absence is None:
        raise NotFound()
    if absence.cancelled_at is None:
        absence.cancelled_at = now
        record(session, actor, "absence.ended", "absence", absence.id, now)
        session.flush()


def absences(session: Session, today: date) -> list[AbsenceRow]:
    """Of the reader's institution: those of today and those to come, the nearest first."""
    rows = session.execute(
        text("""
        select a.id, a.user_id, u.display_name as name, a.delegate_id, d.display_name as delegate, a.from_on, a.until_on
          from absences a join users u on u.id = a.user_id join users d on d.id = a.delegate_id
         where a.cancelled_at is null and a.until_on >= :today order by a.from_on, a.id limit 200
        """),
        {"today": today},
    ).mappings()
    return [AbsenceRow(**row) for row in rows]


def stands_in_for(session: Session, user_id: UUID, today: date) -> list[UUID]:
    """Colleagues who are away today and for whom this person answers, also where the first to stand in is away too."""
    return list(session.execute(_ANSWERED_FOR, {"user": user_id, "day": today}).scalars())


def who_answers(session: Session, user_id: UUID, today: date) -> UUID | None:
    """The person, or who stands in today; where that one is away too, the next.

    None where nobody of them is there: all are away in a ring, or the last of them has left.
    """
    person: UUID | None = session.execute(_WHO_ANSWERS, {"user": user_id, "day": today}).scalar_one()
    return person


def _is_colleague(session: Session, institution_id: UUID, user_id: UUID) -> bool:
    found = select(User.id).where(User.id == user_id, User.institution_id == institution_id, col(User.active))
    return session.exec(found).first() is not None
