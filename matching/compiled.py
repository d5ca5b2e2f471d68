"""Products compiled for one version of the weights: masks to rule out, arrays to score.

Products are laid out by the highest score they could ever reach, so that the
search for the best may stop where no later product can still enter.
"""

from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.axes import ListAxis
from matching.plans import AxisPlan
from matching.records import Criterion, Product, Range
from matching.rows import RowStore
from matching.score import FEN, MILLION, MONTH, answer_rate, approval_rate, cost, easiest, millionths, speed
from matching.tables import ProductTable
from matching.weights import Weights

Int32s = NDArray[np.int32]
Floats = NDArray[np.float64]


class Scoring(NamedTuple):
    """What a score needs of each of n products, in layout order; scores in millionths of a point.

    `bound` is the highest score a product can reach, descending; `tie` its place
    by id, and `place_of` the place of each tie. `fixed` is what depends on the
    product alone, `likeliest` the most that its likelihood can give. `amount`
    and `term` are (3, n): min, max, and the divisor max(min, unit). The
    thresholds of product p are entries `start[p]` to `start[p + 1]` of `asked`,
    which names places in the arrays that follow: of each distinct threshold the
    number column asked, low and high (infinite where open), and the distance
    that counts as a full margin.
    """

    bound: Int32s
    tie: Int32s
    place_of: Int32s
    cost: Int32s
    speed: Int32s
    record: Int32s
    fixed: Int32s
    likeliest: Int32s
    approval: Floats
    amount: Floats
    term: Floats
    start: Int32s
    asked: Int32s
    column: Int32s
    low: Floats
    high: Floats
    scale: Floats


class Points(NamedTuple):
    """The weights as the engines take them; points in millionths, as floats where they are multiplied."""

    likelihood: float
    amount_fit: float
    term_fit: float
    margin_share: float
    neutral: float
    neutral_margin: int


class Compiled:
    """`order` gives the table position of each place; `plans` the axes, the four built-in ones first."""

    def __init__(self, products: Sequence[Product], weights: Weights) -> None:
        self.weights = weights
        by_id = sorted(range(len(products)), key=lambda at: products[at].id)
        bounds = [_bound(product, weights) for product in products]
        self.order = np.array(sorted(by_id, key=lambda at: -bounds[at]), np.int32)
        self.products = [products[at] for at in self.order]
        self._plan()
        self.points = _points(weights)
        self.scoring = self._scoring(by_id, bounds)
        self.store = RowStore(self.plans, len(self.products))
        self._accepted = {product.guarantees: None for product in self.products}
        self._ease: dict[int, Int32s] = {}
        # Held while keys are numbered: tables may be ranked from several threads at once.
        self.lock = Lock()

    def _plan(self) -> None:
        plans: dict[tuple[str, bool], int] = {}
        self.plans: list[AxisPlan] = []
        # For each product, its criteria in order as (plan, criterion's number there).
        self.stated: list[list[tuple[int, int]]] = []
        for place, product in enumerate(self.products):
            stated = []
            for criterion in product.all_criteria():
                key = criterion.fact, criterion.builtin
                at = plans.setdefault(key, len(plans))
                if at == len(self.plans):
                    self.plans.append(AxisPlan(criterion.fact, criterion.kind, builtin=criterion.builtin))
                stated.append((at, self.plans[at].state(place, criterion)))
            self.stated.append(stated)
        for plan in self.plans:
            plan.finish(len(self.products))
        self.asking = np.stack([plan.asking for plan in self.plans]) if self.plans else np.empty((0, 0), np.uint64)
        self.number_facts = [plan.name for plan in self.plans if plan.kind == "number" and not plan.builtin]

    def _scoring(self, by_id: Sequence[int], bounds: Sequence[int]) -> Scoring:
        products, weights = self.products, self.weights
        tie = np.empty(len(products), np.int32)
        tie[np.array(by_id, np.int64)] = np.arange(len(products))
        tie = tie[self.order]
        place_of = np.empty_like(tie)
        place_of[tie] = np.arange(len(products))
        fixed = np.array([_fixed(product, weights) for product in products], np.int32).reshape(-1, 3)
        start, asked, column, (low, high, scale) = self._thresholds()
        approval = np.array([_approval(product, weights) for product in products])
        return Scoring(
            bound=np.array([bounds[at] for at in self.order], np.int32),
            tie=tie,
            place_of=place_of,
            cost=fixed[:, 0].copy(),
            speed=fixed[:, 1].copy(),
            record=fixed[:, 2].copy(),
            fixed=fixed.sum(axis=1, dtype=np.int32),
            likeliest=np.array([_likeliest(product, weights) for product in products], np.int32),
            approval=approval,
            amount=_ranges([product.amount for product in products], FEN),
            term=_ranges([product.term for product in products], MONTH),
            start=start,
            asked=asked,
            column=column,
            low=low,
            high=high,
            scale=scale,
        )

    def _thresholds(self) -> tuple[Int32s, Int32s, Int32s, Floats]:
        """`start`, `asked` and `column` of Scoring, and (low, high, scale) of each distinct threshold."""
        column = {name: at for at, name in enumerate(self.number_facts)}
        numbered: dict[tuple[int, tuple[float, float, float]], int] = {}
        start, asked = [0], []
        for product in self.products:
            for one in product.criteria:
                if one.kind == "number":
                    asked.append(numbered.setdefault((column[one.fact], threshold(one)), len(numbered)))
            start.append(len(asked))
        bounds = np.array([bound for _, bound in numbered]).reshape(-1, 3)
        columns = np.array([at for at, _ in numbered], np.int32)
        return np.array(start, np.int32), np.array(asked, np.int32), columns, bounds.T.copy()

    def __len__(self) -> int:
        return len(self.products)

    def terms(self) -> tuple[Scoring, Points]:
        """What every search needs besides its block."""
        return self.scoring, self.points

    def ease_table(self) -> Int32s:
        """The rows of `ease` for every key so far."""
        keys = range(self.plans[3].axis.size())
        return np.stack([self.ease(key) for key in keys]) if keys else np.empty((0, len(self)), np.int32)

    def ease(self, key: int) -> Int32s:
        """The collateral contribution of every product, for needs with this key on the guarantees axis."""
        found = self._ease.get(key)
        if found is None:
            axis = self.plans[3].axis
            if not isinstance(axis, ListAxis):
                raise TypeError("guarantees are a list")
            offered = axis.members(key)
            worth = {accepted: self._worth(offered, accepted) for accepted in self._accepted}
            found = np.array([worth[product.guarantees] for product in self.products], np.int32)
            self._ease[key] = found
        return found

    def _worth(self, offered: tuple[str, ...], accepted: tuple[str, ...]) -> int:
        return _collateral(offered, accepted, self.weights)


def compiled(products: ProductTable, weights: Weights) -> Compiled:
    """The table's compiled form, made once for each version of the weights."""
    found: Compiled | None = products.cache.get(weights)
    if found is None:
        found = products.cache[weights] = Compiled(products.products, weights)
    return found


def threshold(criterion: Criterion) -> tuple[float, float, float]:
    """A numeric criterion as (low, high, full margin), a side that is open being infinite."""
    value = criterion.value
    if isinstance(value, tuple):
        low, high = map(float, value)
        half = high / 2 - low / 2
        return low, high, half if half > 0 else 1.0
    bound = float(value)
    scale = abs(bound) if bound else 1.0
    return (bound, np.inf, scale) if criterion.op == ">=" else (-np.inf, bound, scale)


def _ranges(ranges: Sequence[Range], unit: float) -> Floats:
    return np.array([[one.min, one.max, max(one.min, unit)] for one in ranges]).reshape(-1, 3).T.copy()


def _fixed(product: Product, weights: Weights) -> tuple[int, int, int]:
    return (
        millionths(weights.points["cost"], cost(product.annual_rate, weights)),
        millionths(weights.points["speed"], speed(product, weights)),
        millionths(weights.points["record"], answer_rate(product.institution_record, weights)),
    )


def _approval(product: Product, weights: Weights) -> float:
    return (1.0 - weights.margin_share) * approval_rate(product.institution_record, weights)


def _likeliest(product: Product, weights: Weights) -> int:
    return millionths(weights.points["likelihood"], weights.margin_share + _approval(product, weights))


def _collateral(offered: tuple[str, ...], accepted: tuple[str, ...], weights: Weights) -> int:
    ease = easiest(offered, accepted, weights)
    return millionths(weights.points["collateral"], weights.neutral if ease is None else ease)


def _bound(product: Product, weights: Weights) -> int:
    """No need can score more: the most of what depends on it, plus the rest as it is."""
    reach = weights.points["amount_fit"] + weights.points["term_fit"]
    ease = _collateral(product.guarantees, product.guarantees, weights)
    return sum(_fixed(product, weights)) + _likeliest(product, weights) + reach + ease


def _points(weights: Weights) -> Points:
    return Points(
        likelihood=float(weights.points["likelihood"]),
        amount_fit=float(weights.points["amount_fit"]),
        term_fit=float(weights.points["term_fit"]),
        margin_share=weights.margin_share,
        neutral=weights.neutral,
        neutral_margin=millionths(MILLION, weights.neutral),
    )
