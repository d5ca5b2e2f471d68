from datetime import datetime
from uuid import UUID

from xinyidai.core.db import ActorSession
from xinyidai.credit.repair.jobs import CaseGranted
from xinyidai.leads.second_chance import say_who_can_be_asked_again
from xinyidai.worker.handling import handles


@handles(CaseGranted)
def case_granted(session: ActorSession, job: CaseGranted, now: datetime, job_id: UUID) -> None:
    say_who_can_be_asked_again(session, job.case_id, now)
