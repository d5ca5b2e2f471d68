"""Pages about deliveries that departments and the office share; each audience has its own addresses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor
from xinyidai.core.calendar_table import working_day_overrides
from xinyidai.core.clock import BUSINESS_ZONE, business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import InvalidInput, NotFound
from xinyidai.core.i18n import _
from xinyidai.core.paging import MAX_PAGE, Listing, ListRequest
from xinyidai.core.tabular import FileProblem
from xinyidai.core.validation import parse
from xinyidai.core.working_days import WorkCalendar
from xinyidai.credit.catalogue import Dataset, catalogue
from xinyidai.credit.commands import DeliverFile, WithdrawBatch
from xinyidai.credit.intake import IntakeResult, refuse_delivery, take_in, withdraw
from xinyidai.credit.intake.rejects import LineReject
from xinyidai.credit.models import CreditUpload
from xinyidai.credit.queries import (
    BatchFilter,
    BatchLine,
    MetricMonths,
    ReasonCount,
    Timeliness,
    count_reasons,
    coverage,
    first_rejects,
    line_of,
    list_batches,
    months_back,
    one_batch,
    rejects_table,
    source_units,
    timeliness,
)
from xinyidai.credit.types import BatchStatus, DatasetKind
from xinyidai.credit.uploads import BIG_UPLOAD, UploadState, keep_upload, running_uploads, upload_state
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState, texts
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import Request, Response
from xinyidai.web.uploads import UPLOAD_LIMIT, kept_on_disk

REJECTS_SHOWN = 50
SHORT = 12
"""Up to so many lines are read at a glance."""

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose pages they are: where they lie, and what may be done there."""

    base: str
    catalogue_base: str
    may_deliver: bool
    may_withdraw: bool
    unit: str = ""
    """The clerk's own unit; empty for those who see all of them."""


@dataclass(frozen=True, slots=True)
class DeliveriesPage:
    title: str
    audience: Audience
    listing: Listing[BatchLine]
    filter: FormState
    is_filtered: bool
    datasets: Choices
    units: Choices
    statuses: Choices
    standings: list[Timeliness]
    running: list[UploadState]
    upload: FormState = field(default_factory=FormState)
    upload_limit_mb: int = UPLOAD_LIMIT // 1024**2

    @property
    def pressing(self) -> list[Timeliness]:
        """What somebody has to see to; everything, where that is not too long to read."""
        return self.standings if len(self.standings) <= SHORT else [one for one in self.standings if _presses(one)]

    @property
    def calm(self) -> list[Timeliness]:
        return [] if len(self.standings) <= SHORT else [one for one in self.standings if not _presses(one)]


def _presses(one: Timeliness) -> bool:
    return bool(one.days_late or one.records_missing or one.never)


@dataclass(frozen=True, slots=True)
class UploadPage:
    title: str
    audience: Audience
    upload: UploadState


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    title: str
    audience: Audience
    batch: BatchLine
    kept: bool
    reasons: list[ReasonCount]
    rejects: list[LineReject]
    reported: int
    sees_rejects: bool
    withdrawal: FormState = field(default_factory=FormState)


@dataclass(frozen=True, slots=True)
class CataloguePage:
    title: str
    audience: Audience
    version: str
    datasets: Listing[Dataset]
    filter: FormState


@dataclass(frozen=True, slots=True)
class DatasetPage:
    title: str
    audience: Audience
    dataset: Dataset
    version: str
    heads: list[dict[str, object]]
    coverage: list[MetricMonths]


def deliverable(audience: Audience) -> list[Dataset]:
    if audience.unit:
        return list(catalogue().of_unit(audience.unit))
    return [one for one in catalogue().datasets.values() if one.is_delivered]


def deliveries_page(
    request: Request, session: ActorSession, audience: Audience, now: datetime, upload: FormState | None = None
) -> Template:
    upload = upload or FormState()
    asked, chosen = _asked(request)
    datasets = deliverable(audience)
    page = DeliveriesPage(
        title=_("Our deliveries") if audience.unit else _("Deliveries"),
        audience=audience,
        listing=list_batches(session, asked, chosen),
        filter=FormState({"q": asked.search, **_values(chosen)}, prefix="filter-"),
        is_filtered=bool(asked.search or any(_values(chosen).values())),
        datasets=[(one.code, one.name) for one in datasets],
        units=[] if audience.unit else [(unit, unit) for unit in source_units(session)],
        statuses=BatchStatus.choices(),
        standings=_standings(session, datasets, audience, now),
        running=running_uploads(session),
        upload=upload,
    )
    return render(request, "deliveries/list.html", page, status=422 if upload.errors else 200)


def _asked(request: Request) -> tuple[ListRequest, BatchFilter]:
    """Search, order and filter from the address; what is no choice counts as not set."""
    given = request.query_params
    number = str(given.get("page", ""))
    asked = ListRequest(
        page=min(max(int(number) if number.isdecimal() else 1, 1), MAX_PAGE),
        sort=str(given.get("sort", "")),
        search=str(given.get("q", "")).strip(),
    )
    status = str(given.get("status", ""))
    dataset = str(given.get("dataset", ""))
    chosen = BatchFilter(
        dataset=dataset if dataset in catalogue().datasets else "",
        unit=str(given.get("unit", "")),
        status=status if status in set(BatchStatus) else "",
        late="yes" if given.get("late") == "yes" else "",
    )
    return asked, chosen


def _values(chosen: BatchFilter) -> dict[str, str]:
    return {"dataset": chosen.dataset, "unit": chosen.unit, "status": chosen.status, "late": chosen.late}


def _standings(
    session: ActorSession, datasets: Sequence[Dataset], audience: Audience, now: datetime
) -> list[Timeliness]:
    """Of what has ever come, the latest first; a clerk also sees what is its own and has never come."""
    calendar = WorkCalendar(working_day_overrides(session))
    found = timeliness(session, datasets, business_date(now), calendar, unit=audience.unit)
    shown = [one for one in found if not one.never or (audience.unit and not one.dataset.by_any_unit)]
    return sorted(shown, key=lambda one: -one.days_late)


def export_deliveries(request: Request, session: ActorSession) -> Response:
    asked, chosen = _asked(request)
    listing = list_batches(session, ListRequest(size=EXPORT_LIMIT, sort=asked.sort, search=asked.search), chosen)
    header = (
        _("Data set"),
        _("Source unit"),
        _("File"),
        _("Received"),
        _("State"),
        _("Lines read"),
        _("Lines taken"),
        _("Lines repeated"),
        _("Lines rejected"),
        _("New values"),
        _("Changed values"),
        _("Confirmed values"),
        _("Records at the source"),
        _("Working days late"),
    )
    return csv_answer(_("Deliveries"), header, _exported(listing.rows))


def _exported(rows: Sequence[BatchLine]) -> Iterator[Sequence[object]]:
    for one in rows:
        yield (
            one.dataset.name,
            one.source_unit,
            one.file_name,
            one.received_at.astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M"),
            one.status.label,
            one.lines_read,
            one.lines_taken,
            one.lines_repeated,
            one.lines_rejected,
            one.values_new,
            one.values_changed,
            one.values_confirmed,
            one.lines_stated,
            one.most_days_late,
        )


def deliver(
    request: Request, data: dict[str, object], session: ActorSession, actor: Actor, audience: Audience, now: datetime
) -> Template | Redirect:
    """Take the uploaded file in at once and answer with its page; with a page to watch it where it is big."""
    values = texts({name: value for name, value in data.items() if name != "file"})
    result: IntakeResult | None = None
    later: CreditUpload | None = None
    refusals: list[tuple[DeliverFile, FileProblem]] = []
    try:
        with kept_on_disk(data.get("file")) as (path, name):
            with attempt(session) as outcome:
                command = parse(DeliverFile, values)
                if path.stat().st_size >= BIG_UPLOAD and not command.check_only:
                    later = keep_upload(session, actor, command, path, name, now)
                else:
                    try:
                        result = take_in(
                            session,
                            actor,
                            command.dataset,
                            path,
                            now,
                            source_unit=command.source_unit,
                            file_name=name,
                            lines_stated=command.lines_stated,
                            units_confirmed=command.units_confirmed,
                            dry_run=command.check_only,
                        )
                    except FileProblem as problem:
                        refusals.append((command, problem))
                        raise InvalidInput({"file": problem.message}) from problem
            errors = outcome.errors
            for asked, refusal in refusals:
                if not asked.check_only:
                    unit = asked.source_unit
                    refuse_delivery(session, actor, asked.dataset, path, refusal, now, source_unit=unit, file_name=name)
    except InvalidInput as missing:
        errors = missing.fields
    if later is not None:
        return redirect(f"{audience.base}/uploads/{later.id}")
    if result is None:
        said = {name: _(message) for name, message in errors.items()}
        return deliveries_page(request, session, audience, now, FormState(values, said))
    if not result.kept:
        return _checked_page(request, audience, result)
    flash = _("This very file had been taken in before. Nothing changed.") if result.repeated else _("Taken in.")
    return redirect(f"{audience.base}/{result.batch.id}", flash=flash, level="info" if result.repeated else "success")


def _checked_page(request: Request, audience: Audience, result: IntakeResult) -> Template:
    batch = line_of(result.batch)
    page = DeliveryPage(
        title=_("Check of %(file)s", file=batch.file_name),
        audience=audience,
        batch=batch,
        kept=False,
        reasons=[],
        rejects=list(result.rejects[:REJECTS_SHOWN]),
        reported=batch.lines_rejected + batch.lines_repeated,
        sees_rejects=True,
    )
    return render(request, "deliveries/detail.html", page)


def upload_page(request: Request, session: ActorSession, audience: Audience, upload_id: UUID) -> Template:
    """Where a big file can be watched; the page may be left and found again."""
    state = upload_state(session, upload_id)
    return render(request, "deliveries/upload.html", UploadPage(state.file_name, audience, state))


def upload_progress(request: Request, session: ActorSession, audience: Audience, upload_id: UUID) -> Template:
    """The part of that page that asks for itself again until the file is finished."""
    state = upload_state(session, upload_id)
    return render(request, "deliveries/_upload.html", UploadPage(state.file_name, audience, state))


def delivery_page(
    request: Request, session: ActorSession, audience: Audience, batch_id: UUID, withdrawal: FormState | None = None
) -> Template:
    batch = one_batch(session, batch_id)
    reasons = count_reasons(session, batch_id)
    page = DeliveryPage(
        title=batch.file_name,
        audience=audience,
        batch=batch,
        kept=True,
        reasons=reasons,
        rejects=first_rejects(session, batch_id, REJECTS_SHOWN),
        reported=sum(one.count for one in reasons),
        sees_rejects=not session.actor.region,
        withdrawal=withdrawal or FormState(),
    )
    return render(request, "deliveries/detail.html", page, status=422 if page.withdrawal.errors else 200)


def rejects_answer(session: ActorSession, batch_id: UUID) -> Response:
    """The rejects file, as ``xyd import credit`` writes it."""
    batch = one_batch(session, batch_id)
    lines = rejects_table(session, batch_id, batch.file_name)
    return csv_answer(f"{batch.file_name}.rejects", next(lines), lines)


def take_back(
    request: Request,
    data: dict[str, object],
    session: ActorSession,
    actor: Actor,
    audience: Audience,
    batch_id: UUID,
    now: datetime,
) -> Template | Redirect:
    values = texts(data)
    with attempt(session) as outcome:
        command = parse(WithdrawBatch, {"reason": "", **values})
        withdraw(session, actor, batch_id, command.reason, now)
    if not outcome.ok:
        errors = {name: _(message) for name, message in outcome.errors.items()}
        return delivery_page(request, session, audience, batch_id, FormState(values, errors))
    return redirect(
        f"{audience.base}/{batch_id}", flash=_("The delivery is withdrawn; what had been known before counts again.")
    )


def catalogue_page(request: Request, audience: Audience) -> Template:
    search = str(request.query_params.get("q", "")).strip().lower()
    asked = list_request(request.query_params.get("page", ""), "", "")
    found = [
        one
        for one in catalogue().datasets.values()
        if any(search in text.lower() for text in (one.code, one.name_zh, one.name_en, one.source))
    ]
    found.sort(key=lambda one: one.source_unit != audience.unit)  # one's own first, else as the catalogue has them
    datasets = Listing(found[asked.offset : asked.offset + asked.size], len(found), asked.page, asked.size)
    page = CataloguePage(_("Data catalogue"), audience, catalogue().version, datasets, FormState({"q": search}))
    return render(request, "deliveries/catalogue.html", page)


def dataset_page(request: Request, session: ActorSession, audience: Audience, code: str, now: datetime) -> Template:
    dataset = catalogue().datasets.get(code)
    if dataset is None:
        raise NotFound()
    months = months_back(business_date(now), 12)
    page = DatasetPage(
        title=dataset.name,
        audience=audience,
        dataset=dataset,
        version=catalogue().version,
        heads=[
            {"label": _("Figure")},
            *({"label": f"{month:%Y-%m}", "numeric": True} for month in months),
        ],
        coverage=coverage(session, dataset, months) if dataset.kind is DatasetKind.OBSERVATIONS else [],
    )
    return render(request, "deliveries/dataset.html", page)
