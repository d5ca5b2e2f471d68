"""Jobs that rankings start themselves. Their handlers stand in ``worker/actors/leads.py``."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from xinyidai.outbox.jobs import Job


@dataclass(frozen=True, slots=True)
class RankChunk(Job):
    """Rank the needs of one chunk of a run over all. In a queue of its own: needs just posted do not wait for it."""

    name: ClassVar[str] = "leads.rank_chunk"
    queue: ClassVar[str] = "ranking_again"

    rerun_id: UUID
    number: int
