"""Repair and objection cases, as the three sides see them: one list, one page, one way to open a paper."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

import litestar
from litestar.response import Template

from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import NotFound
from xinyidai.core.file_table import stored_file
from xinyidai.core.files import ACCEPTED
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.credit.repair.cases import (
    Case,
    CaseFilter,
    CaseLine,
    CaseStep,
    count_overdue,
    figure_of_case,
    has_file,
    list_cases,
    one_case,
    record_of_case,
    units_with_cases,
)
from xinyidai.credit.repair.records import Record
from xinyidai.credit.repair.types import OPEN_CASES, CaseKind, CaseStatus
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState
from xinyidai.web.lists import list_request
from xinyidai.web.render import render
from xinyidai.web.requests import Request, Response


@dataclass(frozen=True, slots=True)
class CaseAudience:
    """``side`` is enterprise, unit or office: what it may do, and how it is spoken to."""

    base: str
    side: str


@dataclass(frozen=True, slots=True)
class CasesPage:
    title: str
    audience: CaseAudience
    cases: Listing[CaseLine]
    filter: FormState
    is_filtered: bool
    kinds: list[tuple[str, str]]
    states: list[tuple[str, str]]
    units: list[tuple[str, str]]
    overdue: int


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One entry of ``components/timeline.html``."""

    title: str
    state: str
    at: datetime | None = None
    due: object = None
    actor: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class CasePage:
    title: str
    audience: CaseAudience
    case: Case
    record: Record | None
    figure: object
    story: list[StoryStep]
    form: FormState = field(default_factory=FormState)
    accepted: str = ACCEPTED

    def can(self, status: str) -> bool:
        return CaseStatus(status) in self.case.steps


def _asked(request: Request) -> tuple[ListRequest, CaseFilter]:
    given = request.query_params
    asked = list_request(str(given.get("page", "")), str(given.get("sort", "")), str(given.get("q", "")))
    chosen = CaseFilter(str(given.get("kind", "")), str(given.get("state", "")), str(given.get("unit", "")))
    return asked, chosen


def cases_page(request: Request, session: ActorSession, audience: CaseAudience, now: datetime) -> Template:
    asked, chosen = _asked(request)
    today = business_date(now)
    units = units_with_cases(session) if audience.side == "office" else []
    page = CasesPage(
        title=_("My cases") if audience.side == "enterprise" else _("Repair and objection"),
        audience=audience,
        cases=list_cases(session, asked, chosen, today),
        filter=FormState({"q": asked.search, "kind": chosen.kind, "state": chosen.state, "unit": chosen.unit}),
        is_filtered=bool(asked.search or chosen.kind or chosen.state or chosen.unit),
        kinds=CaseKind.choices(),
        states=[("open", _("all open ones")), ("overdue", _("overdue")), *CaseStatus.choices()],
        units=[(one, one) for one in units],
        overdue=0 if audience.side == "enterprise" else count_overdue(session, today),
    )
    return render(request, "cases/list.html", page)


def export_cases(request: Request, session: ActorSession, now: datetime) -> Response:
    asked, chosen = _asked(request)
    asked = ListRequest(1, EXPORT_LIMIT, asked.sort, asked.search)
    header = [
        _("Number"), _("Kind"), _("State"), _("Enterprise"), _("Code"), _("Data set"), _("Document number"),
        _("Source unit"), _("Opened"), _("Decision due"),
    ]  # fmt: skip
    rows = [
        (
            one.number, one.kind.label, one.status.label, one.enterprise_name, one.enterprise_code, one.dataset.name,
            one.document_no, one.source_unit, business_date(one.opened_at), one.due_on,
        )
        for one in list_cases(session, asked, chosen, business_date(now)).rows
    ]  # fmt: skip
    return csv_answer(_("Repair and objection"), header, rows)


def case_page(
    request: Request,
    session: ActorSession,
    audience: CaseAudience,
    case_id: UUID,
    now: datetime,
    form: FormState | None = None,
) -> Template:
    today = business_date(now)
    case = one_case(session, case_id, today)
    page = CasePage(
        title=_("Case %(number)s", number=case.line.number),
        audience=audience,
        case=case,
        record=record_of_case(session, case, today) if audience.side != "office" else None,
        figure=figure_of_case(session, case) if case.line.metric and audience.side != "office" else None,
        story=_story(case),
        form=form or FormState(),
    )
    return render(request, "cases/show.html", page, status=422 if page.form.errors else 200)


def _story(case: Case) -> list[StoryStep]:
    steps = [
        StoryStep(_step_title(one), _mark(one.after), one.at, None, one.role.label, one.note) for one in case.history
    ]
    if case.line.status is CaseStatus.SUBMITTED:
        title = _("%(unit)s takes the case up", unit=case.line.source_unit)
        steps.append(StoryStep(title, "current", due=case.line.step_due_on))
    if case.line.status is CaseStatus.PAPERS_WANTED:
        steps.append(StoryStep(_("The enterprise hands in the papers"), "current"))
    if case.line.status in OPEN_CASES:
        state = "current" if case.line.status is CaseStatus.IN_REVIEW else "waiting"
        steps.append(StoryStep(_("%(unit)s decides", unit=case.line.source_unit), state, due=case.line.due_on))
    return steps


def _step_title(step: CaseStep) -> str:
    if step.before is None:
        return _("Case opened")
    if step.before is CaseStatus.PAPERS_WANTED and step.after is CaseStatus.IN_REVIEW:
        return _("Papers handed in")
    return {
        CaseStatus.IN_REVIEW: _("Taken up by the unit"),
        CaseStatus.PAPERS_WANTED: _("Papers asked for"),
        CaseStatus.ACCEPTED: _("Granted: no longer counted"),
        CaseStatus.REJECTED: _("Not granted"),
        CaseStatus.WITHDRAWN: _("Taken back by the enterprise"),
    }[step.after]


def _mark(status: CaseStatus) -> str:
    return "failed" if status in (CaseStatus.REJECTED, CaseStatus.WITHDRAWN) else "done"


def file_answer(session: ActorSession, case_id: UUID, file_id: UUID) -> Response:
    """A paper of this case. Always as a download: what somebody handed in is never run in the reader's page."""
    if not has_file(session, case_id, file_id):
        raise NotFound()
    kept = stored_file(session, file_id)
    return litestar.Response(
        kept.content,
        media_type=kept.media_type,
        headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(kept.name)}"},
    )
