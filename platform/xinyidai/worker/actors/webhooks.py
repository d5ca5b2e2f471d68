from datetime import datetime
from uuid import UUID

from xinyidai.core.db import ActorSession
from xinyidai.institutions.webhooks.jobs import DeliverWebhook
from xinyidai.institutions.webhooks.service import deliver
from xinyidai.settings import Settings
from xinyidai.worker.handling import handles


@handles(DeliverWebhook)
def deliver_webhook(session: ActorSession, job: DeliverWebhook, now: datetime, job_id: UUID) -> None:
    deliver(session, job.delivery_id, now, Settings())
