"""Deliveries that say something about every family of indicators, and the numbers that must come of them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from tests.credit.conftest import Deliveries
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.credit.indicators import State, scorecard
from xinyidai.credit.indicators.models import CreditIndicators
from xinyidai.credit.scoring.causes import Cause
from xinyidai.credit.scoring.service import Recomputed, recompute_scores

AS_OF = date(2026, 3, 18)
"""The business date of the tests' ``now``: February is the last month that is over."""


def months(count: int, last: date = date(2026, 2, 1)) -> list[str]:
    """The newest first, as YYYYMM."""
    index = last.year * 12 + last.month - 1
    return [f"{(index - back) // 12:04}{(index - back) % 12 + 1:02}" for back in range(count)]


def deliver_tax(
    deliveries: Deliveries, usci: str, revenue: Sequence[object], tax: Sequence[object] | None = None
) -> None:
    """Revenue and tax of the newest months first; an empty text leaves a month out."""
    taxes = tax or ["1000"] * len(revenue)
    rows = [
        (usci, month, amount, "", paid)
        for month, amount, paid in zip(months(len(revenue)), revenue, taxes, strict=True)
        if amount != ""
    ]
    deliveries.take(deliveries.file(rows))


def scored(
    session: ActorSession, now: datetime, who: Sequence[UUID] | None = None, cause: Cause = Cause.COMMAND
) -> Recomputed:
    return recompute_scores(session, business_date(now), who, cause, now=now)


def value_of(session: ActorSession, enterprise_id: UUID, code: str) -> tuple[Decimal | None, State]:
    row = session.get(CreditIndicators, enterprise_id, populate_existing=True)
    assert row is not None
    place = scorecard().by_code[code].number - 1
    return row.values[place], State(row.states[place])
