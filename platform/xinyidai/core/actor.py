"""Who acts. The database's row-level security is keyed on these five values."""

from dataclasses import dataclass
from uuid import UUID

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum


class Role(LabelledEnum):
    GUEST = "guest", N_("guest")
    GATE = "gate", N_("login gate")
    SYSTEM = "system", N_("the platform")
    ENTERPRISE_MEMBER = "enterprise_member", N_("enterprise member")
    INSTITUTION_OFFICER = "institution_officer", N_("institution officer")
    INSTITUTION_MANAGER = "institution_manager", N_("institution manager")
    OFFICE_STAFF = "office_staff", N_("financial office staff")
    OFFICE_AUDITOR = "office_auditor", N_("financial office auditor")
    SOURCE_CLERK = "source_clerk", N_("source unit clerk")
    ADMINISTRATOR = "administrator", N_("administrator")


INSTITUTION_ROLES = frozenset({Role.INSTITUTION_OFFICER, Role.INSTITUTION_MANAGER})
OFFICE_ROLES = frozenset({Role.OFFICE_STAFF, Role.OFFICE_AUDITOR})
HUMAN_ROLES = frozenset(Role) - {Role.GUEST, Role.GATE, Role.SYSTEM}


@dataclass(frozen=True, slots=True)
class Actor:
    """``region`` is a GB/T 2260 prefix that limits what office staff see; empty means the whole city."""

    role: Role
    user_id: UUID | None = None
    enterprise_id: UUID | None = None
    institution_id: UUID | None = None
    region: str = ""

    def settings(self) -> dict[str, str]:
        """What ``unit_of_work`` tells the database, as text."""
        return {
            "role": self.role.value,
            "user_id": str(self.user_id or ""),
            "enterprise_id": str(self.enterprise_id or ""),
            "institution_id": str(self.institution_id or ""),
            "region": self.region,
        }


GUEST = Actor(Role.GUEST)
GATE = Actor(Role.GATE)
"""Reads accounts and sessions before it is known who asks; sees nothing else."""
SYSTEM = Actor(Role.SYSTEM)
"""Worker, imports and scheduled work."""
