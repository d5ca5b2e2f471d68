"""Vocabulary of leads."""

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum


class LeadStatus(LabelledEnum):
    """Where a lead stands. Silence is ``expired``, booked by the system, and never a refusal."""

    SUGGESTED = "suggested", N_("suggested to the enterprise")
    SENT = "sent", N_("waiting for the lender's answer")
    ACCEPTED = "accepted", N_("taken by the lender")
    DECLINED = "declined", N_("declined")
    EXPIRED = "expired", N_("not answered in time")
    CONTACTED = "contacted", N_("enterprise contacted")
    PAPERS_REQUESTED = "papers_requested", N_("papers asked for")
    PAPERS_COMPLETE = "papers_complete", N_("papers complete")
    OFFERED = "offered", N_("offer made")
    OFFER_ACCEPTED = "offer_accepted", N_("offer accepted")
    CREDIT_APPROVED = "credit_approved", N_("credit line granted")
    DISBURSING = "disbursing", N_("being paid out")
    FUNDED = "funded", N_("paid out in full")
    REFUSED = "refused", N_("credit refused")
    NO_DEAL = "no_deal", N_("no agreement")
    UNREACHABLE = "unreachable", N_("enterprise not reached")
    WITHDRAWN = "withdrawn", N_("withdrawn by the enterprise")


WAITING = frozenset({LeadStatus.SUGGESTED, LeadStatus.SENT})
"""Nobody has taken it yet: the enterprise must agree to a suggestion first, or the lender must answer."""
EXAMINED = frozenset(
    {LeadStatus.ACCEPTED, LeadStatus.CONTACTED, LeadStatus.PAPERS_REQUESTED, LeadStatus.PAPERS_COMPLETE}
)
"""Taken, and no offer made yet."""
IN_WORK = EXAMINED | {LeadStatus.OFFERED, LeadStatus.OFFER_ACCEPTED}
GRANTED = frozenset({LeadStatus.CREDIT_APPROVED})
PAID = frozenset({LeadStatus.DISBURSING, LeadStatus.FUNDED})
BINDING = GRANTED | PAID | {LeadStatus.OFFER_ACCEPTED}
"""The enterprise has given its word to this lender."""
ANSWERED_NO = frozenset({LeadStatus.DECLINED, LeadStatus.REFUSED, LeadStatus.NO_DEAL, LeadStatus.UNREACHABLE})
ENDED_WITHOUT_MONEY = ANSWERED_NO | {LeadStatus.EXPIRED, LeadStatus.WITHDRAWN}
CLOSED = ENDED_WITHOUT_MONEY | {LeadStatus.FUNDED}


class LeadRoute(LabelledEnum):
    DIRECTED = "directed", N_("the enterprise applied")
    DISPATCHED = "dispatched", N_("sent by the financial office")
    CLAIMED = "claimed", N_("claimed by the lender")


class SlaClock(LabelledEnum):
    """What is counted in days. While papers are awaited, the lender's clocks stand still and the enterprise's runs."""

    ACCEPT = "accept", N_("answer to the application")
    FIRST_CONTACT = "first_contact", N_("first contact with the enterprise")
    DECISION = "decision", N_("decision on the credit")
    PAPERS = "papers", N_("papers from the enterprise")


class ClockStep(LabelledEnum):
    """What the platform has done because a clock was running out or had run out."""

    REMINDED = "reminded", N_("reminded")
    MANAGER = "manager", N_("the lender's managers were told")
    OFFICE = "office", N_("the financial office was told")
    REROUTED = "rerouted", N_("the next product was asked or suggested")
    NOWHERE = "nowhere", N_("there was no other product to ask")


class StepNote(LabelledEnum):
    """Why a step stands in a lead's history when its status alone does not say it."""

    HANDED_OVER = "handed_over", N_("Handed over within the institution.")
    CLAIMED = "claimed", N_("The institution took up the open need by itself.")
    DISPATCHED = "dispatched", N_("The financial office passed the need on.")
    REROUTED = "rerouted", N_("Passed on because another lender was silent.")
    HANDED_IN = "handed_in", N_("The enterprise says that its papers are complete.")


class RefusalReason(LabelledEnum):
    """The closed list from which a lender must choose when it declines or refuses."""

    OUTSIDE_REGION = "outside_region", N_("outside our service area")
    INDUSTRY_NOT_SERVED = "industry_not_served", N_("industry not served by this product")
    TOO_YOUNG = "too_young", N_("in business for too short a time")
    AMOUNT_UNSUITABLE = "amount_unsuitable", N_("amount does not fit this product")
    TERM_UNSUITABLE = "term_unsuitable", N_("term does not fit this product")
    NO_SECURITY = "no_security", N_("security is missing or not sufficient")
    WEAK_REVENUE = "weak_revenue", N_("revenue or cash flow too weak")
    HIGH_DEBT = "high_debt", N_("existing debt too high")
    TAX_RECORD = "tax_record", N_("tax record not sufficient")
    COURT_RECORD = "court_record", N_("court or enforcement record")
    PENALTY_RECORD = "penalty_record", N_("administrative penalty on record")
    PURPOSE_UNCLEAR = "purpose_unclear", N_("use of the funds not clear or not allowed")
    PAPERS_INCOMPLETE = "papers_incomplete", N_("papers incomplete")
    DUPLICATE = "duplicate", N_("already served by us under another need")
    QUOTA_EXHAUSTED = "quota_exhausted", N_("our quota for this product is exhausted")
    OTHER = "other", N_("another reason (please explain)")
