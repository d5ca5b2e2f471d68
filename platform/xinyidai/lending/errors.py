"""What broken constraints of lending mean to the person at the form."""

from xinyidai.core.db import CONSTRAINT_ERRORS
from xinyidai.core.i18n import N_

REFERENCE_TAKEN = N_("A payout with this reference is already recorded. Nothing was recorded again.")
REPAYMENT_TAKEN = N_("A repayment with this reference is already recorded. Nothing was recorded again.")
PROPOSAL_TAKEN = N_("A payout with this reference already waits for its confirmation. Nothing was recorded again.")
REPAYMENT_REVERSED = N_("This repayment is already reversed.")
ALREADY_REVERSED = N_("This payout is already reversed.")

CONSTRAINT_ERRORS["uq_credit_lines_institution_id_contract_number"] = (
    "contract_number",
    N_("You already have a credit line with this contract number."),
)
CONSTRAINT_ERRORS["uq_disbursements_institution_id_external_reference"] = ("external_reference", REFERENCE_TAKEN)
CONSTRAINT_ERRORS["uq_disbursements_reverses_id"] = ("", ALREADY_REVERSED)
CONSTRAINT_ERRORS["uq_repayments_institution_id_external_reference"] = ("external_reference", REPAYMENT_TAKEN)
CONSTRAINT_ERRORS["uq_repayments_reverses_id"] = ("", REPAYMENT_REVERSED)
CONSTRAINT_ERRORS["uq_payout_proposals_open_reference"] = ("external_reference", PROPOSAL_TAKEN)
