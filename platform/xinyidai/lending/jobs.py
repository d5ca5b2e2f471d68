"""Jobs that money starts. The handler lives in ``worker/actors/lending.py``."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from xinyidai.outbox.jobs import Job


@dataclass(frozen=True, slots=True)
class FinancingChanged(Job):
    """Money went out or came back, or was reported overdue: what it says of the enterprise is worked out again."""

    name: ClassVar[str] = "lending.financing_changed"
    queue: ClassVar[str] = "scoring"

    enterprise_id: UUID
