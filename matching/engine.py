"""Ranking: every need against every product, the best kept."""

import numpy as np

from matching.records import VERDICTS
from matching.reference import rank_one
from matching.results import RankResult
from matching.tables import NeedTable, ProductTable
from matching.weights import Weights, load_weights


def rank(needs: NeedTable, products: ProductTable, top: int = 10, weights: Weights | None = None) -> RankResult:
    """The `top` best products of every need.

    Eligible before conditional, then the higher score, then the smaller product
    id; ineligible products never. Weights default to the current version.
    Raises ValueError for `top` below 1. Needs of which a fact is of another kind
    than the products ask for are left out and named in `rejected`.
    """
    if top < 1:
        raise ValueError(f"top must be at least 1, not {top}")
    weights = weights or load_weights()
    fits, rejected = needs.fitting(products.kinds)
    found = []
    for row in range(len(needs)):
        if fits is not None and not fits[row]:
            continue
        for place, pair in enumerate(rank_one(needs.need(row), products.products, top, weights), 1):
            found.append((row, products.position(pair.product.id), place, pair))
    return RankResult(
        needs=needs,
        products=products,
        weights=weights,
        need=np.array([row for row, _, _, _ in found], np.int32),
        product=np.array([at for _, at, _, _ in found], np.int32),
        rank=np.array([place for _, _, place, _ in found], np.int32),
        verdict=np.array([VERDICTS.index(pair.judgement.verdict) for *_, pair in found], np.int8),
        millionths=np.array([pair.scored.score for *_, pair in found], np.int32),
        contributions=np.array([pair.scored.contributions for *_, pair in found], np.int32).reshape(-1, 7),
        rejected=rejected,
    )
