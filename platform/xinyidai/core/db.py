"""The database as everything else sees it: an engine, and one transaction per request or job."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, SQLModel

from xinyidai.core.actor import Actor
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import _

SQLModel.metadata.naming_convention = {  # names that an error message can be found by
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = SQLModel.metadata

_SET_ACTOR = text(
    "select set_config('xyd.role', :role, true), set_config('xyd.user_id', :user_id, true),"
    " set_config('xyd.enterprise_id', :enterprise_id, true),"
    " set_config('xyd.institution_id', :institution_id, true), set_config('xyd.region', :region, true)"
)


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """An engine on psycopg 3; plain ``postgresql://`` addresses are accepted."""
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=5,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=UTC"},
    )


class ActorSession(Session):
    """A session that tells the database who acts as soon as its transaction begins.

    Opening one costs nothing: the first statement starts the transaction.
    """

    def __init__(self, bind: Engine | Connection, actor: Actor) -> None:
        # On a connection that has a transaction already (tests), a commit here ends a savepoint only.
        super().__init__(bind, expire_on_commit=False, join_transaction_mode="create_savepoint")
        self.actor = actor

    def become(self, actor: Actor) -> None:
        """Act as somebody else from here on, as the login does once the password is proved."""
        self.actor = actor
        if self.in_transaction():
            self.connection().execute(_SET_ACTOR, actor.settings())


@event.listens_for(ActorSession, "after_begin")
def _announce_actor(session: ActorSession, transaction: SessionTransaction, connection: Connection) -> None:
    if not transaction.nested or transaction.parent is None:
        connection.execute(_SET_ACTOR, session.actor.settings())


@contextmanager
def unit_of_work(bind: Engine | Connection, actor: Actor) -> Iterator[ActorSession]:
    """One transaction for one actor: committed at the end of the block, rolled back on any error."""
    session = ActorSession(bind, actor)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


@dataclass(slots=True)
class Outcome:
    """What became of an ``attempt``: field by field, the sentences to show, in the current language."""

    errors: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.errors


CONSTRAINT_ERRORS: dict[str, tuple[str, str]] = {}
"""Constraint name → (field, message id); each domain's ``errors.py`` adds its own."""


def explain_constraint(error: IntegrityError, known: Mapping[str, tuple[str, str]] = CONSTRAINT_ERRORS) -> InvalidInput:
    """The field error behind a broken constraint; an unknown constraint is a fault and raised again."""
    name: str | None = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if name is None or name not in known:
        raise error
    field_name, message = known[name]
    return InvalidInput({field_name: message})


def _in_words(error: InvalidInput) -> dict[str, str]:
    """Message ids in the current language; a finished sentence stays as it is."""
    return {name: _(message) for name, message in error.fields.items()}


@contextmanager
def attempt(session: Session) -> Iterator[Outcome]:
    """Try a use case inside a savepoint: refused input leaves nothing behind and is reported, not raised."""
    outcome = Outcome()
    savepoint = session.begin_nested()
    try:
        yield outcome
        session.flush()
        savepoint.commit()
    except InvalidInput as error:
        savepoint.rollback()
        outcome.errors = _in_words(error)
    except IntegrityError as error:
        savepoint.rollback()
        outcome.errors = _in_words(explain_constraint(error))
    except BaseException:
        savepoint.rollback()
        raise
