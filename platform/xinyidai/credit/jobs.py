"""Jobs that credit data start. Their handlers live above, in ``worker/actors/credit.py``."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from xinyidai.outbox.jobs import Job


@dataclass(frozen=True, slots=True)
class ScoreEnterprises(Job):
    """Score again whoever a delivered or withdrawn batch names."""

    name: ClassVar[str] = "credit.score_batch"
    queue: ClassVar[str] = "scoring"

    batch_id: UUID


@dataclass(frozen=True, slots=True)
class ScoreEnterprise(Job):
    """Score one enterprise again. ``cause`` is one of ``credit.scoring.causes``."""

    name: ClassVar[str] = "credit.score_enterprise"
    queue: ClassVar[str] = "scoring"

    enterprise_id: UUID
    cause: str


@dataclass(frozen=True, slots=True)
class TakeInUpload(Job):
    """Take in a big file that was uploaded on a page."""

    name: ClassVar[str] = "credit.take_in_upload"
    queue: ClassVar[str] = "intake"

    upload_id: UUID
