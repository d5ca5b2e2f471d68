"""A message that survives one redirect, kept in the reader's own cookie."""

import base64
import binascii
import json
from dataclasses import dataclass

FLASH_COOKIE = "xyd_flash"
LEVELS = ("success", "info", "warning", "danger")
_MAX_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class Flash:
    level: str
    text: str


def encode(flash: Flash) -> str:
    return base64.urlsafe_b64encode(json.dumps([flash.level, flash.text[:_MAX_LENGTH]]).encode()).decode()


def decode(cookie: str | None) -> list[Flash]:
    """What the cookie says; anything that is not a flash of ours is nothing."""
    if not cookie:
        return []
    try:
        level, text = json.loads(base64.urlsafe_b64decode(cookie.encode()))
    except (ValueError, TypeError, binascii.Error):
        return []
    return [Flash(level, text)] if level in LEVELS and isinstance(text, str) else []
