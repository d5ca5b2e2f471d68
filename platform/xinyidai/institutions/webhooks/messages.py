"""What is said when a lender's system does not answer."""

from xinyidai.core.i18n import N_
from xinyidai.messages.types import Audience, MessageKind

GIVEN_UP = MessageKind(
    "webhooks.given_up",
    Audience.MANAGERS,
    N_("Your system does not take what we send it"),
    N_("After %(attempts)s attempts an event was given up. Please look at your address and send it again."),
)
