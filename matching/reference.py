"""The plain reading of the contract, pair by pair: slow, short, and the judge of the compiled engine."""

from collections.abc import Iterable
from typing import NamedTuple

from matching.records import UNSECURED, VERDICTS, Criterion, Fact, Need, Product, Verdict
from matching.score import Scored, score
from matching.weights import Weights


class Judgement(NamedTuple):
    """`failed` in the product's order; `unknown` names each fact once, in the same order."""

    verdict: Verdict
    failed: tuple[Criterion, ...]
    unknown: tuple[str, ...]


class Ranked(NamedTuple):
    product: Product
    judgement: Judgement
    scored: Scored


def judge(need: Need, product: Product) -> Judgement:
    outcomes = [(criterion, passes(criterion, actual(need, criterion))) for criterion in product.all_criteria()]
    failed = tuple(criterion for criterion, outcome in outcomes if outcome is False)
    unknown = tuple(dict.fromkeys(criterion.fact for criterion, outcome in outcomes if outcome is None))
    verdict: Verdict = "ineligible" if failed else "conditional" if unknown else "eligible"
    return Judgement(verdict, failed, unknown)


def actual(need: Need, criterion: Criterion) -> Fact:
    """What the criterion is asked of."""
    if not criterion.builtin:
        return need.facts.get(criterion.fact)
    if criterion.fact == "guarantees":
        return (*need.guarantees, UNSECURED)
    if criterion.fact == "max_rate":
        return float("inf") if need.max_rate is None else need.max_rate
    return need.amount if criterion.fact == "amount" else need.term


def passes(criterion: Criterion, fact: Fact) -> bool | None:
    """Whether a fact passes; None where it is unknown."""
    value = criterion.value
    match criterion.op, fact, value:
        case _, None, _:
            return None
        case "in", str(), tuple():
            return fact in value
        case "not_in", str(), tuple():
            return fact not in value
        case "prefix_in", str(), tuple():
            return any(fact.startswith(str(prefix)) for prefix in value)
        case ">=", float(), float():
            return fact >= value
        case "<=", float(), float():
            return fact <= value
        case "between", float(), (float(low), float(high)):
            return low <= fact <= high
        case "is", bool(), bool():
            return fact is value
        case "any_of", tuple(), tuple():
            return any(member in value for member in fact)
        case "none_of", tuple(), tuple():
            return not any(member in value for member in fact)
    raise TypeError(f"{criterion.op} cannot be asked of {fact!r}")


def rank_one(need: Need, products: Iterable[Product], top: int, weights: Weights) -> list[Ranked]:
    """The best `top` products of a need, best first."""
    pairs = [Ranked(product, judge(need, product), score(need, product, weights)) for product in products]
    open_pairs = [pair for pair in pairs if pair.judgement.verdict != "ineligible"]
    return sorted(open_pairs, key=_order)[:top]


def _order(pair: Ranked) -> tuple[int, int, str]:
    return VERDICTS.index(pair.judgement.verdict), -pair.scored.score, pair.product.id
