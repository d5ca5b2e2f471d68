"""Cases as the three sides see them; whose are seen is decided by the database."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from xinyidai.core.acting import as_platform
from xinyidai.core.actor import Role
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import NotFound
from xinyidai.core.file_table import StoredFile, file_names
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.credit.catalogue import Dataset, Metric, catalogue
from xinyidai.credit.repair.models import RepairCase, RepairCaseEvent, RepairCaseFile
from xinyidai.credit.repair.records import Record, one_record
from xinyidai.credit.repair.status import TRANSITIONS
from xinyidai.credit.repair.types import OPEN_CASES, WITH_THE_UNIT, CaseKind, CaseStatus, RepairMeans

_SORTS = {"due": "due_on", "opened": "opened_at", "number": "number", "enterprise": "enterprise_name"}
_OPEN = "status in ('submitted', 'in_review', 'papers_wanted')"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """``state`` is a status, or ``open``, or ``overdue``."""

    kind: str = ""
    state: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case. ``overdue``: with the unit, and its day has passed."""

    id: UUID
    number: str
    kind: CaseKind
    status: CaseStatus
    enterprise_name: str
    enterprise_code: str
    source_unit: str
    dataset: Dataset
    metric: Metric | None
    month: date | None
    document_no: str | None
    decided_on: date | None
    opened_at: datetime
    step_due_on: date
    due_on: date
    overdue: bool

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_CASES


@dataclass(frozen=True, slots=True)
class CaseStep:
    at: datetime
    role: Role
    after: CaseStatus
    before: CaseStatus | None
    note: str


@dataclass(frozen=True, slots=True)
class Case:
    """Everything about one case. ``steps`` are the statuses that it can go to."""

    line: CaseLine
    enterprise_id: UUID
    event_id: UUID | None
    statement: str
    means: tuple[RepairMeans, ...]
    committed_at: datetime | None
    decided_at: datetime | None
    decision_note: str
    history: list[CaseStep]
    files: list[StoredFile]
    steps: frozenset[CaseStatus]


def list_cases(session: Session, request: ListRequest, chosen: CaseFilter, today: date) -> Listing[CaseLine]:
    """What is due first stands first, closed ones behind, unless another order is asked for."""
    conditions, values = _conditions(request, chosen, today)
    where = " and ".join(conditions) or "true"
    connection = session.connection()
    total: int = connection.scalar(text(f"select count(*) from repair_cases where {where}"), values) or 0  # noqa: S608
    asked = order_by(request.sort, _SORTS, "due")
    order = asked if request.sort else f"({_OPEN}) desc, {asked}"
    ids = connection.scalars(
        text(f"select id from repair_cases where {where} order by {order} limit :size offset :offset"),  # noqa: S608
        {**values, "size": request.size, "offset": request.offset},
    ).all()
    found = {one.id: one for one in session.exec(select(RepairCase).where(col(RepairCase.id).in_(ids)))}
    return Listing([_line(found[one], today) for one in ids], total, request.page, request.size, request.sort)


def _conditions(request: ListRequest, chosen: CaseFilter, today: date) -> tuple[list[str], dict[str, object]]:
    states = {
        "open": _OPEN,
        "overdue": "status in ('submitted', 'in_review') and due_on < :today",
    }
    conditions: list[str] = []
    values: dict[str, object] = {"today": today}
    if chosen.state:
        conditions.append(states.get(chosen.state, "status = :state"))
        values["state"] = chosen.state
    if chosen.kind:
        conditions.append("kind = :kind")
        values["kind"] = chosen.kind
    if chosen.unit:
        conditions.append("source_unit = :unit")
        values["unit"] = chosen.unit
    if request.search:
        text_ = "lower(number || ' ' || enterprise_name || ' ' || enterprise_code || ' ' || coalesce(document_no, ''))"
        conditions.append(f"strpos({text_}, lower(:term)) > 0")
        values["term"] = request.search
    named = " ".join(conditions)
    return conditions, {name: value for name, value in values.items() if f":{name}" in named}


def count_overdue(session: Session, today: date) -> int:
    statement = text("select count(*) from repair_cases where status in ('submitted', 'in_review') and due_on < :today")
    return int(session.connection().scalar(statement, {"today": today}) or 0)


def units_with_cases(session: Session) -> list[str]:
    return list(session.connection().scalars(text("select distinct source_unit from repair_cases order by 1")))


def one_case(session: Session, case_id: UUID, today: date) -> Case:
    """Raises NotFound, also for somebody else's."""
    row = session.get(RepairCase, case_id)
    if row is None:
        raise NotFound()
    events = session.exec(
        select(RepairCaseEvent).where(RepairCaseEvent.case_id == case_id).order_by(col(RepairCaseEvent.id))
    )
    files = session.exec(select(RepairCaseFile.file_id).where(RepairCaseFile.case_id == case_id)).all()
    return Case(
        line=_line(row, today),
        enterprise_id=row.enterprise_id,
        event_id=row.event_id,
        statement=row.statement,
        means=tuple(RepairMeans(one) for one in row.means),
        committed_at=row.committed_at,
        decided_at=row.decided_at,
        decision_note=row.decision_note,
        history=[_step(one) for one in events],
        files=file_names(session, list(files)),
        steps=TRANSITIONS[CaseStatus(row.status)],
    )


def has_file(session: Session, case_id: UUID, file_id: UUID) -> bool:
    return session.get(RepairCaseFile, (case_id, file_id)) is not None


def record_of_case(session: ActorSession, case: Case, today: date) -> Record | None:
    """The record that the case is about, for everybody who may see the case; None for figures, and where it is gone.

    A clerk reads no records otherwise: that the case is the unit's is what allows it this one.
    """
    if case.event_id is None:
        return None
    with as_platform(session):
        try:
            return one_record(session, case.enterprise_id, case.event_id, today)
        except NotFound:
            return None


def figure_of_case(session: ActorSession, case: Case) -> Decimal | None:
    """The figure that a case objects to, as it stands; None where it does not count any more."""
    statement = text(
        "select o.value from repair_cases c join credit_observations o on o.metric = c.metric"
        " and o.enterprise_id = c.enterprise_id and o.month = c.month and o.part = c.part where c.id = :id"
    )
    with as_platform(session):
        found: Decimal | None = session.connection().scalar(statement, {"id": case.line.id})
    return found


def _step(row: RepairCaseEvent) -> CaseStep:
    before = CaseStatus(row.from_status) if row.from_status else None
    return CaseStep(row.at, Role(row.actor_role), CaseStatus(row.to_status), before, row.note)


def _line(row: RepairCase, today: date) -> CaseLine:
    status = CaseStatus(row.status)
    return CaseLine(
        id=row.id,
        number=row.number,
        kind=CaseKind(row.kind),
        status=status,
        enterprise_name=row.enterprise_name,
        enterprise_code=row.enterprise_code,
        source_unit=row.source_unit,
        dataset=catalogue().datasets[row.dataset],
        metric=catalogue().metrics[row.metric] if row.metric is not None else None,
        month=row.month,
        document_no=row.document_no,
        decided_on=row.decided_on,
        opened_at=row.opened_at,
        step_due_on=row.step_due_on,
        due_on=row.due_on,
        overdue=status in WITH_THE_UNIT and row.due_on < today,
    )
