"""What ranking and explaining say, as columns and as records."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.columns import Floats
from matching.errors import RecordError
from matching.records import VERDICTS
from matching.score import MILLION, neutral_components
from matching.tables import NeedTable, ProductTable
from matching.weights import COMPONENTS, Weights

Int32s = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class RankResult:
    """The best products of each need: m rows, needs in table order, best product first.

    `need` and `product` are positions in the two tables, `rank` counts from 1,
    `verdict` is a position in VERDICTS; `millionths` (m) and `contributions`
    (m × 7, in the order of COMPONENTS) are millionths of a score point.
    `rejected` names needs that could not be ranked against these products, as a
    fact of theirs is not of the kind the products ask for.
    """

    needs: NeedTable
    products: ProductTable
    weights: Weights
    need: Int32s
    product: Int32s
    rank: Int32s
    verdict: NDArray[np.int8]
    millionths: Int32s
    contributions: Int32s
    rejected: Sequence[RecordError] = ()

    def __len__(self) -> int:
        return len(self.need)

    @property
    def score(self) -> Floats:
        """Points, 0 to 100."""
        return self.millionths / MILLION

    def records(self) -> list[dict[str, Any]]:
        """The rows as the contract writes them, one dict each."""
        return list(self.iter_records())

    def iter_records(self) -> Iterator[dict[str, Any]]:
        """`unknown` names facts that would settle the verdict, `neutral` components that were not fully known."""
        current, known = -1, frozenset[str]()
        for row in range(len(self)):
            at = int(self.need[row])
            if at != current:
                current, known = at, frozenset(self.needs.known_facts(at))
            product = self.products.products[self.product[row]]
            yield {
                "need": self.needs.ids[at],
                "product": product.id,
                "rank": int(self.rank[row]),
                "verdict": VERDICTS[self.verdict[row]],
                "score": int(self.millionths[row]) / MILLION,
                "contributions": contributions_record(self.contributions[row]),
                "unknown": list(dict.fromkeys(c.fact for c in product.criteria if c.fact not in known)),
                "neutral": neutral_components(product, known, self.needs.guarantees_of(at), self.weights),
            }


def contributions_record(millionths: Sequence[int] | Int32s) -> dict[str, float]:
    return {name: int(part) / MILLION for name, part in zip(COMPONENTS, millionths, strict=True)}
