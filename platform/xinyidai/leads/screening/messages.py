"""What an enterprise that lets itself be found is told."""

from xinyidai.core.i18n import N_
from xinyidai.messages.types import Audience, MessageKind

INVITED = MessageKind(
    "screening.invited",
    Audience.ENTERPRISE,
    N_("%(lender)s invites you to look at “%(product)s”"),
    N_("You decide freely. The lender was not told how to reach you; it learns more only where you apply or consent."),
    topic=N_("A lender invites you to look at a product"),
)
