"""Who is told, and what kinds of things are said."""

import re
from dataclasses import dataclass
from enum import Flag, auto
from uuid import UUID

from xinyidai.core.actor import Role

_PLACEHOLDER = re.compile(r"%\((\w+)\)")


class Audience(Flag):
    """Whom a kind of message can reach. ``MANAGERS`` are those of an institution, who hear what it hears as well."""

    ENTERPRISE = auto()
    INSTITUTION = auto()
    MANAGERS = auto()
    OFFICE = auto()
    SOURCE_UNIT = auto()


_HEARS = {
    Role.ENTERPRISE_MEMBER: Audience.ENTERPRISE,
    Role.INSTITUTION_OFFICER: Audience.INSTITUTION,
    Role.INSTITUTION_MANAGER: Audience.INSTITUTION | Audience.MANAGERS,
    Role.OFFICE_STAFF: Audience.OFFICE,
    Role.ADMINISTRATOR: Audience.OFFICE,
    Role.SOURCE_CLERK: Audience.SOURCE_UNIT,
}
"""By mail; an auditor looks on and is told nothing."""


def heard_by(role: Role) -> Audience:
    return _HEARS.get(role, Audience(0))


@dataclass(frozen=True, slots=True)
class Recipient:
    """An organisation, an audience or one person; make it with one of the functions below."""

    enterprise_id: UUID | None = None
    institution_id: UUID | None = None
    user_id: UUID | None = None
    managers: bool = False
    office: bool = False
    region: str = ""
    source_unit: str | None = None

    @property
    def audience(self) -> Audience | None:
        """None where only a person is named, who may be anybody."""
        if self.enterprise_id is not None:
            return Audience.ENTERPRISE
        if self.institution_id is not None:
            return Audience.INSTITUTION | Audience.MANAGERS if self.managers else Audience.INSTITUTION
        if self.office:
            return Audience.OFFICE
        return Audience.SOURCE_UNIT if self.source_unit is not None else None


def to_enterprise(enterprise_id: UUID) -> Recipient:
    """Every member of the enterprise."""
    return Recipient(enterprise_id=enterprise_id)


def to_institution(institution_id: UUID, user_id: UUID | None = None, *, managers: bool = False) -> Recipient:
    """Everybody of the institution, one officer of it, or its managers only."""
    return Recipient(institution_id=institution_id, user_id=user_id, managers=managers)


def to_office(region: str = "") -> Recipient:
    """The financial office; ``region`` is a GB/T 2260 code, so that a district's staff sees its own."""
    return Recipient(office=True, region=region)


def to_source_unit(name: str) -> Recipient:
    return Recipient(source_unit=name)


def to_user(user_id: UUID) -> Recipient:
    return Recipient(user_id=user_id)


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One kind of message. ``title`` and ``body`` are message ids with ``%(name)s`` placeholders.

    ``audience`` says whom it can reach: only they are asked whether they want it, and nobody else can be sent it.
    A ``duty`` message cannot be unsubscribed: the law or the contract asks for it. ``topic`` (message id) names the
    kind where a person chooses what to be told of; without it the title does, which then has no placeholders.
    ``undoes`` is the kind that it takes back: both within a minute, about the same thing, leave as no mail at all.
    """

    code: str
    audience: Audience
    title: str
    body: str
    duty: bool = False
    topic: str = ""
    undoes: "MessageKind | None" = None

    @property
    def names(self) -> list[str]:
        """The placeholders of the title: what a message is about."""
        return _PLACEHOLDER.findall(self.title)

    def __post_init__(self) -> None:
        if self.code in KINDS:
            raise ValueError(f"a message kind {self.code} is declared already")
        if "%(" in self.title and not self.topic:
            raise ValueError(f"the title of {self.code} has placeholders, so it needs a topic")
        KINDS[self.code] = self


KINDS: dict[str, MessageKind] = {}
"""Every declared kind by its code. Each domain declares its own in ``<domain>/messages.py``."""
