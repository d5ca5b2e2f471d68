"""Who may do what with enterprises; who sees which row is decided by the database."""

from xinyidai.core.actor import Role

KEEPERS = frozenset({Role.SYSTEM, Role.ADMINISTRATOR})
"""Who may change what the registry says."""
