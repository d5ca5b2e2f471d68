"""How one person wants to be told."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints
from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from xinyidai.accounts.models import User
from xinyidai.core.actor import Role
from xinyidai.core.i18n import LOCALES
from xinyidai.core.validation import Command
from xinyidai.messages.models import MessageOptOut
from xinyidai.messages.types import KINDS, MessageKind, heard_by

_FILLING = re.compile(r"^(\+|00)86|[\s-]")


def _typed_number(value: object) -> object:
    """As people type it: in groups, full-width, with the code of the country."""
    return _FILLING.sub("", unicodedata.normalize("NFKC", value).strip()) if isinstance(value, str) else value


CHANNELS = ("mail", "sms")
Email = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Mobile = Annotated[str, BeforeValidator(_typed_number), StringConstraints(pattern=r"^1[0-9]{10}$")]


class SavePreferences(Command):
    """``wanted`` names kind and channel, ``lead.sent:mail``, of everything that may be sent."""

    email: Email | None = None
    phone: Mobile | None = None
    locale: str = Field(default="zh_CN", pattern="^(" + "|".join(LOCALES) + ")$")
    digest: bool = False
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preferences:
    email: str | None
    phone: str | None
    locale: str
    digest: bool
    refused: frozenset[str]
    """``kind:channel`` of what this person does not want."""


def preferences(session: Session, user_id: UUID) -> Preferences:
    user = session.get_one(User, user_id)
    refused = session.exec(select(MessageOptOut).where(MessageOptOut.user_id == user_id)).all()
    return Preferences(
        user.email, user.phone, user.locale, user.digest, frozenset(f"{one.kind}:{one.channel}" for one in refused)
    )


def choices(role: Role) -> list[MessageKind]:
    """Kinds that can reach somebody of this role and be refused; duties cannot."""
    return [kind for kind in _heard(role) if not kind.duty]


def duties(role: Role) -> list[MessageKind]:
    """Kinds that somebody of this role is sent in any case."""
    return [kind for kind in _heard(role) if kind.duty]


def _heard(role: Role) -> list[MessageKind]:
    return [kind for _code, kind in sorted(KINDS.items()) if kind.audience & heard_by(role)]


def save_preferences(session: Session, user_id: UUID, command: SavePreferences, offered: Sequence[str]) -> None:
    """Keep them. Only what the form offered (``offered``, kinds) can be refused by not being ticked."""
    user = session.get_one(User, user_id, with_for_update=True)
    user.email, user.phone = command.email, command.phone
    user.locale, user.digest = command.locale, command.digest
    session.execute(
        delete(MessageOptOut).where(col(MessageOptOut.user_id) == user_id, col(MessageOptOut.kind).in_(offered))
    )
    refused = [
        {"user_id": user_id, "kind": kind, "channel": "mail"}
        for kind in offered
        if kind in KINDS and not KINDS[kind].duty and f"{kind}:mail" not in command.wanted
    ]
    if refused:
        session.execute(insert(MessageOptOut), refused)
    session.flush()
