"""The search as machine code, by Numba. Nothing here runs, and nothing needs to, where Numba is missing.

Numba keeps to IEEE arithmetic unless told otherwise: the formulas give the
very bits that Python and NumPy give. Kernels hold no lock, so that blocks run
on several cores at once, and are cached on disk.
"""

from collections.abc import Callable
from typing import Any, TypeVar

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
    jitted: _Function = numba.njit(cache=True, nogil=True)(function)
    return jitted


@_jit
def _clip(value: float) -> float:
    return min(max(value, 0.0), 1.0)


@_jit
def _fit(points: float, asked: float, offered: Any, place: int, unit: float) -> int:
    above = (asked - offered[0, place]) / offered[2, place]
    below = (offered[1, place] - asked) / max(asked, unit)
    return int(np.floor(points * _clip(min(above, below)) + 0.5))


@_jit
def _likelihood(values: Any, need: int, scoring: Scoring, points: Points, place: int) -> int:
    first, last = scoring.start[place], scoring.start[place + 1]
    total = 0
    for at in range(first, last):
        value = values[need, scoring.column[at]]
        if value != value:
            total += points.neutral_margin
        else:
            inside = min(value - scoring.low[at], scoring.high[at] - value)
            total += int(np.floor(_MILLION * _clip(inside / scoring.scale[at]) + 0.5))
    mean = points.neutral
    if last > first:
        mean = total / ((last - first) * _MILLION)
    return int(np.floor(points.likelihood * (points.margin_share * mean + scoring.approval[place]) + 0.5))


@_jit
def _offer(heap: Any, found: int, key: int) -> int:
    """Add a key to the smallest-first heap, in place of the smallest where it is full. Returns how many it holds."""
    size = len(heap)
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
def _scan(
    word: Any, base: int, need: int, block: Block, scoring: Scoring, points: Points, heap: Any, found: int
) -> int:
    """Score the products whose bits are set and offer them to the heap.

    A key is the score and, below it, the place by id, so that the larger key is
    always the better product. A product is left as soon as it cannot enter.
    """
    while word != 0:
        lowest = word & (~word + np.uint64(1))
        word ^= lowest
        place = base + _POSITION[(lowest * _DE_BRUIJN) >> np.uint64(58)]
        least = np.int64(-1)
        if found == len(heap):
            least = heap[0] >> 32
        if scoring.bound[place] < least:
            break
        score = np.int64(scoring.fixed[place]) + block.ease[block.ease_of[need], place]
        score += _fit(points.amount_fit, block.amount[need], scoring.amount, place, 0.01)
        score += _fit(points.term_fit, block.term[need], scoring.term, place, 1.0)
        if score + scoring.likeliest[place] < least:
            continue
        score += _likelihood(block.values, need, scoring, points, place)
        key = (score << 32) | (np.int64(0xFFFFFFFF) - scoring.tie[place])
        if found < len(heap) or key > heap[0]:
            found = _offer(heap, found, key)
    return found


@_jit
def _store(
    need: int, rank: int, place: int, conditional: int, block: Block, scoring: Scoring, points: Points, best: Best
) -> None:
    best.place[need, rank] = place
    best.conditional[need, rank] = conditional
    parts = best.parts[need, rank]
    parts[0] = scoring.cost[place]
    parts[1] = _likelihood(block.values, need, scoring, points, place)
    parts[2] = scoring.speed[place]
    parts[3] = _fit(points.amount_fit, block.amount[need], scoring.amount, place, 0.01)
    parts[4] = _fit(points.term_fit, block.term[need], scoring.term, place, 1.0)
    parts[5] = block.ease[block.ease_of[need], place]
    parts[6] = scoring.record[place]


@_jit
def _full(heap: Any, found: int, bound: int) -> bool:
    """Whether nothing of this bound, or any lower, can enter any more."""
    return found == len(heap) and bound < (heap[0] >> 32)


@_jit
def search(block: Block, scoring: Scoring, points: Points, top: int, best: Best) -> None:
    """Fill `best` for every need of the block: eligible products first, conditional ones while there is room."""
    needs, axes = block.slots.shape
    width = block.rows.shape[1]
    words = np.empty(width, np.uint64)
    heap = np.empty(top, np.int64)
    for need in range(needs):
        unknown = block.unknown[block.pattern[need]]
        found = 0
        for start in range(0, width, _STRIDE):
            if _full(heap, found, scoring.bound[start * 64]):
                break
            stop = min(start + _STRIDE, width)
            words[start:stop] = block.rows[block.slots[need, 0], start:stop]
            for axis in range(1, axes):
                row = block.rows[block.slots[need, axis]]
                for at in range(start, stop):
                    words[at] &= row[at]
            for at in range(start, stop):
                word = words[at] & ~unknown[at]
                if word != 0:
                    found = _scan(word, at * 64, need, block, scoring, points, heap, found)
        eligible = found
        heap[:eligible].sort()
        for rank in range(eligible):
            tie = np.int64(0xFFFFFFFF) - (heap[eligible - 1 - rank] & np.int64(0xFFFFFFFF))
            _store(need, rank, scoring.place_of[tie], 0, block, scoring, points, best)
        if eligible < top:
            rest = heap[: top - eligible]
            found = 0
            for at in range(width):
                word = words[at] & unknown[at]
                if word != 0:
                    if _full(rest, found, scoring.bound[at * 64]):
                        break
                    found = _scan(word, at * 64, need, block, scoring, points, rest, found)
            rest[:found].sort()
            for rank in range(found):
                tie = np.int64(0xFFFFFFFF) - (rest[found - 1 - rank] & np.int64(0xFFFFFFFF))
                _store(need, eligible + rank, scoring.place_of[tie], 1, block, scoring, points, best)
