"""The closed vocabularies of products."""

from xinyidai.core.guarantees import GuaranteeMode as GuaranteeMode
from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum


class RepaymentMode(LabelledEnum):
    EQUAL_INSTALMENT = "equal_instalment", N_("equal instalments")
    EQUAL_PRINCIPAL = "equal_principal", N_("equal principal")
    INTEREST_MONTHLY = "interest_monthly", N_("interest monthly, principal at the end")
    INTEREST_QUARTERLY = "interest_quarterly", N_("interest quarterly, principal at the end")
    BULLET = "bullet", N_("principal and interest at the end")
    REVOLVING = "revolving", N_("revolving")
    BY_STAGES = "by_stages", N_("principal by stages")
    OTHER = "other", N_("other repayment")


class ProductStatus(LabelledEnum):
    """Where a product stands. A draft was never published; a withdrawn one can be published again."""

    DRAFT = "draft", N_("not published yet")
    PUBLISHED = "published", N_("on sale")
    WITHDRAWN = "withdrawn", N_("no longer on sale")


class VersionState(LabelledEnum):
    """Where one version of a product stands. At most one is a draft and at most one is published."""

    DRAFT = "draft", N_("draft")
    PUBLISHED = "published", N_("in force")
    SUPERSEDED = "superseded", N_("replaced by a newer version")
    WITHDRAWN = "withdrawn", N_("taken off sale")
