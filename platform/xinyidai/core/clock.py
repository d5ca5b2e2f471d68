"""The only place that asks the machine for the time. Everything else is told."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


def business_date(moment: datetime) -> date:
    """The calendar day in Asia/Shanghai on which ``moment`` (with a time zone) falls."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no business date")
    return moment.astimezone(BUSINESS_ZONE).date()
