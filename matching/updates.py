"""A product changes: which needs it touches, and their lists anew without compiling everything again."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from matching import dense, kernels
from matching.blocks import Keyring
from matching.columns import Index, Mask, NumberColumn
from matching.compiled import compiled
from matching.engine import rank
from matching.explaining import verdict_matrix
from matching.results import RankResult
from matching.tables import NeedTable, ProductTable
from matching.weights import Weights, load_weights

_BLOCK = 65_536


def affected(needs: NeedTable, *versions: ProductTable, weights: Weights | None = None) -> Index:
    """Positions of the needs to which any of these products is open, eligible or conditional.

    Given the products as they were and as they are, these are all the needs whose list can have changed.
    """
    touched = np.zeros(len(needs), bool)
    for version in versions:
        if len(version):
            touched |= reached(needs, version, weights) < 2
    return np.flatnonzero(touched)


def reached(needs: NeedTable, products: ProductTable, weights: Weights | None = None) -> NDArray[np.int8]:
    """For each need the best verdict that any of these products gives it, as a position in VERDICTS."""
    form = compiled(products, weights or load_weights())
    keyring = Keyring(needs, form, fast=kernels.AVAILABLE)
    best = np.full(len(needs), 2, np.int8)
    for start in range(0, len(needs), _BLOCK):
        block = keyring.block(slice(start, start + _BLOCK))
        open_ = dense.surviving(block)
        some = np.flatnonzero(open_.any(axis=1))
        if len(some):
            few = block._replace(slots=block.slots[some])
            best[start + some] = verdict_matrix(few, len(form)).min(axis=1)
    fits, _ = needs.fitting(products.kinds)
    if fits is not None:
        best[~fits] = 2
    return best


def rerank(
    needs: NeedTable,
    products: ProductTable,
    changed: ProductTable,
    top: int = 10,
    weights: Weights | None = None,
    *,
    removed: Collection[str] = (),
) -> RankResult:
    """What `rank` would give after `changed` products replaced theirs (or came new) and `removed` ids went.

    `products` is the table as it was, whose compiled form is used again; the
    result refers to ``products.replaced(changed, removed)``.
    """
    after = products.replaced(changed, removed)
    stale = {*removed, *(product.id for product in changed.products)} & products.positions().keys()
    old = rank(needs, products, top + len(stale), weights)
    new = rank(needs, changed, top, weights)
    positions = after.positions()
    moved = np.array([positions.get(product.id, -1) for product in products.products], np.int64)
    moved[[products.position(gone) for gone in stale]] = -1
    arrived = np.array([positions[product.id] for product in changed.products], np.int64)
    kept: Mask = moved[old.product] >= 0
    need = np.concatenate([old.need[kept], new.need])
    product = np.concatenate([moved[old.product[kept]], arrived[new.product]])
    verdict = np.concatenate([old.verdict[kept], new.verdict])
    score = np.concatenate([old.millionths[kept], new.millionths])
    by_id = np.empty(len(after), np.int64)
    by_id[sorted(range(len(after)), key=lambda at: after.products[at].id)] = np.arange(len(after))
    order = np.lexsort((by_id[product], -score, verdict, need))
    place = np.arange(len(order)) - np.searchsorted(need[order], need[order])
    order = order[place < top]
    parts = np.concatenate([old.contributions[kept], new.contributions])
    return RankResult(
        needs=needs,
        products=after,
        weights=old.weights,
        need=need[order],
        product=product[order].astype(np.int32),
        rank=place[place < top].astype(np.int32) + np.int32(1),
        verdict=verdict[order],
        millionths=score[order],
        contributions=parts[order],
        rejected=old.rejected,
    )


def moved(before: NeedTable, after: NeedTable, products: ProductTable, weights: Weights | None = None) -> Index:
    """Positions of needs whose list may differ between two states of the same needs, row by row.

    Found by the index, without ranking: where a need falls on the same keys and has the same numbers that scores are
    made of, no product can tell the two states apart. Raises ValueError for tables of different needs.
    """
    if list(before.ids) != list(after.ids):
        raise ValueError("the two tables must hold the same needs in the same order")
    if not len(products):
        return np.empty(0, np.int64)
    form = compiled(products, weights or load_weights())
    old, new = Keyring(before, form), Keyring(after, form)
    everyone = slice(0, len(before))
    differs = (before.amount != after.amount) | (before.term != after.term)
    for at in range(len(form.plans)):
        differs |= old.keys(at, everyone) != new.keys(at, everyone)
    for name in form.number_facts:
        a, b = (
            column.values if isinstance(column := table.facts.get((name, "number")), NumberColumn) else None
            for table in (before, after)
        )
        if a is not None and b is not None:
            differs |= (a != b) & ~(np.isnan(a) & np.isnan(b))
    for table in (before, after):
        fits, _ = table.fitting(products.kinds)
        if fits is not None:
            differs |= ~fits
    return np.flatnonzero(differs)
