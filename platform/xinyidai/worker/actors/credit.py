from datetime import datetime
from uuid import UUID

from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.credit.jobs import ScoreEnterprise, ScoreEnterprises
from xinyidai.credit.scoring.causes import Cause
from xinyidai.credit.scoring.service import recompute_scores, score_batch
from xinyidai.worker.handling import handles


@handles(ScoreEnterprises)
def batch_changed(session: ActorSession, job: ScoreEnterprises, now: datetime, job_id: UUID) -> None:
    score_batch(session, job.batch_id, now)


@handles(ScoreEnterprise)
def enterprise_changed(session: ActorSession, job: ScoreEnterprise, now: datetime, job_id: UUID) -> None:
    recompute_scores(session, business_date(now), [job.enterprise_id], cause=Cause(job.cause), now=now)
