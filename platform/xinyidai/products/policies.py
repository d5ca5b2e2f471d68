"""Who may do what with products."""

from xinyidai.core.actor import INSTITUTION_ROLES, Actor, Role


def can_draft(actor: Actor) -> bool:
    return actor.role in INSTITUTION_ROLES or actor.role is Role.SYSTEM


def can_publish(actor: Actor) -> bool:
    """Four eyes within the institution: what officers draft, a manager answers for."""
    return actor.role in (Role.INSTITUTION_MANAGER, Role.SYSTEM)
