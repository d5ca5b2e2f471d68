"""Jobs that a change of an enterprise starts. Their handlers live above, in ``worker/actors``."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from xinyidai.outbox.jobs import Job


@dataclass(frozen=True, slots=True)
class FactsChanged(Job):
    """What the platform knows of the enterprise has changed: its open needs are ranked again."""

    name: ClassVar[str] = "enterprises.facts_changed"

    enterprise_id: UUID
