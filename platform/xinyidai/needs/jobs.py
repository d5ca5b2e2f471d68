"""Jobs that a need starts. Their handlers live above, in ``worker/actors/leads.py``."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from xinyidai.outbox.jobs import Job


@dataclass(frozen=True, slots=True)
class RankNeed(Job):
    """Rank the products on sale for this need. ``reason`` says why: posted, amended, product_changed, nightly."""

    name: ClassVar[str] = "needs.rank"
    queue: ClassVar[str] = "ranking"

    need_id: UUID
    reason: str = "posted"
