"""One attempt at one delivery."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from xinyidai.outbox.jobs import Job


@dataclass(frozen=True, slots=True)
class DeliverWebhook(Job):
    name: ClassVar[str] = "webhooks.deliver"
    queue: ClassVar[str] = "webhooks"

    delivery_id: UUID
