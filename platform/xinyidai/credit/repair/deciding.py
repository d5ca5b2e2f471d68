"""The unit's side: who designated, repairs 谁认定、谁修复. A granted case takes effect in the same transaction."""

from datetime import datetime

from sqlalchemy import text

from xinyidai.audit.service import record as audit
from xinyidai.core.acting import as_platform
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Conflict, InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.credit.intake.access import unit_of
from xinyidai.credit.jobs import ScoreEnterprise
from xinyidai.credit.repair import messages
from xinyidai.credit.repair.commands import DecideCase
from xinyidai.credit.repair.jobs import CaseGranted
from xinyidai.credit.repair.models import RepairCase
from xinyidai.credit.repair.opening import subject_of
from xinyidai.credit.repair.status import change_status, lock_case
from xinyidai.credit.repair.types import CaseKind, CaseStatus
from xinyidai.credit.scoring.causes import Cause
from xinyidai.enterprises.jobs import FactsChanged
from xinyidai.messages.service import notify
from xinyidai.messages.types import MessageKind, to_enterprise
from xinyidai.outbox.jobs import enqueue_many

_REPAIR = text("update credit_events set repaired_at = :now where enterprise_id = :enterprise_id and id = :event_id")
_HIDE = text("update credit_events set hidden_at = :now where enterprise_id = :enterprise_id and id = :event_id")
# A figure that was wrong is not known any more: it stands beside those that count, like every replaced one.
_TAKE_OUT = text("""
    with gone as (
        delete from credit_observations where metric = :metric and enterprise_id = :enterprise_id and month = :month
            and part = :part returning *
    ), counted as (
        update credit_metric_months m set figures = m.figures - 1 from gone
        where m.metric = gone.metric and m.month = gone.month
    )
    insert into credit_observation_claims (metric, enterprise_id, month, part, value, batch, line)
    select metric, enterprise_id, month, part, value, batch, line from gone
""")


def take_up(session: ActorSession, actor: Actor, command: DecideCase, now: datetime) -> RepairCase:
    """The department's own step: the case is complete and is being looked at."""
    case = _lock_ours(session, actor, command)
    change_status(session, actor, case, CaseStatus.IN_REVIEW, now, command.note)
    _tell(session, case, messages.TAKEN_UP, now, note=command.note)
    return case


def want_papers(session: ActorSession, actor: Actor, command: DecideCase, now: datetime) -> RepairCase:
    """Something is missing; the clock stands still until it comes."""
    case = _lock_ours(session, actor, command)
    if not command.note:
        raise InvalidInput({"note": N_("Please say which papers are missing.")})
    change_status(session, actor, case, CaseStatus.PAPERS_WANTED, now, command.note)
    _tell(session, case, messages.PAPERS_WANTED, now, note=command.note)
    return case


def reject(session: ActorSession, actor: Actor, command: DecideCase, now: datetime) -> RepairCase:
    case = _lock_ours(session, actor, command)
    if not command.note:
        raise InvalidInput({"note": N_("Please give the reason: the enterprise reads it.")})
    change_status(session, actor, case, CaseStatus.REJECTED, now, command.note)
    audit(session, actor, "repair.rejected", "repair_case", case.id, now, number=case.number)
    _tell(session, case, messages.REJECTED, now, note=command.note)
    return case


def grant(session: ActorSession, actor: Actor, command: DecideCase, now: datetime) -> RepairCase:
    """The record or figure stops counting now; score and rankings follow, and the enterprise is told."""
    case = _lock_ours(session, actor, command)
    change_status(session, actor, case, CaseStatus.ACCEPTED, now, command.note)
    with as_platform(session):
        _take_effect(session, case, now)
    jobs = [
        ScoreEnterprise(case.enterprise_id, Cause.REPAIRED.value),
        FactsChanged(case.enterprise_id),
        CaseGranted(case.id),
    ]
    enqueue_many(session, list(jobs), now)
    audit(session, actor, "repair.granted", "repair_case", case.id, now, number=case.number, kind=case.kind)
    kind = messages.REPAIRED if case.kind == CaseKind.REPAIR.value else messages.UPHELD
    _tell(session, case, kind, now, note=command.note)
    return case


def _lock_ours(session: ActorSession, actor: Actor, command: DecideCase) -> RepairCase:
    """Only the unit that designated the record decides."""
    case = lock_case(session, command.case_id)
    if unit_of(session, actor) != case.source_unit:
        raise NotFound()
    return case


def _take_effect(session: ActorSession, case: RepairCase, now: datetime) -> None:
    """Raises Conflict where the record is not there any more, such as after its batch was withdrawn."""
    values = {"now": now, "enterprise_id": case.enterprise_id, "event_id": case.event_id}
    connection = session.connection()
    if case.metric is not None:
        figure = {"metric": case.metric, "month": case.month, "part": case.part}
        done = connection.execute(_TAKE_OUT, {**figure, "enterprise_id": case.enterprise_id})
    else:
        done = connection.execute(_REPAIR if case.kind == CaseKind.REPAIR.value else _HIDE, values)
    if done.rowcount == 0:
        raise Conflict(
            N_("What this case is about is not there any more: its delivery was withdrawn or replaced."
               " Please reject the case and say so.")
        )  # fmt: skip


def _tell(session: ActorSession, case: RepairCase, kind: MessageKind, now: datetime, *, note: str) -> None:
    notify(
        session,
        to_enterprise(case.enterprise_id),
        kind,
        now,
        link=f"/enterprise/cases/{case.id}",
        number=case.number,
        unit=case.source_unit,
        subject=subject_of(case),
        day=business_date(now).isoformat(),
        due_on=case.due_on.isoformat(),
        note=note,
    )
