"""What an entry of the audit trail says, in words. The trail itself keeps codes, which never change."""

from xinyidai.core.i18n import N_, _
from xinyidai.core.labels import LabelledEnum
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.types import OfferStatus
from xinyidai.needs.types import NeedStatus

_STEPS: dict[str, tuple[str, type[LabelledEnum]]] = {
    "need": (N_("Need: %(step)s"), NeedStatus),
    "lead": (N_("Application: %(step)s"), LeadStatus),
    "offer": (N_("Offer: %(step)s"), OfferStatus),
}
_SAID = {
    "consent.asked": N_("Consent asked for"),
    "credit_line.closed": N_("Credit line closed"),
    "credit_line.granted": N_("Credit line granted"),
    "credit_line.renewed": N_("Credit line renewed"),
    "disbursement.recorded": N_("Payout recorded"),
    "disbursement.reversed": N_("Payout reversed"),
    "lead.post_written": N_("Message written to the other side"),
    "need.draft_discarded": N_("Draft of the need thrown away"),
    "need.open_to_claims": N_("Whether lenders may take up the need: changed"),
    "offer.binding_asked": N_("Binding offer asked for"),
    "offer.made": N_("Offer made"),
}


def trail_words(action: str) -> str:
    """``lead.accepted`` as a sentence; a code that has no words stands as it is, because the trail hides nothing."""
    if action in _SAID:
        return _(_SAID[action])
    about, _dot, step = action.partition(".")
    sentence, steps = _STEPS.get(about, ("", None))
    if steps is None or step not in {one.value for one in steps}:
        return action
    return _(sentence, step=steps(step).label)
