"""Registry files: past imports, what became of their rows, and the upload."""

from dataclasses import dataclass, field
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.core.tabular import FileProblem
from xinyidai.enterprises.import_queries import ImportLine, list_imports, registry_import
from xinyidai.enterprises.policies import KEEPERS
from xinyidai.enterprises.registry_import import import_registry
from xinyidai.enterprises.registry_rejects import (
    REJECTS_HEADER,
    ReasonCount,
    RejectedValue,
    count_reasons,
    rejected_values,
    rejects_rows,
)
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState
from xinyidai.web.guards import ADMINISTRATOR, OFFICE
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import Request, Response
from xinyidai.web.uploads import UPLOAD_LIMIT, Upload, kept_on_disk

REJECTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ImportsPage:
    title: str
    listing: Listing[ImportLine]
    filter: FormState
    may_upload: bool
    upload: FormState = field(default_factory=FormState)
    upload_limit_mb: int = UPLOAD_LIMIT // 1024**2


@dataclass(frozen=True, slots=True)
class ImportPage:
    """``sees_rejects``: rejected rows belong to no district, so only those who see the whole city see them."""

    title: str
    found: ImportLine
    sees_rejects: bool
    reasons: tuple[ReasonCount, ...]
    rejects: list[RejectedValue]
    reported: int


@get("/office/imports", allow=OFFICE, sync_to_thread=True)
def imports(
    request: Request,
    session: Session,
    actor: CurrentActor,
    q: FromQuery[str] = "",
    page: FromQuery[str] = "1",
    sort: FromQuery[str] = "",
) -> Template:
    return _imports_page(request, session, actor, list_request(page, sort, q), FormState())


def _imports_page(
    request: Request, session: ActorSession, actor: Actor, asked: ListRequest, upload: FormState
) -> Template:
    page = ImportsPage(
        title=_("Registry files"),
        listing=list_imports(session, asked),
        filter=FormState({"q": asked.search}),
        may_upload=actor.role in KEEPERS,
        upload=upload,
    )
    return render(request, "office/imports/list.html", page, status=422 if upload.errors else 200)


@get("/office/imports/export", allow=OFFICE, sync_to_thread=True)
def export(session: Session, q: FromQuery[str] = "", sort: FromQuery[str] = "") -> Response:
    """All imports of the list as it is filtered."""
    listing = list_imports(session, list_request("1", sort, q, size=EXPORT_LIMIT))
    header = (
        _("File"),
        _("Taken in"),
        _("Rows read"),
        _("New"),
        _("Changed"),
        _("Unchanged"),
        _("Rejected"),
        _("Values left out"),
    )
    rows = (
        (
            one.file_name,
            one.started_at,
            one.read,
            one.accepted,
            one.updated,
            one.unchanged,
            one.rejected,
            one.noted,
        )
        for one in listing.rows
    )
    return csv_answer(_("Registry files"), header, rows)


@post("/office/imports", allow=ADMINISTRATOR, sync_to_thread=True, request_max_body_size=UPLOAD_LIMIT)
def upload(request: Request, data: Upload, session: Session, actor: CurrentActor, now: Now) -> Template | Redirect:
    """Takes the file in at once; the answer is its page with every count."""
    confirmed = data.get("registry_confirmed") == "true"
    import_id: UUID | None = None
    with attempt(session) as outcome, kept_on_disk(data.get("file")) as (path, name):
        try:
            result = import_registry(session, actor, path, now, file_name=name, registry_confirmed=confirmed)
        except FileProblem as problem:
            raise InvalidInput({"file": problem.message}) from problem
        import_id = result.record.id
    if import_id is None:
        errors = {field_name: _(message) for field_name, message in outcome.errors.items()}
        form = FormState({"registry_confirmed": confirmed}, errors)
        return _imports_page(request, session, actor, ListRequest(), form)
    return redirect(f"/office/imports/{import_id}", flash=_("The file has been taken in."))


@get("/office/imports/{import_id:uuid}", allow=OFFICE, sync_to_thread=True)
def one_import(request: Request, session: Session, actor: CurrentActor, import_id: FromPath[UUID]) -> Template:
    found = registry_import(session, import_id)
    reasons = count_reasons(session, import_id)
    page = ImportPage(
        title=found.file_name,
        found=found,
        sees_rejects=not actor.region,
        reasons=reasons,
        rejects=list(rejected_values(session, import_id, limit=REJECTS_SHOWN)),
        reported=sum(reason.count for reason in reasons),
    )
    return render(request, "office/imports/detail.html", page)


@get("/office/imports/{import_id:uuid}/rejects", allow=OFFICE, sync_to_thread=True)
def rejects(session: Session, import_id: FromPath[UUID]) -> Response:
    """The rejects file, as ``xyd import registry`` writes it."""
    found = registry_import(session, import_id)
    return csv_answer(f"{found.file_name}.rejects", REJECTS_HEADER, rejects_rows(session, import_id, found.file_name))


ROUTES = [imports, export, upload, one_import, rejects]
