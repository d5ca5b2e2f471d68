"""The score, formula by formula, for one need and one product.

Each component is a number in [0, 1]; a contribution is that number times its
weight, as a whole number of millionths of a point. So a score is the exact sum
of its contributions, in whatever order they are added, and two engines that
follow the formulas agree to the last digit. Only +, -, *, /, min, max and
floor occur: nothing whose last bit depends on the machine's mathematics library.
"""

from collections.abc import Collection
from math import floor
from typing import NamedTuple

from matching.records import UNSECURED, Criterion, Fact, InstitutionRecord, Need, Product, Range
from matching.weights import COMPONENTS, Weights

MILLION = 1_000_000
# The smallest amount and term that a distance is measured against: a fen, a month.
FEN = 0.01
MONTH = 1.0


class Scored(NamedTuple):
    """Both in millionths of a point; `contributions` in the order of COMPONENTS."""

    score: int
    contributions: tuple[int, ...]


def score(need: Need, product: Product, weights: Weights) -> Scored:
    """Defined for ineligible pairs too: what they would be worth, were they open."""
    components = {
        "cost": cost(product.annual_rate, weights),
        "likelihood": likelihood(need, product, weights),
        "speed": speed(product, weights),
        "amount_fit": headroom(need.amount, product.amount, FEN),
        "term_fit": headroom(need.term, product.term, MONTH),
        "collateral": collateral(need.guarantees, product.guarantees, weights),
        "record": answer_rate(product.institution_record, weights),
    }
    contributions = tuple(millionths(weights.points[name], components[name]) for name in COMPONENTS)
    return Scored(sum(contributions), contributions)


def neutral_components(
    product: Product, known: Collection[str], offered: tuple[str, ...], weights: Weights
) -> list[str]:
    """Components in which something was not known and took the neutral value; `known` are the need's known facts."""
    record = product.institution_record
    thresholds = [criterion.fact for criterion in product.criteria if criterion.kind == "number"]
    unknown = {
        "likelihood": record is None or not thresholds or any(fact not in known for fact in thresholds),
        "speed": not decision_times(product),
        "collateral": easiest(offered, product.guarantees, weights) is None,
        "record": record is None,
    }
    return [name for name in COMPONENTS if unknown.get(name)]


def millionths(points: int, component: float) -> int:
    """Rounded half up, which keeps order: a larger component never contributes less."""
    return floor(points * component + 0.5)


def clip(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def cost(rate: Range, weights: Weights) -> float:
    """From the middle of the product's rates: the lowest alone is an advertisement."""
    middle = rate.min / 2 + rate.max / 2
    return clip((weights.rate_worst - middle) / (weights.rate_worst - weights.rate_best))


def speed(product: Product, weights: Weights) -> float:
    """From the days promised, or the institution's median where that is longer."""
    days = decision_times(product)
    return clip((weights.days_worst - max(days)) / weights.days_worst) if days else weights.neutral


def decision_times(product: Product) -> list[float]:
    median = product.institution_record.median_days if product.institution_record else None
    return [days for days in (product.decision_days, median) if days is not None]


def headroom(asked: float, offered: Range, unit: float) -> float:
    """1 where the floor is at most half of what is asked and the ceiling at least twice; 0 on either bound."""
    above = (asked - offered.min) / max(offered.min, unit)
    below = (offered.max - asked) / max(asked, unit)
    return clip(min(above, below))


def collateral(offered: tuple[str, ...], accepted: tuple[str, ...], weights: Weights) -> float:
    """The easiest of the guarantees that both sides have; 0 where there is none."""
    ease = easiest(offered, accepted, weights)
    return weights.neutral if ease is None else ease


def easiest(offered: tuple[str, ...], accepted: tuple[str, ...], weights: Weights) -> float | None:
    """None where it is one that the parameters do not know, which counts as neutral."""
    usable = set(accepted) & {*offered, UNSECURED}
    known = max((weights.ease[kind] for kind in usable if kind in weights.ease), default=0.0)
    if known < weights.neutral and not all(kind in weights.ease for kind in usable):
        return None
    return known


def answer_rate(record: InstitutionRecord | None, weights: Weights) -> float:
    """Answers by needs received, drawn towards the prior while there are few."""
    if record is None:
        return weights.neutral
    return smoothed(record.answered, record.received, weights.answer_prior, weights.answer_count)


def approval_rate(record: InstitutionRecord | None, weights: Weights) -> float:
    if record is None:
        return weights.neutral
    return smoothed(record.approved, record.answered, weights.approval_prior, weights.approval_count)


def smoothed(hits: float, trials: float, prior: float, count: float) -> float:
    return clip((hits + count * prior) / (trials + count))


def likelihood(need: Need, product: Product, weights: Weights) -> float:
    """The mean margin above the product's numeric thresholds, mixed with the institution's approval rate.

    A threshold on an unknown fact counts as neutral, and so does a product without thresholds.
    """
    thresholds = [criterion for criterion in product.criteria if criterion.kind == "number"]
    margins = [margin(criterion, need.facts.get(criterion.fact), weights) for criterion in thresholds]
    total = sum(millionths(MILLION, one) for one in margins)
    mean = total / (len(margins) * MILLION) if margins else weights.neutral
    share = weights.margin_share
    return share * mean + (1.0 - share) * approval_rate(product.institution_record, weights)


def margin(criterion: Criterion, fact: Fact, weights: Weights) -> float:
    """How far a number is inside its threshold: 0 on it, 1 at twice the threshold (or none of it) and beyond.

    Inside ``between``: 1 in the middle.
    """
    if not isinstance(fact, float):
        return weights.neutral
    if isinstance(criterion.value, tuple):
        low, high = criterion.value
        if not isinstance(low, float) or not isinstance(high, float):
            raise TypeError(f"{criterion.op} has no margin")
        half = high / 2 - low / 2
        return clip(min(fact - low, high - fact) / (half if half > 0 else 1.0))
    threshold = float(criterion.value)
    scale = abs(threshold) if threshold else 1.0
    distance = fact - threshold if criterion.op == ">=" else threshold - fact
    return clip(distance / scale)
