"""Passing needs on 派单: by hand from a need, and the dated rule that does it by itself."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.i18n import _, ngettext
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.paging import PAGE_SIZE, Listing, ListRequest
from xinyidai.core.reference import divisions
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
from xinyidai.settings import Settings
from xinyidai.statistics.queries.stories import NeedFacts, need_story
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import OFFICE
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request, Response


@dataclass(frozen=True, slots=True)
class DispatchPage:
    title: str
    rules: list[RuleRow]
    needs: Listing[QuietNeed]
    filter: FormState
    regions: list[tuple[str, str]]
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which needs the address asks for. Values that no list has are ignored: an old bookmark must still open."""

    request: ListRequest
    region: str


def _asked(request: Request, *, size: int = PAGE_SIZE) -> _Asked:
    given = {name: str(request.query_params.get(name, "")) for name in ("page", "sort", "q", "region")}
    region = given["region"] if divisions.is_known(given["region"]) else ""
    return _Asked(list_request(given["page"], given["sort"], given["q"], size=size), region)


def _overview(
    request: Request,
    session: ActorSession,
    actor: Actor,
    settings: Settings,
    now: datetime,
    form: FormState,
    status: int = 200,
) -> Template:
    asked = _asked(request)
    may = _may_dispatch(actor)
    shown = DispatchPage(
        title=_("Dispatch"),
        rules=rules(session, business_date(now)),
        needs=quiet_needs(session, asked.request, asked.region),
        filter=FormState({"q": asked.request.search, "region": asked.region}, prefix="filter-"),
        regions=[(one.code, one.name) for one in divisions.children(settings.city_region)],
        form=form,
        may_set=may and not actor.region,
        may_dispatch=may,
    )
    return render(request, "office/dispatch.html", shown, status=status)


@get("/office/dispatch", allow=OFFICE, sync_to_thread=True)
def dispatch(request: Request, session: Session, actor: CurrentActor, settings: AppSettings, now: Now) -> Template:
    proposed = FormState({"valid_from": business_date(now), "top": 3, "quiet_working_days": 3})
    return _overview(request, session, actor, settings, now, proposed)


@get("/office/dispatch/export", allow=OFFICE, sync_to_thread=True)
def export_needs(request: Request, session: Session, now: Now) -> Response:
    """The rows of the list as it stands, up to ten thousand of them."""
    asked = _asked(request, size=EXPORT_LIMIT)
    header = [
        _("Need"),
        _("Enterprise"),
        _("Region"),
        _("Amount (10,000 yuan)"),
        _("Posted on"),
        _("Asked so far (institutions)"),
        _("Passed on by the rule on"),
    ]
    rows = [
        [
            one.number,
            one.enterprise,
            divisions.name_of(one.region_code or ""),
            wan_from_yuan(one.amount),
            business_date(one.posted_at),
            one.asked,
            business_date(one.dispatched_at) if one.dispatched_at else None,
        ]
        for one in quiet_needs(session, replace(asked.request, page=1), asked.region).rows
    ]
    return csv_answer(f"waiting-needs-{business_date(now)}", header, rows)


@post("/office/dispatch/rules", allow=OFFICE, sync_to_thread=True)
def new_rule(
    request: Request, data: FormData, session: Session, actor: CurrentActor, settings: AppSettings, now: Now
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        set_rule(session, actor, parse(SetDispatchRule, typed), now)
    if not outcome.ok:
        return _overview(request, session, actor, settings, now, refused(typed, outcome.errors), status=422)
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
        else ngettext(
            "The need lies before %(count)s institution now.",
            "The need lies before %(count)s institutions now.",
            len(leads),
            count=len(leads),
        )
    )
    return redirect(f"/office/needs/{need_id}", flash=told)


ROUTES = [dispatch, export_needs, new_rule, reloaded, dispatch_form, dispatch_one]
