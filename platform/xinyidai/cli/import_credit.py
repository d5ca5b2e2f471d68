"""Taking in deliveries of public credit data from the command line."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from xinyidai.cli.common import DataDir, console, opened, settings_for
from xinyidai.cli.delivered_files import (
    SOME_FILES_UNREADABLE,
    Delivery,
    Watch,
    end,
    not_opened,
    one_by_one,
    rejects_path,
    report_problem,
    report_rejects_file,
)
from xinyidai.core.actor import SYSTEM
from xinyidai.core.clock import system_clock
from xinyidai.core.csv_lines import csv_lines
from xinyidai.core.db import unit_of_work
from xinyidai.core.errors import InvalidInput, NotFound
from xinyidai.core.tabular import FileProblem
from xinyidai.credit import intake
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.intake import IntakeResult, refuse_delivery, take_in
from xinyidai.credit.queries import rejects_table

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
    end(deliveries, files, lambda result: result.batch.lines_rejected)


def take_in_files(engine: Engine, files: list[Path], wishes: Wishes) -> list[Delivery[IntakeResult]]:
    """File by file, each in its own transaction; after Ctrl-C, those that were finished."""
    done = one_by_one(files, lambda path, watch: _take_in_one(engine, path, wishes, watch), "lines")
    with unit_of_work(engine, SYSTEM) as session:
        intake.empty_staging(session)
    return done


def _take_in_one(engine: Engine, path: Path, wishes: Wishes, watch: Watch) -> Delivery[IntakeResult]:
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
                progress=lambda state: watch(state.fraction, state.lines),
                helper=engine,
            )
    except FileProblem as problem:
        if not wishes.dry_run:
            with unit_of_work(engine, SYSTEM) as session:
                refuse_delivery(session, SYSTEM, wishes.dataset, path, problem, now, source_unit=wishes.source_unit)
        return Delivery(path, problem=problem.said)
    except OSError as error:
        return Delivery(path, problem=not_opened(error))
    return Delivery(path, result, _write_rejects(engine, result, path, wishes.rejects))


def _write_rejects(engine: Engine, result: IntakeResult, path: Path, folder: Path | None) -> Path | None:
    """The rejects file, where there is anything to say and the batch was kept."""
    if not result.kept or result.repeated or not (result.batch.lines_rejected or result.batch.lines_repeated):
        return None
    target = rejects_path(path, folder)
    with unit_of_work(engine, SYSTEM) as session, target.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(csv_lines(rejects_table(session, result.batch.id, path.name)))
    return target


def _report(deliveries: Iterable[Delivery[IntakeResult]], *, dry_run: bool) -> None:
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


def _report_details(out: Console, delivery: Delivery[IntakeResult]) -> None:
    result = delivery.result
    if result is None:
        report_problem(out, delivery)
        return
    if result.repeated:
        out.print(f"{delivery.path.name}: taken in before, nothing changed.", highlight=False, markup=False)
    for reject in result.rejects[:10]:
        where = f"line {reject.line}, {reject.field}" if reject.field else f"line {reject.line}"
        out.print(f"{where}: {reject.reason.en} · {reject.reason.zh}", highlight=False, markup=False)
    report_rejects_file(out, delivery)
