"""What is said about posts."""

from xinyidai.core.i18n import N_
from xinyidai.messages.types import Audience, MessageKind

POST_OF_LENDER = MessageKind(
    "leads.post_of_lender",
    Audience.ENTERPRISE,
    N_("%(lender)s has written to you"),
    N_("About your need %(number)s. Please read it and answer on the platform."),
    topic=N_("a lender writes to you"),
)
POST_OF_ENTERPRISE = MessageKind(
    "leads.post_of_enterprise",
    Audience.INSTITUTION,
    N_("%(enterprise)s has written to you"),
    N_("About the need %(number)s. Please read it and answer on the platform."),
    topic=N_("an enterprise writes to you"),
)
