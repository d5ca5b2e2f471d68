"""Counterfactuals: the closed products that the fewest and smallest changes would open."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching import dense
from matching.blocks import Block, Keyring
from matching.changes import Change, changed, load_changes, rule_for, smallest_change
from matching.compiled import Compiled, compiled
from matching.errors import RecordError
from matching.plans import to_bits
from matching.records import Criterion, Fact, Need, Product
from matching.reference import judge
from matching.score import MILLION, score
from matching.tables import NeedTable, ProductTable
from matching.weights import Weights, load_weights


@dataclass(frozen=True, eq=False)
class Nearest:
    """Worked out need by need, as it is asked for; `rejected` as in `RankResult`."""

    needs: NeedTable
    products: ProductTable
    top: int
    weights: Weights
    catalogue: Mapping[str, Any]
    rejected: Sequence[RecordError]

    def records(self) -> list[dict[str, Any]]:
        return list(self.iter_records())

    def iter_records(self) -> Iterator[dict[str, Any]]:
        """Needs in table order; fewest changes first, then the smallest, then the highest score, then product id."""
        fits, _ = self.needs.fitting(self.products.kinds)
        if not len(self.products):
            return
        form = compiled(self.products, self.weights)
        keyring = Keyring(self.needs, form)
        for row in range(len(self.needs)):
            if fits is None or fits[row]:
                yield from self._of(self.needs.need(row), keyring.block(np.array([row])), form)

    def _of(self, need: Need, block: Block, form: Compiled) -> Iterator[dict[str, Any]]:
        found = []
        for place in _candidates(block, form, self.catalogue):
            product = form.products[place]
            changes = opening(need, product, self.catalogue)
            if changes:
                size = sum(change.size for change in changes)
                after = changed(need, changes)
                points = score(after, product, self.weights).score
                found.append((len(changes), round(size, 6), -points, product.id, product, changes, after))
        found.sort(key=lambda one: one[:4])
        for rank, (_, size, points, _, product, changes, after) in enumerate(found[: self.top], 1):
            verdict = judge(after, product)
            yield {
                "need": need.id,
                "product": product.id,
                "rank": rank,
                "changes": [change.record() for change in changes],
                "size": size,
                "verdict": verdict.verdict,
                "unknown": list(verdict.unknown),
                "score": -points / MILLION,
            }


def nearest(
    needs: NeedTable,
    products: ProductTable,
    top: int = 3,
    weights: Weights | None = None,
    *,
    changes: str | None = None,
) -> Nearest:
    """For each need the `top` ineligible products that the fewest and smallest changes would open.

    A product is listed only if all it fails can be changed by the enterprise, by
    the dated catalogue of `changes` (a version; by default the current one). The
    verdict and the score are those after the changes; facts still unknown stay so.
    Raises ValueError for `top` below 1.
    """
    if top < 1:
        raise ValueError(f"top must be at least 1, not {top}")
    _, rejected = needs.fitting(products.kinds)
    return Nearest(needs, products, top, weights or load_weights(), load_changes(changes), rejected)


def _candidates(block: Block, form: Compiled, catalogue: Mapping[str, Any]) -> Iterator[int]:
    """Places of closed products that fail on nothing but what can be changed."""
    fixed = [at for at, plan in enumerate(form.plans) if rule_for(catalogue, plan.name, builtin=plan.builtin) is None]
    allowed = dense.surviving(block._replace(slots=block.slots[:, fixed])) if fixed else ~np.zeros_like(block.rows[:1])
    closed = to_bits(allowed & ~dense.surviving(block), len(form))[0]
    return map(int, np.flatnonzero(closed))


def opening(need: Need, product: Product, catalogue: Mapping[str, Any]) -> tuple[Change, ...]:
    """One change for each fact that the product fails on, in the product's order; none where one cannot be changed."""
    failed = judge(need, product).failed
    changes = []
    for name, builtin in dict.fromkeys((one.fact, one.builtin) for one in failed):
        asked = [one for one in product.all_criteria() if (one.fact, one.builtin) == (name, builtin)]
        rule = rule_for(catalogue, name, builtin=builtin)
        change = smallest_change(_present(need, asked[0]), asked, rule) if rule else None
        if change is None:
            return ()
        changes.append(change)
    return tuple(changes)


def _present(need: Need, criterion: Criterion) -> Fact:
    fact: Fact = getattr(need, criterion.fact) if criterion.builtin else need.facts[criterion.fact]
    return fact
