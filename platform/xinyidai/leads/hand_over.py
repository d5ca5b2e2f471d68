"""A lead goes to a colleague or to a branch of the same institution, and notes that only the institution reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import Field, model_validator
from sqlmodel import Session, col, select

from xinyidai.accounts.models import User
from xinyidai.core.actor import Actor
from xinyidai.core.errors import Conflict, InvalidInput
from xinyidai.core.i18n import N_
from xinyidai.core.validation import Command
from xinyidai.institutions.models import Branch
from xinyidai.leads import messages
from xinyidai.leads.models import Lead, LeadNote
from xinyidai.leads.service import only_lenders
from xinyidai.leads.status import lock_lead, log_step
from xinyidai.leads.telling import tell_lender
from xinyidai.leads.types import CLOSED, LeadStatus, StepNote
from xinyidai.needs.models import Need

DOUBLE_CLICK = timedelta(minutes=1)


class HandOver(Command):
    """To a colleague, to a branch, or to a colleague who then works on it for a branch. The note stays inside."""

    user_id: UUID | None = None
    branch_id: UUID | None = None
    note: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _somewhere(self) -> "HandOver":
        if self.user_id is None and self.branch_id is None:
            raise ValueError(N_("Please choose a colleague or a branch."))
        return self


class WriteNote(Command):
    text: str = Field(min_length=1, max_length=1000)


@dataclass(frozen=True, slots=True)
class NoteRow:
    at: datetime
    who: str
    text: str


def hand_over_lead(session: Session, actor: Actor, lead_id: UUID, command: HandOver, now: datetime) -> Lead:
    """Whose lead it is from here on; its state and its last days stay. People of other institutions are refused.

    Handing it to whoever has it already is nothing, as after a double click.
    """
    only_lenders(actor)
    lead, need = lock_lead(session, lead_id)
    status = LeadStatus(lead.status)
    if status in CLOSED:
        raise Conflict(N_("This lead is closed. There is nothing to hand over."))
    colleague = _colleague(session, lead, command.user_id)
    branch_id = command.branch_id or (colleague.branch_id if colleague else None)
    _check_branch(session, lead, branch_id)
    if command.note:
        _keep_note(session, actor, lead, command.note, now)
    if (lead.officer_id, lead.branch_id) == (command.user_id, branch_id or lead.branch_id):
        return lead
    lead.officer_id = colleague.id if colleague else None
    lead.branch_id = branch_id or lead.branch_id
    lead.updated_at = now
    detail = {"cause": StepNote.HANDED_OVER.value, "to": str(lead.officer_id or lead.branch_id)}
    log_step(session, actor, lead, status, now, **detail)
    session.flush()
    _tell_receivers(session, actor, lead, need, command, now)
    return lead


def _tell_receivers(session: Session, actor: Actor, lead: Lead, need: Need, command: HandOver, now: datetime) -> None:
    """The colleague, or the people of the branch; a branch without people has the managers."""
    giver = session.get(User, actor.user_id)
    by, note = giver.display_name if giver else "", command.note
    if lead.officer_id is not None:
        if lead.officer_id != actor.user_id:
            tell_lender(session, lead, need, messages.HANDED_OVER, now, user_id=lead.officer_id, by=by, note=note)
        return
    kind, branch = messages.HANDED_TO_BRANCH, session.get_one(Branch, lead.branch_id).name
    people = session.exec(select(User.id).where(User.branch_id == lead.branch_id, col(User.active))).all()
    for person in people:
        if person != actor.user_id:
            tell_lender(session, lead, need, kind, now, user_id=person, by=by, note=note, branch=branch)
    if not people:
        tell_lender(session, lead, need, kind, now, managers=True, by=by, note=note, branch=branch)


def write_note(session: Session, actor: Actor, lead_id: UUID, command: WriteNote, now: datetime) -> LeadNote:
    """A note on a lead of the actor's institution, open or closed. The same words sent twice at once are one note."""
    only_lenders(actor)
    lead, _need = lock_lead(session, lead_id)
    return _keep_note(session, actor, lead, command.text, now)


def _keep_note(session: Session, actor: Actor, lead: Lead, words: str, now: datetime) -> LeadNote:
    own = select(LeadNote).where(LeadNote.lead_id == lead.id, LeadNote.user_id == actor.user_id)
    newest = session.exec(own.order_by(col(LeadNote.at).desc(), col(LeadNote.id).desc()).limit(1)).first()
    if newest and newest.text == words and now - newest.at < DOUBLE_CLICK:
        return newest
    note = LeadNote(lead_id=lead.id, institution_id=lead.institution_id, user_id=actor.user_id, at=now, text=words)
    session.add(note)
    session.flush()
    return note


def notes_of(session: Session, lead_id: UUID) -> list[NoteRow]:
    """The newest first."""
    rows = session.execute(
        select(LeadNote.at, User.display_name, LeadNote.text)
        .outerjoin(User, col(User.id) == LeadNote.user_id)
        .where(LeadNote.lead_id == lead_id)
        .order_by(col(LeadNote.at).desc(), col(LeadNote.id).desc())
        .limit(200)
    ).all()
    return [NoteRow(at, who or "", words) for at, who, words in rows]


def lead_ids_in_lock_order(session: Session, lead_ids: Sequence[UUID]) -> list[UUID]:
    """Whoever locks several leads takes them by their needs, so that no two wait for each other in a ring."""
    rows = session.execute(select(Lead.id, Lead.need_id).where(col(Lead.id).in_(lead_ids))).all()
    known = [row[0] for row in sorted(rows, key=lambda row: (row[1], row[0]))]
    return known + [one for one in dict.fromkeys(lead_ids) if one not in set(known)]


def _colleague(session: Session, lead: Lead, user_id: UUID | None) -> User | None:
    if user_id is None:
        return None
    found = session.exec(
        select(User).where(User.id == user_id, User.institution_id == lead.institution_id, col(User.active))
    ).one_or_none()
    if found is None:
        raise InvalidInput({"user_id": N_("Please choose a colleague.")})
    return found


def _check_branch(session: Session, lead: Lead, branch_id: UUID | None) -> None:
    if branch_id is None:
        return
    found = select(Branch.id).where(Branch.id == branch_id, Branch.institution_id == lead.institution_id)
    if session.exec(found).first() is None:
        raise InvalidInput({"branch_id": N_("Please choose one of the listed values.")})
