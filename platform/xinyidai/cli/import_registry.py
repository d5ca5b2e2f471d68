"""Taking in extracts of the enterprise registry from the command line."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from xinyidai.cli.common import DataDir, opened, settings_for
from xinyidai.cli.delivered_files import (
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
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.tabular import FileProblem
from xinyidai.enterprises.registry_import import ImportResult, import_registry
from xinyidai.enterprises.registry_rejects import REJECTS_HEADER, rejects_rows

COUNTS = ("read", "accepted", "updated", "unchanged", "rejected")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asked for."""

    registry_confirmed: bool
    rejects: Path | None
    dry_run: bool


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
        deliveries = one_by_one(files, lambda path, watch: _take_in(open_.engine, path, wishes, watch), "rows")
    _report(deliveries, dry_run=dry_run)
    end(deliveries, files, lambda result: result.record.rejected)


def _take_in(engine: Engine, path: Path, wishes: Wishes, watch: Watch) -> Delivery[ImportResult]:
    delivery: Delivery[ImportResult] = Delivery(path)
    try:
        with unit_of_work(engine, SYSTEM) as session:
            result = import_registry(
                session,
                SYSTEM,
                path,
                system_clock(),
                registry_confirmed=wishes.registry_confirmed,
                progress=lambda state: watch(state.fraction, state.rows),
            )
            delivery = Delivery(path, result, _write_rejects(session, result, path, wishes.rejects))
            if wishes.dry_run:
                raise _DryRun
    except FileProblem as problem:
        return Delivery(path, problem=problem.said)
    except OSError as error:
        return Delivery(path, problem=not_opened(error))
    except _DryRun:
        pass
    return delivery


def _write_rejects(session: ActorSession, result: ImportResult, path: Path, folder: Path | None) -> Path | None:
    """The rejects file, where there is anything to say; written before the import is kept."""
    if not (result.record.rejected or result.record.noted):
        return None
    target = rejects_path(path, folder)
    rows = rejects_rows(session, result.record.id, path.name)
    with target.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(csv_lines(chain([REJECTS_HEADER], rows)))
    return target


def _report(deliveries: Iterable[Delivery[ImportResult]], *, dry_run: bool) -> None:
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


def _figures(deliveries: list[Delivery[ImportResult]]) -> list[str]:
    records = [delivery.result.record for delivery in deliveries if delivery.result]
    return [f"{sum(getattr(one, name) for one in records):,}" for name in (*COUNTS, "noted")]


def _report_details(out: Console, delivery: Delivery[ImportResult]) -> None:
    if delivery.result is None:
        report_problem(out, delivery)
        return
    if delivery.result.reasons:
        out.print(f"\n[bold]{delivery.path.name}[/bold]")
        for reason in delivery.result.reasons:
            kind = "rejected" if reason.row_refused else "left out"
            out.print(f"{reason.count:>8,} {kind}: {reason.reason.en}\n{'':>19}{reason.reason.zh}")
    if delivery.result.unused_titles:
        out.print(f"Columns not used: {', '.join(delivery.result.unused_titles)}", highlight=False, markup=False)
    report_rejects_file(out, delivery)
