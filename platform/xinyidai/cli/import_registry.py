"""Taking in extracts of the enterprise registry from the command line."""

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import Engine

from xinyidai.cli.common import DataDir, console, opened, settings_for
from xinyidai.core.actor import SYSTEM
from xinyidai.core.bilingual import Said, say
from xinyidai.core.clock import system_clock
from xinyidai.core.csv_lines import csv_lines
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.i18n import N_
from xinyidai.core.tabular import FileProblem
from xinyidai.enterprises import registry_import
from xinyidai.enterprises.registry_import import ImportResult, import_registry
from xinyidai.enterprises.registry_rejects import REJECTS_HEADER, rejects_rows

SOME_FILES_UNREADABLE = 2
SOME_ROWS_REJECTED = 3
INTERRUPTED = 130
COUNTS = ("read", "accepted", "updated", "unchanged", "rejected")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asked for."""

    registry_confirmed: bool
    rejects: Path | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file and what became of it: a result, or the problem that made it unreadable."""

    path: Path
    result: ImportResult | None = None
    rejects_file: Path | None = None
    problem: Said | None = None


class _DryRun(Exception):
    """Rolls the import back once everything is counted."""


def registry(
    files: Annotated[list[Path], typer.Argument(help="CSV, TSV, XLSX or JSON Lines, also gzipped.")],
    registry_confirmed: Annotated[
        bool,
        typer.Option(
            "--registry-confirmed",
            help="The registry vouches for every code of these files: early codes of Fujian are let through.",
        ),
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Folder for the rejects files.", show_default="beside each file")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read, check and count everything, and keep nothing.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Take in extracts of the enterprise registry. Taking in a file twice changes nothing.

    Rows that cannot be taken, and values left out, go to FILE.rejects.csv with line, field, value and reason.

    Exit status: 0 all rows taken, 2 a file could not be read at all, 3 some rows were rejected.

    Example: `./xyd import registry enterprises.csv.gz monthly.xlsx --rejects /tmp`
    """
    wishes = Wishes(registry_confirmed, rejects, dry_run)
    with opened(settings_for(data_dir), prepare=True) as open_:
        deliveries = _take_in(open_.engine, files, wishes)
    _report(deliveries, dry_run=dry_run)
    if len(deliveries) < len(files):
        raise typer.Exit(INTERRUPTED)
    if any(delivery.problem for delivery in deliveries):
        raise typer.Exit(SOME_FILES_UNREADABLE)
    if any(delivery.result and delivery.result.record.rejected for delivery in deliveries):
        raise typer.Exit(SOME_ROWS_REJECTED)


def _take_in(engine: Engine, files: list[Path], wishes: Wishes) -> list[Delivery]:
    """File by file, each in its own transaction; after Ctrl-C, those that were finished."""
    done: list[Delivery] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[rows]:,} rows"), console=console) as bars:
        for path in files:
            task = bars.add_task(path.name, total=1.0, rows=0)
            try:
                done.append(_take_in_one(engine, path, wishes, bars, task))
            except KeyboardInterrupt:
                console.print(f"[yellow]Interrupted: nothing of {path.name} was kept.[/yellow]")
                break
            bars.update(task, completed=1.0)
    return done


def _take_in_one(engine: Engine, path: Path, wishes: Wishes, bars: Progress, task: TaskID) -> Delivery:
    def progress(state: registry_import.Progress) -> None:
        bars.update(task, completed=state.fraction, rows=state.rows)

    delivery = Delivery(path)
    try:
        with unit_of_work(engine, SYSTEM) as session:
            result = import_registry(
                session,
                SYSTEM,
                path,
                system_clock(),
                registry_confirmed=wishes.registry_confirmed,
                progress=progress,
            )
            delivery = Delivery(path, result, _write_rejects(session, result, path, wishes.rejects))
            if wishes.dry_run:
                raise _DryRun
    except FileProblem as problem:
        return Delivery(path, problem=problem.said)
    except OSError as error:
        return Delivery(path, problem=say(N_("The file cannot be opened: %(reason)s."), reason=error.strerror or error))
    except _DryRun:
        pass
    return delivery


def _write_rejects(session: ActorSession, result: ImportResult, path: Path, folder: Path | None) -> Path | None:
    """The rejects file, where there is anything to say; written before the import is kept."""
    if not (result.record.rejected or result.record.noted):
        return None
    folder = folder or (path.parent if _is_writable(path.parent) else Path())
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{path.name}.rejects.csv"
    rows = rejects_rows(session, result.record.id, path.name)
    with target.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(csv_lines(chain([REJECTS_HEADER], rows)))
    return target


def _is_writable(folder: Path) -> bool:
    """A folder marked read-only is left alone, also by root, whom the mark does not stop."""
    return bool(folder.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))


def _report(deliveries: Iterable[Delivery], *, dry_run: bool) -> None:
    """Counts for each file and in all on the standard output; reasons and problems below."""
    out = Console()
    title = "Dry run: nothing was kept" if dry_run else "Registry import"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("file", overflow="fold", min_width=20)
    for name in (*COUNTS, "left out"):
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    readable = [delivery for delivery in deliveries if delivery.result]
    for delivery in readable:
        table.add_row(delivery.path.name, *_figures([delivery]))
    if len(readable) > 1:
        table.add_section()
        table.add_row("all files", *_figures(readable))
    if readable:
        out.print(table)
    for delivery in deliveries:
        _report_details(out, delivery)


def _figures(deliveries: list[Delivery]) -> list[str]:
    records = [delivery.result.record for delivery in deliveries if delivery.result]
    return [f"{sum(getattr(one, name) for one in records):,}" for name in (*COUNTS, "noted")]


def _report_details(out: Console, delivery: Delivery) -> None:
    if delivery.problem:
        out.print(f"\n[red]{delivery.path.name} was not taken in.[/red] {delivery.problem.en}\n{delivery.problem.zh}")
        return
    assert delivery.result is not None  # noqa: S101 - one of the two is there
    if delivery.result.reasons:
        out.print(f"\n[bold]{delivery.path.name}[/bold]")
        for reason in delivery.result.reasons:
            kind = "rejected" if reason.row_refused else "left out"
            out.print(f"{reason.count:>8,} {kind}: {reason.reason.en}\n{'':>19}{reason.reason.zh}")
    if delivery.result.unused_titles:
        out.print(f"Columns not used: {', '.join(delivery.result.unused_titles)}", highlight=False, markup=False)
    if delivery.rejects_file:
        out.print(f"Rejects file: {delivery.rejects_file}", highlight=False, markup=False)
