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
