"""An enterprise's repair and objection cases: where each stands, papers, taking back."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.db import attempt
from xinyidai.core.i18n import _
from xinyidai.core.validation import parse
from xinyidai.credit.repair.commands import HandInPapers
from xinyidai.credit.repair.opening import hand_in_papers, take_back
from xinyidai.web.cases import CaseAudience, case_page, cases_page, export_cases, file_answer
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.forms import FormState, texts
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.render import redirect
from xinyidai.web.requests import Request, Response
from xinyidai.web.uploads import UPLOAD_LIMIT, Upload, papers_of

_OWN = CaseAudience("/enterprise/cases", "enterprise")


@get("/enterprise/cases", allow=ENTERPRISE, sync_to_thread=True)
def cases(request: Request, session: Session, now: Now) -> Template:
    return cases_page(request, session, _OWN, now)


@get("/enterprise/cases/export", allow=ENTERPRISE, sync_to_thread=True)
def export(request: Request, session: Session, now: Now) -> Response:
    return export_cases(request, session, now)


@get("/enterprise/cases/{case_id:uuid}", allow=ENTERPRISE, sync_to_thread=True)
def case(request: Request, session: Session, now: Now, case_id: FromPath[UUID]) -> Template:
    return case_page(request, session, _OWN, case_id, now)


@post(
    "/enterprise/cases/{case_id:uuid}/papers", allow=ENTERPRISE, sync_to_thread=True, request_max_body_size=UPLOAD_LIMIT
)
def papers(
    request: Request, data: Upload, session: Session, actor: CurrentActor, now: Now, case_id: FromPath[UUID]
) -> Template | Redirect:
    given = texts({name: value for name, value in data.items() if name != "files"})
    with attempt(session) as outcome:
        command = parse(HandInPapers, {**given, "case_id": case_id})
        hand_in_papers(session, actor, command, papers_of(request, data), now)
    if not outcome.ok:
        return case_page(request, session, _OWN, case_id, now, FormState(given, outcome.errors))
    return redirect(f"/enterprise/cases/{case_id}", flash=_("Handed in. The unit goes on with your case."))


@post("/enterprise/cases/{case_id:uuid}/take-back", allow=ENTERPRISE, sync_to_thread=True)
def back(session: Session, actor: CurrentActor, now: Now, case_id: FromPath[UUID]) -> Redirect:
    take_back(session, actor, case_id, now)
    return redirect(
        f"/enterprise/cases/{case_id}", flash=_("The case is taken back. You can open another at any time.")
    )


@get("/enterprise/cases/{case_id:uuid}/files/{file_id:uuid}", allow=ENTERPRISE, sync_to_thread=True)
def paper(session: Session, case_id: FromPath[UUID], file_id: FromPath[UUID]) -> Response:
    return file_answer(session, case_id, file_id)


ROUTES = [cases, export, case, papers, back, paper]
