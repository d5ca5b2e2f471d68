"""Passing needs on 派单: by hand from a need, and the dated rule that does it by itself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing
from xinyidai.core.validation import parse
from xinyidai.leads.clocks import rules_of
from xinyidai.leads.dispatch_queries import Candidate, QuietNeed, candidates_of, quiet_needs
from xinyidai.leads.dispatching import (
    MOST_AT_ONCE,
    DispatchNeed,
    RuleRow,
    SetDispatchRule,
    dispatch_need,
    rules,
    set_rule,
)
from xinyidai.needs.models import Need
from xinyidai.statistics.queries.stories import NeedFacts, need_story
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import OFFICE
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request


@dataclass(frozen=True, slots=True)
class DispatchPage:
    title: str
    rules: list[RuleRow]
    needs: Listing[QuietNeed]
    form: FormState
    may_set: bool
    may_dispatch: bool


@dataclass(frozen=True, slots=True)
class DispatchNeedPage:
    title: str
    need: NeedFacts
    agreed: bool
    candidates: list[Candidate]
    form: FormState
    most: int = MOST_AT_ONCE


def _may_dispatch(actor: Actor) -> bool:
    return actor.role in (Role.OFFICE_STAFF, Role.ADMINISTRATOR)


def _overview(
    request: Request, session: ActorSession, actor: Actor, now: datetime, page: str, form: FormState, status: int = 200
) -> Template:
    may = _may_dispatch(actor)
    shown = DispatchPage(
        title=_("Dispatch"),
        rules=rules(session, business_date(now)),
        needs=quiet_needs(session, list_request(page, "", "")),
        form=form,
        may_set=may and not actor.region,
        may_dispatch=may,
    )
    return render(request, "office/dispatch.html", shown, status=status)


@get("/office/dispatch", allow=OFFICE, sync_to_thread=True)
def dispatch(request: Request, session: Session, actor: CurrentActor, now: Now, page: FromQuery[str] = "1") -> Template:
    proposed = FormState({"valid_from": business_date(now), "top": 3, "quiet_working_days": 3})
    return _overview(request, session, actor, now, page, proposed)


@post("/office/dispatch/rules", allow=OFFICE, sync_to_thread=True)
def new_rule(request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        set_rule(session, actor, parse(SetDispatchRule, typed), now)
    if not outcome.ok:
        return _overview(request, session, actor, now, "1", refused(typed, outcome.errors), status=422)
    return redirect("/office/dispatch", flash=_("The rule is set. It applies from its day on."))


@get("/office/dispatch/rules", allow=OFFICE, sync_to_thread=False)
def reloaded() -> Redirect:
    """Where the page of a refused form is reloaded."""
    return redirect("/office/dispatch")


def _need_page(request: Request, session: ActorSession, need_id: UUID, form: FormState, status: int = 200) -> Template:
    story = need_story(session, need_id)
    agreed = session.get_one(Need, need_id).open_to_claims
    page = DispatchNeedPage(
        title=_("Pass on need %(number)s", number=story.need.number),
        need=story.need,
        agreed=agreed,
        candidates=candidates_of(session, need_id),
        form=form,
    )
    return render(request, "office/needs/dispatch.html", page, status=status)


@get("/office/needs/{need_id:uuid}/dispatch", allow=OFFICE, sync_to_thread=True)
def dispatch_form(request: Request, session: Session, need_id: FromPath[UUID]) -> Template:
    return _need_page(request, session, need_id, FormState())


@post("/office/needs/{need_id:uuid}/dispatch", allow=OFFICE, sync_to_thread=True)
def dispatch_one(
    request: Request,
    data: FormData,
    session: Session,
    actor: CurrentActor,
    settings: AppSettings,
    now: Now,
    need_id: FromPath[UUID],
) -> Template | Redirect:
    typed = texts(data, lists=("product_ids",))
    with attempt(session) as outcome:
        command = parse(DispatchNeed, typed)
        leads = dispatch_need(session, actor, need_id, command, now, rules=rules_of(settings))
    if not outcome.ok:
        return _need_page(request, session, need_id, refused(typed, outcome.errors), status=422)
    told = (
        _("The enterprise is asked whether it agrees.")
        if leads[0].suggested_at
        else _("The need lies before %(count)s institutions now.", count=len(leads))
    )
    return redirect(f"/office/needs/{need_id}", flash=told)


ROUTES = [dispatch, new_rule, reloaded, dispatch_form, dispatch_one]
