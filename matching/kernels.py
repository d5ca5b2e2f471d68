"""The inner loops as machine code, by Numba. Where Numba is missing nothing here runs, and nothing needs to.

Numba keeps to IEEE arithmetic unless told otherwise: the formulas give the
very bits that Python and NumPy give. Kernels hold no lock, so that blocks run
on several cores at once, and are cached on disk.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

try:
    import numba

    AVAILABLE = True
except ImportError:
    AVAILABLE = False

_Function = TypeVar("_Function", bound=Callable[..., Any])

# Words AND-ed at once: 2,048 products, which stay in the first-level cache.
_STRIDE = 32
# Among so many thresholds a value's place is counted, among more it is searched for.
_FEW_STEPS = 12
# A need's margins at so many thresholds are worked out at once.
FEW_THRESHOLDS = 128
# Lists longer than this are worth a real sort.
_LONG = 64
_MILLION = 1_000_000
FEN, MONTH = 0.01, 1.0
LOW_HALF = 0xFFFFFFFF
# Sixty-four different positions in a word, found by one multiplication (de Bruijn).
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
POSITION = np.zeros(64, np.int64)
for _bit in range(64):
    POSITION[((int(DE_BRUIJN) << _bit) & (2**64 - 1)) >> 58] = _bit


def jit(function: _Function) -> _Function:
    """Compile where Numba is there; the functions stay plain Python where it is not."""
    return _compiled(function)


def inner(function: _Function) -> _Function:
    """As `jit`, for a function that only compiled ones call: compiling the way in from Python takes longest."""
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def _compiled(function: _Function, **options: Any) -> _Function:
    if not AVAILABLE:
        return function
    compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    return cast(_Function, compiled)


@jit
def number_slots(values: Any, thresholds: Any, slot_of: Any, slots: Any) -> bool:
    """Write the slot of each value's key into `slots`; False where a row is not made yet."""
    keys = np.zeros(len(values), np.int32)
    if len(thresholds) <= _FEW_STEPS:
        # A key is 2 for each threshold below the value and 1 for one that it equals. All values for one threshold
        # at a time: so the processor compares several at once.
        for one in range(len(thresholds)):
            threshold = thresholds[one]
            for need in range(len(values)):
                keys[need] += np.int32(threshold < values[need]) + np.int32(threshold <= values[need])
    else:
        _search_keys(values, thresholds, keys)
    made = True
    for need in range(len(values)):
        value = values[need]
        slot = slot_of[keys[need] if value == value else len(slot_of) - 1]
        slots[need] = slot
        made &= slot >= 0
    return made


@inner
def _search_keys(values: Any, thresholds: Any, keys: Any) -> None:
    """Binary search, all values step by step: where one of them goes is as good as random, so there is no branch."""
    steps = 1
    while 1 << steps <= len(thresholds):
        steps += 1
    # Beyond the last threshold nothing is below a value or equals it.
    padded = np.full(1 << steps, np.nan)
    padded[: len(thresholds)] = thresholds
    for step in range(steps - 1, -1, -1):
        half = np.int32(1 << step)
        for need in range(len(values)):
            below = padded[np.uint32(keys[need] + half - 1)] < values[need]
            keys[need] += half if below else np.int32(0)
    for need in range(len(values)):
        place = keys[need]
        keys[need] = 2 * place + np.int32(padded[np.uint32(place)] == values[need])


@jit
def code_slots(codes: Any, slot_of: Any, slots: Any) -> bool:
    """The same for categories; the slot of code -1, unknown, is the last."""
    made = True
    for need in range(len(codes)):
        slot = slot_of[codes[need]]
        slots[need] = slot
        if slot < 0:
            made = False
    return made


@inner
def _clip(value: float) -> float:
    return min(max(value, 0.0), 1.0)


@inner
def fit(points: float, asked: float, offered: Any, place: Any, unit: float) -> int:
    above = (asked - offered[0, place]) / offered[2, place]
    below = (offered[1, place] - asked) / max(asked, unit)
    return int(np.floor(points * _clip(min(above, below)) + 0.5))


@inner
def margin(value: float, low: float, high: float, scale: float, neutral: float) -> float:
    # Without a branch: a missing value is as good as a coin toss to the processor.
    known = value == value
    number = value if known else 0.0
    inside = np.floor(_MILLION * _clip(min(number - low, high - number) / scale) + 0.5)
    return inside if known else neutral


@inner
def likelihood(total: float, count: Any, approval: float, points: float, share: float, neutral: float) -> int:
    mean = neutral
    if count > 0:
        mean = total / (count * _MILLION)
    return int(np.floor(points * (share * mean + approval) + 0.5))


@inner
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


@inner
def _sort(heap: Any, found: int) -> None:
    """Largest first; short lists, the usual case, by insertion."""
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


@inner
def _mask(slots: Any, need: int, rows: Any, asking: Any, words: Any, unknown: Any, first: int, last: int) -> None:
    """What survives every axis, and what asks for an unknown fact, between two words."""
    for at in range(first, last):
        words[at] = rows[0, at]
        unknown[at] = 0
    for axis in range(slots.shape[1]):
        slot = slots[need, axis]
        if slot == 0:
            for at in range(first, last):
                unknown[at] |= asking[axis, at]
        else:
            for at in range(first, last):
                words[at] &= rows[slot, at]


@inner
def _margins(numbers: Any, need: int, scoring: Any, neutral: float, margins: Any) -> None:
    """The margin of one need at each distinct threshold, in millionths."""
    column, low, high, scale = scoring.column, scoring.low, scoring.high, scoring.scale
    for one in range(len(margins)):
        margins[one] = margin(numbers[column[one], need], low[one], high[one], scale[one], neutral)


@inner
def _write(
    pairs: Any, written: int, need: int, conditional: int, kept: int, keys: Any, scoring: Any, eased: Any, worked: Any
) -> None:
    """The pairs of one need and verdict, best first, after the `written` ones."""
    liked, amount_fit, term_fit = worked
    parts = pairs.parts
    for at in range(len(keys)):
        place = scoring.place_of[np.int64(LOW_HALF) - (keys[at] & np.int64(LOW_HALF))]
        row = written + at
        pairs.need[row] = need
        pairs.place[row] = place
        pairs.rank[row] = kept + at + 1
        pairs.conditional[row] = conditional
        pairs.score[row] = keys[at] >> 32
        parts[row, 0] = scoring.cost[place]
        parts[row, 1] = liked[place]
        parts[row, 2] = scoring.speed[place]
        parts[row, 3] = amount_fit[place]
        parts[row, 4] = term_fit[place]
        parts[row, 5] = eased[place]
        parts[row, 6] = scoring.record[place]


@jit
def search(block: Any, facts: Any, scoring: Any, points: Any, top: int, pairs: Any) -> int:
    """For every need its best products, written pair after pair into `pairs`, which has room for `top` a need.

    Returns how many pairs there are. A key is the score and, below it, the place by id counted backwards, so that
    the larger key is always the better product. A product is left as soon as it cannot enter any more, and the
    search ends where none that follows can.
    """
    # Arrays by their own names: taking them out of the tuples again and again is what would cost most.
    slots, rows, asking = block.slots, block.rows, block.asking
    amount, term, ease_of, ease, numbers = facts.amount, facts.term, facts.ease_of, facts.ease, facts.numbers
    bound, tie, fixed, likeliest = scoring.bound, scoring.tie, scoring.fixed, scoring.likeliest
    approval, amounts, terms = scoring.approval, scoring.amount, scoring.term
    start, asked, column = scoring.start, scoring.asked, scoring.column
    low, high, scale = scoring.low, scoring.high, scoring.scale
    neutral = float(points.neutral_margin)
    # Few distinct thresholds are worth working out once for each need; of many, those that a product asks for.
    beforehand = len(column) <= FEW_THRESHOLDS
    margins = np.empty(len(column) if beforehand else 0)
    width = rows.shape[1]
    words, unknown = np.empty(width, np.uint64), np.empty(width, np.uint64)
    heap = np.empty(top, np.int64)
    # What was worked out for each product that was scored for the need in hand.
    amount_fit, term_fit = np.empty(len(tie), np.int32), np.empty(len(tie), np.int32)
    liked = np.empty(len(tie), np.int32)
    worked = (liked, amount_fit, term_fit)
    written = 0
    for need in range(len(slots)):
        kept = 0
        eased = ease_of[need]
        ready = False
        for conditional in range(2):
            size, found = top - kept, 0
            for first in range(0, width, _STRIDE):
                if found == size and bound[first * 64] < heap[0] >> 32:
                    break
                last = min(first + _STRIDE, width)
                if conditional == 0:
                    _mask(slots, need, rows, asking, words, unknown, first, last)
                for at in range(first, last):
                    word = words[at] & (unknown[at] if conditional else ~unknown[at])
                    while word != 0:
                        lowest = word & (~word + np.uint64(1))
                        word ^= lowest
                        place = at * 64 + POSITION[(lowest * DE_BRUIJN) >> np.uint64(58)]
                        least = np.int64(-1)
                        if found == size:
                            least = heap[0] >> 32
                        if bound[place] < least:
                            break
                        fits = fit(points.amount_fit, amount[need], amounts, place, FEN)
                        lasts = fit(points.term_fit, term[need], terms, place, MONTH)
                        score = np.int64(fixed[place]) + ease[eased, place] + fits + lasts
                        if score + likeliest[place] < least:
                            continue
                        total = 0.0  # of whole numbers, so that no order of adding matters
                        if beforehand and not ready:
                            _margins(numbers, need, scoring, neutral, margins)
                            ready = True
                        if beforehand:
                            for at_one in range(start[place], start[place + 1]):
                                total += margins[asked[at_one]]
                        else:
                            for at_one in range(start[place], start[place + 1]):
                                one = asked[at_one]
                                total += margin(numbers[column[one], need], low[one], high[one], scale[one], neutral)
                        count = start[place + 1] - start[place]
                        likes = likelihood(
                            total, count, approval[place], points.likelihood, points.margin_share, points.neutral
                        )
                        score += likes
                        amount_fit[place], term_fit[place], liked[place] = fits, lasts, likes
                        key = (score << 32) | (np.int64(LOW_HALF) - tie[place])
                        if found < size or key > heap[0]:
                            found = _offer(heap, size, found, key)
            _sort(heap, found)
            if found:
                _write(pairs, written, need, conditional, kept, heap[:found], scoring, ease[eased], worked)
                written += found
            kept += found
            if kept == top:
                break
    return written
