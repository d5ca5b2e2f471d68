"""The search among few products, whose masks are four words at most.

Here most time would go into what the processor guesses wrong. So there is no heap and no bound: the open pairs of some
hundred needs are gathered, each step of the score is one loop over all of them, and a rank is the number of better
pairs, counted. The pairs are those of `kernels.search`, to the bit.
"""

from typing import Any, NamedTuple

import numpy as np

from matching.kernels import DE_BRUIJN, FEN, FEW_THRESHOLDS, MONTH, POSITION, fit, inner, jit, likelihood, margin

# Words of masks, and products.
WORDS = 4
PRODUCTS = WORDS * 64
# So many pairs are scored together, and all of the last need's: what is worked out for them stays in cache.
_TOGETHER = 2048
# A key: from above the need, whether the product is eligible, the score (below 2**27), and the product's place by id.
_SCORE, _ELIGIBLE, _NEED = 8, 35, 36
_SCORES, _TIES = 2**27 - 1, PRODUCTS - 1
# With more open products a need, by number and in multiples of `top`, a search that stops early is the faster one.
_CROWDED, _CROWD = 2, 8
# Keys compared at once; and int32s in a line of the cache.
_LANES = 8
_LINE = 16


class Gathered(NamedTuple):
    """Open pairs, need by need: need, place of the product, whether it is eligible, what its score is made of, and
    where it goes."""

    need: Any
    place: Any
    eligible: Any
    total: Any
    liked: Any
    amount_fit: Any
    term_fit: Any
    key: Any
    rank: Any
    row: Any


@jit
def survivors(block: Any, top: int) -> Any:
    """The needs of a block to which products are open, their masks, and how many pairs these make: in all, and kept.

    Eight words of masks: the products that no known fact rules out, then all that ask for an unknown one.
    """
    needs, masks = _open(block.slots, _padded(block.rows))
    _ask(block.slots, _padded(block.asking), needs, masks)
    opened, kept = 0, 0
    for at in range(len(needs)):
        count = _count(masks, at)
        opened += count
        kept += min(count, top)
    return needs, masks, opened, kept


def crowded(needs: int, opened: int, top: int) -> bool:
    """Whether so many products are open to these needs that most of them are better left unscored."""
    return opened > needs * max(_CROWDED * top, _CROWD)


@inner
def _padded(masks: Any) -> Any:
    """Rows of four words, whatever their number was."""
    padded = np.zeros((len(masks), WORDS), np.uint64)
    padded[:, : masks.shape[1]] = masks
    return padded


@inner
def _open(slots: Any, rows: Any) -> Any:
    needs, masks = np.empty(len(slots), np.int64), np.empty((len(slots), 2 * WORDS), np.uint64)
    found = 0
    for need in range(len(slots)):
        word0, word1, word2, word3 = rows[0, 0], rows[0, 1], rows[0, 2], rows[0, 3]
        for axis in range(slots.shape[1]):
            slot = np.uint32(slots[need, axis])
            word0 &= rows[slot, 0]
            word1 &= rows[slot, 1]
            word2 &= rows[slot, 2]
            word3 &= rows[slot, 3]
        # Written in any case; where nothing survives, the next need is written over it.
        needs[found] = need
        masks[found, 0], masks[found, 1], masks[found, 2], masks[found, 3] = word0, word1, word2, word3
        found += int(word0 | word1 | word2 | word3 != 0)
    return needs[:found], masks[:found]


@inner
def _ask(slots: Any, asking: Any, needs: Any, masks: Any) -> None:
    for at in range(len(needs)):
        masks[at, WORDS:] = 0
        for axis in range(slots.shape[1]):
            if slots[needs[at], axis] == 0:
                for word in range(WORDS):
                    masks[at, WORDS + word] |= asking[axis, word]


@inner
def _count(masks: Any, at: int) -> int:
    """How many bits are set; a loop that the compiler knows as one instruction a word."""
    count = 0
    for one in range(WORDS):
        word = masks[at, one]
        while word != 0:
            word &= word - np.uint64(1)
            count += 1
    return count


@jit
def search(needs: Any, masks: Any, facts: Any, scoring: Any, points: Any, order: Any, top: int, pairs: Any) -> None:
    """Write the best pairs of these needs into `pairs`, which has room for exactly those.

    A pair's need is written as `needs` says, and its product as `order` does.
    """
    gathered = _room()
    begin = np.empty(_TOGETHER + 1, np.int64)
    # Each row begins at another place within a page, so that the cache has room for all of them.
    few = len(scoring.column) <= FEW_THRESHOLDS
    margins = np.empty((len(scoring.column) if few else 0, _TOGETHER + _LINE), np.int32)
    first, written = 0, 0
    while first < len(needs):
        last, found = _gather(masks, first, begin, gathered)
        if few:
            _margins(facts.numbers, first, last, scoring, points, margins)
            _add_margins(margins, first, found, scoring, gathered)
        else:
            _add_asked(facts.numbers, found, scoring, points, gathered)
        _likelihoods(found, scoring, points, gathered)
        _fits(facts, found, scoring, points, gathered)
        _keys(facts, last, found, scoring, gathered)
        written = _ranks(begin, last - first, top, written, gathered)
        _write(needs, found, facts, scoring, order, gathered, pairs)
        first = last


@inner
def _room() -> Gathered:
    size = _TOGETHER + PRODUCTS + _LANES
    small, large = np.empty((6, size), np.int32), np.empty((4, size), np.int64)
    return Gathered(
        need=small[0],
        place=small[1],
        eligible=large[0],
        total=large[1],
        liked=small[2],
        amount_fit=small[3],
        term_fit=small[4],
        key=large[2],
        rank=small[5],
        row=large[3],
    )


@inner
def _gather(masks: Any, first: int, begin: Any, gathered: Gathered) -> Any:
    """The open pairs of needs from the first on; returns the need to go on with, and how many pairs there are."""
    needs, place, eligible = gathered.need, gathered.place, gathered.eligible
    last, found = first, 0
    while last < len(masks) and found < _TOGETHER:
        begin[last - first] = found
        for at in range(WORDS):
            word, asking = masks[last, at], masks[last, WORDS + at]
            while word != 0:
                lowest = word & (~word + np.uint64(1))
                word ^= lowest
                needs[found] = last
                place[found] = at * 64 + POSITION[(lowest * DE_BRUIJN) >> np.uint64(58)]
                eligible[found] = asking & lowest == 0
                found += 1
        last += 1
    begin[last - first] = found
    return last, found


@inner
def _margins(numbers: Any, first: int, last: int, scoring: Any, points: Any, margins: Any) -> None:
    """The margin of each need, a column, at each distinct threshold, a row; in millionths."""
    neutral = float(points.neutral_margin)
    for one in range(len(scoring.column)):
        values, row = numbers[scoring.column[one], first:last], margins[one]
        low, high, scale = scoring.low[one], scoring.high[one], scoring.scale[one]
        for at in range(len(values)):
            row[at] = np.int32(margin(values[at], low, high, scale, neutral))


# Indexes are made unsigned below: one that could be negative would have to be looked at.
@inner
def _add_margins(margins: Any, first: int, found: int, scoring: Any, gathered: Gathered) -> None:
    """For each pair the sum of its margins."""
    start, asked = scoring.start, scoring.asked
    needs, places, totals = gathered.need, gathered.place, gathered.total
    for at in range(found):
        need, place = np.uint32(needs[at] - first), np.uint32(places[at])
        total = np.int64(0)
        for one in range(np.uint32(start[place]), np.uint32(start[np.uint32(place + 1)])):
            total += margins[np.uint32(asked[one]), need]
        totals[at] = total


@inner
def _add_asked(numbers: Any, found: int, scoring: Any, points: Any, gathered: Gathered) -> None:
    """The same where thresholds are many: only those that the pair's product asks for are worked out."""
    start, asked, column = scoring.start, scoring.asked, scoring.column
    low, high, scale = scoring.low, scoring.high, scoring.scale
    needs, places, totals = gathered.need, gathered.place, gathered.total
    neutral = float(points.neutral_margin)
    for at in range(found):
        need, place = np.uint32(needs[at]), np.uint32(places[at])
        total = np.int64(0)
        for listed in range(np.uint32(start[place]), np.uint32(start[np.uint32(place + 1)])):
            one = np.uint32(asked[listed])
            total += np.int64(margin(numbers[np.uint32(column[one]), need], low[one], high[one], scale[one], neutral))
        totals[at] = total


@inner
def _likelihoods(found: int, scoring: Any, points: Any, gathered: Gathered) -> None:
    start, approval = scoring.start, scoring.approval
    places, totals, liked = gathered.place, gathered.total, gathered.liked
    weight, share, neutral = points.likelihood, points.margin_share, points.neutral
    for at in range(found):
        place = np.uint32(places[at])
        count = start[np.uint32(place + 1)] - start[place]
        liked[at] = likelihood(float(totals[at]), count, approval[place], weight, share, neutral)


@inner
def _fits(facts: Any, found: int, scoring: Any, points: Any, gathered: Gathered) -> None:
    amount, term, amounts, terms = facts.amount, facts.term, scoring.amount, scoring.term
    needs, places, amount_fit, term_fit = gathered.need, gathered.place, gathered.amount_fit, gathered.term_fit
    for at in range(found):
        need, place = np.uint32(needs[at]), np.uint32(places[at])
        amount_fit[at] = fit(points.amount_fit, amount[need], amounts, place, FEN)
        term_fit[at] = fit(points.term_fit, term[need], terms, place, MONTH)


@inner
def _keys(facts: Any, last: int, found: int, scoring: Any, gathered: Gathered) -> None:
    """The larger key is the better pair; all of a need's are larger than all of the next need's."""
    fixed, tie, ease, ease_of = scoring.fixed, scoring.tie, facts.ease, facts.ease_of
    needs, places, key = gathered.need, gathered.place, gathered.key
    liked, amount_fit, term_fit = gathered.liked, gathered.amount_fit, gathered.term_fit
    for at in range(found):
        need, place = np.uint32(needs[at]), np.uint32(places[at])
        score = fixed[place] + ease[np.uint32(ease_of[need]), place] + liked[at] + amount_fit[at] + term_fit[at]
        above = np.int64(last - needs[at]) << _NEED | gathered.eligible[at] << _ELIGIBLE
        key[at] = above | np.int64(score) << _SCORE | _TIES - tie[place]
    key[found : found + _LANES] = 0


@inner
def _ranks(begin: Any, needs: int, top: int, written: int, gathered: Gathered) -> int:
    """The rank of each pair from 0, and the row it is written to after the `written` ones, -1 where that is nowhere."""
    key, rank, row = gathered.key, gathered.rank, gathered.row
    for need in range(needs):
        first, end = begin[need], begin[need + 1]
        for at in range(first, end):
            better = np.int64(0)
            # The keys of the next needs that are met too are all smaller.
            for other in range(first, end, _LANES):
                for lane in range(_LANES):
                    better += np.int64(key[np.uint64(other + lane)] > key[at])
            rank[at] = better
            row[at] = written + better if better < top else -1
        written += min(end - first, top)
    return written


@inner
def _write(needs: Any, found: int, facts: Any, scoring: Any, order: Any, gathered: Gathered, pairs: Any) -> None:
    # Arrays by their own names: taking them out of the tuples again and again is what would cost most.
    places, key, rank, rows, eases = gathered.place, gathered.key, gathered.rank, gathered.row, facts.ease
    liked, amount_fit, term_fit = gathered.liked, gathered.amount_fit, gathered.term_fit
    cost, speed, record, parts = scoring.cost, scoring.speed, scoring.record, pairs.parts
    for at in range(found):
        if rows[at] < 0:
            continue
        need, place, row = np.uint32(gathered.need[at]), np.uint32(places[at]), np.uint64(rows[at])
        pairs.need[row] = needs[need]
        pairs.place[row] = order[place]
        pairs.rank[row] = rank[at] + 1
        pairs.conditional[row] = ~(key[at] >> _ELIGIBLE) & 1
        pairs.score[row] = key[at] >> _SCORE & _SCORES
        parts[row, 0] = cost[place]
        parts[row, 1] = liked[at]
        parts[row, 2] = speed[place]
        parts[row, 3] = amount_fit[at]
        parts[row, 4] = term_fit[at]
        parts[row, 5] = eases[np.uint32(facts.ease_of[need]), place]
        parts[row, 6] = record[place]
