"""Options and openings that several commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import Engine

from xinyidai.core.database import Database, Tables, migrate, open_database, state_of_tables
from xinyidai.core.db import make_engine
from xinyidai.settings import Settings
from xinyidai.tables import metadata

console = Console(stderr=True)

DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder of the embedded database; ignored where DATABASE_URL is set.", show_default=".data"),
]


def settings_for(data_dir: Path | None = None, **overrides: object) -> Settings:
    """Settings from the environment, with what the command line says on top."""
    given = {key: value for key, value in {"data_dir": data_dir, **overrides}.items() if value is not None}
    return Settings().model_copy(update=given)


@dataclass(frozen=True, slots=True)
class Opened:
    settings: Settings
    database: Database
    engine: Engine


_WRONG_TABLES = {
    Tables.MISSING: "This database has no tables yet. Please run `./xyd migrate` first.",
    Tables.OLDER: "The tables are older than this program. Please run `./xyd migrate` first.",
    Tables.NEWER: "The tables are newer than this program. Please run the program that they were made for.",
}


@contextmanager
def opened(settings: Settings, *, prepare: bool = False) -> Iterator[Opened]:
    """The database and an engine on it, closed again at the end of the command; every table is known by then.

    Ends the command with status 2 and a word on what to do where tables are missing or of another age. With
    ``prepare`` the embedded database is brought to the newest form instead; any other only its owner may change.
    """
    assert metadata.tables  # noqa: S101 - a command imports its own domain only, whose tables refer to others
    with open_database(settings) as database:
        engine = make_engine(database.app_url, pool_size=settings.pool_size)
        try:
            _check_tables(settings, database, engine, prepare=prepare)
            yield Opened(settings, database, engine)
        finally:
            engine.dispose()


def _check_tables(settings: Settings, database: Database, engine: Engine, *, prepare: bool) -> None:
    state = state_of_tables(engine)
    if state in (Tables.MISSING, Tables.OLDER) and prepare and not settings.database_url:
        console.print("Preparing the tables of the embedded database ...")
        migrate(database)
    elif state is not Tables.FIT:
        console.print(f"[red]{_WRONG_TABLES[state]}[/red]")
        raise typer.Exit(2)
