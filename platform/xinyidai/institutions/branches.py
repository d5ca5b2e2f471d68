"""An institution's branches: the tree, who works where, and which branch a place belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, field_validator
from sqlalchemy import text
from sqlmodel import Session, select

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor, Role
from xinyidai.core.db import CONSTRAINT_ERRORS
from xinyidai.core.errors import Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.core.pinyin import sort_key
from xinyidai.core.reference import divisions
from xinyidai.core.validation import Command
from xinyidai.institutions.models import Branch

CONSTRAINT_ERRORS["uq_branches_institution_id_code"] = ("code", N_("Another branch has this code."))


class AddBranch(Command):
    """``parent_id`` None: directly under the head office. ``region_code``: whose leads come to this branch."""

    code: Annotated[str, Field(min_length=1, max_length=32)]
    name: Annotated[str, Field(min_length=2, max_length=80)]
    parent_id: UUID | None = None
    region_code: str | None = None

    @field_validator("region_code")
    @classmethod
    def _known_region(cls, code: str | None) -> str | None:
        if code is not None and not divisions.is_known(code):
            raise ValueError(N_("Please choose one of the listed values."))
        return code


@dataclass(frozen=True, slots=True)
class BranchRow:
    """One branch in the order of the tree; ``level`` 0 stands directly under the head office."""

    id: UUID
    code: str
    name: str
    region_code: str | None
    level: int
    people: int

    @property
    def indented(self) -> str:
        return "\u3000" * self.level + self.name


@dataclass(frozen=True, slots=True)
class Colleague:
    id: UUID
    name: str
    branch_id: UUID | None
    branch: str | None
    is_manager: bool

    @property
    def label(self) -> str:
        return f"{self.name} · {self.branch}" if self.branch else self.name


_TREE = text("""
    with recursive tree as (
      select b.id, b.code, b.name, b.region_code, 0 as level, array[b.name_pinyin, b.id::text] as path
        from branches b where b.institution_id = :institution and b.parent_id is null and b.active
      union all
      select b.id, b.code, b.name, b.region_code, t.level + 1, t.path || array[b.name_pinyin, b.id::text]
        from branches b join tree t on t.id = b.parent_id where b.active)
    select t.id, t.code, t.name, t.region_code, t.level,
           (select count(*) from users u where u.branch_id = t.id and u.active) as people
      from tree t order by t.path
""")
_COLLEAGUES = text("""
    select u.id, u.display_name, u.branch_id, b.name, u.role = 'institution_manager'
      from users u left join branches b on b.id = u.branch_id
     where u.institution_id = :institution and u.active
     order by b.name_pinyin nulls first, u.display_name, u.id
""")
_UNDER = text("""
    with recursive under as (
      select id from branches where id = :branch
      union all
      select b.id from branches b join under u on b.parent_id = u.id)
    select id from under
""")
_BRANCH_OF = text("select branch_id from users where id = :user")
_OF_REGION = text("""
    select distinct on (institution_id) institution_id, id from branches
     where institution_id = any(:institutions) and active and region_code <> '' and :region like region_code || '%'
     order by institution_id, length(region_code) desc, code, id
""")


def branch_tree(session: Session, institution_id: UUID) -> list[BranchRow]:
    """Every active branch, each under its parent."""
    rows = session.execute(_TREE, {"institution": institution_id}).mappings()
    return [BranchRow(**row) for row in rows]


def branches_under(session: Session, branch_id: UUID) -> list[UUID]:
    """The branch and everything below it: what its people see first."""
    return list(session.execute(_UNDER, {"branch": branch_id}).scalars())


def branches_of_region(session: Session, institutions: Iterable[UUID], region: str | None) -> dict[UUID, UUID]:
    """Institution → its branch for this place: the one with the smallest area around it. Without one: head office."""
    if not region:
        return {}
    rows = session.execute(_OF_REGION, {"institutions": list(institutions), "region": region}).all()
    return {row.institution_id: row.id for row in rows}


def branch_of(session: Session, user_id: UUID | None) -> UUID | None:
    return session.execute(_BRANCH_OF, {"user": user_id}).scalar_one_or_none() if user_id else None


def colleagues(session: Session, institution_id: UUID) -> list[Colleague]:
    """Everybody of the institution who can answer a lead, by branch and name."""
    return [Colleague(*row) for row in session.execute(_COLLEAGUES, {"institution": institution_id})]


def add_branch(session: Session, actor: Actor, institution_id: UUID, command: AddBranch, now: datetime) -> Branch:
    """A branch of the manager's own institution. A parent that is not there is refused at its field."""
    _only_managers(actor, institution_id)
    if command.parent_id is not None:
        parent = session.exec(
            select(Branch.id).where(Branch.id == command.parent_id, Branch.institution_id == institution_id)
        ).one_or_none()
        if parent is None:
            raise InvalidInput({"parent_id": N_("Please choose one of the listed values.")})
    branch = Branch(
        institution_id=institution_id,
        parent_id=command.parent_id,
        code=command.code,
        name=command.name,
        name_pinyin=sort_key(command.name),
        region_code=command.region_code,
        created_at=now,
    )
    session.add(branch)
    session.flush()
    record(session, actor, "branch.added", "branch", branch.id, now, code=branch.code)
    return branch


def place_user(
    session: Session, actor: Actor, institution_id: UUID, user_id: UUID, branch_id: UUID | None, now: datetime
) -> None:
    """Say where somebody works; None is the head office. Raises NotFound for people of another institution."""
    _only_managers(actor, institution_id)
    session.flush()
    placed = session.execute(text("select xyd_place_user(:user, :branch)"), {"user": user_id, "branch": branch_id})
    if not placed.scalar_one():
        raise NotFound()
    record(session, actor, "user.placed", "user", user_id, now, branch_id=str(branch_id or ""))
    session.expire_all()


def _only_managers(actor: Actor, institution_id: UUID) -> None:
    if actor.role in (Role.SYSTEM, Role.ADMINISTRATOR):
        return
    if actor.role is not Role.INSTITUTION_MANAGER or actor.institution_id != institution_id:
        raise Forbidden()
