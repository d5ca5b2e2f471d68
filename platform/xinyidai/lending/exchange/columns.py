"""The columns of the table that goes out and comes back."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from xinyidai.core.i18n import LOCALES, N_, _, use_locale
from xinyidai.core.tabular import FileProblem


@dataclass(frozen=True, slots=True)
class Column:
    """``filled`` columns are the bank's to fill; the others say what a row is about and are not read back."""

    name: str
    title: str
    filled: bool = False

    @property
    def label(self) -> str:
        return _(self.title)


COLUMNS = (
    Column("lead_id", N_("Lead id (do not change)"), filled=True),
    Column("need_number", N_("Need number")),
    Column("enterprise", N_("Enterprise")),
    Column("code", N_("Credit code")),
    Column("product", N_("Product")),
    Column("wanted", N_("Amount wanted (10,000 yuan)")),
    Column("term", N_("Term wanted (months)")),
    Column("status", N_("Where it stands")),
    Column("respond_by", N_("Answer by")),
    Column("answer", N_("Answer (accept, decline or refuse)"), filled=True),
    Column("reason", N_("Reason of a no"), filled=True),
    Column("reason_note", N_("Explanation of the reason"), filled=True),
    Column("offer_amount", N_("Offer: amount (10,000 yuan)"), filled=True),
    Column("offer_rate", N_("Offer: rate (% a year)"), filled=True),
    Column("offer_term", N_("Offer: term (months)"), filled=True),
    Column("offer_guarantee", N_("Offer: security"), filled=True),
    Column("offer_repayment", N_("Offer: repayment"), filled=True),
    Column("offer_valid_until", N_("Offer: valid until"), filled=True),
    Column("line_amount", N_("Credit line: amount (10,000 yuan)"), filled=True),
    Column("line_contract", N_("Credit line: contract number"), filled=True),
    Column("line_approved_on", N_("Credit line: approved on"), filled=True),
    Column("line_expires_on", N_("Credit line: ends on"), filled=True),
    Column("payout_amount", N_("Payout: amount (10,000 yuan)"), filled=True),
    Column("payout_on", N_("Payout: paid on"), filled=True),
    Column("payout_reference", N_("Payout: your reference"), filled=True),
    Column("contract", N_("Repayment or overdue: contract number, where the lead has several"), filled=True),
    Column("repaid_principal", N_("Repayment: principal (yuan)"), filled=True),
    Column("repaid_interest", N_("Repayment: interest (yuan)"), filled=True),
    Column("repaid_on", N_("Repayment: on"), filled=True),
    Column("repaid_reference", N_("Repayment: your reference"), filled=True),
    Column("overdue_as_of", N_("Overdue: as of"), filled=True),
    Column("overdue_principal", N_("Overdue: principal (yuan)"), filled=True),
    Column("overdue_interest", N_("Overdue: interest (yuan)"), filled=True),
    Column("overdue_days", N_("Overdue: days"), filled=True),
    Column("overdue_grade", N_("Overdue: class of the loan"), filled=True),
)
FILLED = tuple(column.name for column in COLUMNS if column.filled)
BY_NAME = {column.name: column for column in COLUMNS}


def titles() -> list[str]:
    """The head of the table in the current language."""
    return [column.label for column in COLUMNS]


def recognise(header: Sequence[str]) -> dict[str, str]:
    """Field → title as it stands in this file; titles of either language are known, others are left alone.

    Width, case and spaces of a title make no difference. Raises FileProblem where the column that tells which lead a
    row is about is missing.
    """
    known: dict[str, str] = {}
    for locale in LOCALES:
        with use_locale(locale):
            known |= {_plain(column.label): column.name for column in COLUMNS}
    found: dict[str, str] = {}
    for title in header:
        name = known.get(_plain(title))
        if name in found:
            raise FileProblem(
                N_("The column title “%(title)s” appears more than once. Please give every column its own title."),
                title=title,
            )
        if name:
            found[name] = title
    if "lead_id" not in found:
        raise FileProblem(
            N_("The column “%(title)s” is missing. Please fill in the table that you downloaded here."),
            title=BY_NAME["lead_id"].label,
        )
    return found


def _plain(title: str) -> str:
    return "".join(unicodedata.normalize("NFKC", title).casefold().split())
