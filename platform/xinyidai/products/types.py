"""The closed vocabularies of products."""

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


class RepaymentMode(LabelledEnum):
    EQUAL_INSTALMENT = "equal_instalment", N_("equal instalments")
    EQUAL_PRINCIPAL = "equal_principal", N_("equal principal")
    INTEREST_MONTHLY = "interest_monthly", N_("interest monthly, principal at the end")
    INTEREST_QUARTERLY = "interest_quarterly", N_("interest quarterly, principal at the end")
    BULLET = "bullet", N_("principal and interest at the end")
    REVOLVING = "revolving", N_("revolving")
    BY_STAGES = "by_stages", N_("principal by stages")
    OTHER = "other", N_("other repayment")
