"""All repair and objection cases, the overdue ones first to be seen. The office reads; the units decide."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from xinyidai.web.cases import CaseAudience, case_page, cases_page, export_cases, file_answer
from xinyidai.web.deps import Now, Session
from xinyidai.web.guards import OFFICE
from xinyidai.web.requests import Request, Response

_OFFICE = CaseAudience("/office/cases", "office")


@get("/office/cases", allow=OFFICE, sync_to_thread=True)
def cases(request: Request, session: Session, now: Now) -> Template:
    return cases_page(request, session, _OFFICE, now)


@get("/office/cases/export", allow=OFFICE, sync_to_thread=True)
def export(request: Request, session: Session, now: Now) -> Response:
    return export_cases(request, session, now)


@get("/office/cases/{case_id:uuid}", allow=OFFICE, sync_to_thread=True)
def case(request: Request, session: Session, now: Now, case_id: FromPath[UUID]) -> Template:
    return case_page(request, session, _OFFICE, case_id, now)


@get("/office/cases/{case_id:uuid}/files/{file_id:uuid}", allow=OFFICE, sync_to_thread=True)
def paper(session: Session, case_id: FromPath[UUID], file_id: FromPath[UUID]) -> Response:
    return file_answer(session, case_id, file_id)


ROUTES = [cases, export, case, paper]
