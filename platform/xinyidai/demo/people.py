"""Who acts in the demo city: lenders with their staff, firms with an account, and the office."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from xinyidai.accounts.models import User
from xinyidai.accounts.passwords import hash_password
from xinyidai.accounts.service import CreateUser, create_user
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.db import ActorSession
from xinyidai.core.validation import parse
from xinyidai.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, DemoAccount
from xinyidai.demo.catalogue import MadeProduct
from xinyidai.demo.lenders import LENDERS, OFFICERS_BANK, Lender


@dataclass(slots=True)
class Cast:
    """Actors by firm (place in the city) and by lender's code, and what the ids of the database stand for."""

    members: dict[int, Actor] = field(default_factory=dict)
    officers: dict[str, Actor] = field(default_factory=dict)
    managers: dict[str, Actor] = field(default_factory=dict)
    institutions: dict[str, UUID] = field(default_factory=dict)
    products: dict[UUID, MadeProduct] = field(default_factory=dict)
    clerks: dict[str, Actor] = field(default_factory=dict)
    """By department."""
    pool: UUID | None = None


class Registrar:
    """Makes accounts. All share the demo password, which is hashed once."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now
        self._hash = hash_password(DEMO_PASSWORD)

    def _add(self, username: str, name: str, role: Role, **organisation: object) -> User:
        data = {"username": username, "display_name": name, "role": role.value, "password": DEMO_PASSWORD}
        command = parse(CreateUser, {**data, **organisation})
        return create_user(self._session, SYSTEM, command, self._now, password_hash=self._hash)

    def demo_account(self, username: str, **organisation: object) -> User:
        account = demo_account(username)
        return self._add(account.username, account.display_name, account.role, **organisation)

    def office(self, cast: Cast) -> None:
        """The accounts that belong to no firm and no lender: the office's, and the departments' clerks."""
        for username in ("office", "auditor", "admin"):
            self.demo_account(username)
        for account in DEMO_ACCOUNTS:
            if account.role is Role.SOURCE_CLERK:
                user = self.demo_account(account.username, source_unit=account.organisation)
                cast.clerks[account.organisation] = Actor(Role.SOURCE_CLERK, user.id)

    def staff(self, cast: Cast, lender: Lender, officer: str, manager: str) -> None:
        """One officer and one manager; those of the officer's bank are the demo accounts."""
        institution = cast.institutions[lender.code]
        if lender.code == OFFICERS_BANK:
            users = [self.demo_account(name, institution_id=institution) for name in ("officer", "manager")]
        else:
            code = lender.code.lower()
            users = [
                self._add(f"{code}-officer", officer, Role.INSTITUTION_OFFICER, institution_id=institution),
                self._add(f"{code}-manager", manager, Role.INSTITUTION_MANAGER, institution_id=institution),
            ]
        cast.officers[lender.code], cast.managers[lender.code] = (
            Actor(Role(user.role), user.id, institution_id=institution) for user in users
        )

    def member(self, cast: Cast, firm: int, name: str, enterprise: UUID) -> None:
        """The person who acts for a firm; the first firm's is the demo account."""
        if firm == 0:
            user = self.demo_account("factory", enterprise_id=enterprise)
        else:
            user = self._add(f"firm{firm:05}", name, Role.ENTERPRISE_MEMBER, enterprise_id=enterprise)
        cast.members[firm] = Actor(Role.ENTERPRISE_MEMBER, user.id, enterprise_id=enterprise)


def act_as(session: ActorSession, actor: Actor) -> Actor:
    """From here on ``session`` acts as ``actor``; what the one before it has begun is written first, as theirs."""
    session.flush()
    if session.actor is not actor:
        session.become(actor)
    return actor


def demo_account(username: str) -> DemoAccount:
    return next(account for account in DEMO_ACCOUNTS if account.username == username)


def lender_of(code: str) -> Lender:
    return next(lender for lender in LENDERS if lender.code == code)
