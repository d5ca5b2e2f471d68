"""Ranking: every need against every product, the best kept."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from matching import dense, kernels
from matching.blocks import Block, Keyring
from matching.columns import Index
from matching.compiled import Compiled, compiled
from matching.dense import Pairs
from matching.errors import RecordError
from matching.results import RankResult
from matching.tables import NeedTable, ProductTable
from matching.weights import Weights, load_weights

# Needs handled at once: enough to spread the cost of a call, few enough for their arrays to stay in cache.
_BLOCK = 16_384
# Cells (needs × products) that the NumPy search lays out at once, and (needs × top) that any search does.
_DENSE_CELLS, _TOP_CELLS = 2**23, 2**21


def rank(
    needs: NeedTable,
    products: ProductTable,
    top: int = 10,
    weights: Weights | None = None,
    *,
    engine: str | None = None,
    workers: int | None = None,
) -> RankResult:
    """The `top` best products of every need.

    Eligible before conditional, then the higher score, then the smaller product
    id; ineligible products never. Weights default to the current version.
    Raises ValueError for `top` below 1. Needs of which a fact is of another kind
    than the products ask for are left out and named in `rejected`.

    `engine` is ``"numba"`` (where it is installed: the default) or ``"numpy"``;
    both give the same bytes. `workers` is the number of threads, by default one for each core.
    """
    if top < 1:
        raise ValueError(f"top must be at least 1, not {top}")
    chosen = _engine(engine)
    fits, rejected = needs.fitting(products.kinds)
    rows = None if fits is None else np.flatnonzero(fits)
    weights = weights or load_weights()
    form = compiled(products, weights)
    kept = min(top, len(products))
    found = _search(needs, form, rows, kept, chosen, workers) if kept else []
    return _result(needs, products, weights, form, found, rejected)


def _engine(name: str | None) -> str:
    name = name or ("numba" if kernels.AVAILABLE else "numpy")
    if name not in ("numba", "numpy"):
        raise ValueError(f"engine must be 'numba' or 'numpy', not {name!r}")
    if name == "numba" and not kernels.AVAILABLE:
        raise ValueError("Numba is not installed here")
    return name


# Which needs of the table a block holds, and its best pairs.
Found = list[tuple[Index, Pairs]]


def _search(needs: NeedTable, form: Compiled, rows: Index | None, top: int, engine: str, workers: int | None) -> Found:
    count = len(needs) if rows is None else len(rows)
    threads = workers or os.cpu_count() or 1
    size = min(_BLOCK, max(1, _TOP_CELLS // top), max(1024, -(-count // (2 * threads))))
    if engine == "numpy":
        size = min(size, max(1, _DENSE_CELLS // len(form)))
    keyring = Keyring(needs, form, fast=engine == "numba")

    def one(start: int) -> tuple[Index, Pairs]:
        stop = min(start + size, count)
        chosen = slice(start, stop) if rows is None else rows[start:stop]
        block = keyring.block(chosen)
        pairs = _compiled_search(block, form, top) if engine == "numba" else dense.search(block, *form.terms(), top)
        return (np.arange(start, stop) if rows is None else rows[start:stop]), pairs

    starts = range(0, count, size)
    if threads == 1 or len(starts) <= 1:
        return [one(start) for start in starts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, starts))


def _compiled_search(block: Block, form: Compiled, top: int) -> Pairs:
    # Room for the most there can be; memory that nothing is written to is never taken.
    room = _empty_pairs(len(block.slots) * top)
    count = kernels.search(block, *form.terms(), top, room)
    return Pairs._make(column[:count] for column in room)


def _empty_pairs(count: int) -> Pairs:
    need, place, rank, score = (np.empty(count, np.int32) for _ in range(4))
    return Pairs(need, place, rank, np.empty(count, np.int8), score, np.empty((count, 7), np.int32))


def _result(
    needs: NeedTable,
    products: ProductTable,
    weights: Weights,
    form: Compiled,
    found: Found,
    rejected: Sequence[RecordError],
) -> RankResult:
    found = found or [(np.empty(0, np.int64), _empty_pairs(0))]
    return RankResult(
        needs=needs,
        products=products,
        weights=weights,
        need=np.concatenate([rows[pairs.need] for rows, pairs in found]).astype(np.int32),
        product=form.order[np.concatenate([pairs.place for _, pairs in found])],
        rank=np.concatenate([pairs.rank for _, pairs in found]),
        verdict=np.concatenate([pairs.conditional for _, pairs in found]),
        millionths=np.concatenate([pairs.score for _, pairs in found]),
        contributions=np.concatenate([pairs.parts for _, pairs in found]),
        rejected=rejected,
    )
