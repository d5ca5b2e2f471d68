"""The engines that the matching benchmark measures do the same work."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matching import NeedTable, ProductTable, load_weights, rank
from matching.compiled import compiled
from xinyidai.cli.bench import matching_coded, matching_databases, matching_frames, matching_numpy
from xinyidai.cli.bench.matching import POLARS_TOLERANCE, TOP, figure, row, rows_of, same, tables, write_page
from xinyidai.cli.bench.matching_coded import Array, Market
from xinyidai.cli.bench.matching_data import SCALES, Scale, need_columns, products

SMALL = replace(SCALES["city"], needs=800, products=40)
WIDE = replace(SCALES["nation"], needs=500, products=60)


def market(scale: Scale) -> tuple[Market, Array]:
    needs, table = tables(scale)
    weights = load_weights()
    expected = rows_of(rank(needs, table, TOP))
    assert len(expected) > 0
    return matching_coded.code(needs, table, compiled(table, weights), weights), expected


@pytest.mark.parametrize("scale", [SMALL, WIDE], ids=["city", "nation"])
def test_every_engine_ranks_the_same(scale: Scale) -> None:
    coded, expected = market(scale)
    for name, once in matching_numpy.numpy(coded, TOP, 2).items():
        assert same(once(), expected), name
    for name, once in matching_frames.polars(coded, TOP).items():
        assert same(once(), expected, POLARS_TOLERANCE), name
    with matching_databases.duck(coded, TOP, 1) as runs:
        for name, once in runs.items():
            assert same(once(), expected), name


@pytest.mark.parametrize("count", [1, 63, 64, 65, 128, 192, 255, 256, 257])
@pytest.mark.parametrize("top", [1, 10, 300])
def test_the_engines_agree_where_masks_take_several_words(count: int, top: int) -> None:
    """Blocks, too, are several, and with one product to choose most of many are left unscored."""
    # Half of the criteria, so that many products are open.
    fewer = [one | {"criteria": one["criteria"][::2]} for one in products(replace(SCALES["city"], products=count))]
    assert_engines_agree(ProductTable.from_records(fewer), top)


def test_the_engines_agree_where_hardly_two_products_state_the_same_threshold() -> None:
    stated = products(replace(SCALES["city"], products=100))
    for at, product in enumerate(stated):
        for criterion in product["criteria"]:
            if criterion["op"] in (">=", "<="):
                criterion["value"] += at / 1000
    assert_engines_agree(ProductTable.from_records(stated), TOP)


def test_tables_may_be_ranked_from_several_threads_at_once() -> None:
    """Compiling, too, then happens in all of them; and no result lives in the memory of another."""
    needs, table = tables(replace(SCALES["city"], needs=5_000))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda top: rank(needs, table, top), [TOP, 3, TOP, 3]))
    alone = {top: rows_of(rank(*tables(replace(SCALES["city"], needs=5_000)), top, engine="numpy")) for top in (TOP, 3)}
    for top, result in zip([TOP, 3, TOP, 3], results, strict=True):
        assert np.array_equal(rows_of(result), alone[top])


def assert_engines_agree(table: ProductTable, top: int) -> None:
    needs = NeedTable.from_columns(**need_columns(replace(SCALES["city"], needs=5_000)))
    one, other = (rank(needs, table, top, engine=engine, workers=2) for engine in (None, "numpy"))
    assert len(one) > 0
    for column in ("need", "product", "rank", "verdict", "millionths", "contributions"):
        assert np.array_equal(getattr(one, column), getattr(other, column)), column
        assert getattr(one, column).dtype == getattr(other, column).dtype, column


def test_a_figure_says_whether_its_goal_is_met() -> None:
    assert figure(14.23456, "x", 10, against="DuckDB") == {
        "value": 14.23,
        "unit": "x",
        "goal": ">= 10",
        "met": True,
        "against": "DuckDB",
    }
    assert figure(31, "s", 30, above=False)["met"] is False


def test_the_page_holds_every_engine_and_figure(tmp_path: Path) -> None:
    result = {
        "scale": "city",
        "rows": [row("ours", 0.5, SMALL, equal=True), row("theirs", 5.0, SMALL, equal=False)],
        "figures": {"city_ratio": figure(10, "x", 10)},
        "machine": {"cores": "2"},
    }
    write_page([result], tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| theirs | 5.000 | 10.0 | 6.40e+03 | no |" in page
    assert "| city_ratio | 10 x | >= 10 | yes |" in page
