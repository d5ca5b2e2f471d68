"""What the firms of the demo city do, with what is usual in each trade."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from xinyidai.enterprises.types import SubjectKind

_LETTERS = {
    "C": SubjectKind.ENTERPRISE,
    "S": SubjectKind.SELF_EMPLOYED,
    "P": SubjectKind.FARMER_COOP,
    "H": SubjectKind.FARM_HOUSEHOLD,
}


@dataclass(frozen=True, slots=True)
class Trade:
    """``revenue_per_head`` in 万元 and ``kwh_per_head`` in kWh, both a year and for the usual firm."""

    industry: str
    word: str
    kinds: frozenset[SubjectKind]
    weight: int
    employees: int
    revenue_per_head: int
    kwh_per_head: int


@cache
def trades() -> tuple[Trade, ...]:
    text = (files("xinyidai.demo") / "data" / "trades.csv").read_text(encoding="utf-8")
    return tuple(
        Trade(
            row["industry"],
            row["word"],
            frozenset(_LETTERS[letter] for letter in row["kinds"]),
            int(row["weight"]),
            int(row["employees"]),
            int(row["revenue_per_head"]),
            int(row["kwh_per_head"]),
        )
        for row in csv.DictReader(text.splitlines())
    )


@cache
def trades_of(kind: SubjectKind) -> tuple[tuple[Trade, ...], tuple[int, ...]]:
    """The trades that this kind of borrower has, with their weights."""
    found = tuple(trade for trade in trades() if kind in trade.kinds)
    return found, tuple(trade.weight for trade in found)
