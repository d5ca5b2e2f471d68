"""What would meet a condition that is not met: said only where the enterprise itself can act, or can wait."""

from collections.abc import Mapping
from typing import Any

from xinyidai.core.i18n import N_, _
from xinyidai.products.criterion_words import value_in_words

_ASKED = {
    "amount": (N_("It would be met from %(bound)s on."), N_("It would be met up to %(bound)s.")),
    "term": (N_("It would be met from %(bound)s on."), N_("It would be met up to %(bound)s.")),
}


def opening_in_words(failed: Mapping[str, Any]) -> str:
    """``failed`` as the engine gives it, with ``actual``; empty where nothing simple can be said."""
    name, op, value, actual = failed["fact"], failed["op"], failed["value"], failed.get("actual")
    if name in _ASKED and op == "between":
        low, high = value
        message, bound = (_ASKED[name][0], low) if actual < low else (_ASKED[name][1], high)
        return _(message, bound=value_in_words(name, bound))
    if name == "max_rate":
        return _("It would be met if you accepted %(bound)s.", bound=value_in_words(name, value))
    if name == "guarantees":
        return _("It would be met if you could offer one of these.")
    if name == "months_in_business" and op == ">=":
        return _("It will be met in %(time)s.", time=value_in_words(name, value - actual))
    return ""
