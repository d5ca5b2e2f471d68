"""Indicators and scores in the credit benchmark, behind two functions.

``SCORING`` is the seam: what computes indicators and scores of everybody, and of one enterprise. Without it the
benchmark measures DuckDB alone and says so.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Engine, text

from xinyidai.cli.bench.credit_data import AS_OF, NOW, month
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.credit.scoring.service import recompute_scores

_ONE_MORE = text(
    "insert into credit_observations (metric, enterprise_id, month, part, value, batch, line)"
    " values (2201, :enterprise, :month, '', 100, 2, 1)"
    " on conflict (metric, enterprise_id, month, part) do update set value = excluded.value + 1"
)


@dataclass(frozen=True, slots=True)
class Scoring:
    """``all(session, as_of)`` answers how many were scored; ``one(session, enterprise_id, as_of)`` nothing."""

    all: Callable[[ActorSession, date], int]
    one: Callable[[ActorSession, UUID, date], object]


SCORING: Scoring | None = Scoring(
    all=lambda session, as_of: recompute_scores(session, as_of, now=NOW).enterprises,
    one=lambda session, enterprise_id, as_of: recompute_scores(session, as_of, [enterprise_id], now=NOW),
)


def compute_all(session: ActorSession, as_of: date) -> int | None:
    """All indicators and scores of everybody; None where nothing computes them yet."""
    return None if SCORING is None else SCORING.all(session, as_of)


def measure_all(engine: Engine) -> float | None:
    start = time.perf_counter()
    with unit_of_work(engine, SYSTEM) as session:
        scored = compute_all(session, AS_OF)
    return None if scored is None else time.perf_counter() - start


def measure_one(engine: Engine, enterprises: list[UUID]) -> float | None:
    """Median milliseconds from a new record to the score of its enterprise, both committed."""
    if SCORING is None:
        return None
    times = []
    for enterprise in enterprises:
        start = time.perf_counter()
        with unit_of_work(engine, SYSTEM) as session:
            session.connection().execute(_ONE_MORE, {"enterprise": enterprise, "month": month(0)})
            SCORING.one(session, enterprise, AS_OF)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000
