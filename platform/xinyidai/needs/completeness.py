"""What a need must say before it can be posted: one rule for every step, for the posting, and for machines."""

from xinyidai.core.i18n import N_
from xinyidai.needs.models import Need
from xinyidai.needs.types import Purpose

_FILL_IN = N_("Please fill in this field.")
_CHOOSE = N_("Please choose one of the listed values.")


def missing_fields(need: Need) -> dict[int, dict[str, str]]:
    """Step → field of its form → what to do; empty where the need is complete."""
    steps = {1: _money(need), 2: _security(need), 3: _applicant(need)}
    return {number: fields for number, fields in steps.items() if fields}


def _money(need: Need) -> dict[str, str]:
    missing = {}
    if need.amount is None:
        missing["amount_wan"] = _FILL_IN
    if need.term_months is None:
        missing["term_months"] = _FILL_IN
    if need.purpose is None:
        missing["purpose"] = _CHOOSE
    if need.purpose == Purpose.OTHER and not need.purpose_note:
        missing["purpose_note"] = N_("Please say in a sentence what the money is for.")
    return missing


def _security(need: Need) -> dict[str, str]:
    missing = {}
    if not need.guarantees:
        missing["guarantees"] = N_("Please choose at least one; if you have nothing to offer, choose “unsecured”.")
    if need.has_existing_loans is None:
        missing["has_existing_loans"] = N_("Please answer yes or no.")
    if need.has_existing_loans and need.existing_loan_balance is None:
        missing["existing_loan_wan"] = N_("Please enter how much you still owe.")
    return missing


def _applicant(need: Need) -> dict[str, str]:
    missing = {}
    if need.applicant_role is None:
        missing["applicant_role"] = _CHOOSE
    if not need.contact_name:
        missing["contact_name"] = _FILL_IN
    if not need.contact_phone:
        missing["contact_phone"] = _FILL_IN
    return missing
