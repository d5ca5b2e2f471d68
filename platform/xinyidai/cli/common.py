"""Options and openings that several commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import Engine

from xinyidai.core.database import Database, is_at_head, migrate, open_database
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


@contextmanager
def opened(settings: Settings) -> Iterator[Opened]:
    """The database and an engine on it, closed again at the end of the command; every table is known by then."""
    assert metadata.tables  # noqa: S101 - a command imports its own domain only, whose tables refer to others
    with open_database(settings) as database:
        engine = make_engine(database.app_url, pool_size=settings.pool_size)
        try:
            yield Opened(settings, database, engine)
        finally:
            engine.dispose()


def ensure_tables(open_: Opened) -> None:
    """Bring the embedded database to the newest form by itself; any other only its owner may change.

    Ends the command with status 2 and a word on what to do where tables are missing or of another age.
    """
    if is_at_head(open_.engine):
        return
    if open_.settings.database_url:
        console.print("[red]The tables are missing or do not fit this program. Please run `./xyd migrate` first.[/red]")
        raise typer.Exit(2)
    console.print("Preparing the tables of the embedded database ...")
    migrate(open_.database)
