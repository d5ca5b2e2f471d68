"""Committed data in a database of its own, for what cannot live inside one rolled-back transaction."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine

from tests.conftest import TEMPLATE
from xinyidai.core.database import Database
from xinyidai.core.db import make_engine
from xinyidai.core.embedded import EmbeddedServer


@pytest.fixture
def own_database(server: EmbeddedServer, database: Database, worker_id: str) -> Iterator[Database]:
    """A fresh clone of the migrated template, dropped afterwards. ``database`` makes sure the template is there."""
    name = f"xyd_own_{worker_id}"
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        identifier = sql.Identifier(name)
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(identifier))
        connection.execute(
            sql.SQL("create database {} template {} owner xyd_owner").format(identifier, sql.Identifier(TEMPLATE))
        )
        yield Database(server.url("xyd_app", name), server.url("xyd_owner", name))
        connection.execute(sql.SQL("drop database {} with (force)").format(identifier))


@pytest.fixture
def own_engine(own_database: Database) -> Iterator[Engine]:
    engine = make_engine(own_database.app_url)
    yield engine
    engine.dispose()


@pytest.fixture
def wide_engine(own_engine: Engine) -> Iterator[Engine]:
    """Fifty connections: with a thread more than connections, one may find every freed connection taken again for
    longer than a pool waits."""
    engine = make_engine(own_engine.url.render_as_string(hide_password=False), pool_size=50)
    yield engine
    engine.dispose()
