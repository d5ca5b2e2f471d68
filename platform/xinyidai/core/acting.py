"""Acting on somebody's behalf inside one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession


@contextmanager
def as_platform(session: ActorSession) -> Iterator[None]:
    """Write as the platform itself, once it is decided that the actor may have it done."""
    actor = session.actor
    session.flush()
    session.become(SYSTEM)
    try:
        yield
        session.flush()
    except BaseException:
        # Where the transaction itself has failed nothing can be set, and the caller must roll back anyway.
        with suppress(SQLAlchemyError):
            session.become(actor)
        session.actor = actor
        raise
    session.become(actor)
