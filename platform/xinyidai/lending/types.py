"""The closed vocabularies of offers and credit lines."""

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum
from xinyidai.leads.types import LeadStatus


class OfferStatus(LabelledEnum):
    """Where an offer stands. Only an open one can be accepted."""

    OPEN = "open", N_("waiting for the enterprise")
    ACCEPTED = "accepted", N_("offer accepted")
    DECLINED = "declined", N_("not taken")
    LAPSED = "lapsed", N_("validity ended")
    WITHDRAWN = "withdrawn", N_("taken back by the lender")


class LineState(LabelledEnum):
    """What can still be done with a credit line on a given day."""

    OPEN = "open", N_("open")
    PAID_OUT = "paid_out", N_("paid out in full")
    ENDED = "ended", N_("term of the line has ended")
    CLOSED = "closed", N_("closed")


class StepCause(LabelledEnum):
    """Why a lead moved when its new status alone does not say it; kept in the history."""

    OTHER_OFFER = "other_offer", N_("The enterprise has accepted another lender's offer.")
    OFFER_DECLINED = "offer_declined", N_("The enterprise did not take the offer.")
    OFFER_LAPSED = "offer_lapsed", N_("The offer's validity ended without an answer.")
    OFFER_TAKEN_BACK = "offer_taken_back", N_("The lender took the offer back.")
    NEED_WITHDRAWN = "need_withdrawn", N_("The enterprise withdrew its need.")
    NEED_EXPIRED = "need_expired", N_("The need expired before anybody took it.")
    PAYOUT = "payout", N_("Payout recorded.")
    REVERSAL = "reversal", N_("Payout reversed.")
    LINE_CLOSED = "line_closed", N_("Credit line closed.")


PROMISED = frozenset({LeadStatus.OFFER_ACCEPTED, LeadStatus.CREDIT_APPROVED, LeadStatus.DISBURSING, LeadStatus.FUNDED})
"""The enterprise has given its word to this lender: no other offer of the same need can be made or accepted."""
