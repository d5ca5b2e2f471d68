"""Open needs 抢单: an eligible institution takes one up by itself, and exactly the allowed number of them can."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.actor import INSTITUTION_ROLES, Actor
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Conflict, Forbidden
from xinyidai.core.i18n import N_
from xinyidai.leads import messages
from xinyidai.leads.clocks import STANDARD, ClockRules
from xinyidai.leads.models import Lead
from xinyidai.leads.service import take
from xinyidai.leads.status import lock_need, log_step, refresh_need_status
from xinyidai.leads.telling import tell_enterprise
from xinyidai.leads.types import LeadRoute, LeadStatus, StepNote

CLAIMS_PER_NEED = 3

_LOCK = text("select * from xyd_lock_open_need(:need)")
_BEST = text("select product_id, product_version_id, match_result_id from xyd_open_needs() where need_id = :need")
_OURS = text("""
    select id from leads where need_id = :need and institution_id = :institution
       and status not in ('declined', 'expired', 'refused', 'no_deal', 'withdrawn', 'unreachable')
""")


def claim_need(
    session: Session,
    actor: Actor,
    need_id: UUID,
    now: datetime,
    *,
    most: int = CLAIMS_PER_NEED,
    rules: ClockRules = STANDARD,
) -> Lead:
    """Take up an open need with the institution's best product for it; the lead is taken at once.

    Raises Conflict where ``most`` institutions have it already, where this institution has it, and where the need is
    not in the pool (any more): what is not there and what is not open give the same answer.
    """
    if actor.role not in INSTITUTION_ROLES or actor.institution_id is None:
        raise Forbidden()
    locked = session.execute(_LOCK, {"need": need_id}).one_or_none()
    ours = session.execute(_OURS, {"need": need_id, "institution": actor.institution_id}).first()
    if ours is not None:
        raise Conflict(N_("Your institution has this need already. You find it among your leads."))
    if locked is None:
        raise Conflict(N_("This need is not in the pool any more. Please choose another."))
    if locked.claims >= most:
        raise Conflict(N_("Already taken by %(count)s institutions. Please choose another need."), count=locked.claims)
    best = session.execute(_BEST, {"need": need_id}).one_or_none()
    if best is None:
        raise Conflict(N_("None of your products fits this need any more. Please choose another."))
    lead = Lead(
        need_id=need_id,
        enterprise_id=locked.enterprise_id,
        institution_id=actor.institution_id,
        product_id=best.product_id,
        product_version_id=best.product_version_id,
        match_result_id=best.match_result_id,
        region_code=locked.region_code,
        route=LeadRoute.CLAIMED.value,
        status=LeadStatus.ACCEPTED.value,
        sent_at=now,
        respond_by=business_date(now),
        updated_at=now,
    )
    take(session, actor, lead, now, rules)
    session.add(lead)
    session.flush()
    log_step(session, actor, lead, None, now, cause=StepNote.CLAIMED.value)
    session.flush()
    # With its own lead the lender sees the need, which it holds locked already.
    need = lock_need(session, need_id)
    refresh_need_status(session, actor, need, now)
    tell_enterprise(session, lead, need, messages.CLAIMED, now, due=str(lead.contact_by))
    return lead
