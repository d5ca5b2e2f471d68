"""The search as machine code, by Numba. Nothing here runs, and nothing needs to, where Numba is missing.

Numba keeps to IEEE arithmetic unless told otherwise: the formulas give the
very bits that Python and NumPy give. Kernels hold no lock, so that blocks run
on several cores at once, and are cached on disk.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from matching.blocks import Block
from matching.compiled import Points, Scoring
from matching.dense import Best

try:
    import numba

    AVAILABLE = True
except ImportError:
    AVAILABLE = False

_Function = TypeVar("_Function", bound=Callable[..., Any])

# Words AND-ed at once: 2,048 products, which stay in the first-level cache.
_LONG = 64
_STRIDE = 32
_MILLION = 1_000_000
# Sixty-four different positions in a word, found by one multiplication (de Bruijn).
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_POSITION = np.zeros(64, np.int64)
for _bit in range(64):
    _POSITION[((int(_DE_BRUIJN) << _bit) & (2**64 - 1)) >> 58] = _bit


def _jit(function: _Function) -> _Function:
    """Compile where Numba is there; the functions stay plain Python, and testable, where it is not."""
    if not AVAILABLE:
        return function
    compiled: Any = numba.njit(cache=True, nogil=True)(function)
    return cast(_Function, compiled)


@_jit
def _clip(value: float) -> float:
    return min(max(value, 0.0), 1.0)


@_jit
def _fit(points: float, asked: float, low: float, high: float, scale: float, unit: float) -> int:
    above = (asked - low) / scale
    below = (high - asked) / max(asked, unit)
    return int(np.floor(points * _clip(min(above, below)) + 0.5))


@_jit
def _margin(value: float, low: float, high: float, scale: float, neutral: int) -> int:
    if value != value:
        return neutral
    return int(np.floor(_MILLION * _clip(min(value - low, high - value) / scale) + 0.5))


@_jit
def _likelihood(total: int, count: int, approval: float, points: float, share: float, neutral: float) -> int:
    mean = neutral
    if count > 0:
        mean = total / (count * _MILLION)
    return int(np.floor(points * (share * mean + approval) + 0.5))


@_jit
def _offer(heap: Any, size: int, found: int, key: int) -> int:
    """Add a key to the smallest-first heap, in place of the smallest where it is full. Returns how many it holds."""
    if found < size:
        at = found
        while at > 0 and heap[(at - 1) // 2] > key:
            heap[at] = heap[(at - 1) // 2]
            at = (at - 1) // 2
        heap[at] = key
        return found + 1
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= key:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = key
    return found


@_jit
def _sort(heap: Any, found: int) -> None:
    """Largest first, by insertion: lists are short, and a view to sort would cost more than it saves."""
    if found > _LONG:
        heap[:found] = -np.sort(-heap[:found])
        return
    for at in range(1, found):
        key = heap[at]
        before = at - 1
        while before >= 0 and heap[before] < key:
            heap[before + 1] = heap[before]
            before -= 1
        heap[before + 1] = key


@_jit
def search(block: Block, scoring: Scoring, points: Points, top: int, best: Best) -> None:
    """Fill `best` for every need of the block: eligible products first, conditional ones while there is room.

    A key is the score and, below it, the place by id counted backwards, so that
    the larger key is always the better product. A product is left as soon as it
    cannot enter any more, and the search ends where none that follows can.
    """
    # Arrays by their own names: taking them out of the tuples again and again is what would cost most.
    slots, rows, pattern, unknown = block.slots, block.rows, block.pattern, block.unknown
    amount, term, ease_of, ease, values = block.amount, block.term, block.ease_of, block.ease, block.values
    bound, tie, fixed, likeliest, approval = (
        scoring.bound,
        scoring.tie,
        scoring.fixed,
        scoring.likeliest,
        scoring.approval,
    )
    amounts, terms = scoring.amount, scoring.term
    start, column, low, high, scale = scoring.start, scoring.column, scoring.low, scoring.high, scoring.scale
    needs, axes = slots.shape
    width = rows.shape[1]
    words = np.empty(width, np.uint64)
    heap = np.empty(top, np.int64)
    for need in range(needs):
        mask = pattern[need]
        eligible = 0
        for conditional in range(2):
            size, found = top - eligible, 0
            for first in range(0, width, _STRIDE):
                if found == size and bound[first * 64] < heap[0] >> 32:
                    break
                last = min(first + _STRIDE, width)
                if conditional == 0:
                    for at in range(first, last):
                        words[at] = rows[slots[need, 0], at]
                    for axis in range(1, axes):
                        slot = slots[need, axis]
                        for at in range(first, last):
                            words[at] &= rows[slot, at]
                for at in range(first, last):
                    word = words[at] & (unknown[mask, at] if conditional else ~unknown[mask, at])
                    while word != 0:
                        lowest = word & (~word + np.uint64(1))
                        word ^= lowest
                        place = at * 64 + _POSITION[(lowest * _DE_BRUIJN) >> np.uint64(58)]
                        least = np.int64(-1)
                        if found == size:
                            least = heap[0] >> 32
                        if bound[place] < least:
                            break
                        score = np.int64(fixed[place]) + ease[ease_of[need], place]
                        score += _fit(
                            points.amount_fit,
                            amount[need],
                            amounts[0, place],
                            amounts[1, place],
                            amounts[2, place],
                            0.01,
                        )
                        score += _fit(
                            points.term_fit, term[need], terms[0, place], terms[1, place], terms[2, place], 1.0
                        )
                        if score + likeliest[place] < least:
                            continue
                        total = 0
                        for one in range(start[place], start[place + 1]):
                            total += _margin(
                                values[need, column[one]], low[one], high[one], scale[one], points.neutral_margin
                            )
                        count = start[place + 1] - start[place]
                        score += _likelihood(
                            total, count, approval[place], points.likelihood, points.margin_share, points.neutral
                        )
                        key = (score << 32) | (np.int64(0xFFFFFFFF) - tie[place])
                        if found < size or key > heap[0]:
                            found = _offer(heap, size, found, key)
            _sort(heap, found)
            for rank in range(found):
                place = scoring.place_of[np.int64(0xFFFFFFFF) - (heap[rank] & np.int64(0xFFFFFFFF))]
                best.place[need, eligible + rank] = place
                best.conditional[need, eligible + rank] = conditional
            eligible += found
            if eligible == top:
                break


@_jit
def contributions(block: Block, scoring: Scoring, points: Points, best: Best) -> None:
    """Fill in the parts of the scores that `search` found, by the same formulas."""
    amount, term, ease_of, ease, values = block.amount, block.term, block.ease_of, block.ease, block.values
    cost, speed, record, approval = scoring.cost, scoring.speed, scoring.record, scoring.approval
    amounts, terms = scoring.amount, scoring.term
    start, column, low, high, scale = scoring.start, scoring.column, scoring.low, scoring.high, scoring.scale
    places, parts = best.place, best.parts
    needs, top = places.shape
    for need in range(needs):
        for rank in range(top):
            place = places[need, rank]
            if place < 0:
                break
            total = 0
            for one in range(start[place], start[place + 1]):
                total += _margin(values[need, column[one]], low[one], high[one], scale[one], points.neutral_margin)
            count = start[place + 1] - start[place]
            parts[need, rank, 0] = cost[place]
            parts[need, rank, 1] = _likelihood(
                total, count, approval[place], points.likelihood, points.margin_share, points.neutral
            )
            parts[need, rank, 2] = speed[place]
            parts[need, rank, 3] = _fit(
                points.amount_fit, amount[need], amounts[0, place], amounts[1, place], amounts[2, place], 0.01
            )
            parts[need, rank, 4] = _fit(
                points.term_fit, term[need], terms[0, place], terms[1, place], terms[2, place], 1.0
            )
            parts[need, rank, 5] = ease[ease_of[need], place]
            parts[need, rank, 6] = record[place]
