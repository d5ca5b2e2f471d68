"""What is said around leads after a repair."""

from xinyidai.core.i18n import N_
from xinyidai.messages.types import Audience, MessageKind

ASK_AGAIN = MessageKind(
    "leads.ask_again",
    Audience.ENTERPRISE,
    N_("%(institution)s could be asked again"),
    N_("It had refused your need %(need)s because of a record that is no longer counted. You can apply for"
       " “%(product)s” again; the list of products is being ranked anew."),
    topic=N_("Lenders that could be asked again"),
)  # fmt: skip
