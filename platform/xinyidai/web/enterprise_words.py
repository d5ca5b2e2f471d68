"""Facts of an enterprise as a person says them, for every audience."""

from collections.abc import Iterable

from xinyidai.core.i18n import _
from xinyidai.enterprises.queries import EnterpriseFacts


def listed(words: Iterable[str]) -> str:
    return _(", ").join(words)


def size_needs_said(facts: EnterpriseFacts) -> str:
    """What would have to be known for a size class, in words; empty where nothing is missing."""
    words = {
        "industry": _("industry"),
        "employees": _("number of employees"),
        "revenue": _("annual revenue"),
        "total_assets": _("total assets"),
    }
    return listed(words[name] for name in facts.size_needs)
