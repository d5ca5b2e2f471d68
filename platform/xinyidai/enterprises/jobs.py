"""Jobs about an enterprise. Their handlers live above, in ``worker/actors/leads.py``."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from xinyidai.outbox.jobs import Job


@dataclass(frozen=True, slots=True)
class FactsChanged(Job):
    """Something known of the enterprise has changed: registry, credit data, or a consent to use them for ranking.

    Whoever changes it enqueues this; which needs are ranked again is decided when it runs.
    """

    name: ClassVar[str] = "enterprises.facts_changed"
    queue: ClassVar[str] = "ranking"

    enterprise_id: UUID
    reason: str = "facts_changed"


@dataclass(frozen=True, slots=True)
class ManyFactsChanged(Job):
    """The same of so many enterprises that every open need is ranked anew at once, instead of one by one."""

    name: ClassVar[str] = "enterprises.many_facts_changed"
    queue: ClassVar[str] = "ranking"
