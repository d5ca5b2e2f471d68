"""``xyd score``: compute indicators and scores now."""

import time
from typing import Annotated
from uuid import UUID

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import text

from xinyidai.cli.common import DataDir, console, opened, settings_for
from xinyidai.core.actor import SYSTEM
from xinyidai.core.clock import business_date, system_clock
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.i18n import _, use_locale
from xinyidai.credit.scoring.causes import Cause
from xinyidai.credit.scoring.queries import score_of
from xinyidai.credit.scoring.service import Recomputed, recompute_scores
from xinyidai.lending.credit_values import hand_down


def score_command(
    code: Annotated[str, typer.Argument(help="Credit code of one enterprise.", show_default=False)] = "",
    everybody: Annotated[bool, typer.Option("--all", help="The whole city.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Compute the credit indicators and scores of one enterprise, or of the whole city, as of today.

    The worker does the same by itself after deliveries and once a night; this is for when you do not want to wait.

    Example: `./xyd score --all`
    """
    if everybody == bool(code):
        raise typer.BadParameter("name one enterprise by its credit code, or say --all")
    with opened(settings_for(data_dir)) as open_, use_locale("en"), unit_of_work(open_.engine, SYSTEM) as session:
        chosen = None if everybody else [_enterprise(session, code)]
        started = time.monotonic()
        found = _computed(session, chosen)
        if chosen:
            _show_one(session, chosen[0])
        console.print(
            f"{found.enterprises:,} enterprises, {len(found.changed):,} changed ({time.monotonic() - started:.1f} s)",
            highlight=False,
        )


def _enterprise(session: ActorSession, code: str) -> UUID:
    statement = text("select id from enterprises where usci = :code or internal_code = :code")
    found: UUID | None = session.connection().scalar(statement, {"code": code.strip().upper()})
    if found is None:
        console.print(f"[red]The register has no enterprise {code}.[/red]")
        raise typer.Exit(1)
    return found


def _computed(session: ActorSession, chosen: list[UUID] | None) -> Recomputed:
    now = system_clock()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        hand_down(session, now, chosen)
        return recompute_scores(
            session, business_date(now), chosen, Cause.COMMAND, now=now,
            progress=lambda step: progress.update(task, description=_(step)),
        )  # fmt: skip


def _show_one(session: ActorSession, enterprise_id: UUID) -> None:
    found = score_of(session, enterprise_id, None, business_date(system_clock()))
    if found is None:
        return
    if found.score is None:
        console.print("not scored: " + ", ".join(part.indicator.name for part in found.vetoes))
    else:
        console.print(f"{found.score} of 1,000, level {found.level} of 7, {found.coverage:.0%} of the data known")
