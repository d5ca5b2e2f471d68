"""``python -m xinyidai.cli.bench``: what ``./xyd bench`` runs, in a process that may need the development tools."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from xinyidai.cli.bench import credit, matching, web
from xinyidai.cli.bench.report import Figures
from xinyidai.demo.city import Scale as CityScale
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
    matching.write_page(results, ROOT / "docs/benchmarks/matching.md")
    _tell({name: one for result in results for name, one in result["figures"].items()}, as_json=as_json)


@app.command("web")
def web_command(
    scale: Annotated[CityScale, typer.Option(help="Which demo city; city takes some minutes to make.")] = (
        CityScale.CITY
    ),
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of a demo city, made where there is none.", show_default=".data/<scale>")
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long each page is asked for.", min=2)] = web.SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object, figure by figure.")] = False,
) -> None:
    """Pages under load against an empty page, and what happens where many want the same thing at once.

    Example: `./xyd bench web --json` · `./xyd bench web --scale demo --seconds 5`
    """
    figures = web.run(data_dir or ROOT / ".data" / scale.value, scale.firms, seconds=seconds)
    web.write(figures, scale.firms, seconds)
    _tell(figures, as_json=as_json)


@app.command("credit")
def credit_command(
    rows: Annotated[
        int, typer.Option(min=100_000, help="Rows in the table; fewer make every part of the run smaller.")
    ] = credit.STORED_ROWS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object, figure by figure.")] = False,
) -> None:
    """Credit data: intake against a bare COPY, scores against DuckDB, one subject among 50 million rows.

    Example: `./xyd bench credit` · `./xyd bench credit --rows 5000000 --json`
    """
    if rows < credit.STORED_ROWS:
        console.print(f"[yellow]A smaller run of {rows:,} rows: its figures prove nothing about the goals.[/yellow]")
    result = credit.run(rows, tell=lambda text: console.print(f"{text} ..."))
    credit.write_page(result, ROOT / "docs/benchmarks/credit.md")
    _tell(result["figures"], as_json=as_json)


def _tell(figures: Figures, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    table = Table("figure", "value", "unit", "goal", "met", "against")
    for name, one in figures.items():
        table.add_row(name, *(str(one.get(key, "")) for key in ("value", "unit", "goal", "met", "against")))
    console.print(table)


if __name__ == "__main__":
    app()
