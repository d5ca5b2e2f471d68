"""Working days: the years that are known, and the next one as an administrator enters it."""

from dataclasses import dataclass
from datetime import datetime

from litestar import get, post
from litestar.response import Redirect, Template

from xinyidai.calendar.notice import days_to_fill
from xinyidai.calendar.service import CalendarYear, EnterYear, calendar_years, enter_year, missing_year
from xinyidai.core.actor import Role
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.i18n import _
from xinyidai.core.validation import parse
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import ADMINISTRATOR, OFFICE
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request

HERE = "/office/calendar"


@dataclass(frozen=True, slots=True)
class CalendarPage:
    title: str
    years: list[CalendarYear]
    missing: int | None
    may_enter: bool
    form: FormState


def _page(session: ActorSession, now: datetime, form: FormState, *, may_enter: bool) -> CalendarPage:
    today = business_date(now)
    return CalendarPage(
        _("Working days"), calendar_years(session, today), missing_year(session, today), may_enter, form
    )


@get(HERE, allow=OFFICE, sync_to_thread=True)
def calendar(request: Request, session: Session, actor: CurrentActor, now: Now) -> Template:
    year = business_date(now).year + 1
    proposed = FormState({"year": year, "days_off": days_to_fill(year)})
    page = _page(session, now, proposed, may_enter=actor.role is Role.ADMINISTRATOR)
    return render(request, "office/calendar.html", page)


@post(HERE, allow=ADMINISTRATOR, sync_to_thread=True)
def enter(request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        command = parse(EnterYear, typed)
        changed = enter_year(session, actor, command, now)
    if not outcome.ok:
        page = _page(session, now, refused(typed, outcome.errors), may_enter=True)
        return render(request, "office/calendar.html", page, status=422)
    told = _("%(year)s is entered: %(days)s days differ from a plain week.", year=command.year, days=changed)
    return redirect(HERE, flash=told)


ROUTES = [calendar, enter]
