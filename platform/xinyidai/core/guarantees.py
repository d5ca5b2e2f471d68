"""What secures a loan: the one vocabulary that needs, products, offers and totals share."""

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum


class GuaranteeMode(LabelledEnum):
    """担保方式. Every borrower can offer ``CREDIT``: it asks for nothing."""

    CREDIT = "credit", N_("unsecured")
    MORTGAGE = "mortgage", N_("mortgage")
    PLEDGE = "pledge", N_("pledge")
    GUARANTEE = "guarantee", N_("guarantee")
    MIXED = "mixed", N_("mixed security")
    INSURANCE = "insurance", N_("insurance or guarantee insurance")
    OTHER = "other", N_("other security")
