from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine

from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.credit.jobs import ScoreEnterprise, ScoreEnterprises, TakeInUpload
from xinyidai.credit.scoring.causes import Cause
from xinyidai.credit.scoring.service import recompute_scores, score_batch
from xinyidai.credit.uploads import take_in_upload
from xinyidai.worker.handling import handles


@handles(ScoreEnterprises)
def batch_changed(session: ActorSession, job: ScoreEnterprises, now: datetime, job_id: UUID) -> None:
    score_batch(session, job.batch_id, now)


@handles(ScoreEnterprise)
def enterprise_changed(session: ActorSession, job: ScoreEnterprise, now: datetime, job_id: UUID) -> None:
    recompute_scores(session, business_date(now), [job.enterprise_id], cause=Cause(job.cause), now=now)


@handles(TakeInUpload)
def take_in(session: ActorSession, job: TakeInUpload, now: datetime, _job_id: UUID) -> None:
    bind = session.get_bind()
    take_in_upload(session, job.upload_id, now, bind if isinstance(bind, Engine) else None)
