"""Deals of the past that a large city has beside its stories: closed, paid out, and of no further interest.

A city of sixty thousand firms has thousands of them, too many to play one by one in a few minutes.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from xinyidai.demo.firms import Firm
from xinyidai.demo.stories import (
    PURE_CREDIT_SHARE,
    borrowers,
    made_phone,
    purpose_of,
    wish,
)
from xinyidai.demo.timing import at, weekday_on_or_after
from xinyidai.needs.types import Purpose
from xinyidai.products.types import GuaranteeMode

_UNSECURED = 0.4
_STRETCHES = 4
_STAGES = 6
"""Posted, put before a lender, taken, offered, granted, paid."""
_LARGE = 15_000_000
_EVERYTHING = (GuaranteeMode.MORTGAGE, GuaranteeMode.GUARANTEE, GuaranteeMode.PLEDGE)
"""What a firm puts up for a large loan, in yuan: all it has."""
_SECURED = (
    (GuaranteeMode.MORTGAGE, GuaranteeMode.GUARANTEE),
    (GuaranteeMode.GUARANTEE,),
    (GuaranteeMode.PLEDGE, GuaranteeMode.GUARANTEE),
)


@dataclass(frozen=True, slots=True)
class PastDeal:
    """``moments`` are posted, asked, taken, offered, granted and paid, in order. Amount in yuan, term in months."""

    firm: int
    amount: Decimal
    term: int
    purpose: Purpose
    offered: tuple[GuaranteeMode, ...]
    contact: str
    phone: str
    moments: tuple[datetime, ...]
    chance: float
    """Between 0 and 1: decides which of the fitting products it was, and at which rate."""

    @property
    def is_unsecured(self) -> bool:
        return self.offered == (GuaranteeMode.CREDIT,)


def make_history(
    seed: int, firms: list[Firm], count: int, target: Decimal, busy: set[int], now: datetime, today: date
) -> list[PastDeal]:
    """``count`` deals of firms that are not ``busy`` with a story, adding up to about ``target`` yuan, oldest first."""
    rng = Random(f"history {seed}")  # noqa: S311 - repeatable, not secret
    able = [number for number, firm in enumerate(firms) if firm.is_alive and firm.revenue and number not in busy]
    deals = [_deal(rng, number, firms[number], now, today) for number in borrowers(rng, able, firms, count)]
    for unsecured, share in ((True, PURE_CREDIT_SHARE), (False, 1 - PURE_CREDIT_SHARE)):
        deals = _stretched(deals, unsecured, target * share)
    deals = [replace(deal, offered=_EVERYTHING) if deal.amount >= _LARGE else deal for deal in deals]
    return sorted(deals, key=lambda deal: (deal.moments, deal.firm))


def _deal(rng: Random, number: int, firm: Firm, now: datetime, today: date) -> PastDeal:
    unsecured = rng.random() < _UNSECURED
    day = today - timedelta(days=14 + int(345 * (1 - rng.random() ** 0.7)))
    moments: list[datetime] = []
    for _stage in range(_STAGES):
        moment = at(rng, day)
        moments.append(max(moment, moments[-1] + timedelta(minutes=2)) if moments else moment)
        day = weekday_on_or_after(moments[-1].date() + timedelta(days=rng.randint(0, 2)))
    return PastDeal(
        firm=number,
        amount=wish(rng, firm, unsecured=unsecured),
        term=rng.choice((6, 12, 12, 12, 12, 24, 24, 36)),
        purpose=purpose_of(rng, firm),
        offered=(GuaranteeMode.CREDIT,) if unsecured else rng.choices(_SECURED, (50, 38, 12))[0],
        contact=firm.legal_representative,
        phone=made_phone(rng),
        moments=tuple(min(moment, now - timedelta(hours=1)) for moment in moments),
        chance=rng.random(),
    )


def _stretched(deals: list[PastDeal], unsecured: bool, target: Decimal) -> list[PastDeal]:
    """Some reach the largest loan on the way, so the rest is stretched again."""
    most = 5_000_000 if unsecured else 45_000_000
    for _again in range(_STRETCHES):
        total = sum((deal.amount for deal in deals if deal.is_unsecured is unsecured), Decimal(0))
        if not total:
            break
        factor = target / total
        deals = [
            replace(deal, amount=_bounded(deal.amount * factor, most)) if deal.is_unsecured is unsecured else deal
            for deal in deals
        ]
    return deals


def _bounded(amount: Decimal, most: int) -> Decimal:
    """Whole 万元, as everybody asks."""
    return Decimal(max(5, min(most // 10_000, round(amount / 10_000)))) * 10_000
