"""Screens under a name: one's own, or shared with the colleagues of the institution."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlmodel import Session, col, func, or_, select

from xinyidai.accounts.models import User
from xinyidai.audit.service import record
from xinyidai.core.actor import INSTITUTION_ROLES, Actor, Role
from xinyidai.core.db import CONSTRAINT_ERRORS
from xinyidai.core.errors import Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.core.validation import Command
from xinyidai.leads.screening.models import SavedScreen
from xinyidai.products.criteria import criteria_errors
from xinyidai.products.criterion_words import criteria_in_words

CONSTRAINT_ERRORS["uq_saved_screens_made_by_name"] = (
    "name",
    N_("You have a screen of this name already. Please choose another name, or open that one and change it."),
)


class SaveScreen(Command):
    """``criteria`` in the form of the matching contract."""

    name: Annotated[str, Field(min_length=2, max_length=40)]
    shared: bool = False
    criteria: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class ScreenLine:
    """``may_delete``: one's own, or for a manager what colleagues share."""

    id: UUID
    name: str
    made_by: str
    mine: bool
    shared: bool
    may_delete: bool
    criteria: list[dict[str, Any]]
    updated_at: datetime

    @property
    def conditions(self) -> list[str]:
        return criteria_in_words(self.criteria)


def save_screen(
    session: Session, actor: Actor, command: SaveScreen, now: datetime, *, screen_id: UUID | None = None
) -> SavedScreen:
    """A new screen, or one's own anew. Raises InvalidInput, and NotFound for a screen that is not one's own."""
    if actor.role not in INSTITUTION_ROLES or actor.institution_id is None or actor.user_id is None:
        raise Forbidden()
    if wrong := criteria_errors(command.criteria):
        raise InvalidInput(wrong)
    screen = _own(session, actor, screen_id) if screen_id else None
    if screen is None:
        screen = SavedScreen(
            institution_id=actor.institution_id,
            made_by=actor.user_id,
            name=command.name,
            shared=command.shared,
            criteria=[dict(one) for one in command.criteria],
            created_at=now,
            updated_at=now,
        )
        session.add(screen)
    else:
        screen.name, screen.shared, screen.updated_at = command.name, command.shared, now
        screen.criteria = [dict(one) for one in command.criteria]
    session.flush()
    record(session, actor, "screening.saved", "screen", screen.id, now, shared=command.shared)
    return screen


def delete_screen(session: Session, actor: Actor, screen_id: UUID, now: datetime) -> None:
    """One's own, and for a manager what colleagues share. Raises NotFound."""
    line = one_screen(session, actor, screen_id)
    if not line.may_delete:
        raise NotFound()
    session.delete(session.get_one(SavedScreen, screen_id))
    session.flush()
    record(session, actor, "screening.deleted", "screen", screen_id, now)


def list_screens(session: Session, actor: Actor, request: ListRequest) -> Listing[ScreenLine]:
    """One's own and those that colleagues share, the last changed first."""
    total = session.exec(select(func.count()).select_from(SavedScreen).where(*_seen(actor, request.search))).one()
    rows = session.exec(
        select(SavedScreen, User.display_name)
        .join(User, col(User.id) == SavedScreen.made_by)
        .where(*_seen(actor, request.search))
        .order_by(col(SavedScreen.updated_at).desc(), col(SavedScreen.id).desc())
        .limit(request.size)
        .offset(request.offset)
    )
    return Listing([_line(row, name, actor) for row, name in rows], total, request.page, request.size)


def one_screen(session: Session, actor: Actor, screen_id: UUID) -> ScreenLine:
    found = session.exec(
        select(SavedScreen, User.display_name)
        .join(User, col(User.id) == SavedScreen.made_by)
        .where(SavedScreen.id == screen_id, *_seen(actor, ""))
    ).one_or_none()
    if found is None:
        raise NotFound()
    return _line(found[0], found[1], actor)


def _seen(actor: Actor, search: str) -> list[Any]:
    mine = or_(col(SavedScreen.made_by) == actor.user_id, col(SavedScreen.shared))
    named = [col(SavedScreen.name).icontains(search, autoescape=True)] if search else []
    return [col(SavedScreen.institution_id) == actor.institution_id, mine, *named]


def _own(session: Session, actor: Actor, screen_id: UUID) -> SavedScreen:
    found = session.exec(
        select(SavedScreen).where(SavedScreen.id == screen_id, SavedScreen.made_by == actor.user_id).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def _line(row: SavedScreen, made_by: str, actor: Actor) -> ScreenLine:
    mine = row.made_by == actor.user_id
    return ScreenLine(
        id=row.id,
        name=row.name,
        made_by=made_by,
        mine=mine,
        shared=row.shared,
        may_delete=mine or (row.shared and actor.role is Role.INSTITUTION_MANAGER),
        criteria=row.criteria,
        updated_at=row.updated_at,
    )
