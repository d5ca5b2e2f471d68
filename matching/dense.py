"""The search in NumPy alone: every survivor scored, then sorted. The compiled search must say the same."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.blocks import Block
from matching.compiled import Points, Scoring
from matching.plans import Words, to_bits
from matching.score import MILLION

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]


class Best(NamedTuple):
    """For m needs the `top` best: `place` (m × top) in layout order, -1 where there are fewer.

    `conditional` is 1 for conditional pairs, `parts` (m × top × 7) the contributions.
    """

    place: NDArray[np.int32]
    conditional: NDArray[np.int8]
    parts: NDArray[np.int32]


def search(block: Block, scoring: Scoring, points: Points, top: int) -> Best:
    survivors = surviving(block)
    need, place = np.nonzero(to_bits(survivors, len(scoring.tie)))
    asked = block.unknown[block.pattern[need], place // 64] >> (place % 64).astype(np.uint64)
    conditional = (asked & np.uint64(1)).astype(np.int8)
    parts = contributions(block, scoring, points, need, place)
    order = np.lexsort((scoring.tie[place], -parts.sum(axis=1), conditional, need))
    need, place, conditional, parts = need[order], place[order], conditional[order], parts[order]
    rank = np.arange(len(need)) - np.searchsorted(need, need)
    kept = rank < top
    need, rank = need[kept], rank[kept]
    best = empty(len(block.slots), top)
    best.place[need, rank] = place[kept]
    best.conditional[need, rank] = conditional[kept]
    best.parts[need, rank] = parts[kept]
    return best


def empty(needs: int, top: int) -> Best:
    return Best(
        place=np.full((needs, top), -1, np.int32),
        conditional=np.zeros((needs, top), np.int8),
        parts=np.zeros((needs, top, 7), np.int32),
    )


def surviving(block: Block) -> Words:
    """The products that no known fact of the need rules out, as words."""
    found = block.rows[block.slots[:, 0]]
    for at in range(1, block.slots.shape[1]):
        found &= block.rows[block.slots[:, at]]
    return found


def contributions(block: Block, scoring: Scoring, points: Points, need: Int64s, place: Int64s) -> NDArray[np.int32]:
    """The contributions of these pairs, in the order of COMPONENTS."""
    amount, term = block.amount[need], block.term[need]
    parts: list[NDArray[Any]] = [
        scoring.cost[place],
        _millionths(points.likelihood, _likelihood(block, scoring, points, need, place)),
        scoring.speed[place],
        _millionths(points.amount_fit, _headroom(amount, scoring.amount[:, place], 0.01)),
        _millionths(points.term_fit, _headroom(term, scoring.term[:, place], 1.0)),
        block.ease[block.ease_of[need], place],
        scoring.record[place],
    ]
    return np.stack(parts, axis=1).astype(np.int32)


def _headroom(asked: Floats, offered: Floats, unit: float) -> Floats:
    low, high, scale = offered
    with np.errstate(over="ignore"):
        fit = np.minimum((asked - low) / scale, (high - asked) / np.maximum(asked, unit))
    return _clip(fit)


def _clip(component: Floats) -> Floats:
    clipped: Floats = np.clip(component, 0.0, 1.0)
    return clipped


def _likelihood(block: Block, scoring: Scoring, points: Points, need: Int64s, place: Int64s) -> Floats:
    start = scoring.start[place]
    count = scoring.start[place + 1] - start
    total = np.zeros(len(need), np.int64)
    for step in range(int(count.max(initial=0))):
        at = np.flatnonzero(count > step)
        total[at] += _margins(block, scoring, points, need[at], start[at] + step)
    mean = np.where(count > 0, total / np.maximum(count * MILLION, 1), points.neutral)
    return points.margin_share * mean + scoring.approval[place]


def _margins(block: Block, scoring: Scoring, points: Points, need: Int64s, threshold: NDArray[np.int32]) -> Int64s:
    value = block.values[need, scoring.column[threshold]]
    with np.errstate(over="ignore"):
        inside = np.minimum(value - scoring.low[threshold], scoring.high[threshold] - value)
        margin = _clip(inside / scoring.scale[threshold])
    known = np.nan_to_num(_millionths(MILLION, margin))
    return np.where(np.isnan(value), points.neutral_margin, known).astype(np.int64)


def _millionths(points: float, component: Floats) -> Floats:
    return np.floor(points * component + 0.5)
