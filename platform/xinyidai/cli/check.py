"""``xyd check``: do all figures and states agree with each other."""

import time

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from xinyidai.cli.common import DataDir, console, opened, settings_for
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import unit_of_work
from xinyidai.core.i18n import _, use_locale
from xinyidai.statistics.check import INVARIANTS, Violation, violations_of


def check_command(data_dir: DataDir = None) -> None:
    """Check that every total is the sum of its rows and every status follows from what lies under it.

    Reads everything, changes nothing. Ends with 1 where something does not hold.

    Example: `./xyd check`
    """
    started = time.monotonic()
    with use_locale("en"), opened(settings_for(data_dir)) as open_, unit_of_work(open_.engine, SYSTEM) as session:
        found: list[Violation] = []
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=console, transient=True) as progress:
            task = progress.add_task("", total=len(INVARIANTS))
            for invariant in INVARIANTS:
                progress.update(task, description=_(invariant.sentence))
                broken = violations_of(session, invariant)
                found += broken
                mark = "[red]✗[/red]" if broken else "[green]✓[/green]"
                progress.console.print(f"{mark} {_(invariant.sentence)}", highlight=False)
        seconds = time.monotonic() - started
        if not found:
            console.print(f"[green]All {len(INVARIANTS)} hold.[/green] ({seconds:.1f} s)", highlight=False)
            return
        console.print(_table(found))
    console.print(f"[red]Something does not hold.[/red] ({seconds:.1f} s)", highlight=False)
    raise typer.Exit(1)


def _table(found: list[Violation]) -> Table:
    table = Table("What should hold", "Where it does not", "How", show_lines=True)
    for violation in found:
        table.add_row(_(violation.sentence), violation.subject, violation.detail)
    return table
