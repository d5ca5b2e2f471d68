"""One act on many leads: each on its own, so that one that cannot be done leaves the others untouched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from xinyidai.core.db import attempt
from xinyidai.core.errors import XydError
from xinyidai.leads.hand_over import lead_ids_in_lock_order

MOST = 100


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """``problem`` is the sentence that says why nothing happened to this lead; empty where it was done."""

    lead_id: UUID
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem


def each_lead(session: Session, lead_ids: Sequence[UUID], act: Callable[[UUID], object]) -> list[RowOutcome]:
    """Do ``act`` to every lead in a savepoint of its own and tell what became of each, in the order given."""
    outcomes = {lead_id: _one(session, lead_id, act) for lead_id in lead_ids_in_lock_order(session, lead_ids[:MOST])}
    return [outcomes[lead_id] for lead_id in dict.fromkeys(lead_ids[:MOST])]


def _one(session: Session, lead_id: UUID, act: Callable[[UUID], object]) -> RowOutcome:
    try:
        with attempt(session) as outcome:
            act(lead_id)
    except XydError as refusal:
        return RowOutcome(lead_id, refusal.message)
    return RowOutcome(lead_id, " ".join(outcome.errors.values()))
