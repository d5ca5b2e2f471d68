"""How a job meets the one function that handles it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from xinyidai.core.db import ActorSession
from xinyidai.outbox.jobs import Job

J = TypeVar("J", bound=Job)
Handler = Callable[[ActorSession, Any, datetime, UUID], None]
"""``(session, job, now, job_id)``: the id is the outbox row's, the same however often the job is delivered."""


@dataclass(frozen=True, slots=True)
class Handling:
    job: type[Job]
    handler: Handler


HANDLINGS: dict[str, Handling] = {}


def handles(job: type[J]) -> Callable[[Callable[[ActorSession, J, datetime, UUID], None]], Handler]:
    """Declare the handler of ``job``. A second handler for the same job is a mistake and refused at import."""

    def declare(handler: Callable[[ActorSession, J, datetime, UUID], None]) -> Handler:
        if job.name in HANDLINGS:
            raise ValueError(f"{job.name} already has a handler: {HANDLINGS[job.name].handler}")
        HANDLINGS[job.name] = Handling(job, handler)
        return handler

    return declare
