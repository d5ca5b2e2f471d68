"""Every change of an offer, a credit line or a payout.

Locks are taken in one order everywhere: the need, then the lead, then the credit line.
"""

from xinyidai.lending.services.credit_lines import close_credit_line, grant_credit_line
from xinyidai.lending.services.duplicates import decide_duplicate
from xinyidai.lending.services.endings import close_lead, refuse_credit, withdraw_lead, withdraw_need
from xinyidai.lending.services.indicative import ask_for_binding, make_binding
from xinyidai.lending.services.offers import accept_offer, decline_offer, lapse_offers, make_offer, take_back_offer
from xinyidai.lending.services.overdue import report_overdue
from xinyidai.lending.services.payouts import record_disbursement, reverse_disbursement
from xinyidai.lending.services.pools import set_pool_rule
from xinyidai.lending.services.proposals import confirm_payout, pay_out, reject_payout
from xinyidai.lending.services.renewals import renew_line
from xinyidai.lending.services.repayments import record_repayment, reverse_repayment

__all__ = [
    "accept_offer",
    "ask_for_binding",
    "close_credit_line",
    "close_lead",
    "confirm_payout",
    "decide_duplicate",
    "decline_offer",
    "grant_credit_line",
    "lapse_offers",
    "make_binding",
    "make_offer",
    "pay_out",
    "record_disbursement",
    "record_repayment",
    "refuse_credit",
    "reject_payout",
    "renew_line",
    "report_overdue",
    "reverse_disbursement",
    "reverse_repayment",
    "set_pool_rule",
    "take_back_offer",
    "withdraw_lead",
    "withdraw_need",
]
