"""The enterprise's side: opening a case, handing in papers, taking it back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.audit.service import record as audit
from xinyidai.core.actor import Actor
from xinyidai.core.calendar_table import working_day_overrides
from xinyidai.core.clock import business_date
from xinyidai.core.db import CONSTRAINT_ERRORS
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.file_table import keep
from xinyidai.core.files import Paper
from xinyidai.core.i18n import N_
from xinyidai.core.working_days import WorkCalendar
from xinyidai.credit.catalogue import Metric, catalogue
from xinyidai.credit.repair import messages
from xinyidai.credit.repair.commands import MOST_FILES, HandInPapers, OpenObjection, OpenRepair
from xinyidai.credit.repair.deadlines import deadlines, moved_on
from xinyidai.credit.repair.models import RepairCase, RepairCaseFile
from xinyidai.credit.repair.records import Record, one_record
from xinyidai.credit.repair.status import change_status, lock_case, log_step
from xinyidai.credit.repair.types import CaseKind, CaseStatus, RecordState
from xinyidai.enterprises.models import Enterprise
from xinyidai.messages.service import notify
from xinyidai.messages.types import MessageKind, to_source_unit

CONSTRAINT_ERRORS["uq_repair_cases_one_open"] = ("", N_("There is an open case about this already."))


def open_repair(
    session: Session, actor: Actor, command: OpenRepair, papers: Sequence[Paper], now: datetime
) -> RepairCase:
    """Ask the unit that designated the record to repair it. Possible from ``repairable_from`` on."""
    today = business_date(now)
    record = one_record(session, _own(actor), command.record_id, today)
    if record.state is not RecordState.DISPLAYED or not record.is_adverse:
        raise Conflict(N_("This record is not displayed, so there is nothing to repair."))
    if record.repairable_from is not None and record.repairable_from > today:
        raise InvalidInput(
            {"": N_("The shortest time of display has not passed yet. Please come back on the day shown.")}
        )
    if not command.commitment:
        raise InvalidInput({"commitment": N_("A repair needs your commitment. Please tick it after reading.")})
    if not papers:
        raise InvalidInput({"files": N_("Please add at least one proof, such as the receipt of the payment.")})
    return _open(
        session,
        actor,
        CaseKind.REPAIR,
        now,
        papers,
        **_about_record(record),
        statement=command.statement,
        means=[one.value for one in command.means],
        committed_at=now,
    )


def open_objection(
    session: Session, actor: Actor, command: OpenObjection, papers: Sequence[Paper], now: datetime
) -> RepairCase:
    """Say that a record or a figure is wrong. Any that is displayed can be objected to."""
    if command.record_id is not None:
        record = one_record(session, _own(actor), command.record_id, business_date(now))
        if record.state is not RecordState.DISPLAYED:
            raise Conflict(N_("This record is not displayed any more, so it need not be objected to."))
        about = _about_record(record)
    else:
        about = _about_figure(session, _own(actor), command)
    return _open(session, actor, CaseKind.OBJECTION, now, papers, **about, statement=command.statement)


def hand_in_papers(
    session: Session, actor: Actor, command: HandInPapers, papers: Sequence[Paper], now: datetime
) -> RepairCase:
    """What the unit asked for; its deadline moves on by the working days it had to wait."""
    case = lock_case(session, command.case_id)
    _own_case(actor, case)
    if not papers and not command.note:
        raise InvalidInput({"files": N_("Please add the papers that the unit asks for, or say why you have none.")})
    paused_on, today = case.paused_on, business_date(now)
    change_status(session, actor, case, CaseStatus.IN_REVIEW, now, command.note)
    if paused_on is not None:
        case.due_on = moved_on(case.due_on, paused_on, today, WorkCalendar(working_day_overrides(session)))
    _attach(session, actor, case, papers, now)
    _tell_unit(session, case, messages.PAPERS_CAME, now)
    return case


def take_back(session: Session, actor: Actor, case_id: UUID, now: datetime) -> RepairCase:
    case = lock_case(session, case_id)
    _own_case(actor, case)
    change_status(session, actor, case, CaseStatus.WITHDRAWN, now)
    _tell_unit(session, case, messages.TAKEN_BACK, now)
    return case


def _own(actor: Actor) -> UUID:
    if actor.enterprise_id is None:
        raise Forbidden()
    return actor.enterprise_id


def _own_case(actor: Actor, case: RepairCase) -> None:
    if case.enterprise_id != actor.enterprise_id:
        raise NotFound()


def _about_record(record: Record) -> dict[str, Any]:
    return {
        "dataset": record.dataset.code,
        "event_id": record.id,
        "record_key": record.key,
        "document_no": record.document_no,
        "decided_on": record.decided_on,
        "source_unit": record.source_unit,
    }


def metric_of(number: int | None) -> Metric:
    found = catalogue().metrics.get(number or 0)
    if found is None:
        raise NotFound()
    return found


def _about_figure(session: Session, enterprise_id: UUID, command: OpenObjection) -> dict[str, Any]:
    metric = metric_of(command.metric)
    row = (
        session.connection()
        .execute(
            text(
                "select o.month, b.source_unit from credit_observations o"
                " left join lateral credit_batch_source(o.batch) b on true"
                " where o.metric = :metric and o.enterprise_id = :id and o.month = :month and o.part = :part"
            ),
            {"metric": metric.number, "id": enterprise_id, "month": command.month or date.min, "part": command.part},
        )
        .one_or_none()
    )
    if row is None:
        raise NotFound()
    dataset = catalogue().datasets[metric.field.dataset]
    return {
        "dataset": dataset.code,
        "metric": metric.number,
        "month": row.month,
        "part": command.part,
        "source_unit": row.source_unit or dataset.source_unit,
    }


def _open(
    session: Session, actor: Actor, kind: CaseKind, now: datetime, papers: Sequence[Paper], **fields: Any
) -> RepairCase:
    if len(papers) > MOST_FILES:
        raise InvalidInput({"files": N_("Please hand in at most five files.")})
    if not str(fields["statement"]).strip():
        raise InvalidInput({"statement": N_("Please fill in this field.")})
    enterprise = session.get_one(Enterprise, actor.enterprise_id)
    today = business_date(now)
    due = deadlines(kind, today, WorkCalendar(working_day_overrides(session)))
    case = RepairCase(
        number=_number(session, kind, today),
        kind=kind.value,
        enterprise_id=enterprise.id,
        enterprise_name=enterprise.name,
        enterprise_code=enterprise.usci or enterprise.internal_code or "",
        region_code=enterprise.region_code or "",
        opened_at=now,
        opened_by=actor.user_id,
        step_due_on=due.step_due_on,
        due_on=due.due_on,
        updated_at=now,
        **fields,
    )
    session.add(case)
    session.flush()
    log_step(session, actor, case, None, now)
    _attach(session, actor, case, papers, now)
    audit(session, actor, "repair.opened", "repair_case", case.id, now, kind=kind.value, dataset=case.dataset)
    _tell_unit(session, case, messages.OPENED, now)
    return case


def _number(session: Session, kind: CaseKind, today: date) -> str:
    serial = session.connection().scalar(text("select nextval('repair_case_numbers')"))
    return f"{'XF' if kind is CaseKind.REPAIR else 'YY'}{today:%Y%m%d}{serial:06}"


def _attach(session: Session, actor: Actor, case: RepairCase, papers: Sequence[Paper], now: datetime) -> None:
    for paper in papers:
        session.add(RepairCaseFile(case_id=case.id, file_id=keep(session, actor, paper, now).id))
    session.flush()


def _tell_unit(session: Session, case: RepairCase, kind: MessageKind, now: datetime) -> None:
    notify(
        session,
        to_source_unit(case.source_unit),
        kind,
        now,
        link=f"/source/cases/{case.id}",
        number=case.number,
        enterprise=case.enterprise_name,
        subject=subject_of(case),
        step_due_on=case.step_due_on.isoformat(),
        due_on=case.due_on.isoformat(),
    )


def subject_of(case: RepairCase) -> str:
    """What the case is about in a few words, as messages say it: names of data sets are Chinese."""
    dataset = catalogue().datasets[case.dataset]
    if case.metric is not None and case.month is not None:
        return f"{dataset.name_zh} {metric_of(case.metric).field.name_zh} {case.month:%Y-%m}"
    return f"{dataset.name_zh} {case.document_no or (case.decided_on or '')}".strip()
