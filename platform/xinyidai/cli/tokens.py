"""Tokens of the interface, for whoever runs the platform."""

from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from xinyidai.accounts.api_tokens import MakeToken, make_token, revoke_token, tokens
from xinyidai.accounts.types import Scope
from xinyidai.cli.common import DataDir, console, opened, settings_for
from xinyidai.core.actor import SYSTEM
from xinyidai.core.clock import system_clock
from xinyidai.core.db import unit_of_work
from xinyidai.core.errors import InvalidInput, XydError
from xinyidai.core.i18n import _, use_locale
from xinyidai.core.validation import parse

app = typer.Typer(help="Make, list and revoke tokens of the interface.", no_args_is_help=True)


@app.command("add")
def add(
    owner: Annotated[str, typer.Argument(help="Name of the source unit, or id of the institution.")],
    name: Annotated[str, typer.Option(help="Which program it is for.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be named more than once.")],
    data_dir: DataDir = None,
) -> None:
    """Make a token and print it. It is shown this once.

    Example: `./xyd token add 市税务局 --name 征管系统 --scope deliveries:write`
    """
    kind = "source_unit" if Scope.DELIVERIES_WRITE in scope else "institution_id"
    values = {kind: owner, "name": name, "scopes": scope}
    with use_locale("en"), opened(settings_for(data_dir)) as open_:
        try:
            with unit_of_work(open_.engine, SYSTEM) as session:
                made = make_token(session, SYSTEM, parse(MakeToken, values), system_clock())
        except InvalidInput as error:
            for field, problem in error.fields.items():
                console.print(f"[red]{field}[/red]: {_(problem)}")
            raise typer.Exit(2) from error
    console.print(f"Token of {owner}. Please keep it; it is not shown again.")
    typer.echo(made.secret)


@app.command("list")
def list_command(data_dir: DataDir = None) -> None:
    """Every token: whose it is, when it was last used, until when it is valid.

    Example: `./xyd token list`
    """
    table = Table("id", "owner", "name", "begins", "last used", "valid until", "revoked")
    with opened(settings_for(data_dir)) as open_, unit_of_work(open_.engine, SYSTEM) as session:
        for one in tokens(session):
            used, revoked = (f"{at:%Y-%m-%d %H:%M}" if at else "-" for at in (one.last_used_at, one.revoked_at))
            table.add_row(str(one.id), one.organisation, one.name, one.hint, used, one.expires_on.isoformat(), revoked)
    Console(width=160).print(table)


@app.command("revoke")
def revoke(token_id: UUID, data_dir: DataDir = None) -> None:
    """Take a token back at once.

    Example: `./xyd token revoke 0192f3c1-8f52-7c4e-9a45-2f1f9f6f2b11`
    """
    with use_locale("en"), opened(settings_for(data_dir)) as open_:
        try:
            with unit_of_work(open_.engine, SYSTEM) as session:
                revoke_token(session, SYSTEM, token_id, system_clock())
        except XydError as error:
            console.print(f"[red]{error.message}[/red]")
            raise typer.Exit(2) from error
    console.print("[green]The token is worth nothing from now on.[/green]")
