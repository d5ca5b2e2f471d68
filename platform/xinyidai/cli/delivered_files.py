"""How a command that takes in files goes through them, what it says of each, and how it ends."""

import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from xinyidai.cli.common import console
from xinyidai.core.bilingual import Said, say
from xinyidai.core.i18n import N_

SOME_FILES_UNREADABLE = 2
SOME_LINES_REJECTED = 3
INTERRUPTED = 130

Result = TypeVar("Result")
Watch = Callable[[float, int], None]
"""Told how much of a file is done, as a part of one, and how many lines were read."""


@dataclass(frozen=True, slots=True)
class Delivery(Generic[Result]):
    """One file and what became of it: a result, or the problem that refused it as a whole."""

    path: Path
    result: Result | None = None
    rejects_file: Path | None = None
    problem: Said | None = None


def one_by_one(
    files: Sequence[Path], take_in: Callable[[Path, Watch], Delivery[Result]], unit: str
) -> list[Delivery[Result]]:
    """Each file in a transaction of its own; after Ctrl-C, those that were finished. ``unit``: rows, or lines."""
    done: list[Delivery[Result]] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[count]:,} " + unit), console=console) as bars:
        for path in files:
            task = bars.add_task(path.name, total=1.0, count=0)
            try:
                done.append(take_in(path, _watch(bars, task)))
            except KeyboardInterrupt:
                console.print(f"[yellow]Interrupted: nothing of {path.name} was kept.[/yellow]")
                break
            bars.update(task, completed=1.0)
    return done


def _watch(bars: Progress, task: TaskID) -> Watch:
    return lambda part, count: bars.update(task, completed=part, count=count)


def not_opened(error: OSError) -> Said:
    return say(N_("The file cannot be opened: %(reason)s."), reason=error.strerror or error)


def rejects_path(path: Path, folder: Path | None) -> Path:
    """Where the rejects of a file go: the folder asked for, or beside the file, or here if that may not be written."""
    folder = folder or (path.parent if _is_writable(path.parent) else Path())
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{path.name}.rejects.csv"


def _is_writable(folder: Path) -> bool:
    """A folder marked read-only is left alone, also by root, whom the mark does not stop."""
    return bool(folder.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))


def report_problem(out: Console, delivery: Delivery[Result]) -> None:
    if delivery.problem:
        out.print(f"\n[red]{delivery.path.name} was not taken in.[/red] {delivery.problem.en}\n{delivery.problem.zh}")


def report_rejects_file(out: Console, delivery: Delivery[Result]) -> None:
    if delivery.rejects_file:
        out.print(f"Rejects file: {delivery.rejects_file}", highlight=False, markup=False)


def end(deliveries: Sequence[Delivery[Result]], files: Sequence[Path], rejected: Callable[[Result], int]) -> None:
    """End the command with the worst that happened to a file; return where all lines were taken."""
    if len(deliveries) < len(files):
        raise typer.Exit(INTERRUPTED)
    if any(delivery.problem for delivery in deliveries):
        raise typer.Exit(SOME_FILES_UNREADABLE)
    if any(delivery.result is not None and rejected(delivery.result) for delivery in deliveries):
        raise typer.Exit(SOME_LINES_REJECTED)
