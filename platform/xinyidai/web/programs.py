"""Tokens for programs: made by a lender's manager for its own institution, by an administrator for others."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.accounts.api_tokens import VALID_DAYS, MakeToken, TokenRow, make_token, revoke_token, tokens
from xinyidai.accounts.types import SCOPES_OF_ROLE, CurrentUser
from xinyidai.core.actor import Actor, Role
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import _
from xinyidai.core.validation import parse
from xinyidai.credit.catalogue.load import catalogue
from xinyidai.statistics.queries.names import institution_choices
from xinyidai.web.deps import CurrentActor, Now, Session, User
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import ADMINISTRATOR, MANAGER
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request


@dataclass(frozen=True, slots=True)
class ProgramsPage:
    """``made`` is a new token, shown this once. ``institutions`` and ``units`` are empty for a manager."""

    title: str
    here: str
    tokens: list[TokenRow]
    form: FormState
    scopes: list[tuple[str, str]]
    institutions: list[tuple[str, str]]
    units: list[tuple[str, str]]
    valid_days: int
    made: str = ""


def _page(request: Request, session: ActorSession, user: CurrentUser, form: FormState, *, made: str = "") -> Template:
    for_all = user.role is Role.ADMINISTRATOR
    roles = SCOPES_OF_ROLE if for_all else {Role.INSTITUTION_OFFICER: SCOPES_OF_ROLE[Role.INSTITUTION_OFFICER]}
    page = ProgramsPage(
        title=_("Programs"),
        here="/office/programs" if for_all else "/institution/programs",
        tokens=tokens(session),
        form=form,
        scopes=[(scope.value, scope.label) for scopes in roles.values() for scope in scopes],
        institutions=institution_choices(session) if for_all else [],
        units=[(unit, unit) for unit in _source_units()] if for_all else [],
        valid_days=VALID_DAYS,
        made=made,
    )
    return render(request, "programs/list.html", page, status=422 if form.errors else 200)


def _source_units() -> list[str]:
    return sorted(
        {one.source_unit for one in catalogue().datasets.values() if one.is_delivered and not one.by_any_unit}
    )


def _make(request: Request, data: FormData, session: Session, actor: Actor, user: CurrentUser, now: Now) -> Template:
    """The answer is a page and no redirect: what is seen once must not go into an address."""
    values = texts(data, lists=["scopes"])
    try:
        made = make_token(session, actor, parse(MakeToken, values), now)
    except InvalidInput as error:
        return _page(request, session, user, refused(values, error.fields))
    return _page(request, session, user, FormState(), made=made.secret)


@get("/institution/programs", allow=MANAGER, sync_to_thread=True)
def own_programs(request: Request, session: Session, user: User) -> Template:
    return _page(request, session, user, FormState())


@post("/institution/programs", allow=MANAGER, sync_to_thread=True, status_code=200)
def make_own(request: Request, data: FormData, session: Session, actor: CurrentActor, user: User, now: Now) -> Template:
    return _make(request, data, session, actor, user, now)


@post("/institution/programs/{token_id:uuid}/revoke", allow=MANAGER, sync_to_thread=True)
def revoke_own(session: Session, actor: CurrentActor, now: Now, token_id: FromPath[UUID]) -> Redirect:
    revoke_token(session, actor, token_id, now)
    return redirect("/institution/programs", flash=_("Revoked. The token is worth nothing from now on."))


@get("/office/programs", allow=ADMINISTRATOR, sync_to_thread=True)
def all_programs(request: Request, session: Session, user: User) -> Template:
    return _page(request, session, user, FormState())


@post("/office/programs", allow=ADMINISTRATOR, sync_to_thread=True, status_code=200)
def make_any(request: Request, data: FormData, session: Session, actor: CurrentActor, user: User, now: Now) -> Template:
    return _make(request, data, session, actor, user, now)


@post("/office/programs/{token_id:uuid}/revoke", allow=ADMINISTRATOR, sync_to_thread=True)
def revoke_any(session: Session, actor: CurrentActor, now: Now, token_id: FromPath[UUID]) -> Redirect:
    revoke_token(session, actor, token_id, now)
    return redirect("/office/programs", flash=_("Revoked. The token is worth nothing from now on."))


ROUTES = [own_programs, make_own, revoke_own, all_programs, make_any, revoke_any]
