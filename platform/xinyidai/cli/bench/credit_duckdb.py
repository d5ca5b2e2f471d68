"""The same work in DuckDB: the declared SQL itself, in the few words in which the dialects differ.

``measure`` times the whole statement: the passes over the data and the 86 values, states, dates and vetoes of every
enterprise, kept in a table. ``measure_passes`` times the passes over monthly figures alone. The benchmark's city has
no records, so what is read of them is empty on both sides. DuckDB reads Parquet, keeps doubles where we keep exact
numbers, and writes to memory; scores, their history and the commit are ours alone: the comparison is in its favour.
``differences`` says whether both came to the same answer.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import psycopg
from sqlalchemy import Engine, text

from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import unit_of_work
from xinyidai.credit.indicators.compute import FOR_A_CITY, compute_into
from xinyidai.credit.indicators.figures import electricity_by_month, families
from xinyidai.credit.indicators.load import scorecard
from xinyidai.credit.indicators.statement import Context, Whose, values_sql

THREADS = 2
_STEP = "100000000000000000000"
# A day times a step plus a figure holds the newest figure; DuckDB has a function for that, and doubles no such room.
_PACKED = re.compile(rf"max\(\(o\.month - date '2000-01-01'\) \* {_STEP}::numeric \+ (.+?)\)\s+filter")
_COLUMNS = "{'metric': 'SMALLINT', 'enterprise_id': 'UUID', 'month': 'DATE', 'part': 'VARCHAR', 'value': 'DOUBLE'}"
_EMPTY_HERE = ("records", "arrears", "guarantees", "given")
_REGISTRY = {
    "id": "UUID", "registered_on": "DATE", "updated_at": "TIMESTAMPTZ", "registration_status": "VARCHAR",
    "industry_code": "VARCHAR", "size_class": "VARCHAR",
}  # fmt: skip
_TYPES = {"numeric": "DOUBLE", "text": "VARCHAR", "uuid": "UUID", "date": "DATE", "bigint": "BIGINT"}
_MACROS = (
    "create macro num_nonnulls(a, b, c) as (a is not null)::int + (b is not null)::int + (c is not null)::int",
    "create macro array_remove(l, x) as list_filter(l, lambda one: one is not null)",
)
_SUMMED = (
    "select number, count(value), coalesce(sum(value), 0)::{double}, count(day),"
    " coalesce(sum(day - date '2000-01-01'), 0)"
    " from {unfolded} group by number order by number"
)


def passes(as_of: date) -> Mapping[str, str]:
    """Name → PostgreSQL text of each pass over monthly figures, its parameters filled in."""
    texts = {family.name: family.sql() for family in families()} | {"swings": electricity_by_month()}
    return {
        name: f"with {_filled(one.replace('{subject}', 'true'), as_of)} select * from {name}"  # noqa: S608
        for name, one in texts.items()
    }


def _filled(statement: str, as_of: date) -> str:
    """No list was delivered and none is outdated: the benchmark's city has monthly figures only."""
    parameters = Context(as_of, ()).parameters(scorecard())
    statement = statement.replace(":known", "'{}'::text[]").replace(":outdated", "'{}'::int[]")
    return re.sub(r"(?<!:):([a-z]\w*)", lambda found: _literal(parameters[found[1]]), statement)


def _literal(value: object) -> str:
    if isinstance(value, date):
        return f"date '{value}'"
    return f"'{value}'" if isinstance(value, str) else str(value)


def in_duckdb(statement: str) -> str:
    """The same in DuckDB's words: newest figures, whole division, literal arrays, doubles."""
    statement = _PACKED.sub(r"arg_max(\1, o.month) filter", statement)
    statement = statement.replace("/ 30437", "// 30437").replace("(array[", "([")
    statement = statement.replace("'{}'::text[]", "[]::text[]").replace("'{}'::int[]", "[]::int[]")
    return statement.replace("::numeric", "::double")


def to_parquet(owner: psycopg.Connection, folder: Path) -> Path:
    """The observations as DuckDB likes them best."""
    target = folder / "observations.parquet"
    with (
        _as_csv(owner, "metric, enterprise_id, month, part, value", "credit_observations", folder) as lines,
        duckdb.connect(config={"threads": THREADS}) as duck,
    ):
        duck.execute(
            f"copy (from read_csv('{lines}', header=false, columns={_COLUMNS})) to '{target}' (format parquet)"
        )
    return target


@contextmanager
def _as_csv(owner: psycopg.Connection, columns: str, table: str, folder: Path) -> Iterator[Path]:
    path = folder / f"{table}.csv"
    statement = f"copy (select {columns} from {table}) to stdout (format csv)"  # noqa: S608 - constants
    with owner.cursor().copy(statement) as copy, path.open("wb") as stream:
        for piece in copy:
            stream.write(piece)
    yield path
    path.unlink()


@contextmanager
def the_city(owner: psycopg.Connection, parquet: Path, as_of: date) -> Iterator[duckdb.DuckDBPyConnection]:
    """The city in DuckDB: figures in Parquet, the registry in a table, and what is empty here with its columns."""
    with duckdb.connect(config={"threads": THREADS}) as duck:
        for macro in _MACROS:
            duck.execute(macro)
        duck.execute(f"create view credit_observations as from read_parquet('{parquet}')")
        registry = ", ".join(f"{name} {kind}" for name, kind in _REGISTRY.items())
        duck.execute(f"create table enterprises ({registry})")
        with _as_csv(owner, ", ".join(_REGISTRY), "enterprises", parquet.parent) as lines:
            duck.execute(f"insert into enterprises from read_csv('{lines}', header=false, all_varchar=true)")
        for name in _EMPTY_HERE:
            duck.execute(f"create table {name} ({_columns_of(owner, name, as_of)})")
        yield duck


def _columns_of(owner: psycopg.Connection, name: str, as_of: date) -> str:
    _first, empty, _values = _parted(values_sql(Whose.EVERYBODY))
    statement = f"create temp table shape as with {_filled(empty, as_of)} select * from {name} with no data"  # noqa: S608
    owner.execute(statement)
    columns = owner.execute(
        "select attname, format_type(atttypid, null) from pg_attribute"
        " where attrelid = 'pg_temp.shape'::regclass and attnum > 0 order by attnum"
    ).fetchall()
    owner.execute("drop table shape")
    return ", ".join(f"{column} {_TYPES[kind]}" for column, kind in columns)


def _parted(statement: str) -> tuple[str, str, str]:
    """The whole statement: the passes over figures, what is empty here, the values made of them."""
    first, rest = statement.split("records as materialized", 1)
    empty, values = rest.split("valued as materialized", 1)
    return first, f"records as materialized{empty.rstrip().rstrip(',')}", f"valued as materialized{values}"


def measure(duck: duckdb.DuckDBPyConnection, as_of: date, tries: int = 2) -> float:
    """Shortest seconds of the whole statement; its answer stays in the table ``computed``."""
    first, _empty, values = _parted(values_sql(Whose.EVERYBODY))
    statement = in_duckdb(_filled(first + values, as_of))
    return _shortest(lambda: duck.execute(f"create or replace temp table computed as {statement}"), tries)


def measure_passes(duck: duckdb.DuckDBPyConnection, as_of: date, tries: int = 2) -> float:
    statements = {name: in_duckdb(one) for name, one in passes(as_of).items()}

    def all_of_them() -> None:
        for name, statement in statements.items():
            duck.execute(f"create or replace temp table {name}_aggregates as {statement}")

    return _shortest(all_of_them, tries)


def _shortest(work: Callable[[], object], tries: int) -> float:
    times = []
    for _try in range(tries):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def our_passes(owner: psycopg.Connection, as_of: date, tries: int = 2) -> float:
    """Shortest seconds of the same passes in PostgreSQL, one after the other, their results kept."""
    for setting in FOR_A_CITY:
        owner.execute(setting.replace("set local", "set"))

    def all_of_them() -> None:
        for name, statement in passes(as_of).items():
            owner.execute(f"drop table if exists {name}_aggregates")
            owner.execute(f"create temp table {name}_aggregates as {statement}")

    seconds = _shortest(all_of_them, tries)
    for name in passes(as_of):
        owner.execute(f"drop table {name}_aggregates")
    owner.execute("reset all")
    return seconds


def differences(engine: Engine, duck: duckdb.DuckDBPyConnection, as_of: date) -> list[int]:
    """Numbers of the indicators whose count or sum, of values or of dates, is another in DuckDB than here."""
    unfolded = "computed, unnest(values, dates) with ordinality one (value, day, number)"
    with unit_of_work(engine, SYSTEM) as session:
        compute_into(session, "computed", Context(as_of, ()), None)
        ours = session.connection().execute(text(_SUMMED.format(double="float8", unfolded=unfolded))).all()
    numbers = f"range(1, {len(scorecard().indicators) + 1})"
    columns = f"unnest(values) as value, unnest(dates) as day, unnest({numbers}) as number"
    unfolded = f"(select {columns} from computed)"  # noqa: S608 - constants
    theirs = duck.execute(_SUMMED.format(double="double", unfolded=unfolded)).fetchall()
    return [
        mine[0]
        for mine, other in zip(ours, theirs, strict=True)
        if (mine[1], mine[3], mine[4]) != (other[1], other[3], other[4])
        or abs(mine[2] - other[2]) > 1e-6 * max(abs(mine[2]), 1)
    ]
