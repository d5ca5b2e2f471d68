"""Every command of ``./xyd``; each module beside this one holds one of them or a group.

A module is imported when its command is called: taking in a file needs neither the pages nor the compiled ranking
engine, which take more memory and time to load than many a command takes to run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command is: the module, and the function in it or the Typer app of a group."""

    module: str
    name: str
    settings: Mapping[str, object] = field(default_factory=dict)


_MANNER: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": "markdown",
    "pretty_exceptions_show_locals": False,
}
_HANDED_ON: Mapping[str, object] = {"allow_extra_args": True, "ignore_unknown_options": True}
COMMANDS: Mapping[str, Place] = {
    "demo": Place("demo", "demo"),
    "serve": Place("serve", "serve"),
    "worker": Place("serve", "worker"),
    "migrate": Place("database", "migrate_command"),
    "check": Place("check", "check_command"),
    "score": Place("score", "score_command"),
    "test": Place("develop", "test", _HANDED_ON),
    "lint": Place("develop", "lint"),
    "bench": Place("develop", "bench", {**_HANDED_ON, "help_option_names": []}),
    "import": Place("imports", "app"),
    "user": Place("users", "app"),
    "token": Place("tokens", "app"),
}


class Commands(TyperGroup):
    """The commands in ``COMMANDS``, in their order."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = dict.fromkeys(COMMANDS)
        """Names only, for "did you mean"; what they stand for is got one by one."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return loaded(cmd_name) if cmd_name in COMMANDS else None


@cache
def loaded(name: str) -> Any:
    """The command or group ``name``, its module imported."""
    place = COMMANDS[name]
    found = getattr(import_module(f"xinyidai.cli.{place.module}"), place.name)
    around = typer.Typer(**_MANNER)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
        return cast(TyperGroup, get_command(around)).commands[name]
    around.command(name, context_settings=dict(place.settings))(found)
    return get_command(around)


app = typer.Typer(name="xyd", cls=Commands, no_args_is_help=True, **_MANNER)


@app.callback()
def xyd() -> None:
    """Xin Yi Dai (信易贷): bring small enterprises and lenders together on public credit data."""
