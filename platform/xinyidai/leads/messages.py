"""What enterprises, lenders and the office are told about leads."""

from xinyidai.core.i18n import N_
from xinyidai.leads.types import SlaClock
from xinyidai.messages.types import Audience, MessageKind

APPLIED = MessageKind(
    "leads.applied",
    Audience.INSTITUTION,
    N_("A new lead: %(enterprise)s"),
    N_("%(enterprise)s applied for “%(product)s”, need %(number)s. Please answer by %(due)s."),
    topic=N_("A new lead"),
)
ACCEPTED = MessageKind(
    "leads.accepted",
    Audience.ENTERPRISE,
    N_("%(lender)s has taken your application"),
    N_("%(lender)s looks at need %(number)s and contacts you by %(due)s."),
    topic=N_("A lender has taken your application"),
)
DECLINED = MessageKind(
    "leads.declined",
    Audience.ENTERPRISE,
    N_("%(lender)s has said no"),
    N_("%(lender)s does not go on with need %(number)s. The need's page says why, and what you can do next."),
    topic=N_("A lender has said no"),
)
WITHDRAWN = MessageKind(
    "leads.withdrawn",
    Audience.INSTITUTION,
    N_("An application was taken back"),
    N_("%(enterprise)s took back its application for “%(product)s”, need %(number)s. Nothing is left to do."),
    undoes=APPLIED,
)
EXPIRED = MessageKind(
    "leads.expired",
    Audience.ENTERPRISE,
    N_("%(lender)s did not answer in time"),
    N_("%(lender)s did not answer need %(number)s by %(due)s. This is no refusal. You can ask others at any time."),
    topic=N_("A lender did not answer in time"),
)
MISSED = MessageKind(
    "leads.missed",
    Audience.MANAGERS,
    N_("A lead was not answered in time"),
    N_("Nobody answered %(enterprise)s (need %(number)s) by %(due)s, so the platform closed the lead."),
)
CONTACTED = MessageKind(
    "leads.contacted",
    Audience.ENTERPRISE,
    N_("%(lender)s has contacted you"),
    N_("%(lender)s notes that it has spoken with you about need %(number)s. If nobody did, please tell the office."),
    topic=N_("A lender notes that it has spoken with you"),
)
PAPERS_REQUESTED = MessageKind(
    "leads.papers_requested",
    Audience.ENTERPRISE,
    N_("%(lender)s asks for papers"),
    N_("For need %(number)s %(lender)s asks for: %(papers)s. Until they are there, its clock stands still."),
    topic=N_("A lender asks for papers"),
)
PAPERS_HANDED_IN = MessageKind(
    "leads.papers_handed_in",
    Audience.INSTITUTION,
    N_("%(enterprise)s has handed in its papers"),
    N_("The papers for need %(number)s are complete, says the enterprise. Please decide by %(due)s."),
    topic=N_("An enterprise has handed in its papers"),
)
PAPERS_COMPLETE = MessageKind(
    "leads.papers_complete",
    Audience.ENTERPRISE,
    N_("Your papers are complete"),
    N_("%(lender)s has all papers for need %(number)s and decides by %(due)s."),
)
SUGGESTED = MessageKind(
    "leads.suggested",
    Audience.ENTERPRISE,
    N_("A product is suggested to you: %(product)s"),
    N_("“%(product)s” of %(lender)s fits need %(number)s. It is asked only if you agree, by %(due)s."),
    topic=N_("A product is suggested to you"),
)
PASSED_ON = MessageKind(
    "leads.passed_on",
    Audience.ENTERPRISE,
    N_("Your need was put before %(lender)s"),
    N_("Need %(number)s lies before %(lender)s (“%(product)s”), which answers by %(due)s."),
    topic=N_("Your need was put before another lender"),
)
CLAIMED = MessageKind(
    "leads.claimed",
    Audience.ENTERPRISE,
    N_("%(lender)s has taken up your need"),
    N_("%(lender)s found need %(number)s among the open needs and contacts you by %(due)s: “%(product)s”."),
    topic=N_("A lender has taken up your need"),
)
HANDED_OVER = MessageKind(
    "leads.handed_over",
    Audience.INSTITUTION,
    N_("A lead was handed over to you: %(enterprise)s"),
    N_("%(by)s handed need %(number)s over to you. %(note)s"),
    topic=N_("A lead was handed over to you"),
)
HANDED_TO_BRANCH = MessageKind(
    "leads.handed_to_branch",
    Audience.INSTITUTION,
    N_("A lead was handed over to %(branch)s: %(enterprise)s"),
    N_("%(by)s handed need %(number)s over to the branch %(branch)s, where nobody has taken it yet. %(note)s"),
    topic=N_("A lead was handed over to your branch"),
)
NOWHERE = MessageKind(
    "leads.nowhere",
    Audience.ENTERPRISE,
    N_("No other product fits need %(number)s now"),
    N_("%(lender)s was silent, and no other product fits need %(number)s. Its page says what would change that."),
    topic=N_("No other product fits your need"),
)
PAPERS_AWAITED = MessageKind(
    "leads.papers_awaited",
    Audience.ENTERPRISE,
    N_("%(lender)s waits for your papers"),
    N_("Need %(number)s stands still until %(lender)s has: %(papers)s."),
    topic=N_("A reminder that a lender waits for your papers"),
)

REMINDED = {
    SlaClock.ACCEPT: MessageKind(
        "leads.remind_accept",
        Audience.INSTITUTION,
        N_("Please answer by %(due)s: %(enterprise)s"),
        N_("Need %(number)s (“%(product)s”) waits for your answer. After %(due)s the platform closes the lead."),
        topic=N_("A reminder to answer a lead"),
    ),
    SlaClock.FIRST_CONTACT: MessageKind(
        "leads.remind_contact",
        Audience.INSTITUTION,
        N_("Please call by %(due)s: %(enterprise)s"),
        N_("You have taken need %(number)s. The enterprise waits for your first call until %(due)s."),
        topic=N_("A reminder of the first contact"),
    ),
    SlaClock.DECISION: MessageKind(
        "leads.remind_decision",
        Audience.INSTITUTION,
        N_("Please decide by %(due)s: %(enterprise)s"),
        N_("Need %(number)s (“%(product)s”) waits for an offer, or for a no with its reason, until %(due)s."),
        topic=N_("A reminder to decide"),
    ),
}
"""To the officer before a last day, and to the managers on it."""

OVERDUE = {
    SlaClock.ACCEPT: MessageKind(
        "leads.overdue_accept",
        Audience.MANAGERS | Audience.OFFICE,
        N_("%(lender)s did not answer %(enterprise)s"),
        N_("Need %(number)s lay before %(lender)s until %(due)s without an answer."),
        topic=N_("A lead that nobody answered"),
    ),
    SlaClock.FIRST_CONTACT: MessageKind(
        "leads.overdue_contact",
        Audience.MANAGERS | Audience.OFFICE,
        N_("%(lender)s has not called %(enterprise)s"),
        N_("%(lender)s took need %(number)s and should have called by %(due)s."),
        topic=N_("A first contact that is overdue"),
    ),
    SlaClock.DECISION: MessageKind(
        "leads.overdue_decision",
        Audience.MANAGERS | Audience.OFFICE,
        N_("%(lender)s has not decided about %(enterprise)s"),
        N_("The decision on need %(number)s was due at %(lender)s on %(due)s."),
        topic=N_("A decision that is overdue"),
    ),
}
"""To the lender's managers, then to the office."""
