"""The terms of a version in words, and what one version says that another does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from xinyidai.core.i18n import _
from xinyidai.products.criterion_words import amount_in_words, criteria_in_words
from xinyidai.products.models import ProductVersion
from xinyidai.products.types import GuaranteeMode, RepaymentMode


@dataclass(frozen=True, slots=True)
class Difference:
    """One change against the version before: ``kind`` is ``changed``, ``added`` or ``removed``."""

    kind: str
    text: str


def differences(old: ProductVersion, new: ProductVersion) -> list[Difference]:
    """What changed, in the current language, in the order in which the page shows the terms."""
    before, after = _terms(old), _terms(new)
    changed = [
        Difference(
            "changed", _("%(label)s: %(before)s → %(after)s", label=label, before=before[label], after=after[label])
        )
        for label in after
        if before[label] != after[label]
    ]
    if old.description != new.description:
        changed.append(Difference("changed", _("The description was rewritten.")))
    conditions = _gone_and_new(criteria_in_words(old.criteria), criteria_in_words(new.criteria), _("Condition"))
    return [*changed, *conditions, *_gone_and_new(old.materials, new.materials, _("Paper"))]


def range_in_words(low: str, high: str) -> str:
    return low if low == high else _("%(low)s to %(high)s", low=low, high=high)


def _gone_and_new(old: Sequence[str], new: Sequence[str], label: str) -> list[Difference]:
    gone = [Difference("removed", _("%(label)s dropped: %(text)s", label=label, text=one)) for one in old]
    came = [Difference("added", _("%(label)s added: %(text)s", label=label, text=one)) for one in new]
    return [one for one, text in zip(gone, old, strict=True) if text not in new] + [
        one for one, text in zip(came, new, strict=True) if text not in old
    ]


def _terms(version: ProductVersion) -> dict[str, str]:
    months = range_in_words(str(version.term_min), str(version.term_max))
    return {
        _("Name"): version.name,
        _("Amount"): range_in_words(amount_in_words(version.amount_min), amount_in_words(version.amount_max)),
        _("Term"): _("%(number)s months", number=months),
        _("Annual rate"): range_in_words(_percent(version.rate_min), _percent(version.rate_max)),
        _("Guarantee"): _(", ").join(GuaranteeMode(one).label for one in version.guarantees),
        _("Repayment"): _(", ").join(RepaymentMode(one).label for one in version.repayment_modes),
        _("Time to a decision"): _("%(number)s days", number=version.decision_days),
    }


def _percent(rate: Decimal) -> str:
    return f"{rate.normalize():f}%"
