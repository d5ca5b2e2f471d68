"""Accounts, logging in and out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import Field
from sqlalchemy import delete
from sqlmodel import Session, col, select

from xinyidai.accounts.models import LoginSession, User
from xinyidai.accounts.passwords import hash_password, password_matches
from xinyidai.audit.service import record
from xinyidai.core.actor import GATE, HUMAN_ROLES, Actor, Role
from xinyidai.core.db import CONSTRAINT_ERRORS
from xinyidai.core.errors import Forbidden, InvalidInput
from xinyidai.core.i18n import N_
from xinyidai.core.validation import Command

MAX_FAILURES = 5
LOCK = timedelta(minutes=15)
MIN_PASSWORD = 10

CONSTRAINT_ERRORS["uq_users_username"] = ("username", N_("This username is taken. Please choose another."))


class CreateUser(Command):
    username: str = Field(min_length=3, max_length=64)
    password: str = Field(min_length=MIN_PASSWORD, max_length=200)
    display_name: str = Field(min_length=1, max_length=60)
    role: Role
    enterprise_id: UUID | None = None
    institution_id: UUID | None = None
    source_unit: str | None = None
    region: str = ""


def create_user(
    session: Session, actor: Actor, command: CreateUser, now: datetime, *, password_hash: str | None = None
) -> User:
    """Make an account. ``password_hash`` spares the hashing where many accounts share a demo password."""
    if actor.role not in (Role.SYSTEM, Role.ADMINISTRATOR):
        raise Forbidden()
    if command.role not in HUMAN_ROLES:
        raise InvalidInput({"role": N_("Please choose one of the listed values.")})
    fields = command.model_dump(exclude={"password", "role"})
    user = User(
        **fields,
        role=command.role.value,
        password_hash=password_hash or hash_password(command.password),
        created_at=now,
    )
    session.add(user)
    session.flush()
    record(session, actor, "user.created", "user", user.id, now, role=user.role)
    return user


@dataclass(frozen=True, slots=True)
class LoginOutcome:
    """Either a token for the cookie, or the sentence that says why not."""

    token: str | None = None
    problem: str | None = None


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def log_in(session: Session, username: str, password: str, now: datetime, *, hours: int) -> LoginOutcome:
    """Check the password and open a session. Five failures in a row lock the account for fifteen minutes.

    The caller commits in either case, so that failures count.
    """
    user = session.exec(select(User).where(User.username == username.strip()).with_for_update()).one_or_none()
    if user and user.locked_until and user.locked_until > now:
        return LoginOutcome(problem=N_("Too many failed attempts. Please try again in 15 minutes."))
    if not password_matches(user.password_hash if user and user.active and not user.is_service else None, password):
        if user:
            user.failed_logins += 1
            if user.failed_logins >= MAX_FAILURES:
                user.failed_logins, user.locked_until = 0, now + LOCK
            record(session, GATE, "login.failed", "user", user.id, now)
        return LoginOutcome(problem=N_("The username or the password is not right. Please check both."))
    assert user is not None  # noqa: S101 - password_matches is false without a hash
    user.failed_logins, user.locked_until = 0, None
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=token_hash(token),
            user_id=user.id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    record(session, GATE, "login.succeeded", "user", user.id, now)
    return LoginOutcome(token=token)


def log_out(session: Session, token: str) -> None:
    session.execute(delete(LoginSession).where(col(LoginSession.token_hash) == token_hash(token)))


def forget_expired_sessions(session: Session, now: datetime) -> int:
    """Scheduled: sessions past their end are deleted; tells how many."""
    result = session.execute(
        delete(LoginSession).where(col(LoginSession.expires_at) < now).returning(col(LoginSession.id))
    )
    return len(result.all())
