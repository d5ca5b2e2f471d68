"""Between taking a lead and the offer: the first contact, papers asked for, papers complete.

While papers are awaited the lender's clock stands still and it is the enterprise's turn. The enterprise itself can say
that everything is handed in: a lender that does not look could otherwise stop its own clock for good.
"""

from datetime import datetime
from uuid import UUID

from pydantic import Field
from sqlmodel import Session

from xinyidai.core.actor import INSTITUTION_ROLES, Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Conflict, Forbidden
from xinyidai.core.i18n import N_
from xinyidai.core.validation import Command
from xinyidai.leads import messages
from xinyidai.leads.clocks import STANDARD, ClockRules, begin_decision, calendar_of
from xinyidai.leads.models import Lead
from xinyidai.leads.service import only_lenders
from xinyidai.leads.status import change_status, check_step, lock_lead
from xinyidai.leads.telling import tell_enterprise, tell_lender
from xinyidai.leads.types import LeadStatus, StepNote


class RequestPapers(Command):
    """Which papers are missing, in words that the enterprise understands."""

    papers: str = Field(min_length=2, max_length=500)


def record_contact(session: Session, actor: Actor, lead_id: UUID, now: datetime) -> Lead:
    """The officer has spoken with the enterprise, which is told so: it can object if nobody called."""
    only_lenders(actor)
    lead, need = lock_lead(session, lead_id)
    change_status(session, actor, lead, need, LeadStatus.CONTACTED, now)
    tell_enterprise(session, lead, need, messages.CONTACTED, now)
    return lead


def request_papers(session: Session, actor: Actor, lead_id: UUID, command: RequestPapers, now: datetime) -> Lead:
    """Ask the enterprise for papers; the clock of the decision stops. Can be repeated once they were handed in."""
    only_lenders(actor)
    lead, need = lock_lead(session, lead_id)
    check_step(lead, LeadStatus.PAPERS_REQUESTED)
    lead.papers_note = command.papers
    change_status(session, actor, lead, need, LeadStatus.PAPERS_REQUESTED, now, note=command.papers)
    tell_enterprise(session, lead, need, messages.PAPERS_REQUESTED, now, papers=command.papers)
    return lead


def papers_complete(
    session: Session, actor: Actor, lead_id: UUID, now: datetime, *, rules: ClockRules = STANDARD
) -> Lead:
    """All papers are there, says the officer, or the enterprise that was asked for them.

    The first time, the days for the decision begin; after that, the clock goes on where it was stopped.
    """
    by_enterprise = actor.role is Role.ENTERPRISE_MEMBER
    if not by_enterprise and actor.role not in INSTITUTION_ROLES:
        raise Forbidden()
    lead, need = lock_lead(session, lead_id)
    current = check_step(lead, LeadStatus.PAPERS_COMPLETE)
    if by_enterprise and current is not LeadStatus.PAPERS_REQUESTED:
        raise Conflict(N_("Nobody waits for papers here. Please look at it again."))
    today, calendar = business_date(now), calendar_of(session)
    if lead.papers_complete_at is None or lead.decide_by is None:
        lead.paused_on = None
        begin_decision(lead, today, rules.decision, calendar)
    detail = {"cause": StepNote.HANDED_IN.value} if by_enterprise else {}
    change_status(session, actor, lead, need, LeadStatus.PAPERS_COMPLETE, now, **detail)
    if by_enterprise:
        tell_lender(session, lead, need, messages.PAPERS_HANDED_IN, now, due=str(lead.decide_by))
    else:
        tell_enterprise(session, lead, need, messages.PAPERS_COMPLETE, now, due=str(lead.decide_by))
    return lead
