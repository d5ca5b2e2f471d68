"""What ranking and explaining say, as columns and as records."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.columns import Floats
from matching.errors import RecordError
from matching.records import VERDICTS, Product
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
        columns = [(name, column.known()) for (name, _), column in self.needs.facts.items()]
        notes: dict[tuple[int, frozenset[str], tuple[str, ...]], tuple[list[str], list[str]]] = {}
        current, known = -1, frozenset[str]()
        offered: tuple[str, ...] = ()
        for row in range(len(self)):
            at, position = int(self.need[row]), int(self.product[row])
            if at != current:
                current, offered = at, self.needs.guarantees_of(at)
                known = frozenset(name for name, has in columns if has[at])
            product = self.products.products[position]
            key = position, known, offered
            if key not in notes:
                notes[key] = self._notes(product, known, offered)
            unknown, neutral = notes[key]
            yield {
                "need": self.needs.ids[at],
                "product": product.id,
                "rank": int(self.rank[row]),
                "verdict": VERDICTS[self.verdict[row]],
                "score": int(self.millionths[row]) / MILLION,
                "contributions": contributions_record(self.contributions[row]),
                "unknown": list(unknown),
                "neutral": list(neutral),
            }

    def _notes(self, product: Product, known: frozenset[str], offered: tuple[str, ...]) -> tuple[list[str], list[str]]:
        unknown = list(dict.fromkeys(one.fact for one in product.criteria if one.fact not in known))
        return unknown, neutral_components(product, known, offered, self.weights)


def contributions_record(millionths: Sequence[int] | Int32s) -> dict[str, float]:
    return dict(zip(COMPONENTS, (np.asarray(millionths) / MILLION).tolist(), strict=True))
