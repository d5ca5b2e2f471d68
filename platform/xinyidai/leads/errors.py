"""What broken constraints of leads mean to the person at the form."""

from xinyidai.core.db import CONSTRAINT_ERRORS
from xinyidai.core.i18n import N_

CONSTRAINT_ERRORS["uq_leads_one_open_per_product"] = (
    "product",
    N_("You have already applied for this product with this need."),
)
