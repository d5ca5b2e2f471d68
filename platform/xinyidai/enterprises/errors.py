"""What broken constraints of enterprises mean to the person at the form."""

from xinyidai.core.db import CONSTRAINT_ERRORS
from xinyidai.core.i18n import N_

CODE_TAKEN = N_("This code is registered already.")
CONSTRAINT_ERRORS["uq_enterprises_usci"] = ("usci", CODE_TAKEN)
