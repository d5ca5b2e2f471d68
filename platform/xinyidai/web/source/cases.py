"""The unit that designated a record decides about it: its inbox of cases."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.i18n import N_, _
from xinyidai.core.validation import parse
from xinyidai.credit.repair import deciding
from xinyidai.credit.repair.commands import DecideCase
from xinyidai.credit.repair.models import RepairCase
from xinyidai.web.cases import CaseAudience, case_page, cases_page, export_cases, file_answer
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.forms import FormState, texts
from xinyidai.web.guards import SOURCE
from xinyidai.web.render import redirect
from xinyidai.web.requests import FormData, Request, Response

_UNIT = CaseAudience("/source/cases", "unit")
_Act = Callable[[ActorSession, Actor, DecideCase, datetime], RepairCase]
_ACTS: dict[str, tuple[_Act, str]] = {
    "take_up": (deciding.take_up, N_("The case is taken up. The enterprise is told by when you decide.")),
    "want_papers": (deciding.want_papers, N_("The enterprise is asked for the papers. The deadline stands still.")),
    "grant": (deciding.grant, N_("Granted. The record is no longer counted anywhere, and the enterprise is told.")),
    "reject": (deciding.reject, N_("Not granted. The enterprise reads your reason.")),
}


@get("/source/cases", allow=SOURCE, sync_to_thread=True)
def cases(request: Request, session: Session, now: Now) -> Template:
    return cases_page(request, session, _UNIT, now)


@get("/source/cases/export", allow=SOURCE, sync_to_thread=True)
def export(request: Request, session: Session, now: Now) -> Response:
    return export_cases(request, session, now)


@get("/source/cases/{case_id:uuid}", allow=SOURCE, sync_to_thread=True)
def case(request: Request, session: Session, now: Now, case_id: FromPath[UUID]) -> Template:
    return case_page(request, session, _UNIT, case_id, now)


@post("/source/cases/{case_id:uuid}", allow=SOURCE, sync_to_thread=True)
def act(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, case_id: FromPath[UUID]
) -> Template | Redirect:
    """One form with a note and a button for each step that the case can take."""
    given = texts(data)
    chosen = _ACTS.get(str(given.get("act", "")))
    if chosen is None:
        return redirect(f"/source/cases/{case_id}")
    do, said = chosen
    with attempt(session) as outcome:
        do(session, actor, parse(DecideCase, {**given, "case_id": case_id}), now)
    if not outcome.ok:
        return case_page(request, session, _UNIT, case_id, now, FormState(given, outcome.errors))
    return redirect(f"/source/cases/{case_id}", flash=_(said))


@get("/source/cases/{case_id:uuid}/files/{file_id:uuid}", allow=SOURCE, sync_to_thread=True)
def paper(session: Session, case_id: FromPath[UUID], file_id: FromPath[UUID]) -> Response:
    return file_answer(session, case_id, file_id)


ROUTES = [cases, export, case, act, paper]
