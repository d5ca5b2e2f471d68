"""From a kind and its values to a sentence in the current language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from xinyidai.core.day_words import day_in_words
from xinyidai.core.i18n import N_, _
from xinyidai.messages.types import KINDS

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_OF_AN_EARLIER_VERSION = N_("A message of an earlier version of the platform")


@dataclass(frozen=True, slots=True)
class Said:
    title: str
    body: str


def said(kind: str, values: Mapping[str, object]) -> Said:
    """Title and body. Dates are written out; texts of ours among the values (statuses, reasons) are translated.

    A kind that no longer exists keeps its place in the inbox, with the little that is still known of it.
    """
    found = KINDS.get(kind)
    if found is None:
        return Said(_(_OF_AN_EARLIER_VERSION), kind)
    shown = {name: _in_words(value) for name, value in values.items()}
    return Said(_(found.title, **shown), _(found.body, **shown))


def _in_words(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not _ISO_DAY.fullmatch(value):
        return _(value)
    return day_in_words(date.fromisoformat(value))
