"""Every pair with its reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching import dense
from matching.axes import UNKNOWN_KEY
from matching.blocks import Block, Keyring
from matching.columns import Mask
from matching.compiled import Compiled, compiled
from matching.errors import RecordError
from matching.plans import to_bits
from matching.records import VERDICTS, Criterion, Need, Product, plain
from matching.results import contributions_record
from matching.score import MILLION, neutral_components
from matching.tables import NeedTable, ProductTable
from matching.weights import Weights, load_weights


@dataclass(frozen=True, eq=False)
class Explanation:
    """All pairs of two tables, worked out as they are asked for.

    `rejected` names needs that these products cannot be asked about.
    """

    needs: NeedTable
    products: ProductTable
    weights: Weights
    rejected: Sequence[RecordError]

    def records(self) -> list[dict[str, Any]]:
        return list(self.iter_records())

    def iter_records(self) -> Iterator[dict[str, Any]]:
        """Pair by pair, needs in table order, products by id. The score of an ineligible pair is what it would be."""
        fits, _ = self.needs.fitting(self.products.kinds)
        if not len(self.products):
            return
        form = compiled(self.products, self.weights)
        keyring = Keyring(self.needs, form)
        for row in range(len(self.needs)):
            if fits is None or fits[row]:
                yield from _explained(self.needs.need(row), row, keyring, form)


def explain(needs: NeedTable, products: ProductTable, weights: Weights | None = None) -> Explanation:
    """Verdict, failed criteria, unknown facts and score of every pair; see `Explanation.iter_records`."""
    _, rejected = needs.fitting(products.kinds)
    return Explanation(needs, products, weights or load_weights(), rejected)


def _explained(need: Need, row: int, keyring: Keyring, form: Compiled) -> Iterator[dict[str, Any]]:
    rows = np.array([row])
    verdicts = verdict_matrix(keyring.block(rows), len(form.products))[0]
    places = np.arange(len(form.products))
    parts = dense.contributions(keyring.facts(rows), form.scoring, form.points, np.zeros_like(places), places)
    outcomes = [
        None if key == UNKNOWN_KEY else plan.axis.outcomes(key)[0]
        for key, plan in ((keyring.keys(at, rows), plan) for at, plan in enumerate(form.plans))
    ]
    for place in form.scoring.place_of:
        product = form.products[place]
        yield {
            "need": need.id,
            "product": product.id,
            "verdict": VERDICTS[verdicts[place]],
            "failed": [failure(need, criterion) for criterion in _failed(form, outcomes, int(place))],
            "unknown": unknown_facts(need, product),
            "score": int(parts[place].sum()) / MILLION,
            "contributions": contributions_record(parts[place]),
            "neutral": neutral_components(product, need.facts, need.guarantees, form.weights),
        }


def verdict_matrix(block: Block, products: int) -> NDArray[np.int8]:
    """m × n positions in VERDICTS, products in layout order."""
    open_ = to_bits(dense.surviving(block), products)
    unknown = to_bits(dense.wanting(block), products)
    return np.where(open_, unknown.astype(np.int8), np.int8(2))


def _failed(form: Compiled, outcomes: Sequence[Mask | None], place: int) -> Iterator[Criterion]:
    for at, number in form.stated[place]:
        outcome = outcomes[at]
        if outcome is not None and not outcome[number]:
            yield form.plans[at].criteria[number]


def unknown_facts(need: Need, product: Product) -> list[str]:
    """Facts that the product asks for and the need does not have, each once, in the product's order."""
    return list(dict.fromkeys(one.fact for one in product.criteria if one.fact not in need.facts))


def failure(need: Need, criterion: Criterion) -> dict[str, Any]:
    """The criterion and what it met, as numbers, strings and lists. The actual value is as the need states it."""
    asked = getattr(need, criterion.fact) if criterion.builtin else need.facts[criterion.fact]
    return {"fact": criterion.fact, "op": criterion.op, "value": plain(criterion.value), "actual": plain(asked)}
