from datetime import datetime
from uuid import UUID

from xinyidai.core.db import ActorSession
from xinyidai.lending.credit_values import follow_financing
from xinyidai.lending.jobs import FinancingChanged
from xinyidai.worker.handling import handles


@handles(FinancingChanged)
def financing_changed(session: ActorSession, job: FinancingChanged, now: datetime, job_id: UUID) -> None:
    follow_financing(session, job.enterprise_id, now)
