"""What can be done after a refusal, for the page of the need."""

from uuid import UUID

from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.leads.repair_paths import RefusalAdvice, refusal_advice
from xinyidai.web.requests import Request


def advice_of(request: Request, session: ActorSession, need_id: UUID) -> list[RefusalAdvice]:
    """Nothing where no refusal can be lifted."""
    state = request.app.state
    return refusal_advice(session, need_id, business_date(state.clock()), state.settings.need_valid_days)
