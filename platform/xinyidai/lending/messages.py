"""What lending tells people."""

from xinyidai.core.i18n import N_
from xinyidai.messages.types import Audience, MessageKind

OFFER_MADE = MessageKind(
    "lending.offer_made",
    Audience.ENTERPRISE,
    N_("%(lender)s has made you an offer"),
    N_("%(amount)s (10,000 yuan) at %(rate)s%% a year, open until %(until)s. Look at the costs and answer."),
    duty=True,
    topic=N_("An offer arrives"),
)
INDICATION_MADE = MessageKind(
    "lending.indication_made",
    Audience.ENTERPRISE,
    N_("%(lender)s has told you its likely terms"),
    N_("%(amount)s (10,000 yuan) at about %(rate)s%% a year. This binds nobody yet; ask for a binding offer."),
    topic=N_("A lender tells its likely terms"),
)
BINDING_ASKED = MessageKind(
    "lending.binding_asked",
    Audience.INSTITUTION,
    N_("%(enterprise)s asks for a binding offer"),
    N_("Your indicative offer for need %(need)s is of interest. Make it binding, or take it back."),
    topic=N_("An enterprise asks for a binding offer"),
)
OFFER_ACCEPTED = MessageKind(
    "lending.offer_accepted",
    Audience.INSTITUTION,
    N_("%(enterprise)s has accepted your offer"),
    N_("%(amount)s (10,000 yuan) for need %(need)s. Grant the credit line as soon as it is approved."),
    duty=True,
    topic=N_("An offer of yours is accepted"),
)
OTHER_OFFER_TAKEN = MessageKind(
    "lending.other_offer_taken",
    Audience.INSTITUTION,
    N_("%(enterprise)s has taken another offer"),
    N_("Your offer for need %(need)s is closed, because the enterprise accepted another lender's."),
    duty=True,
    topic=N_("Another lender's offer is accepted"),
)
OFFER_DECLINED = MessageKind(
    "lending.offer_declined",
    Audience.INSTITUTION,
    N_("%(enterprise)s does not take your offer"),
    N_("Need %(need)s. %(note)s You may make a better offer."),
    topic=N_("An offer of yours is not taken"),
)
OFFER_TAKEN_BACK = MessageKind(
    "lending.offer_taken_back",
    Audience.ENTERPRISE,
    N_("%(lender)s has taken its offer back"),
    N_("The offer of %(amount)s (10,000 yuan) can no longer be accepted. The lender may make another."),
    duty=True,
    topic=N_("An offer is taken back"),
    undoes=OFFER_MADE,
)
GUARANTOR_NAMED = MessageKind(
    "lending.guarantor_named",
    Audience.INSTITUTION,
    N_("%(lender)s names you as guarantor"),
    N_("%(enterprise)s: %(share)s%% of %(amount)s (10,000 yuan). See your guarantees."),
    topic=N_("You are named as guarantor"),
)
PAYOUT_PROPOSED = MessageKind(
    "lending.payout_proposed",
    Audience.MANAGERS,
    N_("A payout waits for your confirmation"),
    N_("%(enterprise)s: %(amount)s (10,000 yuan), reference %(reference)s. It counts once you confirm it."),
)
PAYOUT_CONFIRMED = MessageKind(
    "lending.payout_confirmed",
    Audience.INSTITUTION,
    N_("Your payout is confirmed"),
    N_("%(amount)s (10,000 yuan), reference %(reference)s, counts now."),
)
PAYOUT_REJECTED = MessageKind(
    "lending.payout_rejected",
    Audience.INSTITUTION,
    N_("Your payout was not confirmed"),
    N_("%(amount)s (10,000 yuan), reference %(reference)s. Reason: %(note)s"),
)
LINE_RENEWED = MessageKind(
    "lending.line_renewed",
    Audience.ENTERPRISE,
    N_("%(lender)s has renewed your loan"),
    N_("%(amount)s (10,000 yuan) goes on until %(until)s without repayment of the principal."),
    topic=N_("A loan is renewed"),
)
OVERDUE_REPORTED = MessageKind(
    "lending.overdue_reported",
    Audience.ENTERPRISE,
    N_("%(lender)s reports a payment as overdue"),
    N_("%(amount)s yuan, %(days)s days, as of %(day)s. Please speak with the lender; if this is wrong, tell it so."),
    duty=True,
    topic=N_("A payment is reported as overdue"),
)
OVERDUE_OVER = MessageKind(
    "lending.overdue_over",
    Audience.ENTERPRISE,
    N_("%(lender)s reports that nothing is overdue any more"),
    N_("As of %(day)s nothing is past due on your loan."),
    topic=N_("Nothing is overdue any more"),
    undoes=OVERDUE_REPORTED,
)
NEED_SETTLED = MessageKind(
    "lending.need_settled",
    Audience.ENTERPRISE,
    N_("Your loan is repaid"),
    N_("Everything that was lent for need %(need)s is paid back. The need is settled."),
)
PAYOUT_COUNTED_TWICE = MessageKind(
    "lending.payout_counted_twice",
    Audience.MANAGERS,
    N_("A payout is recorded twice"),
    N_(
        "The financial office found that the payout %(reference)s of %(day)s and another one are the same loan."
        " Please reverse it if it is yours that is wrong."
    ),
    duty=True,
)
