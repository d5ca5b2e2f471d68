"""The closed vocabularies of offers and credit lines."""

from decimal import Decimal

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
    REPLACED = "replaced", N_("made binding")


class OfferKind(LabelledEnum):
    """Whether the lender is bound by its offer. An indicative one can be compared, never accepted."""

    INDICATIVE = "indicative", N_("indicative, not binding")
    BINDING = "binding", N_("binding offer")


class FeeKind(LabelledEnum):
    """What a cost beside the interest is for (domain rules, section 13)."""

    GUARANTEE = "guarantee", N_("guarantee fee")
    APPRAISAL = "appraisal", N_("appraisal fee")
    REGISTRATION = "registration", N_("registration fee")
    MORTGAGE = "mortgage", N_("mortgage fee")
    INTERMEDIARY = "intermediary", N_("intermediary fee")
    INSURANCE = "insurance", N_("insurance premium")
    NOTARY = "notary", N_("notary fee")
    OTHER = "other", N_("other fee")


class FeeDue(LabelledEnum):
    """When a cost is paid. ``YEARLY`` is at the start of each year of the term, as guarantors charge it."""

    UPFRONT = "upfront", N_("once, when the money is paid out")
    MONTHLY = "monthly", N_("every month")
    YEARLY = "yearly", N_("at the start of every year")
    AT_END = "at_end", N_("once, at the end")


class FeeMethod(LabelledEnum):
    """How a cost is paid. What the lender bears is named for completeness and costs the enterprise nothing."""

    TRANSFER = "transfer", N_("paid to the payee")
    DEDUCTED = "deducted", N_("kept back from the payout")
    WITH_INSTALMENT = "with_instalment", N_("paid with the instalment")
    BORNE_BY_LENDER = "borne_by_lender", N_("borne by the lender")


class LineState(LabelledEnum):
    """What can still be done with a credit line on a given day."""

    OPEN = "open", N_("open")
    PAID_OUT = "paid_out", N_("paid out in full")
    REPAID = "repaid", N_("repaid in full")
    RENEWAL = "renewal", N_("renewal without repayment")
    ENDED = "ended", N_("term of the line has ended")
    CLOSED = "closed", N_("closed")


class StepCause(LabelledEnum):
    """Why a lead moved when its new status alone does not say it; kept in the history."""

    OTHER_OFFER = "other_offer", N_("The enterprise has accepted another lender's offer.")
    OFFER_DECLINED = "offer_declined", N_("The enterprise did not take the offer.")
    OFFER_LAPSED = "offer_lapsed", N_("The offer's validity ended without an answer.")
    OFFER_TAKEN_BACK = "offer_taken_back", N_("The lender took the offer back.")
    MADE_BINDING = "made_binding", N_("The lender made its offer binding.")
    NEED_WITHDRAWN = "need_withdrawn", N_("The enterprise withdrew its need.")
    NEED_EXPIRED = "need_expired", N_("The need expired before anybody took it.")
    PAYOUT = "payout", N_("Payout recorded.")
    REVERSAL = "reversal", N_("Payout reversed.")
    LINE_CLOSED = "line_closed", N_("Credit line closed.")
    REPAYMENT = "repayment", N_("Repayment recorded.")
    REPAYMENT_REVERSED = "repayment_reversed", N_("Repayment reversed.")
    RENEWED = "renewed", N_("Loan renewed without repayment of the principal.")
    RENEWAL_UNDONE = "renewal_undone", N_("Renewal undone.")


class LoanGrade(LabelledEnum):
    """五级分类. The last three are non-performing."""

    NORMAL = "normal", N_("normal")
    SPECIAL_MENTION = "special_mention", N_("special mention")
    SUBSTANDARD = "substandard", N_("substandard")
    DOUBTFUL = "doubtful", N_("doubtful")
    LOSS = "loss", N_("loss")


class ProposalStatus(LabelledEnum):
    """Where a payout stands that needs a second person."""

    OPEN = "open", N_("waits for a second person")
    CONFIRMED = "confirmed", N_("confirmed")
    REJECTED = "rejected", N_("not confirmed")


class DuplicateVerdict(LabelledEnum):
    """What the office finds about two payouts that look like one loan."""

    SAME = "same", N_("the same loan")
    DIFFERENT = "different", N_("two different loans")


FOUR_EYES_YUAN = Decimal(5_000_000)
"""Where no setting says otherwise (XYD_FOUR_EYES_YUAN): a payout above this needs a second person."""

PROMISED = frozenset({LeadStatus.OFFER_ACCEPTED, LeadStatus.CREDIT_APPROVED, LeadStatus.DISBURSING, LeadStatus.FUNDED})
"""The enterprise has given its word to this lender: no other offer of the same need can be made or accepted."""
