"""Ranking: every need against every product, the best kept."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from matching import dense, kernels, narrow
from matching.blocks import Keyring
from matching.columns import Index
from matching.compiled import Compiled, compiled
from matching.dense import Pairs
from matching.plans import Words
from matching.results import RankResult
from matching.tables import NeedTable, ProductTable
from matching.weights import Weights, load_weights

_Part = TypeVar("_Part")
_Result = TypeVar("_Result")

# Needs handled at once: enough to spread the cost of a call, few enough for their arrays to stay in cache.
_BLOCK, _LEAST = 16_384, 1_024
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
    found = _search(needs, form, rows, kept, chosen, workers) if kept else _empty_pairs(0)
    return RankResult(
        needs=needs,
        products=products,
        weights=weights,
        need=found.need,
        product=found.place,
        rank=found.rank,
        verdict=found.conditional,
        millionths=found.score,
        contributions=found.parts,
        rejected=rejected,
    )


def _engine(name: str | None) -> str:
    name = name or ("numba" if kernels.AVAILABLE else "numpy")
    if name not in ("numba", "numpy"):
        raise ValueError(f"engine must be 'numba' or 'numpy', not {name!r}")
    if name == "numba" and not kernels.AVAILABLE:
        raise ValueError("Numba is not installed here")
    return name


def _search(needs: NeedTable, form: Compiled, rows: Index | None, top: int, engine: str, workers: int | None) -> Pairs:
    """The best pairs of these needs (None: of all); `need` and `place` are places in the two tables."""
    threads = workers or os.cpu_count() or 1
    most = min(_BLOCK, max(1, _TOP_CELLS // top))
    if engine == "numpy":
        most = min(most, max(1, _DENSE_CELLS // len(form)))
    blocks = _blocks(len(needs) if rows is None else len(rows), most, threads)
    chosen: Sequence[Index | slice] = blocks if rows is None else [rows[block] for block in blocks]
    keyring = Keyring(needs, form, fast=engine == "numba")
    with ThreadPoolExecutor(threads) if min(threads, len(blocks)) > 1 else nullcontext() as pool:
        if engine == "numba" and len(form) <= narrow.PRODUCTS:
            return _few_products(keyring, form, chosen, top, pool)
        found = _each(pool, lambda block: _many_products(keyring, form, block, top, engine), chosen)
    return Pairs._make(map(np.concatenate, zip(*found, strict=True))) if found else _empty_pairs(0)


def _blocks(count: int, most: int, threads: int) -> list[slice]:
    """Blocks of one length, as many for each thread, unless the needs are few."""
    rounds = max(1, -(-count // (most * threads)))
    size = max(min(most, _LEAST), -(-count // (rounds * threads)))
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def _rows(block: Index | slice, places: NDArray[Any]) -> NDArray[Any]:
    """Where in the table these needs of a block are."""
    rows: NDArray[Any] = places + block.start if isinstance(block, slice) else block[places]
    return rows


def _each(pool: ThreadPoolExecutor | None, one: Callable[[_Part], _Result], parts: Sequence[_Part]) -> list[_Result]:
    return list(map(one, parts) if pool is None else pool.map(one, parts))


def _many_products(keyring: Keyring, form: Compiled, block: Index | slice, top: int, engine: str) -> Pairs:
    masks, facts = keyring.block(block), keyring.facts(block)
    if engine == "numpy":
        pairs = dense.search(masks, facts, *form.terms(), top)
    else:
        # Room for the most there can be; memory that nothing is written to is never taken.
        room = _empty_pairs(len(facts.amount) * top)
        pairs = _between(room, 0, kernels.search(masks, facts, *form.terms(), top, room))
    return pairs._replace(need=_rows(block, pairs.need).astype(np.int32), place=form.order[pairs.place])


def _few_products(
    keyring: Keyring, form: Compiled, blocks: Sequence[Index | slice], top: int, pool: ThreadPoolExecutor | None
) -> Pairs:
    """In two rounds: when all survivors are found, it is known where each block's pairs go, and nothing is copied."""

    def survivors(block: Index | slice) -> tuple[Index, Words, int, int]:
        needs, *found = narrow.survivors(keyring.block(block), top)
        return _rows(block, needs), *found

    found = _each(pool, survivors, blocks)
    ends = np.cumsum([kept for *_, kept in found], dtype=int).tolist()
    pairs = _empty_pairs(ends[-1] if ends else 0)

    def score(at: int) -> None:
        needs, masks, opened, kept = found[at]
        room = _between(pairs, ends[at] - kept, ends[at])
        if narrow.crowded(len(needs), opened, top):
            _copy(_many_products(keyring, form, needs, top, "numba"), room)
        elif kept:
            narrow.search(needs, masks, keyring.facts(needs), *form.terms(), form.order, top, room)

    _each(pool, score, range(len(found)))
    return pairs


def _between(pairs: Pairs, start: int, stop: int) -> Pairs:
    return Pairs._make(column[start:stop] for column in pairs)


def _copy(pairs: Pairs, room: Pairs) -> None:
    source: Any
    target: Any
    for source, target in zip(pairs, room, strict=True):
        np.copyto(target, source)


def _empty_pairs(count: int) -> Pairs:
    need, place, rank, score = (np.empty(count, np.int32) for _ in range(4))
    return Pairs(need, place, rank, np.empty(count, np.int8), score, np.empty((count, 7), np.int32))
