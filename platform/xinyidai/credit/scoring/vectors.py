"""The same scorecard for many enterprises at once, on NumPy; a test holds that it equals the one for one enterprise.

Values come as double precision: they have at most 15 digits, so they compare with the edges of bins as exact ones do.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xinyidai.credit.indicators import Indicator, Scorecard, State
from xinyidai.credit.indicators.types import ValueUnit

Floats = npt.NDArray[np.float64]
Shorts = npt.NDArray[np.int16]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scores:
    """One entry for one enterprise; ``score`` and ``level`` are -1 where a veto holds."""

    points: Shorts
    score: Shorts
    level: Shorts
    present: Shorts


def scores(card: Scorecard, values: Floats, states: Shorts, vetoed: Flags, allowed: Flags | None = None) -> Scores:
    """``values`` and ``states`` are enterprises × indicators; ``allowed`` likewise, everything where it is None."""
    present = states == State.PRESENT
    if allowed is not None:
        present = present & allowed
    points = np.empty(values.shape, dtype=np.int16)
    for column, one in enumerate(card.indicators):
        points[:, column] = np.where(present[:, column], _points(one, values[:, column]), one.neutral)
    total = points.sum(axis=1, dtype=np.int16)
    worst_first = np.array(card.level_from[::-1], dtype=np.int16)
    level = len(worst_first) + 1 - np.searchsorted(worst_first, total, side="right")
    return Scores(
        points=points,
        score=np.where(vetoed, -1, total).astype(np.int16),
        level=np.where(vetoed, -1, level).astype(np.int16),
        present=present.sum(axis=1, dtype=np.int16),
    )


def _points(one: Indicator, values: Floats) -> Shorts:
    points = np.array([bin_.points for bin_ in one.bins], dtype=np.int16)
    edges = np.array([-np.inf if bin_.lower is None else float(bin_.lower) for bin_ in one.bins])
    place: Any = np.searchsorted(edges, values, side="right") - 1
    if one.unit is ValueUnit.CATEGORY:
        place = np.clip(place, 0, None)
        strangers = (edges[place] != values) & ~np.isnan(values)
        if strangers.any():
            raise LookupError(f"{one.code}: no bin for {values[strangers][0]}")
    found: Shorts = points[np.clip(place, 0, len(points) - 1)]
    return found
