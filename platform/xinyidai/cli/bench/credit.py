"""``./xyd bench credit``: intake against a bare COPY, scores against DuckDB, one subject among many rows."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import Connection, Engine, text

from xinyidai.cli.bench import credit_data, credit_duckdb, credit_intake, credit_scores
from xinyidai.cli.bench.credit_data import FIRMS, OTHER_METRICS, SCORED_METRICS
from xinyidai.cli.bench.matching import machine
from xinyidai.cli.bench.report import figure
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.database import migrate, open_database
from xinyidai.core.db import make_engine, unit_of_work
from xinyidai.settings import Settings
from xinyidai.tables import metadata

INTAKE_ROWS = 5_000_000
SCORED_ROWS = 14_000_000
STORED_ROWS = 50_000_000
SUBJECTS_ASKED = 200
SUBJECTS_AGAIN = 60
"""The last of them, asked once more: without the reading of pages from the disk."""
TRIES = 3
"""Of intake and COPY in turn; the best of each counts, as the machine may be doing other things."""
SUBJECTS_SCORED = 50
_ONE_SUBJECT = text("select metric, month, part, value, batch from credit_observations where enterprise_id = :id")

Figures = dict[str, dict[str, Any]]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Bench:
    engine: Engine
    app_url: str
    owner: psycopg.Connection
    folder: Path
    firms: int
    share: float
    """Of the full number of rows, for a smaller run."""
    tell: Tell

    def rows(self, full: int) -> int:
        return max(1, round(full * self.share))


def run(rows: int = STORED_ROWS, *, firms: int = FIRMS, tell: Tell = lambda _text: None) -> dict[str, Any]:
    """Measure everything; with fewer ``rows`` than 50 million all parts are smaller in proportion.

    ``figures`` maps names to {"value", "unit", "goal", "met", "against"}, as ``--json`` prints them.
    """
    assert metadata.tables  # noqa: S101 - all tables are known from here on
    started = time.perf_counter()
    figures: Figures = {}
    with _bench(min(rows / STORED_ROWS, 1.0), firms, tell) as bench:
        for part in (_intake, _scores, _subjects):
            figures |= part(bench)
    figures["bench_seconds"] = figure(time.perf_counter() - started, "s", 900, above=False)
    return {"rows": rows, "firms": firms, "figures": figures, "machine": machine() | _versions()}


def _versions() -> dict[str, str]:
    """What was measured with, and how busy the machine was: figures of a busy one say little about the goals."""
    return {"psycopg": version("psycopg"), "load at the end": f"{os.getloadavg()[0]:.1f}"}


@contextmanager
def _bench(share: float, firms: int, tell: Tell) -> Iterator[Bench]:
    """A database of its own, tuned as the embedded server is, thrown away at the end."""
    with tempfile.TemporaryDirectory(prefix="xyd-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server may run as another user than root
        with open_database(Settings(database_url=None, data_dir=folder)) as database:
            migrate(database)
            assert database.owner_url is not None  # noqa: S101 - the embedded server has an owner
            engine = make_engine(database.app_url)
            try:
                with psycopg.connect(database.owner_url, autocommit=True) as owner:
                    credit_data.add_firms(owner, firms)
                    yield Bench(engine, database.app_url, owner, folder, firms, share, tell)
            finally:
                engine.dispose()


def _intake(bench: Bench) -> Figures:
    """The same rows by our intake, and by a bare COPY in the same order."""
    bench.tell("intake of a file")
    delivered, dumped = bench.folder / "delivery.csv", bench.folder / "rows.txt"
    rows = credit_data.write_delivery(delivered, bench.rows(INTAKE_ROWS), bench.firms)
    ours, bare = [], []
    for _try in range(TRIES):
        bench.owner.execute("truncate credit_observations, credit_metric_months, credit_batches cascade")
        ours.append(_take_in_apart(bench.app_url, delivered))
        if ours[-1]["rows"] != rows:
            raise RuntimeError(f"{rows} figures delivered, {ours[-1]['rows']} taken in")
        if not dumped.exists():
            credit_intake.dump(bench.owner, dumped)
        bench.tell("bare COPY of the same rows")
        bare.append(credit_intake.bare_copy(bench.owner, dumped))
    bench.owner.execute("truncate credit_observations, credit_metric_months")
    for path in (delivered, dumped):
        path.unlink()
    seconds, copied = min(one["seconds"] for one in ours), min(bare)
    peak = max(one["peak_mib"] for one in ours)
    return {
        "intake_share_of_copy": figure(copied / seconds, "share", 0.8, above=True, against="a bare COPY"),
        "intake_rows_per_second": figure(rows / seconds, "rows/s") | {"rows": rows},
        "copy_rows_per_second": figure(rows / copied, "rows/s") | {"rows": rows},
        "intake_peak_memory": figure(peak, "MiB", 300, above=False),
    }


def _take_in_apart(url: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "xinyidai.cli.bench.credit_intake", url, str(path)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own module
    measured: dict[str, float] = json.loads(answer.stdout)
    return measured


def _scores(bench: Bench) -> Figures:
    bench.tell("filling 24 months of ten figures")
    stored = credit_data.fill(bench.owner, SCORED_METRICS, bench.rows(SCORED_ROWS * 2), bench.firms)
    bench.tell("indicators and scores")
    parquet = credit_duckdb.to_parquet(bench.owner, bench.folder)
    with credit_duckdb.the_city(bench.owner, parquet, credit_data.AS_OF) as duck:
        passes = credit_duckdb.measure_passes(duck, credit_data.AS_OF)
        theirs = credit_duckdb.measure(duck, credit_data.AS_OF)
        if different := credit_duckdb.differences(bench.engine, duck, credit_data.AS_OF):
            raise RuntimeError(f"indicators that DuckDB computes otherwise: {different}")
    parquet.unlink()
    our_passes = credit_duckdb.our_passes(bench.owner, credit_data.AS_OF)
    ours = credit_scores.measure_all(bench.engine)
    one = credit_scores.measure_one(bench.engine, _subjects_of(bench, SUBJECTS_SCORED))
    return {
        "score_all_seconds": _figure_or_gap(ours, "s", 60) | {"rows": stored},
        "score_all_ratio": _figure_or_gap(ours / theirs if ours else None, "x", 4, against="the same 86 in DuckDB"),
        "duckdb_seconds": figure(theirs, "s"),
        "passes_ratio": figure(our_passes / passes, "x", against="the same passes in DuckDB, no values made of them"),
        "duckdb_passes_seconds": figure(passes, "s"),
        "score_one_median": _figure_or_gap(one, "ms", 50),
    }


def _figure_or_gap(value: float | None, unit: str, goal: float, *, against: str | None = None) -> dict[str, Any]:
    if value is not None:
        return figure(value, unit, goal, above=False, against=against)
    return {"value": None, "unit": unit, "goal": f"<= {goal:g}", "met": None, "against": "not measured yet"}


def _subjects(bench: Bench) -> Figures:
    """All of one subject, as a page reads it: under the policies of the platform's own role."""
    bench.tell("filling the table for one subject among many")
    metrics = (*SCORED_METRICS, *OTHER_METRICS)
    bench.owner.execute("truncate credit_observations")
    stored = credit_data.fill(bench.owner, metrics, bench.rows(STORED_ROWS * 2), bench.firms)
    bench.tell("all of one subject")
    subjects = _subjects_of(bench, SUBJECTS_ASKED)
    lender = credit_data.add_lender(bench.owner, subjects)
    first, found = _ask(bench, SYSTEM, subjects)
    themselves = [_ask(bench, Actor(Role.ENTERPRISE_MEMBER, uuid4(), one), [one])[0][0] for one in subjects]
    lent, seen = _ask(bench, Actor(Role.INSTITUTION_OFFICER, uuid4(), institution_id=lender), subjects)
    if found != seen:
        raise RuntimeError(f"{found} figures of one subject, of which a lender with a consent to all sees {seen}")
    again, _found = _ask(bench, SYSTEM, subjects[-SUBJECTS_AGAIN:])
    with unit_of_work(bench.engine, SYSTEM) as session:
        planned = [_server_ms(session.connection(), subject) for subject in subjects]
    return {
        "one_subject_median": _median(first, goal=10) | {"rows": stored, "figures_of_one": found},
        "one_subject_in_memory_median": _median(again),
        "one_subject_by_itself_median": _median(themselves),
        "one_subject_by_a_lender_median": _median(lent),
        "one_subject_in_the_server": _median(planned),
    }


def _ask(bench: Bench, actor: Actor, subjects: list[UUID]) -> tuple[list[float], int]:
    """Milliseconds for each subject, and how many figures there were of the last."""
    times, found = [], 0
    with unit_of_work(bench.engine, actor) as session:
        connection = session.connection()
        for subject in subjects:
            start = time.perf_counter()
            found = len(connection.execute(_ONE_SUBJECT, {"id": subject}).all())
            times.append((time.perf_counter() - start) * 1000)
    return times, found


def _median(times: list[float], goal: float | None = None) -> dict[str, Any]:
    return figure(statistics.median(times), "ms", goal, above=False)


def _server_ms(connection: Connection, subject: UUID) -> float:
    """The same as the server measures it, without the way to the client and into Python."""
    explained = text(f"explain (analyze, timing off, format json) {_ONE_SUBJECT.text}")
    plan = connection.execute(explained, {"id": subject}).scalar_one()[0]
    return float(plan["Execution Time"] + plan["Planning Time"])


def _subjects_of(bench: Bench, count: int) -> list[UUID]:
    rows = bench.owner.execute("select id from enterprises order by md5(id::text) limit %s", [count])
    return [row[0] for row in rows]


def write_page(result: dict[str, Any], path: Path) -> None:
    """The measurements as a page for ``docs/benchmarks/``."""
    full = result["rows"] >= STORED_ROWS and result["firms"] >= FIRMS
    size = "at full size" if full else f"in a smaller run: `--rows {result['rows']}`, which proves nothing about goals"
    parts = [
        "# Public credit data\n",
        f"Written by `./xyd bench credit`, {size}, on an embedded server of its own with {result['firms']:,} firms.",
        "Intake and COPY write the same rows in the same order into the same table with its indexes, in turn; the",
        f"best of {TRIES} tries counts for each.\n",
        "The city is scored over 24 months: indicators, scores, what changed, its history, committed. DuckDB computes",
        "the same 86 indicators with their states, dates and vetoes by the same statement, from Parquet into a table",
        "in memory; the run fails where the two do not agree. So the ratio holds all that we do against a part of it.",
        "The passes are the aggregates over monthly figures alone, on both sides.\n",
        "All of one subject is read under row-level security: first by the platform, then by the enterprise itself,",
        "and by a lender under a consent.\n",
        "| figure | value | goal | met | rows | against |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, one in result["figures"].items():
        value = "–" if one["value"] is None else f"{one['value']:g} {one['unit']}"
        met = {True: "yes", False: "no"}.get(one.get("met"), "")
        rows = f"{one['rows']:,}" if "rows" in one else ""
        parts.append(f"| {name} | {value} | {one.get('goal', '')} | {met} | {rows} | {one.get('against', '')} |")
    parts += ["", "| machine | |", "| --- | --- |"]
    parts += [f"| {name} | {value} |" for name, value in result["machine"].items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, ""]), encoding="utf-8")
