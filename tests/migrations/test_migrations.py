"""Migrations lead up from nothing, down one step and back, and say the same as the tables in code."""

from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from psycopg import sql

from xinyidai.core.database import Database, alembic_config, is_at_head, migrate
from xinyidai.core.db import make_engine
from xinyidai.core.embedded import EmbeddedServer


@pytest.fixture
def empty_database(server: EmbeddedServer, worker_id: str) -> Iterator[Database]:
    name = f"xyd_migrations_{worker_id}"
    identifier = sql.Identifier(name)
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} owner xyd_owner").format(identifier))
        yield Database(server.url("xyd_app", name), server.url("xyd_owner", name))
        connection.execute(sql.SQL("drop database {} with (force)").format(identifier))


def test_up_from_nothing_down_one_step_and_up_again(empty_database: Database) -> None:
    engine = make_engine(empty_database.app_url)
    migrate(empty_database)
    assert is_at_head(engine)
    migrate(empty_database, "-1")
    assert not is_at_head(engine)
    migrate(empty_database)
    assert is_at_head(engine)
    engine.dispose()


def test_down_to_nothing_leaves_no_table_behind(empty_database: Database) -> None:
    migrate(empty_database)
    command.downgrade(alembic_config(empty_database.owner_url), "base")
    with psycopg.connect(str(empty_database.owner_url)) as connection:
        left = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        functions = connection.execute("select proname from pg_proc where proname like 'xyd%'").fetchall()
    assert (left, functions) == ([("alembic_version",)], [])


def test_code_and_migrations_describe_the_same_tables(empty_database: Database) -> None:
    migrate(empty_database)
    command.check(alembic_config(empty_database.owner_url))


def test_there_is_one_newest_migration() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


def test_every_table_with_tenant_data_is_under_row_level_security(empty_database: Database) -> None:
    """A table without policies must be named here, with the reason in the migration that made it."""
    open_tables = {"alembic_version", "institutions", "outbox_jobs", "product_sets"}
    migrate(empty_database)
    with psycopg.connect(str(empty_database.owner_url)) as connection:
        unprotected = connection.execute(
            "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
            " and not relrowsecurity"
        ).fetchall()
    assert {row[0] for row in unprotected} == open_tables
