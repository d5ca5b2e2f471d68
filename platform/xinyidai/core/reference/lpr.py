"""Loan prime rate 贷款市场报价利率: dated, never a constant. Percent a year."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from xinyidai.core.reference.tables import read_table


@dataclass(frozen=True, slots=True)
class LprQuote:
    published_on: date
    one_year: Decimal
    five_year: Decimal


@cache
def history() -> tuple[LprQuote, ...]:
    """Every publication since the reform of August 2019, oldest first."""
    rows = read_table("lpr.csv")
    quotes = (
        LprQuote(date.fromisoformat(row["published_on"]), Decimal(row["one_year"]), Decimal(row["five_year"]))
        for row in rows
    )
    return tuple(sorted(quotes, key=lambda quote: quote.published_on))


def in_force_on(day: date) -> LprQuote | None:
    """The last quote published on or before ``day``; None before the first.

    The table ends where the program was released: compare ``published_on`` with ``day`` before calling it current.
    """
    quotes = history()
    index = bisect_right(quotes, day, key=lambda quote: quote.published_on)
    return quotes[index - 1] if index else None
