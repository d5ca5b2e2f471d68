"""Every change of an offer, a credit line or a payout.

Locks are taken in one order everywhere: the need, then the lead, then the credit line.
"""

from xinyidai.lending.services.credit_lines import close_credit_line, grant_credit_line
from xinyidai.lending.services.endings import close_lead, refuse_credit
from xinyidai.lending.services.indicative import ask_for_binding, make_binding
from xinyidai.lending.services.offers import accept_offer, decline_offer, lapse_offers, make_offer, take_back_offer
from xinyidai.lending.services.payouts import record_disbursement, reverse_disbursement

__all__ = [
    "accept_offer",
    "ask_for_binding",
    "close_credit_line",
    "close_lead",
    "decline_offer",
    "grant_credit_line",
    "lapse_offers",
    "make_binding",
    "make_offer",
    "record_disbursement",
    "refuse_credit",
    "reverse_disbursement",
    "take_back_offer",
]
