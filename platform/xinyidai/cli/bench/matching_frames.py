"""The ranking with Polars: by product, and by join."""

from functools import reduce
from typing import Any

import numpy as np
import polars as pl

from matching import COMPONENTS
from matching.score import MILLION
from xinyidai.cli.bench.matching_coded import FAR, Array, CodedProduct, Market, Test
from xinyidai.cli.bench.matching_databases import Runs, frames
from xinyidai.cli.bench.matching_sql import OUTPUT


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
