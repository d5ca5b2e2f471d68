"""The ranking with NumPy: by product and as one dense table, on one core and on several."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
import polars as pl

from matching.score import MILLION
from xinyidai.cli.bench.matching_coded import FAR, Array, CodedProduct, Market, Test
from xinyidai.cli.bench.matching_databases import Runs, product_rows, serving

_BLOCK_CELLS = 2**20
# Needs that one thread takes at a time, the fastest of those tried for each form: enough for NumPy's calls to be cheap,
# few enough for the cache and for all threads to stay busy.
_CHUNK = {"by product": 16_384, "dense": 2_048}

Table = dict[str, Array]
Search = Callable[[Market, Table], tuple[Array, Array]]
"""The open pairs, as positions of needs and numbers of products."""


def numpy(market: Market, top: int, threads: int) -> Runs:
    """Each form on one thread, and on several over chunks of the needs: NumPy lets go of Python's lock as it counts."""
    frame = pl.DataFrame(product_rows(market))
    table = {name: frame[name].to_numpy() for name in frame.columns}
    serves = _serves(market)

    def dense(part: Market, products: Table) -> tuple[Array, Array]:
        return _dense(part, products, serves)

    forms: dict[str, Search] = {"by product": _by_product, "dense": dense}
    return {
        **{f"NumPy, {name}": _single(market, top, table, search) for name, search in forms.items()},
        **{
            f"NumPy, {name}, {threads} threads": _threaded(market, top, table, search, threads, _CHUNK[name])
            for name, search in forms.items()
        },
    }


def _single(market: Market, top: int, table: Table, search: Search) -> Callable[[], Array]:
    return lambda: _rank(market, top, table, *search(market, table))


def _threaded(market: Market, top: int, table: Table, search: Search, threads: int, chunk: int) -> Callable[[], Array]:
    """Needs do not touch each other, so that chunks of them are ranked apart and joined."""

    def one(start: int) -> Array:
        columns = {name: column[start : start + chunk] for name, column in market.needs.items()}
        part = replace(market, needs=columns)
        rows = _rank(part, top, table, *search(part, table))
        rows[:, 0] += start
        return rows

    def run() -> Array:
        with ThreadPoolExecutor(threads) as pool:
            return np.concatenate(list(pool.map(one, range(0, len(market), chunk))))

    return run


def _serves(market: Market) -> tuple[Array, Array]:
    """The regions of the needs, and for each the products that may meet it."""
    pairs = serving(market)
    regions = np.unique(market.needs["region6"])
    serves = np.zeros((len(regions), len(market.products)), bool)
    serves[np.searchsorted(regions, pairs["region6"]), pairs["product"]] = True
    return regions, serves


def _by_product(market: Market, table: Table) -> tuple[Array, Array]:
    """Each test on the needs that the ones before it left."""
    needs, products = [], []
    for product in market.products:
        rows = np.arange(len(market))
        for test in product.tests:
            rows = rows[_passes(test, market.needs[test.column][rows])]
        needs.append(rows)
        products.append(np.full(len(rows), product.number))
    return np.concatenate(needs), np.concatenate(products)


def _passes(test: Test, values: Array) -> Array:
    passing: Array
    match test.op:
        case "in":
            passing = np.isin(values, test.value)
        case "at_least":
            passing = values >= test.value
        case "at_most":
            passing = values <= test.value
        case _:
            passing = ((values & test.value) != 0) == (test.op == "any_bit")
    return passing


def _dense(market: Market, table: Table, serves: tuple[Array, Array]) -> tuple[Array, Array]:
    """Every test on every pair, block by block, as a table of booleans."""
    regions, served = serves
    codes = np.searchsorted(regions, market.needs["region6"])
    size = max(1, _BLOCK_CELLS // len(market.products))
    found = []
    for start in range(0, len(market), size):
        block = {name: column[start : start + size, None] for name, column in market.needs.items()}
        passing = served[codes[start : start + size]]
        for test in _dense_tests(market.products[0], block, table):
            passing &= test
        rows, numbers = np.nonzero(passing)
        found.append((rows + start, numbers))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([numbers for _, numbers in found])


def _dense_tests(product: CodedProduct, need: dict[str, Array], table: dict[str, Array]) -> Any:
    for name in ("amount", "term"):
        yield need[name] >= table[f"{name}_min"]
        yield need[name] <= table[f"{name}_max"]
    yield need["max_rate"] >= table["rate"]
    for name in ("guarantees", "section", "size", "tax_grade", "dishonest_debtor", "labels_any"):
        yield (need[name] & table[name]) != 0
    yield (need["labels_none"] & table["labels_none"]) == 0
    for fact, low, high, _ in product.margins:
        if low > -FAR:
            yield need[f"{fact}_hi"] >= table[f"{fact}_low"]
        if high < FAR:
            yield need[f"{fact}_lo"] <= table[f"{fact}_high"]


def _rank(market: Market, top: int, table: Table, need: Array, product: Array) -> Array:
    parts = _parts(market, {name: column[need] for name, column in market.needs.items()}, table, product)
    conditional = (market.needs["unknown"][need] & table["asked"][product]) != 0
    order = np.lexsort((product, -parts.sum(axis=1), conditional, need))
    need, product, conditional, parts = need[order], product[order], conditional[order], parts[order]
    rank = np.arange(len(need)) - np.searchsorted(need, need)
    rows = np.column_stack([need, product, rank + 1, conditional, parts]).astype(np.int64)
    return rows[rank < top]


def _parts(market: Market, needs: dict[str, Array], table: dict[str, Array], product: Array) -> Array:
    weights, first = market.weights, market.products[0]
    total = np.zeros(len(product))
    for fact, lowest, highest, _ in first.margins:
        value = needs[fact]
        sides = [value - table[f"{fact}_low"][product]] if lowest > -FAR else []
        sides += [table[f"{fact}_high"][product] - value] if highest < FAR else []
        inside = reduce(np.minimum, sides) / table[f"{fact}_scale"][product]
        total += np.where(np.isnan(value), 500_000.0, np.floor(MILLION * np.clip(inside, 0.0, 1.0) + 0.5))
    mean = total / (len(first.margins) * float(MILLION))
    likelihood = weights.points["likelihood"] * (weights.margin_share * mean + table["approval"][product])
    ease = np.stack([table[f"ease{at}"] for at in range(len(first.ease))])
    fits = [
        weights.points[f"{name}_fit"]
        * np.clip(
            np.minimum(
                (needs[name] - table[f"{name}_min"][product]) / table[f"{name}_scale"][product],
                (table[f"{name}_max"][product] - needs[name]) / np.maximum(needs[name], unit),
            ),
            0.0,
            1.0,
        )
        for name, unit in (("amount", 0.01), ("term", 1.0))
    ]
    rounded = [np.floor(part + 0.5).astype(np.int64) for part in (likelihood, *fits)]
    return np.stack(
        [
            table["cost"][product],
            rounded[0],
            table["speed"][product],
            rounded[1],
            rounded[2],
            ease[needs["guarantee_code"], product],
            table["record"][product],
        ],
        axis=1,
    )
