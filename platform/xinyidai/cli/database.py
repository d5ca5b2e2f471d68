"""Bringing the tables up to date."""

from typing import Annotated

import typer

from xinyidai.cli.common import DataDir, console, settings_for
from xinyidai.core.database import migrate, open_database


def migrate_command(
    data_dir: DataDir = None,
    revision: Annotated[str, typer.Option(help="Where to go: a revision, head, or -1 for one step down.")] = "head",
) -> None:
    """Bring the database's tables to the newest form, or to another one.

    Example: `./xyd migrate` · `./xyd migrate --revision -1`
    """
    with open_database(settings_for(data_dir)) as database:
        try:
            migrate(database, revision)
        except ValueError as error:
            console.print(f"[red]{error}[/red]")
            raise typer.Exit(2) from error
    console.print("[green]The tables are up to date.[/green]")
