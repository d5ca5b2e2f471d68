"""Sending text messages. Gateways differ from city to city: each is one class with this one method."""

from typing import Protocol

from xinyidai.core.logs import logger
from xinyidai.settings import Settings


class SmsSender(Protocol):
    def send(self, to: str, text: str) -> None:
        """Hand one text over; raises OSError where that fails."""


class ConsoleSms:
    """For development: says in the log that a text would go, without number and words."""

    def send(self, to: str, text: str) -> None:
        logger.info("sms", to=f"{to[:3]}****{to[-4:]}", characters=len(text))


class NullSms:
    def send(self, to: str, text: str) -> None:
        return


def sms_sender(settings: Settings) -> SmsSender:
    """The sender that XYD_SMS names; an unknown name is refused at the start of the worker."""
    if settings.sms in ("console", "null"):
        return ConsoleSms() if settings.sms == "console" else NullSms()
    raise ValueError(f"XYD_SMS must be console or null, not {settings.sms!r}")
