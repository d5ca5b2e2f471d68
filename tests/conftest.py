"""One embedded server for the whole run, real migrations once, one clone of the result per worker process."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from filelock import FileLock
from psycopg import sql
from sqlalchemy import Connection, Engine

from tests.factories import Factory
from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.database import Database, migrate
from xinyidai.core.db import ActorSession, make_engine
from xinyidai.core.embedded import EmbeddedServer, embedded_server

# Durability is not what these tests are about; a crash throws the whole server away.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
TEMPLATE = "xyd_template"


@pytest.fixture(scope="session")
def run_folder(testrun_uid: str) -> Path:
    """A folder that all worker processes of this run share, short enough for a socket address."""
    folder = Path(tempfile.gettempdir()) / f"xyd-tests-{testrun_uid[:12]}"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def server(run_folder: Path) -> Iterator[EmbeddedServer]:
    """The server all worker processes of this run share; the last one stops it and clears up."""
    with embedded_server(run_folder, settings=FAST) as running:
        yield running
    if not (run_folder / "postgresql" / "postmaster.pid").exists():
        shutil.rmtree(run_folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database(server: EmbeddedServer, worker_id: str, run_folder: Path) -> Database:
    """This worker's own clone of the migrated template."""
    name = f"xyd_{worker_id}"
    with FileLock(run_folder / "template.lock"), psycopg.connect(server.admin_url, autocommit=True) as connection:
        known = {row[0] for row in connection.execute("select datname from pg_database")}
        if TEMPLATE not in known:
            connection.execute(sql.SQL("create database {} owner xyd_owner").format(sql.Identifier(TEMPLATE)))
            migrate(Database(server.url("xyd_app", TEMPLATE), server.url("xyd_owner", TEMPLATE)))
        connection.execute(
            sql.SQL("create database {} template {} owner xyd_owner").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE)
            )
        )
    return Database(server.url("xyd_app", name), server.url("xyd_owner", name))


@pytest.fixture(scope="session")
def engine(database: Database) -> Iterator[Engine]:
    """The application's engine: role xyd_app, under row-level security."""
    engine = make_engine(database.app_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """One outer transaction per test, rolled back at its end whatever the test commits inside."""
    with engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


class Sessions:
    """Opens sessions for any actor on the test's one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def as_(self, actor: Actor) -> ActorSession:
        return ActorSession(self._connection, actor)


@pytest.fixture
def sessions(connection: Connection) -> Sessions:
    return Sessions(connection)


@pytest.fixture
def session(sessions: Sessions) -> Iterator[ActorSession]:
    """A session of the platform itself, which sees every row."""
    with sessions.as_(SYSTEM) as session:
        yield session


@pytest.fixture
def now() -> datetime:
    """A Wednesday morning in Shanghai, in a year whose holidays are known."""
    return datetime(2026, 3, 18, 2, 0, tzinfo=UTC)


@pytest.fixture
def factory(session: ActorSession, now: datetime) -> Factory:
    return Factory(session, now)
