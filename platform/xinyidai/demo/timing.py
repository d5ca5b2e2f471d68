"""Days and hours of the past, as people in offices keep them."""

from datetime import date, datetime, time, timedelta
from random import Random

from xinyidai.core.clock import BUSINESS_ZONE

_ONE_DAY = timedelta(days=1)


def at(rng: Random, day: date) -> datetime:
    """Some moment of ``day`` between nine and half past five in Shanghai."""
    minutes = rng.randrange(9 * 60, 17 * 60 + 30)
    return datetime.combine(day, time(minutes // 60, minutes % 60, rng.randrange(60)), BUSINESS_ZONE)


def weekday_on_or_after(day: date) -> date:
    while day.weekday() >= 5:
        day += _ONE_DAY
    return day
