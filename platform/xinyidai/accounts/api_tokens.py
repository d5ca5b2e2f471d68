"""Tokens of programs: made once, shown once, revoked at once.

A manager makes those of its own institution, an administrator those of institutions and source units.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from pydantic import Field, field_validator
from sqlalchemy import text
from sqlmodel import Session, select

from xinyidai.accounts.models import ApiToken, User
from xinyidai.accounts.service import token_hash
from xinyidai.accounts.types import SCOPES_OF_ROLE, CurrentUser, Scope
from xinyidai.audit.service import record
from xinyidai.core.actor import Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.core.validation import Command

VALID_DAYS = 540
"""A token ends after eighteen months at the latest (as the nearest public systems have it)."""
PREFIX = "xyd_"
HINT_LENGTH = 10
TOUCH_EVERY = timedelta(minutes=5)
NO_PASSWORD = "!"  # noqa: S105 - no hash at all: nothing matches it

_FIND = text("""
    select t.id as token_id, t.last_used_at, t.scopes, u.id, u.username, u.display_name, u.role, u.institution_id,
           u.source_unit, u.region,
           coalesce(xyd_organisation_name(u.enterprise_id, u.institution_id), u.source_unit, '') as organisation_name
      from api_tokens t join users u on u.id = t.user_id
     where t.token_hash = :hash and t.revoked_at is null and t.expires_on >= :today and u.active and u.is_service
""")
_TOUCH = text("update api_tokens set last_used_at = :now where id = :id")
_LIST = text("""
    select t.id, t.name, t.hint, t.scopes, t.created_at, t.expires_on, t.revoked_at, t.last_used_at,
           coalesce(xyd_organisation_name(null, u.institution_id), u.source_unit, '') as organisation
      from api_tokens t join users u on u.id = t.user_id order by t.revoked_at is not null, t.created_at desc, t.id
""")


class MakeToken(Command):
    """``institution_id`` and ``source_unit`` are read from administrators only; a manager's own institution counts."""

    name: str = Field(min_length=2, max_length=60)
    scopes: tuple[Scope, ...] = Field(min_length=1)
    institution_id: UUID | None = None
    source_unit: str | None = Field(default=None, max_length=100)

    @field_validator("scopes")
    @classmethod
    def _each_once(cls, value: tuple[Scope, ...]) -> tuple[Scope, ...]:
        return tuple(dict.fromkeys(value))


@dataclass(frozen=True, slots=True)
class MadeToken:
    """``secret`` is shown this once; nobody can find it out again."""

    id: UUID
    secret: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    id: UUID
    name: str
    hint: str
    scopes: list[Scope]
    created_at: datetime
    expires_on: date
    revoked_at: datetime | None
    last_used_at: datetime | None
    organisation: str


def make_token(session: Session, actor: Actor, command: MakeToken, now: datetime) -> MadeToken:
    """A token with an account of its own. Raises InvalidInput for scopes that such an account cannot have."""
    institution_id, source_unit = _owner(actor, command)
    role = Role.SOURCE_CLERK if source_unit else Role.INSTITUTION_OFFICER
    if not set(command.scopes) <= set(SCOPES_OF_ROLE[role]):
        raise InvalidInput({"scopes": N_("This organisation cannot have one of these rights.")})
    secret = PREFIX + secrets.token_urlsafe(32)
    user = User(
        username=f"api-{secrets.token_hex(8)}",
        password_hash=NO_PASSWORD,
        display_name=command.name,
        role=role.value,
        institution_id=institution_id,
        source_unit=source_unit,
        is_service=True,
        created_at=now,
    )
    session.add(user)
    session.flush()
    token = ApiToken(
        token_hash=token_hash(secret),
        user_id=user.id,
        name=command.name,
        hint=secret[:HINT_LENGTH],
        scopes=[scope.value for scope in command.scopes],
        created_at=now,
        created_by=actor.user_id,
        expires_on=business_date(now) + timedelta(days=VALID_DAYS),
    )
    session.add(token)
    session.flush()
    record(session, actor, "api_token.made", "api_token", token.id, now, scopes=token.scopes)
    return MadeToken(token.id, secret)


def _owner(actor: Actor, command: MakeToken) -> tuple[UUID | None, str | None]:
    if actor.role is Role.INSTITUTION_MANAGER and actor.institution_id:
        return actor.institution_id, None
    if actor.role not in (Role.ADMINISTRATOR, Role.SYSTEM):
        raise Forbidden()
    if (command.institution_id is None) == (not command.source_unit):
        raise InvalidInput({"organisation": N_("Please choose one institution or one source unit.")})
    return command.institution_id, command.source_unit or None


def revoke_token(session: Session, actor: Actor, token_id: UUID, now: datetime) -> None:
    """From the next request on it is worth nothing. Revoking twice is once."""
    if actor.role not in (Role.INSTITUTION_MANAGER, Role.ADMINISTRATOR, Role.SYSTEM):
        raise Forbidden()
    token = session.exec(select(ApiToken).where(ApiToken.id == token_id).with_for_update()).one_or_none()
    if token is None:
        raise NotFound()
    if token.revoked_at is None:
        token.revoked_at = now
        record(session, actor, "api_token.revoked", "api_token", token.id, now)
    session.flush()


def tokens(session: Session) -> list[TokenRow]:
    """Those that this actor may see; the ones in force first."""
    rows = [row._asdict() for row in session.execute(_LIST)]
    return [TokenRow(**{**row, "scopes": [Scope(scope) for scope in row["scopes"]]}) for row in rows]


def find_program(session: Session, secret: str, now: datetime) -> CurrentUser | None:
    """The account behind a token, as the gate finds it; None for what is unknown, revoked or past its end."""
    if not secret.startswith(PREFIX):
        return None
    row = session.execute(_FIND, {"hash": token_hash(secret), "today": business_date(now)}).one_or_none()
    if row is None:
        return None
    if row.last_used_at is None or now - row.last_used_at > TOUCH_EVERY:
        session.execute(_TOUCH, {"id": row.token_id, "now": now})
    return CurrentUser(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        role=Role(row.role),
        organisation_name=row.organisation_name,
        institution_id=row.institution_id,
        source_unit=row.source_unit,
        region=row.region,
        scopes=frozenset(row.scopes),
    )
