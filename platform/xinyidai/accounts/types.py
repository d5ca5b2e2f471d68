"""What the rest of the house knows of a person who is logged in."""

from dataclasses import dataclass
from uuid import UUID

from xinyidai.core.actor import Actor, Role
from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum


class Scope(LabelledEnum):
    """What a token allows. The account's role bounds it further."""

    LEADS_READ = "leads:read", N_("read leads")
    LEADS_WRITE = "leads:write", N_("answer leads and make offers")
    LENDING_WRITE = "lending:write", N_("report credit lines, payouts and repayments")
    DELIVERIES_WRITE = "deliveries:write", N_("deliver public credit data")


SCOPES_OF_ROLE = {
    Role.INSTITUTION_OFFICER: (Scope.LEADS_READ, Scope.LEADS_WRITE, Scope.LENDING_WRITE),
    Role.SOURCE_CLERK: (Scope.DELIVERIES_WRITE,),
}
"""Which scopes an account of a program can have."""


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
    scopes: frozenset[str] = frozenset()
    """What a program may do; people have none and need none."""

    @property
    def role_label(self) -> str:
        return self.role.label

    @property
    def actor(self) -> Actor:
        return Actor(self.role, self.id, self.enterprise_id, self.institution_id, self.region)
