"""The closed vocabularies of needs."""

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum


class Purpose(LabelledEnum):
    """What the money is for 用途."""

    WORKING_CAPITAL = "working_capital", N_("working capital")
    FIXED_ASSETS = "fixed_assets", N_("fixed assets")
    PROJECT = "project", N_("project construction")
    TRADE_FINANCE = "trade_finance", N_("trade finance")
    BILLS = "bills", N_("bills")
    TECH_UPGRADE = "tech_upgrade", N_("technical upgrading")
    AGRICULTURE = "agriculture", N_("agricultural production")
    OTHER = "other", N_("other purpose")


class NeedStatus(LabelledEnum):
    """Where a need stands. From ``published`` to ``disbursed`` it follows from the leads under it."""

    DRAFT = "draft", N_("draft")
    PUBLISHED = "published", N_("published, waiting for a lender")
    IN_CONTACT = "in_contact", N_("in contact with a lender")
    CREDITED = "credited", N_("credit line granted")
    DISBURSED = "disbursed", N_("disbursed")
    DECLINED = "declined", N_("not granted")
    WITHDRAWN = "withdrawn", N_("withdrawn")
    EXPIRED = "expired", N_("expired")
    SETTLED = "settled", N_("settled")


OPEN_STATUSES = frozenset(
    {NeedStatus.PUBLISHED, NeedStatus.IN_CONTACT, NeedStatus.CREDITED, NeedStatus.DISBURSED, NeedStatus.DECLINED}
)
"""Posted and not closed: these follow the leads."""
CLOSED_STATUSES = frozenset({NeedStatus.WITHDRAWN, NeedStatus.EXPIRED, NeedStatus.SETTLED})


class ApplicantRole(LabelledEnum):
    """Who may ask: the owner, or somebody the enterprise has given a mandate. Brokers are refused."""

    LEGAL_REPRESENTATIVE = "legal_rep", N_("legal representative or owner")
    AUTHORISED_HANDLER = "authorised_handler", N_("authorised handler with a letter of authority")
