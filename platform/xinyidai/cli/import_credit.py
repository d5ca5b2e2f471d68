"""Taking in deliveries of public credit data from the command line."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import Engine

from xinyidai.cli.common import DataDir, console, opened, settings_for
from xinyidai.core.actor import SYSTEM
from xinyidai.core.bilingual import Said, say
from xinyidai.core.clock import system_clock
from xinyidai.core.csv_lines import csv_lines
from xinyidai.core.db import unit_of_work
from xinyidai.core.errors import InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.core.tabular import FileProblem
from xinyidai.credit import intake
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.intake import IntakeResult, refuse_delivery, take_in
from xinyidai.credit.queries import rejects_table

SOME_FILES_UNREADABLE = 2
SOME_LINES_REJECTED = 3
INTERRUPTED = 130
COUNTS = (
    ("read", "lines_read"),
    ("taken", "lines_taken"),
    ("repeated", "lines_repeated"),
    ("rejected", "lines_rejected"),
    ("new values", "values_new"),
    ("changed", "values_changed"),
    ("confirmed", "values_confirmed"),
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asked for."""

    dataset: str
    source_unit: str = ""
    rejects: Path | None = None
    dry_run: bool = False
    units_confirmed: bool = False
    lines_stated: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file and what became of it: a result, or the problem that refused it."""

    path: Path
    result: IntakeResult | None = None
    rejects_file: Path | None = None
    problem: Said | None = None


def credit(
    dataset: Annotated[str, typer.Argument(help="Code of the data set in the catalogue, such as tax_monthly_summary.")],
    files: Annotated[list[Path], typer.Argument(help="CSV, TSV, XLSX or JSON Lines, also gzipped.")],
    source_unit: Annotated[
        str, typer.Option(help="The department that delivers.", show_default="the data set's own")
    ] = "",
    rejects: Annotated[
        Path | None, typer.Option(help="Folder for the rejects files.", show_default="beside each file")
    ] = None,
    stated: Annotated[int | None, typer.Option(help="How many records the source says it sent.")] = None,
    units_confirmed: Annotated[
        bool, typer.Option("--units-confirmed", help="Take figures although they are of another size than usual.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read, check and count everything, and keep nothing.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Take in deliveries of one data set of public credit data. Taking in a file twice changes nothing.

    Exit status: 0 all lines taken, 2 a file was refused as a whole, 3 some lines were rejected.

    Example: `./xyd import credit tax_monthly_summary february.csv.gz --stated 61357`
    """
    if dataset not in catalogue().datasets:
        known = ", ".join(sorted(catalogue().datasets))
        raise typer.BadParameter(f"the catalogue has no data set {dataset}. It has: {known}", param_hint="DATASET")
    wishes = Wishes(dataset, source_unit, rejects, dry_run, units_confirmed, stated)
    with opened(settings_for(data_dir), prepare=True) as open_:
        try:
            deliveries = take_in_files(open_.engine, files, wishes)
        except (InvalidInput, NotFound) as error:
            console.print(f"[red]{error}[/red]")
            raise typer.Exit(SOME_FILES_UNREADABLE) from error
    _report(deliveries, dry_run=dry_run)
    if len(deliveries) < len(files):
        raise typer.Exit(INTERRUPTED)
    if any(delivery.problem for delivery in deliveries):
        raise typer.Exit(SOME_FILES_UNREADABLE)
    if any(delivery.result and delivery.result.batch.lines_rejected for delivery in deliveries):
        raise typer.Exit(SOME_LINES_REJECTED)


def take_in_files(engine: Engine, files: list[Path], wishes: Wishes) -> list[Delivery]:
    """File by file, each in its own transaction; after Ctrl-C, those that were finished."""
    done: list[Delivery] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[lines]:,} lines"), console=console) as bars:
        for path in files:
            task = bars.add_task(path.name, total=1.0, lines=0)

            def progress(state: intake.Progress, task: object = task) -> None:
                bars.update(task, completed=state.fraction, lines=state.lines)  # type: ignore[arg-type]

            try:
                done.append(_take_in_one(engine, path, wishes, progress))
            except KeyboardInterrupt:
                console.print(f"[yellow]Interrupted: nothing of {path.name} was kept.[/yellow]")
                break
            bars.update(task, completed=1.0)
    with unit_of_work(engine, SYSTEM) as session:
        intake.empty_staging(session)
    return done


def _take_in_one(engine: Engine, path: Path, wishes: Wishes, progress: object) -> Delivery:
    now = system_clock()
    try:
        with unit_of_work(engine, SYSTEM) as session:
            result = take_in(
                session,
                SYSTEM,
                wishes.dataset,
                path,
                now,
                source_unit=wishes.source_unit,
                lines_stated=wishes.lines_stated,
                units_confirmed=wishes.units_confirmed,
                dry_run=wishes.dry_run,
                progress=progress,  # type: ignore[arg-type]
                helper=engine,
            )
    except FileProblem as problem:
        if not wishes.dry_run:
            with unit_of_work(engine, SYSTEM) as session:
                refuse_delivery(session, SYSTEM, wishes.dataset, path, problem, now, source_unit=wishes.source_unit)
        return Delivery(path, problem=problem.said)
    except OSError as error:
        return Delivery(path, problem=say(N_("The file cannot be opened: %(reason)s."), reason=error.strerror or error))
    return Delivery(path, result, _write_rejects(engine, result, path, wishes.rejects))


def _write_rejects(engine: Engine, result: IntakeResult, path: Path, folder: Path | None) -> Path | None:
    """The rejects file, where there is anything to say and the batch was kept."""
    if not result.kept or result.repeated or not (result.batch.lines_rejected or result.batch.lines_repeated):
        return None
    folder = folder or path.parent
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{path.name}.rejects.csv"
    with unit_of_work(engine, SYSTEM) as session, target.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(csv_lines(rejects_table(session, result.batch.id, path.name)))
    return target


def _report(deliveries: Iterable[Delivery], *, dry_run: bool) -> None:
    """Counts for each file on the standard output; reasons and problems below."""
    out = Console()
    table = Table(title="Dry run: nothing was kept" if dry_run else "Delivery", title_justify="left")
    table.add_column("file")
    for name, _attribute in COUNTS:
        table.add_column(name, justify="right")
    for delivery in deliveries:
        if delivery.result:
            counts = [f"{getattr(delivery.result.batch, attribute):,}" for _name, attribute in COUNTS]
            table.add_row(delivery.path.name, *counts)
    if table.row_count:
        out.print(table)
    for delivery in deliveries:
        _report_details(out, delivery)


def _report_details(out: Console, delivery: Delivery) -> None:
    if delivery.problem:
        out.print(f"\n[red]{delivery.path.name} was not taken in.[/red] {delivery.problem.en}\n{delivery.problem.zh}")
        return
    assert delivery.result is not None  # noqa: S101 - one of the two is there
    result = delivery.result
    if result.repeated:
        out.print(f"{delivery.path.name}: taken in before, nothing changed.", highlight=False, markup=False)
    for reject in result.rejects[:10]:
        where = f"line {reject.line}, {reject.field}" if reject.field else f"line {reject.line}"
        out.print(f"{where}: {reject.reason.en} · {reject.reason.zh}", highlight=False, markup=False)
    if delivery.rejects_file:
        out.print(f"Rejects file: {delivery.rejects_file}", highlight=False, markup=False)
