"""Colleagues, branches and absences of the reader's institution."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import NotFound
from xinyidai.core.i18n import _
from xinyidai.core.reference import divisions
from xinyidai.core.validation import parse
from xinyidai.institutions.absences import AbsenceRow, GoAway, absences, come_back, go_away
from xinyidai.institutions.branches import (
    AddBranch,
    BranchRow,
    Colleague,
    add_branch,
    branch_tree,
    colleagues,
    place_user,
)
from xinyidai.settings import Settings
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import INSTITUTION, MANAGER
from xinyidai.web.institution.desk import own_institution, whole_form
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request

TEAM = "/institution/team"
Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TeamPage:
    title: str
    people: list[Colleague]
    branches: list[BranchRow]
    absences: list[AbsenceRow]
    regions: Choices
    own_id: UUID | None
    is_manager: bool
    away_form: FormState = field(default_factory=FormState)
    branch_form: FormState = field(default_factory=FormState)

    @property
    def others(self) -> Choices:
        return [(str(one.id), one.label) for one in self.people if one.id != self.own_id or self.is_manager]

    @property
    def places(self) -> Choices:
        return [(str(one.id), one.indented) for one in self.branches]

    def region_name(self, code: str | None) -> str:
        return (divisions.name_of(code) or code) if code else ""


def _page(
    session: ActorSession,
    actor: Actor,
    settings: Settings,
    now: datetime,
    *,
    away: FormState | None = None,
    branch: FormState | None = None,
) -> TeamPage:
    institution = own_institution(actor)
    districts = [(one.code, one.name) for one in divisions.children(settings.city_region)]
    return TeamPage(
        title=_("Our people"),
        people=colleagues(session, institution),
        branches=branch_tree(session, institution),
        absences=absences(session, business_date(now)),
        regions=[(settings.city_region, _("the whole city")), *districts],
        own_id=actor.user_id,
        is_manager=actor.role is Role.INSTITUTION_MANAGER,
        away_form=away or FormState({"from_on": business_date(now)}),
        branch_form=branch or FormState(),
    )


@get(TEAM, allow=INSTITUTION, sync_to_thread=True)
def team(request: Request, session: Session, actor: CurrentActor, settings: AppSettings, now: Now) -> Template:
    return render(request, "institution/team.html", _page(session, actor, settings, now))


@post(f"{TEAM}/absences", allow=INSTITUTION, sync_to_thread=True)
def note_absence(
    request: Request, data: FormData, session: Session, actor: CurrentActor, settings: AppSettings, now: Now
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        go_away(session, actor, parse(GoAway, typed), now)
    if not outcome.ok:
        page = _page(session, actor, settings, now, away=refused(typed, whole_form(outcome.errors)))
        return render(request, "institution/team.html", page, status=422)
    return redirect(TEAM, flash=_("The absence is noted. Messages go to whoever stands in."))


@post(f"{TEAM}/absences/{{absence_id:uuid}}/end", allow=INSTITUTION, sync_to_thread=True)
def end_absence(session: Session, actor: CurrentActor, now: Now, absence_id: FromPath[UUID]) -> Redirect:
    come_back(session, actor, absence_id, now)
    return redirect(TEAM, flash=_("The absence is ended."))


@post(f"{TEAM}/branches", allow=MANAGER, sync_to_thread=True)
def new_branch(
    request: Request, data: FormData, session: Session, actor: CurrentActor, settings: AppSettings, now: Now
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        add_branch(session, actor, own_institution(actor), parse(AddBranch, typed), now)
    if not outcome.ok:
        page = _page(session, actor, settings, now, branch=refused(typed, outcome.errors))
        return render(request, "institution/team.html", page, status=422)
    return redirect(TEAM, flash=_("The branch is added."))


@post(f"{TEAM}/people/{{user_id:uuid}}/branch", allow=MANAGER, sync_to_thread=True)
def place(data: FormData, session: Session, actor: CurrentActor, now: Now, user_id: FromPath[UUID]) -> Redirect:
    """Without a branch: the head office. A branch that is not theirs is as if it did not exist."""
    wanted = str(texts(data).get("branch_id") or "")
    known = {str(one.id): one.id for one in branch_tree(session, own_institution(actor))}
    if wanted and wanted not in known:
        raise NotFound()
    place_user(session, actor, own_institution(actor), user_id, known.get(wanted), now)
    return redirect(TEAM, flash=_("It is noted where this colleague works."))


@get(
    [
        f"{TEAM}/absences",
        f"{TEAM}/branches",
    ],
    allow=INSTITUTION,
    sync_to_thread=False,
)
def reloaded() -> Redirect:
    """Where the page of a refused form is reloaded."""
    return redirect(TEAM)


ROUTES = [team, note_absence, end_absence, new_branch, place, reloaded]
