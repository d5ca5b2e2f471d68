"""Accounts, for whoever runs the platform."""

from typing import Annotated

import typer

from xinyidai.accounts.service import CreateUser, create_user
from xinyidai.cli.common import DataDir, console, opened, settings_for
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.clock import system_clock
from xinyidai.core.db import attempt, unit_of_work
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import _, use_locale
from xinyidai.core.validation import parse

app = typer.Typer(help="Make and manage accounts.", no_args_is_help=True)


@app.callback()
def users() -> None:
    """Make and manage accounts."""


@app.command("add")
def add(
    username: str,
    role: Annotated[Role, typer.Option(help="What this person may do.")],
    name: Annotated[str, typer.Option(help="The person's name as others see it.")],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
    organisation: Annotated[
        str, typer.Option(help="Id of the enterprise or institution; name of the source unit.")
    ] = "",
    region: Annotated[str, typer.Option(help="GB/T 2260 prefix that limits what office staff see.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Make an account; the password is asked for.

    Example: `./xyd user add wang --role office_staff --name 王主任`
    """
    keys = {
        Role.ENTERPRISE_MEMBER: "enterprise_id",
        Role.INSTITUTION_OFFICER: "institution_id",
        Role.INSTITUTION_MANAGER: "institution_id",
        Role.SOURCE_CLERK: "source_unit",
    }
    data: dict[str, object] = {
        "username": username,
        "role": role,
        "display_name": name,
        "password": password,
        "region": region,
    }
    if role in keys:
        data[keys[role]] = organisation
    now = system_clock()
    errors: dict[str, str] = {}
    with use_locale("en"), opened(settings_for(data_dir)) as open_, unit_of_work(open_.engine, SYSTEM) as session:
        try:
            with attempt(session) as outcome:
                create_user(session, SYSTEM, parse(CreateUser, data), now)
            errors = outcome.errors
        except InvalidInput as error:
            errors = dict(error.fields)
        for field, problem in errors.items():
            console.print(f"[red]{field}[/red]: {_(problem)}")
    if errors:
        raise typer.Exit(2)
    console.print(f"[green]{username} can log in now.[/green]")
