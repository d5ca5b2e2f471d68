"""Jobs that something new about an enterprise starts. Their handlers live above."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from xinyidai.outbox.jobs import Job


@dataclass(frozen=True, slots=True)
class FactsChanged(Job):
    """What is known of the enterprise has changed, or may be used from now on or no longer."""

    name: ClassVar[str] = "enterprises.facts_changed"

    enterprise_id: UUID
