"""``python -m xinyidai.cli.bench``: what ``./xyd bench`` runs, in a process that may need the development tools."""

import json
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from xinyidai.cli.bench import matching
from xinyidai.settings import ROOT

app = typer.Typer(help="Measure against a named other, in the same run on the same work.", no_args_is_help=True)
console = Console(stderr=True)


class Scale(StrEnum):
    CITY = "city"
    NATION = "nation"
    ALL = "all"


@app.callback()
def benchmarks() -> None:
    """Measure against a named other, in the same run on the same work."""


@app.command("matching")
def matching_command(
    scale: Annotated[Scale, typer.Option(help="city: against four others; nation: ten billion pairs; or both.")] = (
        Scale.ALL
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print one object, figure by figure.")] = False,
) -> None:
    """The ranking engine against DuckDB, Polars, NumPy and PostgreSQL, and against its goals.

    Example: `./xyd bench matching --scale city --json`
    """
    # The nation first: the most memory that the process has held so far is then its own.
    results = [matching.run(name) for name in (("nation", "city") if scale is Scale.ALL else (scale.value,))]
    figures = {name: one for result in results for name, one in result["figures"].items()}
    matching.write_page(results, ROOT / "docs/benchmarks/matching.md")
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    table = Table("figure", "value", "unit", "goal", "met", "against")
    for name, one in figures.items():
        table.add_row(name, *(str(one.get(key, "")) for key in ("value", "unit", "goal", "met", "against")))
    console.print(table)


if __name__ == "__main__":
    app()
