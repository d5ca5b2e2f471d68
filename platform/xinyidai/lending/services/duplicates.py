"""The office decides about two payouts that look like one loan."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor, Role
from xinyidai.core.errors import Forbidden, NotFound
from xinyidai.lending.commands import DecideDuplicate
from xinyidai.lending.messages import PAYOUT_COUNTED_TWICE
from xinyidai.lending.models import Disbursement, DuplicateDecision
from xinyidai.lending.types import DuplicateVerdict
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_institution

_MAY_DECIDE = (Role.OFFICE_STAFF, Role.ADMINISTRATOR)


def decide_duplicate(
    session: Session, actor: Actor, one_id: UUID, other_id: UUID, command: DecideDuplicate, now: datetime
) -> DuplicateDecision:
    """Say whether the two are the same loan; the last decision on a pair counts.

    Money is the institutions': where both rows are the same loan, each of them is told and one must reverse its row.
    Until then both stay in every total, and the list says so.
    """
    if actor.role not in _MAY_DECIDE:
        raise Forbidden()
    first_id, second_id = sorted((one_id, other_id))
    found = select(Disbursement).where(col(Disbursement.id).in_([first_id, second_id]))
    pair = session.exec(found.where(col(Disbursement.reverses_id).is_(None))).all()
    if len(pair) != 2 or pair[0].enterprise_id != pair[1].enterprise_id:
        raise NotFound()
    decision = DuplicateDecision(
        first_id=first_id,
        second_id=second_id,
        verdict=command.verdict.value,
        note=command.note,
        decided_at=now,
        decided_by=actor.user_id,
    )
    session.add(decision)
    session.flush()
    pair_ids = {"first": str(first_id), "second": str(second_id)}
    record(session, actor, f"duplicate.{decision.verdict}", "duplicate_decision", decision.id, now, **pair_ids)
    if command.verdict is DuplicateVerdict.SAME:
        for row in pair:
            notify(
                session,
                to_institution(row.institution_id, managers=True),
                PAYOUT_COUNTED_TWICE,
                now,
                link=f"/institution/credit-lines/{row.credit_line_id}#{row.id}",
                reference=row.external_reference,
                day=row.paid_on.isoformat(),
            )
    return decision
