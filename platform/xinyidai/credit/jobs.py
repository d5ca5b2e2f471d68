"""Jobs that credit data start. Their handlers live above, in ``worker/actors``."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from xinyidai.outbox.jobs import Job


@dataclass(frozen=True, slots=True)
class ScoreEnterprise(Job):
    """Compute the indicators and the score of one enterprise again: something that they rest on has changed."""

    name: ClassVar[str] = "credit.score_enterprise"

    enterprise_id: UUID
