"""Jobs that a product starts. Their handlers live above, in ``worker/actors/leads.py``."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from xinyidai.outbox.jobs import Job


@dataclass(frozen=True, slots=True)
class ProductChanged(Job):
    """A product was published anew or taken off sale: open needs that it was or is open to are ranked again."""

    name: ClassVar[str] = "products.changed"
    queue: ClassVar[str] = "ranking"

    product_id: UUID
