"""Deliveries by token: what a department's machine sends, and what became of it."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import anyio.to_thread
import litestar
from litestar import get, post
from litestar.background_tasks import BackgroundTask
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, HeaderParameter, QueryParameter
from sqlalchemy import Connection, Engine

from xinyidai.accounts.idempotency import Answer, once
from xinyidai.accounts.types import Scope
from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.tabular import FileProblem
from xinyidai.core.validation import parse
from xinyidai.credit.commands import DeliverFile, WithdrawBatch
from xinyidai.credit.intake import IntakeResult, empty_staging, refuse_delivery, take_in, withdraw
from xinyidai.credit.intake.rejects import LineReject
from xinyidai.credit.queries import BatchLine, batches_before, line_of, one_batch, rejects_after
from xinyidai.web.api.bodies import BODY_LIMIT, SentFile, sent_file
from xinyidai.web.api.paging import PAGE_LIMIT, Page, number_of
from xinyidai.web.api.problems import PROBLEMS, problem
from xinyidai.web.api.requests import Write, as_json, takes
from xinyidai.web.deps import CurrentActor, Now, Session, User
from xinyidai.web.guards import PROGRAM_OF_SOURCE
from xinyidai.web.requests import Request, Response

BASE = "/api/v1/source/deliveries"
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=PAGE_LIMIT, description="Rows of one page.")]
Cursor = Annotated[str | None, QueryParameter(name="cursor", description="What the last page called next_cursor.")]
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(name="Idempotency-Key", description="Your own name for this request."),
]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One batch: lines_read = lines_taken + lines_repeated + lines_rejected."""

    id: UUID
    number: int
    dataset: str
    catalogue_version: str
    source_unit: str
    file_name: str
    received_at: datetime
    status: str
    problem: str | None
    lines_read: int
    lines_taken: int
    lines_repeated: int
    lines_rejected: int
    lines_stated: int | None
    lines_missing: int | None
    values_new: int
    values_changed: int
    values_confirmed: int
    first_on: date | None
    last_on: date | None
    late_lines: int
    most_working_days_late: int | None
    withdrawn_at: datetime | None
    withdrawn_because: str | None
    kept: bool = True
    """False after a dry run."""
    repeated: bool = False
    """This very content had been taken in before, and nothing changed."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One reason against one line; ``repeated`` where a later line of the same file took its place."""

    line: int
    field: str
    value: str
    reason_zh: str
    reason_en: str
    repeated: bool


@dataclass
class _FileOperation(Operation):
    """The body is a file, which no data class describes."""

    def __post_init__(self) -> None:
        binary = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        form = Schema(
            type=OpenAPIType.OBJECT,
            properties={"file": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)},
            required=["file"],
        )
        kinds = (
            "text/csv",
            "application/jsonl",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/octet-stream",
        )
        content = dict.fromkeys(kinds, binary) | {"multipart/form-data": OpenAPIMediaType(schema=form)}
        self.request_body = RequestBody(
            content, description="CSV, TSV, JSON Lines or XLSX, also gzipped.", required=True
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A delivery as it was sent."""

    command: DeliverFile
    file: SentFile
    actor: Actor
    now: datetime
    helper: Engine | None


def _delivery(batch: BatchLine, *, kept: bool = True, repeated: bool = False) -> Delivery:
    return Delivery(
        id=batch.id,
        number=batch.number,
        dataset=batch.dataset.code,
        catalogue_version=batch.catalogue_version,
        source_unit=batch.source_unit,
        file_name=batch.file_name,
        received_at=batch.received_at,
        status=batch.status.value,
        problem=str(batch.problem) if batch.problem else None,
        lines_read=batch.lines_read,
        lines_taken=batch.lines_taken,
        lines_repeated=batch.lines_repeated,
        lines_rejected=batch.lines_rejected,
        lines_stated=batch.lines_stated,
        lines_missing=batch.missing,
        values_new=batch.values_new,
        values_changed=batch.values_changed,
        values_confirmed=batch.values_confirmed,
        first_on=batch.first_on,
        last_on=batch.last_on,
        late_lines=batch.late_lines,
        most_working_days_late=batch.most_days_late,
        withdrawn_at=batch.withdrawn_at,
        withdrawn_because=batch.withdrawn_because,
        kept=kept,
        repeated=repeated,
    )


def _reject(one: LineReject) -> Reject:
    return Reject(one.line, one.field, one.value, one.reason.zh, one.reason.en, one.repeated)


@post(
    BASE,
    allow=PROGRAM_OF_SOURCE,
    scope=Scope.DELIVERIES_WRITE,
    exclude_from_csrf=True,
    request_max_body_size=BODY_LIMIT,
    operation_class=_FileOperation,
    summary="Deliver a file of one data set",
    description="Answers 201 with the counts of the new batch, 200 where nothing was kept or had been known before.",
    responses={**PROBLEMS, 201: ResponseSpec(Delivery, generate_examples=False, description="Taken in.")},
    raises=[],
)
async def deliver(
    request: Request,
    session: Session,
    actor: CurrentActor,
    user: User,
    now: Now,
    dataset: Annotated[str, QueryParameter(description="Code of the data set, such as tax_monthly_summary.")],
    dry_run: Annotated[bool, QueryParameter(description="Read, check and count everything, and keep nothing.")] = False,
    lines_stated: Annotated[int | None, QueryParameter(description="How many records the source says it sent.")] = None,
    units_confirmed: Annotated[bool, QueryParameter(description="Take figures of another size than usual.")] = False,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    command = parse(
        DeliverFile,
        {
            "dataset": dataset,
            "check_only": dry_run,
            "lines_stated": lines_stated,
            "units_confirmed": units_confirmed,
        },
    )
    bind: Engine | Connection = request.app.state.bind
    async with sent_file(request) as file:
        asked = _Asked(command, file, actor, now, bind if isinstance(bind, Engine) else None)
        parts = (request.method, BASE, dataset, dry_run, lines_stated, units_confirmed, file.digest)
        said = "\n".join(map(str, parts)).encode()

        def work() -> Response:
            try:
                if idempotency_key is None:
                    return _answer(_take(session, asked), bind)
                return _answer(once(session, user.id, idempotency_key, said, now, lambda: _take(session, asked)), bind)
            except _RefusedWhole as refused:
                return _refusal(session, asked, refused.problem)

        return await anyio.to_thread.run_sync(work)


class _RefusedWhole(Exception):
    """The file as a whole: nothing is kept under the request's key, so that the right file can be sent under it."""

    def __init__(self, problem: FileProblem) -> None:
        self.problem = problem


def _take(session: ActorSession, asked: _Asked) -> Answer:
    command, file = asked.command, asked.file
    savepoint = session.begin_nested()
    try:
        result = take_in(
            session,
            asked.actor,
            command.dataset,
            file.path,
            asked.now,
            file_name=file.name,
            lines_stated=command.lines_stated,
            units_confirmed=command.units_confirmed,
            dry_run=command.check_only,
            helper=asked.helper,
        )
        savepoint.commit()
    except FileProblem as refused:
        savepoint.rollback()
        raise _RefusedWhole(refused) from refused
    except BaseException:
        savepoint.rollback()
        raise
    return _taken(result)


def _taken(result: IntakeResult) -> Answer:
    body: dict[str, Any] = asdict(_delivery(line_of(result.batch), kept=result.kept, repeated=result.repeated))
    if not result.kept:
        body["rejects"] = [asdict(_reject(one)) for one in result.rejects]
    return Answer(201 if result.kept and not result.repeated else 200, as_json(body))


def _refusal(session: ActorSession, asked: _Asked, refused: FileProblem) -> Response:
    """What a refused file is answered with; the refusal itself is kept among the deliveries."""
    if asked.command.check_only:
        return problem(refused)
    command, file = asked.command, asked.file
    batch = refuse_delivery(session, asked.actor, command.dataset, file.path, refused, asked.now, file_name=file.name)
    return problem(refused, delivery=f"{BASE}/{batch.id}")


def _answer(answer: Answer, bind: Engine | Connection) -> Response:
    headers = {"Location": f"{BASE}/{answer.body['id']}"} if answer.status == 201 else {}
    if answer.repeated:
        headers["Idempotent-Replayed"] = "true"
    return litestar.Response(
        answer.body,
        status_code=answer.status,
        media_type="application/json",
        headers=headers,
        background=BackgroundTask(_tidy, bind) if answer.status == 201 else None,
    )


def _tidy(bind: Engine | Connection) -> None:
    """What was on its way in is of no use once the delivery is committed."""
    if isinstance(bind, Engine):
        with unit_of_work(bind, SYSTEM) as session:
            empty_staging(session)


@get(
    BASE,
    allow=PROGRAM_OF_SOURCE,
    scope=Scope.DELIVERIES_WRITE,
    sync_to_thread=True,
    summary="Deliveries of this source unit, the newest first",
    responses=PROBLEMS,
    raises=[],
)
def deliveries(session: Session, limit: Limit = 50, cursor: Cursor = None) -> Page[Delivery]:
    found = batches_before(session, number_of(cursor), limit + 1)
    more = len(found) > limit
    return Page([_delivery(one) for one in found[:limit]], str(found[limit - 1].number) if more else None)


@get(
    f"{BASE}/{{delivery_id:uuid}}",
    allow=PROGRAM_OF_SOURCE,
    scope=Scope.DELIVERIES_WRITE,
    sync_to_thread=True,
    summary="One delivery with its counts",
    responses=PROBLEMS,
    raises=[],
)
def delivery(session: Session, delivery_id: FromPath[UUID]) -> Delivery:
    return _delivery(one_batch(session, delivery_id))


@get(
    f"{BASE}/{{delivery_id:uuid}}/rejects",
    allow=PROGRAM_OF_SOURCE,
    scope=Scope.DELIVERIES_WRITE,
    sync_to_thread=True,
    summary="What was not taken of a delivery, in the order of the file",
    responses=PROBLEMS,
    raises=[],
)
def rejects(session: Session, delivery_id: FromPath[UUID], limit: Limit = 200, cursor: Cursor = None) -> Page[Reject]:
    one_batch(session, delivery_id)
    after = number_of(cursor) or 0
    found = rejects_after(session, delivery_id, after, limit + 1)
    return Page([_reject(one) for one in found[:limit]], str(after + limit) if len(found) > limit else None)


@post(
    f"{BASE}/{{delivery_id:uuid}}/withdrawal",
    allow=PROGRAM_OF_SOURCE,
    scope=Scope.DELIVERIES_WRITE,
    exclude_from_csrf=True,
    sync_to_thread=True,
    operation_class=takes(WithdrawBatch),
    summary="Take a delivery back whole; what it had replaced counts again",
    responses={**PROBLEMS, 201: ResponseSpec(Delivery, generate_examples=False, description="Withdrawn.")},
    raises=[],
)
def take_back(write: Write, delivery_id: FromPath[UUID]) -> Response:
    def run(command: WithdrawBatch) -> Delivery:
        batch = withdraw(write.session, write.actor, delivery_id, command.reason, write.now)
        return _delivery(line_of(batch))

    return write.once(WithdrawBatch, run)


ROUTES = [deliver, deliveries, delivery, rejects, take_back]
