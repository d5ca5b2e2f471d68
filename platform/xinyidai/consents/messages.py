"""What the two sides of a consent are told."""

from dataclasses import dataclass

from xinyidai.core.i18n import N_
from xinyidai.messages.types import Audience, MessageKind


@dataclass(frozen=True, slots=True)
class BothSides:
    """To the enterprise about a lender, to that lender, and to the enterprise about the platform's own ranking."""

    giver: MessageKind
    reader: MessageKind
    ranking: MessageKind


_ENDED = N_("Consent %(number)s has ended. Its data are not shown to you any more and may not be used any further.")

GIVEN = BothSides(
    MessageKind(
        "consent.given",
        Audience.ENTERPRISE,
        N_("%(institution)s may now read data of yours"),
        N_("Consent %(number)s counts until %(until)s. You can revoke it at any time; its receipt is kept for you."),
        duty=True,
        topic=N_("a consent that you gave to a lender"),
    ),
    MessageKind(
        "consent.given_to_institution",
        Audience.INSTITUTION,
        N_("%(enterprise)s lets you read its data"),
        N_("Consent %(number)s counts until %(until)s. Its data now stand on the enterprise's leads."),
        duty=True,
        topic=N_("a consent that an enterprise gave to us"),
    ),
    MessageKind(
        "consent.given_for_ranking",
        Audience.ENTERPRISE,
        N_("The platform may now use data of yours to find products"),
        N_("Consent %(number)s counts until %(until)s. Your open needs are compared again."),
        duty=True,
    ),
)
REVOKED = BothSides(
    MessageKind(
        "consent.revoked",
        Audience.ENTERPRISE,
        N_("You have revoked a consent"),
        N_("%(institution)s can no longer read the data under consent %(number)s."),
        duty=True,
    ),
    MessageKind(
        "consent.revoked_for_institution",
        Audience.INSTITUTION,
        N_("%(enterprise)s has revoked a consent"),
        _ENDED,
        duty=True,
        topic=N_("a consent that an enterprise revoked"),
    ),
    MessageKind(
        "consent.revoked_for_ranking",
        Audience.ENTERPRISE,
        N_("You have revoked the consent for finding products"),
        N_("Consent %(number)s has ended. Your open needs are compared again without its data."),
        duty=True,
    ),
)
EXPIRED = BothSides(
    MessageKind(
        "consent.expired",
        Audience.ENTERPRISE,
        N_("A consent has run out"),
        N_("%(institution)s can no longer read the data under consent %(number)s. Give a new one if it should go on."),
        duty=True,
    ),
    MessageKind(
        "consent.expired_for_institution",
        Audience.INSTITUTION,
        N_("A consent of %(enterprise)s has run out"),
        _ENDED,
        duty=True,
        topic=N_("a consent of an enterprise that has run out"),
    ),
    MessageKind(
        "consent.expired_for_ranking",
        Audience.ENTERPRISE,
        N_("Your consent for finding products has run out"),
        N_("Consent %(number)s has ended. Give a new one if its data should go on being used to find products."),
        duty=True,
    ),
)
ASKED = MessageKind(
    "consent.asked",
    Audience.ENTERPRISE,
    N_("%(institution)s asks to read data of yours"),
    N_("It is about your application for “%(product)s”. You decide freely; look at which data, and what they are for."),
    topic=N_("a lender that asks for a consent"),
)
NOT_GIVEN = MessageKind(
    "consent.not_given",
    Audience.INSTITUTION,
    N_("%(enterprise)s does not give the consent that you asked for"),
    N_("Please decide on what is open to you, or speak with the enterprise. You cannot ask again for this lead."),
    topic=N_("a consent that we asked for and did not get"),
)
