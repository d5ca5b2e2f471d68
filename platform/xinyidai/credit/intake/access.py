"""Who may deliver what. Nobody but the platform writes figures, not even the clerk who delivers them."""

from sqlalchemy import text

from xinyidai.core.actor import Actor, Role
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Forbidden, InvalidInput
from xinyidai.core.i18n import N_
from xinyidai.credit.catalogue import Dataset

KEEPERS = frozenset({Role.SYSTEM, Role.ADMINISTRATOR})
"""They deliver on behalf of any source unit."""


def unit_of(session: ActorSession, actor: Actor) -> str | None:
    """The source unit of a clerk; None for everybody else."""
    if actor.role is not Role.SOURCE_CLERK:
        return None
    statement = text("select source_unit from users where id = :id")
    unit: str | None = session.connection().scalar(statement, {"id": actor.user_id})
    return unit


def delivering_unit(session: ActorSession, actor: Actor, dataset: Dataset, stated: str) -> str:
    """The unit in whose name ``actor`` delivers ``dataset``. A clerk speaks for its own unit only."""
    own = unit_of(session, actor)
    if own is None and actor.role not in KEEPERS:
        raise Forbidden()
    unit = own or stated or ("" if dataset.by_any_unit else dataset.source_unit)
    if not unit:
        raise InvalidInput({"source_unit": N_("Please say which department delivers: any may deliver this data set.")})
    if not dataset.delivered_by(unit):
        if own is not None:
            raise Forbidden()
        raise InvalidInput({"source_unit": N_("This department does not deliver this data set.")})
    return unit
