"""Every pair with its reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from matching.errors import RecordError
from matching.records import Criterion, Need, Product, Verdict, plain
from matching.reference import judge
from matching.results import contributions_record
from matching.score import MILLION, neutral_components, score
from matching.tables import NeedTable, ProductTable
from matching.weights import Weights, load_weights


@dataclass(frozen=True, eq=False)
class Explanation:
    """All pairs of two tables, worked out as they are asked for."""

    needs: NeedTable
    products: ProductTable
    weights: Weights
    rejected: Sequence[RecordError]

    def records(self) -> list[dict[str, Any]]:
        return list(self.iter_records())

    def iter_records(self) -> Iterator[dict[str, Any]]:
        """Pair by pair, needs in table order, products by id."""
        fits, _ = self.needs.fitting(self.products.kinds)
        ordered = sorted(self.products.products, key=lambda product: product.id)
        for row in range(len(self.needs)):
            if fits is not None and not fits[row]:
                continue
            need = self.needs.need(row)
            for product in ordered:
                yield pair_record(need, product, self.weights)


def explain(needs: NeedTable, products: ProductTable, weights: Weights | None = None) -> Explanation:
    """Verdict, failed criteria, unknown facts and score of every pair; see `Explanation.iter_records`."""
    _, rejected = needs.fitting(products.kinds)
    return Explanation(needs, products, weights or load_weights(), rejected)


def pair_record(need: Need, product: Product, weights: Weights) -> dict[str, Any]:
    verdict, failed, unknown = judge(need, product)
    return explained(need, product, verdict, failed, unknown, weights)


def explained(
    need: Need,
    product: Product,
    verdict: Verdict,
    failed: Sequence[Criterion],
    unknown: Sequence[str],
    weights: Weights,
) -> dict[str, Any]:
    scored = score(need, product, weights)
    return {
        "need": need.id,
        "product": product.id,
        "verdict": verdict,
        "failed": [failure(need, criterion) for criterion in failed],
        "unknown": list(unknown),
        "score": scored.score / MILLION,
        "contributions": contributions_record(scored.contributions),
        "neutral": neutral_components(product, need.facts, need.guarantees, weights),
    }


def failure(need: Need, criterion: Criterion) -> dict[str, Any]:
    """The criterion and what it met, as numbers, strings and lists. The actual value is as the need states it."""
    asked = getattr(need, criterion.fact) if criterion.builtin else need.facts[criterion.fact]
    return {"fact": criterion.fact, "op": criterion.op, "value": plain(criterion.value), "actual": plain(asked)}
