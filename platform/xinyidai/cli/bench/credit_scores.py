"""Indicators and scores in the credit benchmark: ours behind two functions, DuckDB's beside them.

``SCORING`` is the seam: what computes indicators and scores of everybody, and of one enterprise. Without it the
benchmark measures DuckDB alone and says so.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

import duckdb
import psycopg
from sqlalchemy import Engine, text

from xinyidai.cli.bench.credit_data import AS_OF, NOW, month
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.credit.scoring.service import recompute_scores

THREADS = 2
_ONE_MORE = text(
    "insert into credit_observations (metric, enterprise_id, month, part, value, batch, line)"
    " values (2201, :enterprise, :month, '', 100, 2, 1)"
    " on conflict (metric, enterprise_id, month, part) do update set value = excluded.value + 1"
)
# What indicators ask of monthly figures: sums, levels, trends, steadiness, gaps and age, for each firm and figure.
_AGGREGATES = """
    select enterprise_id, metric, count(*) as months, max(month) as newest,
        sum(value) filter (where month > date '{year}') as last_year,
        sum(value) filter (where month <= date '{year}') as year_before,
        avg(value) filter (where month > date '{half}') as half_year,
        stddev_samp(value) as spread, min(value) as lowest, max(value) as highest,
        regr_slope(value, datediff('month', date '2000-01-01', month)) as slope,
        arg_max(value, month) as latest, count(*) filter (where value = 0) as empty_months
    from read_parquet('{path}') group by enterprise_id, metric
"""


@dataclass(frozen=True, slots=True)
class Scoring:
    """``all(session, as_of)`` answers how many were scored; ``one(session, enterprise_id, as_of)`` nothing."""

    all: Callable[[ActorSession, date], int]
    one: Callable[[ActorSession, UUID, date], object]


SCORING: Scoring | None = Scoring(
    all=lambda session, as_of: recompute_scores(session, as_of, now=NOW).enterprises,
    one=lambda session, enterprise_id, as_of: recompute_scores(session, as_of, [enterprise_id], now=NOW),
)


def compute_all(session: ActorSession, as_of: date) -> int | None:
    """All indicators and scores of everybody; None where nothing computes them yet."""
    return None if SCORING is None else SCORING.all(session, as_of)


def measure_all(engine: Engine) -> float | None:
    start = time.perf_counter()
    with unit_of_work(engine, SYSTEM) as session:
        scored = compute_all(session, AS_OF)
    return None if scored is None else time.perf_counter() - start


def measure_one(engine: Engine, enterprises: list[UUID]) -> float | None:
    """Median milliseconds from a new record to the score of its enterprise, both committed."""
    if SCORING is None:
        return None
    times = []
    for enterprise in enterprises:
        start = time.perf_counter()
        with unit_of_work(engine, SYSTEM) as session:
            session.connection().execute(_ONE_MORE, {"enterprise": enterprise, "month": month(0)})
            SCORING.one(session, enterprise, AS_OF)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def to_parquet(owner: psycopg.Connection, folder: Path) -> Path:
    """The observations as DuckDB likes them best."""
    lines, target = folder / "observations.csv", folder / "observations.parquet"
    statement = "copy (select metric, enterprise_id, month, value from credit_observations) to stdout (format csv)"
    with owner.cursor().copy(statement) as copy, lines.open("wb") as stream:
        for piece in copy:
            stream.write(piece)
    columns = "{'metric': 'SMALLINT', 'enterprise_id': 'UUID', 'month': 'DATE', 'value': 'DOUBLE'}"
    with duckdb.connect(config={"threads": THREADS}) as duck:
        duck.execute(f"copy (from read_csv('{lines}', header=false, columns={columns})) to '{target}' (format parquet)")
    lines.unlink()
    return target


def duckdb_aggregates(parquet: Path, tries: int = 3) -> float:
    """Shortest seconds of the aggregates over the whole city."""
    statement = _AGGREGATES.format(path=parquet, year=month(12), half=month(6))
    times = []
    with duckdb.connect(config={"threads": THREADS}) as duck:
        for _try in range(tries):
            start = time.perf_counter()
            duck.execute(f"create or replace temp table aggregates as {statement}")
            times.append(time.perf_counter() - start)
    return min(times)
