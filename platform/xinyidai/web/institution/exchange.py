"""Answers by table: the open leads out, the filled-in table back, first as a trial."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import InvalidInput, NotFound
from xinyidai.core.i18n import _
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.paging import Listing
from xinyidai.leads.clocks import rules_of
from xinyidai.leads.types import RefusalReason
from xinyidai.lending.exchange.columns import COLUMNS, titles
from xinyidai.lending.exchange.queries import (
    Refusal,
    UploadRow,
    UploadSheet,
    open_leads_table,
    past_uploads,
    upload_sheet,
)
from xinyidai.lending.exchange.rows import Answer
from xinyidai.lending.exchange.service import MOST_LINES, MOST_ROWS, take_back_table
from xinyidai.lending.exchange.steps import Terms
from xinyidai.lending.types import LoanGrade
from xinyidai.products.types import GuaranteeMode, RepaymentMode
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.exports import csv_answer, xlsx_answer
from xinyidai.web.forms import FormState
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import Request, Response
from xinyidai.web.uploads import UPLOAD_LIMIT, Upload, kept_on_disk

WORDS: Mapping[str, type[LabelledEnum]] = {
    "answer": Answer,
    "reason": RefusalReason,
    "offer_guarantee": GuaranteeMode,
    "offer_repayment": RepaymentMode,
    "overdue_grade": LoanGrade,
}
"""Columns that take one of a few words."""
REFUSALS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ExchangePage:
    title: str
    form: FormState
    uploads: Listing[UploadRow]
    words: list[tuple[str, list[str]]]
    most_rows: int


@dataclass(frozen=True, slots=True)
class UploadPage:
    title: str
    upload: UploadSheet
    shown: list[Refusal]


@get("/institution/exchange", allow=INSTITUTION, sync_to_thread=True)
def exchange(request: Request, session: Session, page: FromQuery[str] = "1") -> Template:
    return _page(request, session, FormState({"trial": True}), page)


def _page(request: Request, session: ActorSession, form: FormState, page: str = "1") -> Template:
    words = [(column.label, [label for _value, label in WORDS[column.name].choices()])
             for column in COLUMNS if column.name in WORDS]  # fmt: skip
    shown = ExchangePage(
        _("Answers by table"), form, past_uploads(session, list_request(page, "", "")), words, MOST_ROWS
    )
    return render(request, "institution/exchange/list.html", shown, status=422 if form.errors else 200)


@get("/institution/exchange/leads/{ending:str}", allow=INSTITUTION, sync_to_thread=True)
def open_leads(session: Session, actor: CurrentActor, ending: FromPath[str]) -> Response:
    """The table that goes out, as CSV or as a workbook with the cells to fill in coloured."""
    rows = open_leads_table(session, _institution(actor), MOST_LINES)
    name = _("Open leads")
    if ending == "csv":
        return csv_answer(name, titles(), rows)
    if ending != "xlsx":
        raise NotFound()
    to_fill = frozenset(place for place, column in enumerate(COLUMNS) if column.filled and column.name != "lead_id")
    choices = {place: [label for _value, label in WORDS[column.name].choices()]
               for place, column in enumerate(COLUMNS) if column.name in WORDS}  # fmt: skip
    return xlsx_answer(name, titles(), rows, to_fill=to_fill, choices=choices)


def _institution(actor: Actor) -> UUID:
    if actor.institution_id is None:
        raise NotFound()
    return actor.institution_id


@post("/institution/exchange", allow=INSTITUTION, sync_to_thread=True, request_max_body_size=UPLOAD_LIMIT)
def bring_back(
    request: Request, data: Upload, session: Session, actor: CurrentActor, settings: AppSettings, now: Now
) -> Template | Redirect:
    terms = Terms(settings.four_eyes_yuan, rules_of(settings))
    trial = data.get("trial") == "true"
    try:
        with kept_on_disk(data.get("file")) as (path, name):
            upload = take_back_table(session, actor, path, now, file_name=name, trial=trial, terms=terms)
    except InvalidInput as error:
        return _page(
            request, session, FormState({"trial": trial}, {name: _(text) for name, text in error.fields.items()})
        )
    said = _("Trial run: nothing was kept.") if trial else _("The table has been taken back.")
    level = "warning" if upload.rows_refused else "success"
    return redirect(f"/institution/exchange/{upload.id}", flash=said, level=level)


@get("/institution/exchange/{upload_id:uuid}", allow=INSTITUTION, sync_to_thread=True)
def one_upload(request: Request, session: Session, upload_id: FromPath[UUID]) -> Template:
    found = upload_sheet(session, upload_id)
    page = UploadPage(found.file_name, found, found.refusals[:REFUSALS_SHOWN])
    return render(request, "institution/exchange/detail.html", page)


@get("/institution/exchange/{upload_id:uuid}/refusals", allow=INSTITUTION, sync_to_thread=True)
def refusals(session: Session, upload_id: FromPath[UUID]) -> Response:
    found = upload_sheet(session, upload_id)
    header = (_("Line"), _("Column"), _("Value"), _("Reason"))
    rows = ((one.line, one.column, one.value, one.message) for one in found.refusals)
    return csv_answer(f"{found.file_name}.refusals", header, rows)


ROUTES = [exchange, open_leads, bring_back, one_upload, refusals]
