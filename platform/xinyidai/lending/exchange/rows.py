"""From one row of the table to the steps that it asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import LOCALES, N_, use_locale
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.validation import Command, parse
from xinyidai.leads.service import RefuseLead
from xinyidai.leads.types import RefusalReason
from xinyidai.lending.commands import (
    GrantCreditLine,
    MakeOffer,
    RecordDisbursement,
    RecordRepayment,
    ReportOverdue,
    plain_reference,
)
from xinyidai.lending.exchange.columns import FILLED
from xinyidai.lending.types import LoanGrade
from xinyidai.products.types import GuaranteeMode, RepaymentMode

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")


_SHORTENED = re.compile(r"\d(\.\d+)?[eE]\+\d+")
C = TypeVar("C", bound=Command)


class Answer(LabelledEnum):
    ACCEPT = "accept", N_("accept")
    DECLINE = "decline", N_("decline")
    REFUSE = "refuse", N_("refuse credit")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one row asks for, in the order in which it is done; what is None is not asked for."""

    lead_id: UUID
    answer: Answer | None = None
    refusal: RefuseLead | None = None
    offer: MakeOffer | None = None
    line: GrantCreditLine | None = None
    payout: RecordDisbursement | None = None
    contract: str = ""
    """Which of the lead's contracts the next two are about; empty where it has one that owes."""
    repayment: RecordRepayment | None = None
    overdue: ReportOverdue | None = None


# Column of the table → field of the command that checks it.
_OFFER = {
    "offer_amount": "amount_wan",
    "offer_rate": "annual_rate",
    "offer_term": "term_months",
    "offer_guarantee": "guarantee_mode",
    "offer_repayment": "repayment_mode",
    "offer_valid_until": "valid_until",
}
_LINE = {
    "line_amount": "amount_wan",
    "line_contract": "contract_number",
    "line_approved_on": "approved_on",
    "line_expires_on": "expires_on",
}
_PAYOUT = {"payout_amount": "amount_wan", "payout_on": "paid_on", "payout_reference": "external_reference"}
_REPAYMENT = {
    "repaid_principal": "principal",
    "repaid_interest": "interest",
    "repaid_on": "repaid_on",
    "repaid_reference": "external_reference",
}
_OVERDUE = {
    "overdue_as_of": "as_of",
    "overdue_principal": "principal",
    "overdue_interest": "interest",
    "overdue_days": "days",
    "overdue_grade": "grade",
}
_REFUSAL = {"reason": "reason", "reason_note": "reason_note"}
FIELDS = {
    "offer": _OFFER,
    "line": _LINE,
    "payout": _PAYOUT,
    "repayment": _REPAYMENT,
    "overdue": _OVERDUE,
    "refusal": _REFUSAL,
}
"""Step → its columns; also the way back from a command's field to the column that a sentence belongs to."""
_CODED: Mapping[str, type[LabelledEnum]] = {
    "answer": Answer,
    "reason": RefusalReason,
    "offer_guarantee": GuaranteeMode,
    "offer_repayment": RepaymentMode,
    "overdue_grade": LoanGrade,
}


def is_filled_in(cells: Mapping[str, str]) -> bool:
    """Whether the bank has written anything into the row; most rows of a table come back as they went out."""
    return any(cells.get(name) for name in FILLED if name != "lead_id")


def read_row(cells: Mapping[str, str]) -> Asked | None:
    """The steps of a row whose cells stand under field names; None where the bank filled in nothing.

    Raises InvalidInput with one sentence for each column that is wrong.
    """
    given = {name: _normal(name, text) for name in FILLED if (text := cells.get(name, ""))}
    if not set(given) - {"lead_id"}:
        return None
    errors = _shortened(given)
    lead_id = _lead_id(given.get("lead_id", ""), errors)
    answer = _answer(given, errors)
    refusal = None
    if answer in (Answer.DECLINE, Answer.REFUSE):
        refusal = _command(RefuseLead, given, "refusal", errors)
    elif "reason" in given or "reason_note" in given:
        errors["reason"] = N_("A reason belongs to a no. Please write “decline” or “refuse credit” as the answer.")
    offer = _command(MakeOffer, given, "offer", errors)
    line = _command(GrantCreditLine, given, "line", errors)
    payout = _command(RecordDisbursement, given, "payout", errors)
    repayment = _command(RecordRepayment, given, "repayment", errors)
    overdue = _command(ReportOverdue, given, "overdue", errors)
    if refusal and (offer or line or payout or repayment or overdue):
        errors["answer"] = N_("A lead that is refused can have no offer, credit line or money in the same row.")
    if "contract" in given and not (repayment or overdue or errors):
        errors["contract"] = N_("Please fill in the repayment or the overdue part beside the contract number.")
    if errors or lead_id is None:
        raise InvalidInput(errors)
    return Asked(lead_id, answer, refusal, offer, line, payout, _spelling(given), repayment, overdue)


def _spelling(given: Mapping[str, str]) -> str:
    """The contract number as the ledger spells it."""
    return plain_reference(given.get("contract", ""))


def _lead_id(text: str, errors: dict[str, str]) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        errors["lead_id"] = N_("This is not the id of a lead. Please keep this column as it was downloaded.")
        return None


def _answer(given: Mapping[str, str], errors: dict[str, str]) -> Answer | None:
    if "answer" not in given:
        return None
    try:
        return Answer(given["answer"])
    except ValueError:
        errors["answer"] = N_("Please write “accept”, “decline” or “refuse credit”.")
        return None


def _shortened(given: Mapping[str, str]) -> dict[str, str]:
    """Numbers of the lender's that a spreadsheet has shortened: two payouts could come to one reference."""
    return {
        name: N_("The spreadsheet has shortened this number. Please format the column as text and enter it again.")
        for name in ("line_contract", "payout_reference", "contract", "repaid_reference")
        if _SHORTENED.fullmatch(given.get(name, ""))
    }


def _command(command: type[C], given: Mapping[str, str], step: str, errors: dict[str, str]) -> C | None:
    columns = {column: name for column, name in FIELDS[step].items() if column in given}
    if not columns and step != "refusal":
        return None
    try:
        return parse(command, {name: given[column] for column, name in columns.items()})
    except InvalidInput as error:
        errors.update(to_columns(step, error.fields))
        return None


def to_columns(step: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Sentences of a command's fields under the columns that they stand in."""
    back = {name: column for column, name in FIELDS[step].items()}
    return {back.get(name, "lead_id"): sentence for name, sentence in fields.items()}


def _normal(name: str, text: str) -> str:
    """Labels of either language become codes; dates as spreadsheets write them become ISO dates."""
    if name in _CODED:
        return _code(_CODED[name], text)
    if found := _DAY.fullmatch(text):
        year, month, day = found.groups()
        return f"{year}-{int(month):02}-{int(day):02}"
    return text


def _code(vocabulary: type[LabelledEnum], text: str) -> str:
    for locale in LOCALES:
        with use_locale(locale):
            for value, label in vocabulary.choices():
                if text.casefold() in (value, label.casefold()):
                    return value
    return text
