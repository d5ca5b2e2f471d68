"""Runs one outbox row: its effect and its done mark are one transaction, so each effect happens once."""

from uuid import UUID

from prometheus_client import Counter, Histogram
from sqlalchemy import Connection, Engine, text

from xinyidai.core.actor import SYSTEM
from xinyidai.core.clock import Clock
from xinyidai.core.db import unit_of_work
from xinyidai.core.logs import logger, request_id
from xinyidai.worker.handling import HANDLINGS

JOBS = Counter("xyd_jobs", "Jobs by name and outcome: done, repeated or failed.", ["job", "outcome"])
SECONDS = Histogram("xyd_job_seconds", "Time that one job took, in seconds.", ["job"])

# Waits for whoever holds the row: the relay, which has sent it and not committed yet, or another worker with the
# same message. Skipping it instead would lose the first case until the relay sends again.
_TAKE = text("select name, payload, request_id from outbox_jobs where id = :id and done_at is null for update")
_DONE = text("update outbox_jobs set done_at = :now where id = :id and done_at is null")
_FAILED = text("update outbox_jobs set failures = failures + 1, last_error = :error where id = :id")


def run_job(bind: Engine | Connection, job_id: UUID, clock: Clock) -> bool:
    """Do the job's work once, and tell whether it was done here.

    A failing job keeps its error and is raised again; the relay sends it later.
    """
    name = ""
    try:
        with unit_of_work(bind, SYSTEM) as session:
            row = session.execute(_TAKE, {"id": job_id}).one_or_none()
            if row is None:
                JOBS.labels("", "repeated").inc()
                return False
            name = row.name
            request_id.set(row.request_id)
            handling = HANDLINGS[row.name]
            now = clock()
            with SECONDS.labels(name).time():
                handling.handler(session, handling.job.from_payload(row.payload), now, job_id)
            session.execute(_DONE, {"id": job_id, "now": now})
            session.flush()
    except Exception as error:
        with unit_of_work(bind, SYSTEM) as session:
            session.execute(_FAILED, {"id": job_id, "error": f"{type(error).__name__}: {error}"[:2000]})
        JOBS.labels(name, "failed").inc()
        logger.exception("job failed", job=name, job_id=str(job_id))
        raise
    JOBS.labels(name, "done").inc()
    logger.info("job done", job=name, job_id=str(job_id))
    return True
