"""The components of a score in words: what each stands for, how much it may weigh, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matching import COMPONENTS, load_weights
from xinyidai.core.i18n import N_, _

_LABELS = {
    "cost": N_("price"),
    "likelihood": N_("chance of approval"),
    "speed": N_("speed"),
    "amount_fit": N_("fit of the amount"),
    "term_fit": N_("fit of the term"),
    "collateral": N_("ease of the security"),
    "record": N_("the lender's record of answering"),
}


@dataclass(frozen=True, slots=True)
class Contribution:
    """One part of a score; ``note`` says where something was not known, ``why`` why it weighs what it weighs."""

    name: str
    label: str
    points: float
    maximum: float
    note: str
    why: str


def contributions_in_words(
    points: Mapping[str, float], neutral: Sequence[str], weights_version: str
) -> list[Contribution]:
    """In the fixed order of the components; empty for a product that was not scored."""
    weights = load_weights(weights_version)
    return [
        Contribution(
            name=name,
            label=_(_LABELS[name]),
            points=points[name],
            maximum=weights.maximum(name),
            note=_("not fully known; the unknown part counts as average") if name in neutral else "",
            why=_(weights.reasons[name]),
        )
        for name in COMPONENTS
        if name in points
    ]
