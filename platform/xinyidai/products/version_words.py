"""The terms of a version in words, and what one version says that another does not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from xinyidai.core.i18n import _
from xinyidai.products.criterion_words import Criterion, amount_in_words, criteria_in_words, criterion_in_words
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
    changed = [_changed(label, before[label], after[label]) for label in after if before[label] != after[label]]
    if old.description != new.description:
        changed.append(Difference("changed", _("The description was rewritten.")))
    conditions = _conditions(old.criteria, new.criteria)
    return [*changed, *conditions, *_gone_and_new(old.materials, new.materials, _("Paper"))]


def range_in_words(low: str, high: str) -> str:
    return low if low == high else _("%(low)s to %(high)s", low=low, high=high)


def _conditions(old: Sequence[Criterion], new: Sequence[Criterion]) -> list[Difference]:
    """The only condition on a fact that reads otherwise now is one change; all others went or came."""
    gone, came = [one for one in old if one not in new], [one for one in new if one not in old]
    before, after = _alone_on_their_fact(gone), _alone_on_their_fact(came)
    both = [fact for fact in before if fact in after]
    changed = [
        _changed(_("Condition"), criterion_in_words(before[fact]), criterion_in_words(after[fact])) for fact in both
    ]
    gone, came = [one for one in gone if one["fact"] not in both], [one for one in came if one["fact"] not in both]
    return [*changed, *_gone_and_new(criteria_in_words(gone), criteria_in_words(came), _("Condition"))]


def _alone_on_their_fact(criteria: Sequence[Criterion]) -> dict[str, Criterion]:
    facts = Counter(one["fact"] for one in criteria)
    return {one["fact"]: one for one in criteria if facts[one["fact"]] == 1}


def _changed(label: str, before: str, after: str) -> Difference:
    return Difference("changed", _("%(label)s: %(before)s → %(after)s", label=label, before=before, after=after))


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
