"""Values in, score out: a pure function, the same for the enterprise itself, a lender and the ranking.

Points missing (the policy is this project's own): a value that is missing, stale or not
consented to gets the neutral points of its indicator, three fifths of the most. The total is never scaled up or down,
so a score over little data lies near 600 and says by its coverage how much it rests on. Not known is never bad.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from xinyidai.credit.indicators import Indicator, Scorecard, State

LOWEST, HIGHEST = 4, 3
"""How many reasons are told on either side."""


@dataclass(frozen=True, slots=True)
class Values:
    """What was computed for one enterprise, in the order of the indicators."""

    as_of: date
    values: Sequence[Decimal | None]
    states: Sequence[int]
    dates: Sequence[date | None]
    vetoes: Sequence[int]


@dataclass(frozen=True, slots=True)
class Part:
    """One indicator's share. ``contribution`` is against neutral, so that not known counts as nothing."""

    indicator: Indicator
    state: State
    value: Decimal | None
    date: date | None
    points: int

    @property
    def contribution(self) -> int:
        return self.points - self.indicator.neutral


@dataclass(frozen=True)
class Score:
    """``score`` and ``level`` are None where a veto holds: 不予评分, not a low number."""

    version: str
    as_of: date
    parts: tuple[Part, ...]
    vetoes: tuple[Part, ...]
    score: int | None
    level: int | None
    coverage: Decimal
    """Share of the indicators whose value is present."""

    @cached_property
    def lowest(self) -> tuple[Part, ...]:
        """What costs most, the worst first; fewer than four where less was lost."""
        lost = [part for part in self.parts if part.contribution < 0]
        return tuple(sorted(lost, key=lambda part: (part.contribution, part.indicator.number))[:LOWEST])

    @cached_property
    def highest(self) -> tuple[Part, ...]:
        won = [part for part in self.parts if part.contribution > 0]
        return tuple(sorted(won, key=lambda part: (-part.contribution, part.indicator.number))[:HIGHEST])


Allowed = Callable[[Indicator], bool]


def everything(_indicator: Indicator) -> bool:
    """What the enterprise sees of itself."""
    return True


def only(consented: frozenset[str]) -> Allowed:
    """Open data sets, and those of ``consented``: an indicator needs all of its data sets."""
    return lambda indicator: indicator.consent_needed <= consented


def score(card: Scorecard, values: Values, allowed: Allowed = everything) -> Score:
    """The score of one enterprise for whoever may see what ``allowed`` says."""
    parts = tuple(_part(one, values, allowed) for one in card.indicators)
    vetoes = tuple(
        part for part in parts if part.state is State.PRESENT and part.indicator.number in set(values.vetoes)
    )
    total = sum(part.points for part in parts)
    return Score(
        version=card.version,
        as_of=values.as_of,
        parts=parts,
        vetoes=vetoes,
        score=None if vetoes else total,
        level=None if vetoes else card.level_of(total),
        coverage=coverage(sum(part.state is State.PRESENT for part in parts), len(parts)),
    )


def coverage(present: int, of: int) -> Decimal:
    return (Decimal(present) / of).quantize(Decimal("0.0001"))


def _part(one: Indicator, values: Values, allowed: Allowed) -> Part:
    if not allowed(one):
        return Part(one, State.NOT_CONSENTED, None, None, one.neutral)
    value, day = values.values[one.number - 1], values.dates[one.number - 1]
    state = State(values.states[one.number - 1])
    if state is not State.PRESENT or value is None:
        return Part(one, state, value, day, one.neutral)
    return Part(one, state, value, day, one.bin_of(value).points)
