"""The group ``./xyd import``: one command for each kind of delivered file."""

import typer

from xinyidai.cli import import_credit, import_registry

app = typer.Typer(
    help="Take in delivered files. Every row is either taken or reported.",
    no_args_is_help=True,
)
app.command("registry")(import_registry.registry)
app.command("credit")(import_credit.credit)
