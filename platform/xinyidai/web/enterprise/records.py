"""Everything that is on record about the reader's own enterprise, and what can be done about it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import NotFound
from xinyidai.core.files import ACCEPTED
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.core.validation import parse
from xinyidai.credit.repair.commands import MOST_FILES, OpenObjection, OpenRepair
from xinyidai.credit.repair.deadlines import working_days
from xinyidai.credit.repair.models import RepairCase
from xinyidai.credit.repair.opening import metric_of, open_objection, open_repair
from xinyidai.credit.repair.records import Record, RecordFilter, kinds_present, list_records, one_record
from xinyidai.credit.repair.types import CaseKind, RecordState, RepairMeans
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState, texts
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import Request, Response
from xinyidai.web.uploads import UPLOAD_LIMIT, Upload, papers_of


@dataclass(frozen=True, slots=True)
class RecordsPage:
    title: str
    records: Listing[Record]
    today: date
    filter: FormState
    is_filtered: bool
    datasets: list[tuple[str, str]]
    states: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RecordPage:
    title: str
    record: Record
    today: date


@dataclass(frozen=True, slots=True)
class AskPage:
    """A form that opens a case, about a record or a figure (``about`` says which)."""

    title: str
    action: str
    back: str
    about: str
    source_unit: str
    form: FormState
    days: int
    means: list[tuple[str, str]]
    record: Record | None = None
    accepted: str = ACCEPTED
    most_files: int = MOST_FILES


def own(actor: Actor) -> UUID:
    if actor.enterprise_id is None:
        raise NotFound()
    return actor.enterprise_id


def _asked(request: Request) -> tuple[ListRequest, RecordFilter]:
    given = request.query_params
    asked = list_request(str(given.get("page", "")), str(given.get("sort", "")), str(given.get("q", "")))
    return asked, RecordFilter(*(str(given.get(name, "")) for name in ("dataset", "state", "adverse")))


@get("/enterprise/records", allow=ENTERPRISE, sync_to_thread=True)
def records(request: Request, session: Session, actor: CurrentActor, now: Now) -> Template:
    asked, chosen = _asked(request)
    page = RecordsPage(
        title=_("On record about me"),
        records=list_records(session, own(actor), asked, chosen, business_date(now)),
        today=business_date(now),
        filter=FormState(
            {"q": asked.search, "dataset": chosen.dataset, "state": chosen.state, "adverse": chosen.adverse}
        ),
        is_filtered=bool(asked.search or chosen.dataset or chosen.state or chosen.adverse),
        datasets=[(one.code, one.name) for one in kinds_present(session, own(actor))],
        states=RecordState.choices(),
    )
    return render(request, "enterprise/records/list.html", page)


@get("/enterprise/records/export", allow=ENTERPRISE, sync_to_thread=True)
def export(request: Request, session: Session, actor: CurrentActor, now: Now) -> Response:
    """The list as it is filtered and sorted, with every field of every record."""
    asked, chosen = _asked(request)
    everything = replace(asked, page=1, size=EXPORT_LIMIT)
    found = list_records(session, own(actor), everything, chosen, business_date(now))
    header = [
        _("Record"), _("Document number"), _("Data set"), _("Source unit"), _("Decided"), _("State"), _("Severity"),
        _("Repairable from"), _("Displayed until"), _("Received"), _("Details"),
    ]  # fmt: skip
    rows = (
        (
            one.title, one.document_no, one.dataset.name, one.source_unit, one.decided_on, one.state.label,
            one.severity.label if one.severity else None, one.repairable_from, one.display_until, one.received_on,
            _("; ").join(f"{line.label}: {line.value}{line.unit}" for line in one.lines),
        )
        for one in found.rows
    )  # fmt: skip
    return csv_answer(_("On record about me"), header, rows)


@get("/enterprise/records/{record_id:uuid}", allow=ENTERPRISE, sync_to_thread=True)
def record(request: Request, session: Session, actor: CurrentActor, now: Now, record_id: FromPath[UUID]) -> Template:
    today = business_date(now)
    found = one_record(session, own(actor), record_id, today)
    return render(request, "enterprise/records/show.html", RecordPage(found.title or found.dataset.name, found, today))


def _repair_form(
    request: Request, session: ActorSession, actor: Actor, today: date, record_id: UUID, form: FormState
) -> Template | Redirect:
    found = one_record(session, own(actor), record_id, today)
    if not found.can_be_repaired(today):
        text = _("A repair of this record cannot be asked for now. Here you see why.")
        return redirect(f"/enterprise/records/{record_id}", level="warning", flash=text)
    page = AskPage(
        title=_("Ask for a repair"),
        action=f"/enterprise/records/{record_id}/repair",
        back=f"/enterprise/records/{record_id}",
        about=found.title or found.dataset.name,
        source_unit=found.source_unit,
        form=form,
        days=working_days(CaseKind.REPAIR, today)[1],
        means=RepairMeans.choices(),
        record=found,
    )
    return render(request, "enterprise/records/repair.html", page, status=422 if form.errors else 200)


@get("/enterprise/records/{record_id:uuid}/repair", allow=ENTERPRISE, sync_to_thread=True)
def repair_form(
    request: Request, session: Session, actor: CurrentActor, now: Now, record_id: FromPath[UUID]
) -> Template | Redirect:
    return _repair_form(request, session, actor, business_date(now), record_id, FormState())


@post(
    "/enterprise/records/{record_id:uuid}/repair",
    allow=ENTERPRISE,
    sync_to_thread=True,
    request_max_body_size=UPLOAD_LIMIT,
)
def repair(
    request: Request, data: Upload, session: Session, actor: CurrentActor, now: Now, record_id: FromPath[UUID]
) -> Template | Redirect:
    given = _given(data, lists=("means",))
    with attempt(session) as outcome:
        command = parse(OpenRepair, {**given, "record_id": record_id})
        case = open_repair(session, actor, command, papers_of(request, data), now)
    if not outcome.ok:
        return _repair_form(request, session, actor, business_date(now), record_id, FormState(given, outcome.errors))
    return _opened(case)


def _given(data: dict[str, Any], lists: tuple[str, ...] = ()) -> dict[str, object]:
    return texts({name: value for name, value in data.items() if name != "files"}, lists=lists)


def _opened(case: RepairCase) -> Redirect:
    text = _("Your case %(number)s is opened. %(unit)s is told and must decide in time.", number=case.number,
             unit=case.source_unit)  # fmt: skip
    return redirect(f"/enterprise/cases/{case.id}", flash=text)


def _objection_form(request: Request, page: AskPage) -> Template:
    return render(request, "enterprise/records/objection.html", page, status=422 if page.form.errors else 200)


def _about_record(session: ActorSession, actor: Actor, today: date, record_id: UUID, form: FormState) -> AskPage:
    found = one_record(session, own(actor), record_id, today)
    return AskPage(
        title=_("Object: something is wrong"),
        action=f"/enterprise/records/{record_id}/objection",
        back=f"/enterprise/records/{record_id}",
        about=found.title or found.dataset.name,
        source_unit=found.source_unit,
        form=form,
        days=working_days(CaseKind.OBJECTION, today)[1],
        means=[],
        record=found,
    )


@get("/enterprise/records/{record_id:uuid}/objection", allow=ENTERPRISE, sync_to_thread=True)
def objection_form(
    request: Request, session: Session, actor: CurrentActor, now: Now, record_id: FromPath[UUID]
) -> Template:
    return _objection_form(request, _about_record(session, actor, business_date(now), record_id, FormState()))


@post(
    "/enterprise/records/{record_id:uuid}/objection",
    allow=ENTERPRISE,
    sync_to_thread=True,
    request_max_body_size=UPLOAD_LIMIT,
)
def objection(
    request: Request, data: Upload, session: Session, actor: CurrentActor, now: Now, record_id: FromPath[UUID]
) -> Template | Redirect:
    given = _given(data)
    with attempt(session) as outcome:
        command = parse(OpenObjection, {"statement": given.get("statement", ""), "record_id": record_id})
        case = open_objection(session, actor, command, papers_of(request, data), now)
    if not outcome.ok:
        form = FormState(given, outcome.errors)
        return _objection_form(request, _about_record(session, actor, business_date(now), record_id, form))
    return _opened(case)


def _about_figure(given: dict[str, object], today: date, form: FormState) -> AskPage:
    """``metric``, ``month`` (YYYY-MM) and ``part`` name the figure."""
    number = str(given.get("metric", ""))
    metric = metric_of(int(number) if number.isascii() and number.isdigit() else None)
    month = str(given.get("month", ""))
    return AskPage(
        title=_("Object: something is wrong"),
        action="/enterprise/figures/objection",
        back="/enterprise/data",
        about=f"{metric.field.name} · {month}",
        source_unit="",
        form=FormState({"metric": number, "month": month, "part": given.get("part", ""), **form.values}, form.errors),
        days=working_days(CaseKind.OBJECTION, today)[1],
        means=[],
    )


@get("/enterprise/figures/objection", allow=ENTERPRISE, sync_to_thread=True)
def figure_form(request: Request, now: Now) -> Template:
    return _objection_form(request, _about_figure(dict(request.query_params), business_date(now), FormState()))


@post(
    "/enterprise/figures/objection",
    allow=ENTERPRISE,
    sync_to_thread=True,
    request_max_body_size=UPLOAD_LIMIT,
)
def figure_objection(
    request: Request, data: Upload, session: Session, actor: CurrentActor, now: Now
) -> Template | Redirect:
    given = _given(data)
    with attempt(session) as outcome:
        fields = {**given, "month": f"{given.get('month', '')}-01"}
        case = open_objection(session, actor, parse(OpenObjection, fields), papers_of(request, data), now)
    if not outcome.ok:
        form = FormState(given, outcome.errors)
        return _objection_form(request, _about_figure(given, business_date(now), form))
    return _opened(case)


ROUTES = [records, export, record, repair_form, repair, objection_form, objection, figure_form, figure_objection]
