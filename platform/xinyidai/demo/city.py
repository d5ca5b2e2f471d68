"""The whole demo city, as data: the same seed and day always give the same city."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from random import Random

from xinyidai.core.clock import business_date
from xinyidai.demo import names
from xinyidai.demo.catalogue import MadeProduct, make_products
from xinyidai.demo.firms import Firm, make_firms
from xinyidai.demo.history import PastDeal, make_history
from xinyidai.demo.lenders import LENDERS
from xinyidai.demo.stories import Story, make_stories

SEED = 20221213
"""The day on which a prefecture told how much its platform had brought about; any other number makes another city."""
DEMO_FIRMS = 2_000
CITY_FIRMS = 61_357
DISBURSED_BY_THE_CITY = Decimal("49_248_000_000")
"""Yuan that the platform of a prefecture with so many firms had disbursed; other scales get their share."""
_NEEDS_PER_FIRM = 0.16
MOST_STORIES = 640
"""Needs that are played one by one, in a minute or so. What a larger city has beyond them is closed history."""
_PAID_PART = 0.5
"""Of all needs, those that end in a payout."""


class Scale(StrEnum):
    DEMO = "demo"
    CITY = "city"

    @property
    def firms(self) -> int:
        return DEMO_FIRMS if self is Scale.DEMO else CITY_FIRMS


@dataclass(frozen=True, slots=True)
class City:
    """``staff`` are the names of the officer and the manager by lender's code."""

    today: date
    firms: list[Firm]
    products: list[MadeProduct]
    staff: dict[str, tuple[str, str]]
    stories: list[Story]
    history: list[PastDeal]


def make_city(firms: int, now: datetime, *, region: str, seed: int = SEED, most_stories: int = MOST_STORIES) -> City:
    today = business_date(now)
    made = list(make_firms(seed, firms, today, region))
    rng = Random(f"staff {seed}")  # noqa: S311 - repeatable, not secret
    needs = round(firms * _NEEDS_PER_FIRM)
    played = min(needs, most_stories)
    target = DISBURSED_BY_THE_CITY * firms / CITY_FIRMS
    stories = make_stories(seed, made, played, target * played / max(needs, 1), now, today)
    busy = {story.firm for story in stories}
    past, rest = round((needs - played) * _PAID_PART), target * (needs - played) / max(needs, 1)
    return City(
        today=today,
        firms=made,
        products=list(make_products(seed, region)),
        staff={lender.code: (names.person(rng), names.person(rng)) for lender in LENDERS},
        stories=stories,
        history=make_history(seed, made, past, rest, busy, now, today),
    )
