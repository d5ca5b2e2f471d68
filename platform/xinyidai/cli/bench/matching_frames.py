"""The ranking with Polars and with NumPy: by product, by join, and as one dense table."""

from functools import reduce
from typing import Any

import numpy as np
import polars as pl

from matching import COMPONENTS
from matching.score import MILLION
from xinyidai.cli.bench.matching_coded import FAR, Array, CodedProduct, Market, Test
from xinyidai.cli.bench.matching_databases import Runs, frames, serving
from xinyidai.cli.bench.matching_sql import OUTPUT

_BLOCK_CELLS = 2**20


def polars(market: Market, top: int) -> Runs:
    tables = frames(market)
    needs = tables["needs"]

    def by_product() -> Array:
        parts = [_pairs(needs.lazy().filter(_all(product)), product, market) for product in market.products]
        return _collect(pl.concat(parts), top)

    def by_join() -> Array:
        first = market.products[0]
        joined = (
            needs.lazy()
            .join(tables["serving"].lazy(), on="region6")
            .join(tables["products"].lazy(), on="product", suffix="_p")
        )
        return _collect(_pairs(joined.filter(_join_tests(first)), None, market), top)

    return {"Polars, by product": by_product, "Polars, by join": by_join}


def _collect(pairs: pl.LazyFrame, top: int) -> Array:
    score = reduce(lambda a, b: a + b, [pl.col(name) for name in COMPONENTS])
    ranked = (
        pairs.with_columns(score=score)
        .sort("need", "conditional", "score", "product", descending=[False, False, True, False])
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("need"))
        .filter(pl.col("rank") <= top)
    )
    return ranked.select(OUTPUT).collect().to_numpy().astype(np.int64)


def _all(product: CodedProduct) -> pl.Expr:
    return reduce(lambda a, b: a & b, [_test(test) for test in product.tests])


def _test(test: Test) -> pl.Expr:
    column = pl.col(test.column)
    if test.op == "in":
        return column.is_in(test.value)
    if test.op in ("at_least", "at_most"):
        bound = pl.lit(test.value)
        return column >= bound if test.op == "at_least" else column <= bound
    bits = column & pl.lit(test.value, pl.Int32)
    return bits != 0 if test.op == "any_bit" else bits == 0


def _join_tests(product: CodedProduct) -> pl.Expr:
    column = pl.col
    tests = [
        column("amount").is_between(column("amount_min"), column("amount_max")),
        column("term").is_between(column("term_min"), column("term_max")),
        column("max_rate") >= column("rate"),
        *[
            (column(name) & column(f"{name}_p").cast(pl.Int32)) != 0
            for name in ("guarantees", "section", "size", "tax_grade", "dishonest_debtor", "labels_any")
        ],
        (column("labels_none") & column("labels_none_p").cast(pl.Int32)) == 0,
        *[column(f"{fact}_hi") >= column(f"{fact}_low") for fact, low, _, _ in product.margins if low > -FAR],
        *[column(f"{fact}_lo") <= column(f"{fact}_high") for fact, _, high, _ in product.margins if high < FAR],
    ]
    return reduce(lambda a, b: a & b, tests)


def _pairs(found: pl.LazyFrame, product: CodedProduct | None, market: Market) -> pl.LazyFrame:
    """The scored pairs; bounds are constants of `product`, or columns where there is none."""

    def of(value: Any, name: str) -> pl.Expr:
        return pl.col(name) if product is None else pl.lit(value)

    one = product or market.products[0]
    margins = [
        _margin(pl.col(fact), of(low, f"{fact}_low"), of(high, f"{fact}_high"), of(scale, f"{fact}_scale"), low, high)
        for fact, low, high, scale in one.margins
    ]
    mean = reduce(lambda a, b: a + b, margins) / (len(margins) * float(MILLION))
    weights = market.weights
    eases = [of(points, f"ease{at}").cast(pl.Int32) for at, points in enumerate(one.ease)]
    ease = reduce(
        lambda rest, at: pl.when(pl.col("guarantee_code") == at).then(eases[at]).otherwise(rest),
        range(len(eases)),
        pl.lit(0, pl.Int32),
    )
    parts = {
        "cost": of(one.cost, "cost"),
        "likelihood": _millionths(
            weights.points["likelihood"], weights.margin_share * mean + of(one.approval, "approval")
        ),
        "speed": of(one.speed, "speed"),
        "amount_fit": _fit("amount", one.amount, of, weights.points["amount_fit"], 0.01),
        "term_fit": _fit("term", one.term, of, weights.points["term_fit"], 1.0),
        "collateral": ease,
        "record": of(one.record, "record"),
    }
    asked = of(one.asked_bits, "asked").cast(pl.Int32)
    return found.select(
        "need",
        of(one.number, "product").cast(pl.Int32).alias("product"),
        ((pl.col("unknown") & asked) != 0).cast(pl.Int32).alias("conditional"),
        *[expression.cast(pl.Int32).alias(name) for name, expression in parts.items()],
    )


def _margin(value: pl.Expr, low: pl.Expr, high: pl.Expr, scale: pl.Expr, lowest: float, highest: float) -> pl.Expr:
    sides = [*([value - low] if lowest > -FAR else []), *([high - value] if highest < FAR else [])]
    inside = sides[0] if len(sides) == 1 else pl.min_horizontal(*sides)
    return _millionths(MILLION, (inside / scale).clip(0.0, 1.0)).fill_null(500_000.0)


def _fit(name: str, bounds: tuple[float, float, float], of: Any, points: int, unit: float) -> pl.Expr:
    low, high, scale = (of(value, f"{name}_{end}") for value, end in zip(bounds, ("min", "max", "scale"), strict=True))
    asked = pl.col(name)
    nearer = pl.min_horizontal((asked - low) / scale, (high - asked) / asked.clip(lower_bound=unit))
    return _millionths(points, nearer.clip(0.0, 1.0))


def _millionths(points: int, component: pl.Expr) -> pl.Expr:
    return (points * component + 0.5).floor()


def numpy(market: Market, top: int) -> Runs:
    return {
        "NumPy, by product": lambda: _rank(market, top, *_by_product(market)),
        "NumPy, dense": lambda: _rank(market, top, *_dense(market)),
    }


def _by_product(market: Market) -> tuple[Array, Array]:
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


def _dense(market: Market) -> tuple[Array, Array]:
    """Every test on every pair, block by block, as a table of booleans."""
    table = {name: column.to_numpy() for name, column in frames_of_products(market).items()}
    pairs = serving(market)
    regions, codes = np.unique(market.needs["region6"], return_inverse=True)
    serves = np.zeros((len(regions), len(market.products)), bool)
    serves[np.searchsorted(regions, pairs["region6"]), pairs["product"]] = True
    size = max(1, _BLOCK_CELLS // len(market.products))
    found = []
    for start in range(0, len(market), size):
        block = {name: column[start : start + size, None] for name, column in market.needs.items()}
        passing = serves[codes[start : start + size]]
        for test in _dense_tests(market.products[0], block, table):
            passing &= test
        rows, numbers = np.nonzero(passing)
        found.append((rows + start, numbers))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([numbers for _, numbers in found])


def frames_of_products(market: Market) -> dict[str, pl.Series]:
    frame = frames(market)["products"]
    return {name: frame[name] for name in frame.columns}


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


def _rank(market: Market, top: int, need: Array, product: Array) -> Array:
    table = {name: column.to_numpy() for name, column in frames_of_products(market).items()}
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
