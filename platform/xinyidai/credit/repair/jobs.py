"""What a decided case starts above. The handler lives in ``worker/actors/repair.py``."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from xinyidai.outbox.jobs import Job


@dataclass(frozen=True, slots=True)
class CaseGranted(Job):
    """A record left the score: tell the enterprise which lender that refused it could now be asked again."""

    name: ClassVar[str] = "credit.case_granted"

    case_id: UUID
