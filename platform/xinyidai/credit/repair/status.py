"""The only place that changes a case's status."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Conflict, NotFound
from xinyidai.core.i18n import N_
from xinyidai.credit.repair.models import RepairCase, RepairCaseEvent
from xinyidai.credit.repair.types import DECIDED, CaseStatus

S = CaseStatus
TRANSITIONS: dict[CaseStatus, frozenset[CaseStatus]] = {
    S.SUBMITTED: frozenset({S.IN_REVIEW, S.PAPERS_WANTED, S.ACCEPTED, S.REJECTED, S.WITHDRAWN}),
    S.IN_REVIEW: frozenset({S.PAPERS_WANTED, S.ACCEPTED, S.REJECTED, S.WITHDRAWN}),
    S.PAPERS_WANTED: frozenset({S.IN_REVIEW, S.WITHDRAWN}),
    S.ACCEPTED: frozenset(),
    S.REJECTED: frozenset(),
    S.WITHDRAWN: frozenset(),
}


def lock_case(session: Session, case_id: UUID) -> RepairCase:
    """The case, locked and read afresh. Raises NotFound for what is not there or not this actor's."""
    case = session.exec(
        select(RepairCase).where(RepairCase.id == case_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if case is None:
        raise NotFound()
    return case


def change_status(
    session: Session, actor: Actor, case: RepairCase, to: CaseStatus, now: datetime, note: str = ""
) -> None:
    """Move the locked case and write its log row. Raises Conflict where the table knows no such step."""
    current = CaseStatus(case.status)
    if to not in TRANSITIONS[current]:
        raise Conflict(N_("This case has changed in the meantime. Please look at it again."))
    case.status = to.value
    case.updated_at = now
    case.paused_on = business_date(now) if to is S.PAPERS_WANTED else None
    if to in DECIDED:
        case.decided_at, case.decided_by, case.decision_note = now, actor.user_id, note
    session.add(case)
    session.flush()
    log_step(session, actor, case, current, now, note)


def log_step(
    session: Session, actor: Actor, case: RepairCase, before: CaseStatus | None, now: datetime, note: str = ""
) -> None:
    session.add(
        RepairCaseEvent(
            case_id=case.id,
            at=now,
            actor_role=actor.role.value,
            actor_user_id=actor.user_id,
            from_status=before and before.value,
            to_status=case.status,
            note=note,
        )
    )
    session.flush()
