"""Saved screens, and the invitation to an enterprise that was found."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.db import attempt
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.core.validation import parse
from xinyidai.leads.screening.conditions import SEARCHABLE, Answer
from xinyidai.leads.screening.finding import open_enterprises
from xinyidai.leads.screening.invitations import (
    INVITE_AGAIN_DAYS,
    Invitable,
    InviteEnterprise,
    invitable,
    invite_enterprise,
)
from xinyidai.leads.screening.screens import (
    SaveScreen,
    ScreenLine,
    delete_screen,
    list_screens,
    one_screen,
    save_screen,
)
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.institution.condition_editor import read_criteria, read_rows, rows_of
from xinyidai.web.institution.screening import HERE, Asked, address_of, find_page
from xinyidai.web.lists import list_request
from xinyidai.web.render import local_path, redirect, render
from xinyidai.web.requests import FormData, Request


@dataclass(frozen=True, slots=True)
class ScreensPage:
    title: str
    listing: Listing[ScreenLine]
    filters: FormState
    open: int


@dataclass(frozen=True, slots=True)
class DeletePage:
    title: str
    screen: ScreenLine


@dataclass(frozen=True, slots=True)
class InvitePage:
    title: str
    enterprise: Invitable
    form: FormState
    back: str
    again_days: int = INVITE_AGAIN_DAYS


@get(HERE, allow=INSTITUTION, sync_to_thread=True)
def screens(
    request: Request, session: Session, actor: CurrentActor, q: FromQuery[str] = "", page: FromQuery[str] = "1"
) -> Template:
    asked = list_request(page, "", q)
    shown = ScreensPage(
        title=_("Find enterprises"),
        listing=list_screens(session, actor, asked),
        filters=FormState({"q": asked.search}),
        open=open_enterprises(session),
    )
    return render(request, "institution/screening/list.html", shown)


@post(f"{HERE}/save", allow=INSTITUTION, sync_to_thread=True)
def save(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, settings: AppSettings
) -> Template | Redirect:
    """A new screen, or with ``act=replace`` one's own anew."""
    rows = [row for row in read_rows(data) if row.fact in SEARCHABLE]
    typed = texts(data)
    known = _known(str(typed.get("screen", "")))
    with attempt(session) as outcome:
        read = read_criteria(rows)
        if read.errors or not read.criteria:
            raise InvalidInput(read.errors or {"": _("Please state at least one condition.")})
        command = parse(SaveScreen, {**typed, "criteria": read.criteria})
        replaced = known if typed.get("act") == "replace" else None
        screen = save_screen(session, actor, command, now, screen_id=replaced)
    if not outcome.ok:
        asked = Asked(rows, Answer.MET, ListRequest(), known, writing=False)
        return find_page(request, session, actor, settings, asked, now, saving=refused(typed, outcome.errors))
    target = address_of(rows, settings.city_region, act="find", screen=screen.id)
    return redirect(
        target, flash=_("“%(name)s” is saved. It finds whoever fits on the day you open it.", name=screen.name)
    )


def _known(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


@get(f"{HERE}/{{screen_id:uuid}}", allow=INSTITUTION, sync_to_thread=True)
def open_screen(session: Session, actor: CurrentActor, settings: AppSettings, screen_id: FromPath[UUID]) -> Redirect:
    """The search that the screen keeps, with what it finds today."""
    screen = one_screen(session, actor, screen_id)
    return redirect(address_of(rows_of(screen.criteria), settings.city_region, act="find", screen=screen.id))


@get(f"{HERE}/{{screen_id:uuid}}/delete", allow=INSTITUTION, sync_to_thread=True)
def confirm_deletion(
    request: Request, session: Session, actor: CurrentActor, screen_id: FromPath[UUID]
) -> Template | Redirect:
    screen = one_screen(session, actor, screen_id)
    if not screen.may_delete:
        told = _("Only %(name)s or a manager can delete this screen.", name=screen.made_by)
        return redirect(HERE, level="info", flash=told)
    return render(request, "institution/screening/delete.html", DeletePage(screen.name, screen))


@post(f"{HERE}/{{screen_id:uuid}}/delete", allow=INSTITUTION, sync_to_thread=True)
def delete(session: Session, actor: CurrentActor, now: Now, screen_id: FromPath[UUID]) -> Redirect:
    delete_screen(session, actor, screen_id, now)
    return redirect(HERE, flash=_("The screen is deleted."))


@get(f"{HERE}/enterprises/{{enterprise_id:uuid}}/invite", allow=INSTITUTION, sync_to_thread=True)
def invite_form(
    request: Request,
    session: Session,
    actor: CurrentActor,
    now: Now,
    enterprise_id: FromPath[UUID],
    back: FromQuery[str] = "",
) -> Template:
    found = invitable(session, actor, enterprise_id, now)
    page = InvitePage(_("Invite %(name)s", name=found.name), found, FormState(), local_path(back, HERE))
    return render(request, "institution/screening/invite.html", page)


@post(f"{HERE}/enterprises/{{enterprise_id:uuid}}/invite", allow=INSTITUTION, sync_to_thread=True)
def invite(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, enterprise_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    back = local_path(str(typed.get("back", "")), HERE)
    with attempt(session) as outcome:
        invite_enterprise(session, actor, enterprise_id, parse(InviteEnterprise, typed), now)
    if outcome.ok:
        return redirect(back, flash=_("The enterprise is told. Whether it applies is for it to decide."))
    found = invitable(session, actor, enterprise_id, now)
    page = InvitePage(_("Invite %(name)s", name=found.name), found, refused(typed, outcome.errors), back)
    return render(request, "institution/screening/invite.html", page, status=422)


ROUTES = [screens, save, open_screen, confirm_deletion, delete, invite_form, invite]
