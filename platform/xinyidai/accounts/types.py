"""What the rest of the house knows of a person who is logged in."""

from dataclasses import dataclass
from uuid import UUID

from xinyidai.core.actor import Actor, Role


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """The person behind a request. ``organisation_name`` is empty for staff of the platform itself."""

    id: UUID
    username: str
    display_name: str
    role: Role
    organisation_name: str
    enterprise_id: UUID | None = None
    institution_id: UUID | None = None
    source_unit: str | None = None
    region: str = ""

    @property
    def role_label(self) -> str:
        return self.role.label

    @property
    def actor(self) -> Actor:
        return Actor(self.role, self.id, self.enterprise_id, self.institution_id, self.region)
