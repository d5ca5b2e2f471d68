"""What an officer's page of a lead shows beside the lead itself: its clocks, notes, and similar needs."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.errors import NotFound
from xinyidai.leads.clocks import calendar_of, days_left
from xinyidai.leads.hand_over import NoteRow, notes_of
from xinyidai.leads.status import TRANSITIONS
from xinyidai.leads.types import CLOSED, EXAMINED, ClockStep, LeadStatus, SlaClock

ROUND_ABOUT = (Decimal("0.5"), Decimal("1.5"))
"""Amounts within these shares of the need's own count as similar."""


@dataclass(frozen=True, slots=True)
class Similar:
    """Funded needs of the same industry and size with a similar amount. None: fewer than three, so nothing is told."""

    needs: int | None
    median_rate: Decimal | None
    median_days: Decimal | None


@dataclass(frozen=True, slots=True)
class Told:
    """A reminder or an escalation that went out."""

    at: datetime
    clock: str
    step: str


@dataclass(frozen=True, slots=True)
class Desk:
    """``due`` is the day by which the lender must act next; None while the enterprise is to act, or nobody."""

    status: LeadStatus
    due: date | None
    days_left: int | None
    paused_on: date | None
    papers_note: str
    contacted_at: datetime | None
    papers_complete_at: datetime | None
    branch: str | None
    rerouted: bool
    notes: list[NoteRow]
    told: list[Told]
    similar: Similar | None

    @property
    def is_examined(self) -> bool:
        return self.status in EXAMINED

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED

    def can(self, to: str) -> bool:
        return LeadStatus(to) in TRANSITIONS[self.status]


_LEAD = text("""
    select l.status, l.respond_by, l.contact_by, l.decide_by, l.paused_on, l.papers_note, l.contacted_at,
           l.papers_complete_at, l.rerouted_from_id, b.name as branch, n.amount, e.size_class,
           left(e.industry_code, 1) as section
      from leads l join needs n on n.id = l.need_id join enterprises e on e.id = l.enterprise_id
      left join branches b on b.id = l.branch_id
     where l.id = :lead
""")
_TOLD = text("select at, clock, step from lead_clock_steps where lead_id = :lead order by at, id limit 50")
_SIMILAR = text("select needs, median_rate, median_days from xyd_similar_funded(:section, :size, :low, :high)")


def desk_of(session: Session, lead_id: UUID, today: date) -> Desk:
    """Raises NotFound for what is not there or not this actor's."""
    row = session.execute(_LEAD, {"lead": lead_id}).one_or_none()
    if row is None:
        raise NotFound()
    status = LeadStatus(row.status)
    due = _due(status, row)
    steps = session.execute(_TOLD, {"lead": lead_id}).all()
    return Desk(
        status=status,
        due=due,
        days_left=days_left(today, due, calendar_of(session)),
        paused_on=row.paused_on,
        papers_note=row.papers_note,
        contacted_at=row.contacted_at,
        papers_complete_at=row.papers_complete_at,
        branch=row.branch,
        rerouted=row.rerouted_from_id is not None,
        notes=notes_of(session, lead_id),
        told=[Told(one.at, SlaClock(one.clock).label, ClockStep(one.step).label) for one in steps],
        similar=similar_funded(session, row.section, row.size_class, row.amount),
    )


def _due(status: LeadStatus, row: Any) -> date | None:
    days: dict[LeadStatus, date | None] = {
        LeadStatus.SENT: row.respond_by,
        LeadStatus.ACCEPTED: row.contact_by or row.decide_by,
        LeadStatus.CONTACTED: row.decide_by,
        LeadStatus.PAPERS_COMPLETE: row.decide_by,
    }
    return days.get(status)


def similar_funded(session: Session, section: str | None, size: str | None, amount: Decimal) -> Similar | None:
    """None where the industry or the size of the enterprise is not known: there is nothing to compare with."""
    if not section or not size:
        return None
    low, high = (amount * share for share in ROUND_ABOUT)
    row = session.execute(_SIMILAR, {"section": section, "size": size, "low": low, "high": high}).one()
    return Similar(row.needs, row.median_rate, row.median_days)
