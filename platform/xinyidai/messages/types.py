"""Who is told, and what kinds of things are said."""

from dataclasses import dataclass
from uuid import UUID


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

    A ``duty`` message cannot be unsubscribed: the law or the contract asks for it. ``topic`` (message id) names the
    kind where a person chooses what to be told of; without it the title does, which then has no placeholders.
    """

    code: str
    title: str
    body: str
    duty: bool = False
    topic: str = ""

    def __post_init__(self) -> None:
        if self.code in KINDS:
            raise ValueError(f"a message kind {self.code} is declared already")
        if "%(" in self.title and not self.topic:
            raise ValueError(f"the title of {self.code} has placeholders, so it needs a topic")
        KINDS[self.code] = self


KINDS: dict[str, MessageKind] = {}
"""Every declared kind by its code. Each domain declares its own in ``<domain>/messages.py``."""
