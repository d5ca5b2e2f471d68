"""The search in NumPy alone: every survivor scored, then sorted. The compiled search must say the same."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.blocks import Block, Facts
from matching.compiled import Points, Scoring
from matching.plans import Words, to_bits
from matching.rows import UNKNOWN_SLOT
from matching.score import FEN, MILLION, MONTH

Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]


class Pairs(NamedTuple):
    """The best pairs of a block, need by need, best first.

    `need` is a place in the block, `place` one in the layout of the products,
    `rank` counts from 1, `conditional` is 1 for conditional pairs, and `parts`
    (pairs × 7) are the contributions, of which `score` is the sum.
    """

    need: Int32s
    place: Int32s
    rank: Int32s
    conditional: NDArray[np.int8]
    score: Int32s
    parts: Int32s


def search(block: Block, facts: Facts, scoring: Scoring, points: Points, top: int) -> Pairs:
    products = len(scoring.tie)
    need, place = np.nonzero(to_bits(surviving(block), products))
    conditional = to_bits(wanting(block), products)[need, place].astype(np.int8)
    parts = contributions(facts, scoring, points, need, place)
    score = parts.sum(axis=1, dtype=np.int32)
    order = np.lexsort((scoring.tie[place], -score, conditional, need))
    need = need[order]
    rank = np.arange(len(need)) - np.searchsorted(need, need)
    kept = rank < top
    order = order[kept]
    return Pairs(
        need=need[kept].astype(np.int32),
        place=place[order].astype(np.int32),
        rank=rank[kept].astype(np.int32) + np.int32(1),
        conditional=conditional[order],
        score=score[order],
        parts=parts[order],
    )


def surviving(block: Block) -> Words:
    """The products that no known fact of the need rules out, as words."""
    found = block.rows[block.slots[:, 0]]
    for at in range(1, block.slots.shape[1]):
        found &= block.rows[block.slots[:, at]]
    return found


def wanting(block: Block) -> Words:
    """The products that ask for a fact which is unknown, as words."""
    found = np.zeros((len(block.slots), block.rows.shape[1]), np.uint64)
    for at in range(block.slots.shape[1]):
        found[block.slots[:, at] == UNKNOWN_SLOT] |= block.asking[at]
    return found


def contributions(facts: Facts, scoring: Scoring, points: Points, need: Int64s, place: Int64s) -> Int32s:
    """The contributions of these pairs, in the order of COMPONENTS."""
    parts: list[NDArray[Any]] = [
        scoring.cost[place],
        _millionths(points.likelihood, _likelihood(facts, scoring, points, need, place)),
        scoring.speed[place],
        _millionths(points.amount_fit, _headroom(facts.amount[need], scoring.amount[:, place], FEN)),
        _millionths(points.term_fit, _headroom(facts.term[need], scoring.term[:, place], MONTH)),
        facts.ease[facts.ease_of[need], place],
        scoring.record[place],
    ]
    return np.stack(parts, axis=1).astype(np.int32)


def _headroom(asked: Floats, offered: Floats, unit: float) -> Floats:
    low, high, scale = offered
    with np.errstate(over="ignore"):
        return _clip(np.minimum((asked - low) / scale, (high - asked) / np.maximum(asked, unit)))


def _clip(component: Floats) -> Floats:
    clipped: Floats = np.clip(component, 0.0, 1.0)
    return clipped


def _likelihood(facts: Facts, scoring: Scoring, points: Points, need: Int64s, place: Int64s) -> Floats:
    start = scoring.start[place]
    count = scoring.start[place + 1] - start
    total = np.zeros(len(need), np.int64)
    for step in range(int(count.max(initial=0))):
        at = np.flatnonzero(count > step)
        total[at] += _margins(facts, scoring, points, need[at], start[at] + step)
    mean = np.where(count > 0, total / np.maximum(count * MILLION, 1), points.neutral)
    return points.margin_share * mean + scoring.approval[place]


def _margins(facts: Facts, scoring: Scoring, points: Points, need: Int64s, threshold: Int32s) -> Int64s:
    threshold = scoring.asked[threshold]
    value = facts.numbers[scoring.column[threshold], need]
    with np.errstate(over="ignore"):
        inside = np.minimum(value - scoring.low[threshold], scoring.high[threshold] - value)
        margin = _clip(inside / scoring.scale[threshold])
    known = np.nan_to_num(_millionths(MILLION, margin))
    return np.where(np.isnan(value), points.neutral_margin, known).astype(np.int64)


def _millionths(points: float, component: Floats) -> Floats:
    return np.floor(points * component + 0.5)
