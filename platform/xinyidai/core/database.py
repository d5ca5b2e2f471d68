"""Which database this process uses, and bringing its tables up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Engine

from xinyidai.core.embedded import APP_ROLE, embedded_server
from xinyidai.settings import ROOT, Settings


@dataclass(frozen=True, slots=True)
class Database:
    """Addresses of one database: ``app_url`` for the platform, ``owner_url`` for migrations only."""

    app_url: str
    owner_url: str | None


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database of DATABASE_URL, or the embedded server, which stops with its last user."""
    if settings.database_url:
        yield Database(settings.database_url, settings.database_owner_url)
        return
    with embedded_server(settings.data_dir) as server:
        yield Database(server.app_url, server.owner_url)


def alembic_config(owner_url: str | None = None) -> Config:
    config = Config(toml_file=ROOT / "pyproject.toml")
    if owner_url:
        config.attributes["url"] = owner_url
    return config


def migrate(database: Database, revision: str = "head") -> None:
    """Bring the tables to ``revision``; makes the application's role where it is missing.

    Raises ValueError where no owner address is known.
    """
    if database.owner_url is None:
        raise ValueError("DATABASE_OWNER_URL is needed to migrate: the address of the role that owns the tables.")
    _ensure_app_role(database)
    config = alembic_config(database.owner_url)
    if revision.startswith("-"):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def _ensure_app_role(database: Database) -> None:
    """Make ``xyd_app`` with the password of the application's own address, as a new server needs it."""
    assert database.owner_url is not None  # noqa: S101 - checked by the caller
    password = psycopg.conninfo.conninfo_to_dict(database.app_url).get("password")
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        if connection.execute("select 1 from pg_roles where rolname = %s", [APP_ROLE]).fetchone():
            return
        secret = sql.SQL(" password {}").format(sql.Literal(password)) if password else sql.SQL("")
        connection.execute(sql.SQL("create role {} login{}").format(sql.Identifier(APP_ROLE), secret))


class Tables(Enum):
    """How the tables of a database stand to this code."""

    FIT = auto()
    MISSING = auto()
    OLDER = auto()
    NEWER = auto()
    """They had a migration that this code does not know."""


def state_of_tables(engine: Engine) -> Tables:
    """By the migrations that the database has had, held against those that this code knows."""
    known = ScriptDirectory.from_config(alembic_config())
    with engine.connect() as connection:
        had = set(MigrationContext.configure(connection).get_current_heads())
    if had == set(known.get_heads()):
        return Tables.FIT
    if not had:
        return Tables.MISSING
    return Tables.OLDER if had <= {script.revision for script in known.walk_revisions()} else Tables.NEWER


def is_at_head(engine: Engine) -> bool:
    """Whether the database has exactly the migrations that this code knows."""
    return state_of_tables(engine) is Tables.FIT
