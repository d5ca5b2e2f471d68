"""The whole demo city, as data: the same seed and day always give the same city."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from random import Random

from xinyidai.core.clock import business_date
from xinyidai.demo import names
from xinyidai.demo.catalogue import MadeProduct, make_products
from xinyidai.demo.firms import Firm, make_firms
from xinyidai.demo.lenders import LENDERS
from xinyidai.demo.stories import CITY_FIRMS, Story, make_stories

SEED = 20221213
"""The day on which a prefecture told how much its platform had brought about; any other number makes another city."""
DEMO_FIRMS = 2_000
_NEEDS_PER_FIRM = 0.16


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


def make_city(firms: int, now: datetime, *, region: str, seed: int = SEED) -> City:
    today = business_date(now)
    made = list(make_firms(seed, firms, today, region))
    rng = Random(f"staff {seed}")  # noqa: S311 - repeatable, not secret
    return City(
        today=today,
        firms=made,
        products=list(make_products(seed, region)),
        staff={lender.code: (names.person(rng), names.person(rng)) for lender in LENDERS},
        stories=make_stories(seed, made, round(firms * _NEEDS_PER_FIRM), now, today),
    )
