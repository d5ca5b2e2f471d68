"""Ranking: every need against every product, the best kept."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from matching import dense, kernels
from matching.blocks import Keyring
from matching.columns import Index
from matching.compiled import Compiled, compiled
from matching.dense import Best
from matching.errors import RecordError
from matching.results import RankResult
from matching.tables import NeedTable, ProductTable
from matching.weights import Weights, load_weights

# Needs handled at once: enough to spread the cost of a call, few enough for their masks to stay in cache.
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
    rows = np.arange(len(needs)) if fits is None else np.flatnonzero(fits)
    weights = weights or load_weights()
    form = compiled(products, weights)
    kept = min(top, len(products))
    found = _search(needs, form, rows, kept, chosen, workers) if kept and len(rows) else []
    return _result(needs, products, weights, form, found, rejected)


def _engine(name: str | None) -> str:
    name = name or ("numba" if kernels.AVAILABLE else "numpy")
    if name not in ("numba", "numpy"):
        raise ValueError(f"engine must be 'numba' or 'numpy', not {name!r}")
    if name == "numba" and not kernels.AVAILABLE:
        raise ValueError("Numba is not installed here")
    return name


Found = list[tuple[Index, Best]]


def _search(needs: NeedTable, form: Compiled, rows: Index, top: int, engine: str, workers: int | None) -> Found:
    keyring = Keyring(needs, form)
    size = min(_BLOCK, max(1, _TOP_CELLS // top))
    if engine == "numpy":
        size = min(size, max(1, _DENSE_CELLS // len(form.products)))

    def one(start: int) -> tuple[Index, Best]:
        chunk = rows[start : start + size]
        block = keyring.block(chunk)
        if engine == "numpy":
            return chunk, dense.search(block, form.scoring, form.points, top)
        best = dense.empty(len(chunk), top)
        kernels.search(block, form.scoring, form.points, top, best)
        kernels.contributions(block, form.scoring, form.points, best)
        return chunk, best

    starts = range(0, len(rows), size)
    threads = min(workers or os.cpu_count() or 1, len(starts))
    if threads == 1:
        return [one(start) for start in starts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, starts))


def _result(
    needs: NeedTable,
    products: ProductTable,
    weights: Weights,
    form: Compiled,
    found: Found,
    rejected: Sequence[RecordError],
) -> RankResult:
    found = found or [(np.empty(0, np.int64), dense.empty(0, 1))]
    filled = [best.place >= 0 for _, best in found]
    parts = np.concatenate([best.parts[cells] for (_, best), cells in zip(found, filled, strict=True)])
    places = np.concatenate([best.place[cells] for (_, best), cells in zip(found, filled, strict=True)])
    counts = [cells.sum(axis=1) for cells in filled]
    needs_of = [np.repeat(rows, count) for (rows, _), count in zip(found, counts, strict=True)]
    ranks = [np.nonzero(cells)[1] for cells in filled]
    return RankResult(
        needs=needs,
        products=products,
        weights=weights,
        need=np.concatenate(needs_of).astype(np.int32),
        product=form.order[places],
        rank=np.concatenate(ranks).astype(np.int32) + np.int32(1),
        verdict=np.concatenate([best.conditional[cells] for (_, best), cells in zip(found, filled, strict=True)]),
        millionths=parts.sum(axis=1, dtype=np.int32),
        contributions=parts,
        rejected=rejected,
    )
