"""The aggregates of the indicators in DuckDB: the declared SQL itself, in the few words in which the dialects differ.

Monthly figures only: the benchmark's city has no records. DuckDB reads Parquet and keeps doubles where we keep exact
numbers, and writes neither values nor scores: the comparison is in its favour.
"""

import re
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import psycopg

from xinyidai.credit.indicators.figures import electricity_by_month, families
from xinyidai.credit.indicators.load import scorecard
from xinyidai.credit.indicators.statement import Context

THREADS = 2
_STEP = "100000000000000000000"
# A day times a step plus a figure holds the newest figure; DuckDB has a function for that, and doubles no such room.
_PACKED = re.compile(rf"max\(\(o\.month - date '2000-01-01'\) \* {_STEP}::numeric \+ (.+?)\)\s+filter")
_COLUMNS = "{'metric': 'SMALLINT', 'enterprise_id': 'UUID', 'month': 'DATE', 'part': 'VARCHAR', 'value': 'DOUBLE'}"


def passes(as_of: date) -> Mapping[str, str]:
    """Name → PostgreSQL text of each pass over monthly figures, its parameters filled in."""
    parameters = Context(as_of, ()).parameters(scorecard())
    texts = {family.name: family.sql() for family in families()} | {"swings": electricity_by_month()}
    return {name: f"with {_filled(one, parameters)} select * from {name}" for name, one in texts.items()}  # noqa: S608


def _filled(text: str, parameters: Mapping[str, object]) -> str:
    return re.sub(
        r"(?<!:):([a-z]\w*)", lambda found: f"date '{parameters[found[1]]}'", text.replace("{subject}", "true")
    )


def in_duckdb(text: str) -> str:
    """The same in DuckDB's words: newest figures, whole division, literal arrays."""
    text = _PACKED.sub(r"arg_max(\1, o.month) filter", text)
    return text.replace("/ 30437", "// 30437").replace("(array[", "([")


def to_parquet(owner: psycopg.Connection, folder: Path) -> Path:
    """The observations as DuckDB likes them best."""
    lines, target = folder / "observations.csv", folder / "observations.parquet"
    statement = (
        "copy (select metric, enterprise_id, month, part, value from credit_observations) to stdout (format csv)"
    )
    with owner.cursor().copy(statement) as copy, lines.open("wb") as stream:
        for piece in copy:
            stream.write(piece)
    with duckdb.connect(config={"threads": THREADS}) as duck:
        duck.execute(
            f"copy (from read_csv('{lines}', header=false, columns={_COLUMNS})) to '{target}' (format parquet)"
        )
    lines.unlink()
    return target


def measure(parquet: Path, as_of: date, tries: int = 3) -> float:
    """Shortest seconds of all passes over the whole city."""
    times = []
    with duckdb.connect(config={"threads": THREADS}) as duck:
        duck.execute(f"create view credit_observations as from read_parquet('{parquet}')")
        statements = {name: in_duckdb(one) for name, one in passes(as_of).items()}
        for _try in range(tries):
            start = time.perf_counter()
            for name, statement in statements.items():
                duck.execute(f"create or replace temp table {name}_aggregates as {statement}")
            times.append(time.perf_counter() - start)
    return min(times)


def ours(owner: psycopg.Connection, as_of: date) -> float:
    """Seconds of the same passes in PostgreSQL, one after the other, their results kept."""
    for setting in ("work_mem = '256MB'", "hash_mem_multiplier = 3", "max_parallel_workers_per_gather = 4"):
        owner.execute(f"set {setting}")
    start = time.perf_counter()
    for name, statement in passes(as_of).items():
        owner.execute(f"create temp table {name}_aggregates as {statement}")
    seconds = time.perf_counter() - start
    for name in passes(as_of):
        owner.execute(f"drop table {name}_aggregates")
    return seconds
