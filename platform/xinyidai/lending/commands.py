"""What the forms of lending ask for. Amounts are typed in 万元 and used in yuan."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from xinyidai.core.i18n import N_
from xinyidai.core.money import yuan_from_wan
from xinyidai.core.validation import Command
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.costs import Fee
from xinyidai.lending.types import DuplicateVerdict, FeeDue, FeeKind, FeeMethod, LoanGrade, OfferKind
from xinyidai.products.types import GuaranteeMode, RepaymentMode

MAX_WAN = 10_000_000
"""1,000 亿元: far above any single loan, far below what the column holds."""

CLOSE_OUTCOMES = (LeadStatus.NO_DEAL, LeadStatus.UNREACHABLE)

_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_NOT_TYPED = re.compile(r"_|\d[eE]")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _iso_day(value: object) -> object:
    # Without this, a bare number would be read as seconds since 1970.
    if not isinstance(value, date) and not (isinstance(value, str) and _ISO_DAY.fullmatch(value)):
        raise ValueError(N_("Please enter a date such as 2026-11-22."))
    return value


def _typed_number(value: object) -> object:
    """Full-width digits and thousands separators as people type them; anything else is left to be refused.

    So is what Python alone takes for a number (1_000, 1e5): nobody types money that way, and 1E+05 is what a
    spreadsheet leaves of a number that it found too wide.
    """
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFKC", value).strip()
    if _NOT_TYPED.search(text):
        raise ValueError(N_("Please enter a number, for example 80 or 4.35."))
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


def plain_reference(value: str) -> str:
    """One spelling for what people type in several: full-width letters and stray spaces are no difference."""
    return " ".join(unicodedata.normalize("NFKC", value).split())


Day = Annotated[date, BeforeValidator(_iso_day)]
# 万元 with six decimals is exact to the fen.
Wan = Annotated[Decimal, BeforeValidator(_typed_number), Field(gt=0, le=MAX_WAN, decimal_places=6)]
Percent = Annotated[Decimal, BeforeValidator(_typed_number), Field(gt=0, le=36, decimal_places=4)]
Yuan = Annotated[Decimal, BeforeValidator(_typed_number), Field(gt=0, le=100_000_000_000, decimal_places=2)]
YuanOrNone = Annotated[Decimal, BeforeValidator(_typed_number), Field(ge=0, le=100_000_000_000, decimal_places=2)]
Share = Annotated[Decimal, BeforeValidator(_typed_number), Field(gt=0, le=100, decimal_places=4)]
Months = Annotated[int, BeforeValidator(_typed_number), Field(ge=1, le=360)]
Reference = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(plain_reference)]


class OfferedFee(Command):
    """One cost beside the interest, with either ``yuan`` or ``percent`` of the loan each time it is due."""

    kind: FeeKind
    payee: str = Field(min_length=1, max_length=60)
    method: FeeMethod = FeeMethod.TRANSFER
    due: FeeDue = Field(default=FeeDue.UPFRONT, validate_default=True)
    yuan: Annotated[Decimal, BeforeValidator(_typed_number), Field(gt=0, le=100_000_000, decimal_places=2)] | None = (
        None
    )
    percent: Percent | None = None

    @field_validator("due")
    @classmethod
    def _when_it_can_be_paid_so(cls, value: FeeDue, info: ValidationInfo) -> FeeDue:
        method = info.data.get("method")
        if method is FeeMethod.DEDUCTED and value is not FeeDue.UPFRONT:
            raise ValueError(N_("What is kept back from the payout is due once, when the money is paid out."))
        if method is FeeMethod.WITH_INSTALMENT and value is FeeDue.UPFRONT:
            raise ValueError(N_("When the money is paid out there is no instalment yet to pay this fee with."))
        return value

    @property
    def fee(self) -> Fee:
        return Fee(self.kind, self.payee, self.method, self.due, self.yuan, None if self.yuan else self.percent)


class MakeOffer(Command):
    """A lender's proposal; the bounds of the product's version are checked by the service.

    ``guarantor_share`` and ``pool_share`` are the parts of a loss, in percent of the loan, that a guarantee company
    and a public pool bear; ``guarantor_fee`` is what the guarantee costs the enterprise, in percent of the loan a year.
    """

    kind: OfferKind = OfferKind.BINDING

    amount_wan: Wan
    annual_rate: Percent
    term_months: Months
    guarantee_mode: GuaranteeMode
    repayment_mode: RepaymentMode
    valid_until: Day
    note: str = Field(default="", max_length=500)
    fees: tuple[OfferedFee, ...] = Field(default=(), max_length=20)
    guarantor_id: UUID | None = None
    guarantor_share: Share | None = None
    guarantor_fee: Percent | None = None
    pool_id: UUID | None = None
    pool_share: Share | None = None

    @property
    def amount(self) -> Decimal:
        return yuan_from_wan(self.amount_wan)


class CloseLead(Command):
    """How a lead that was taken ended without money and without a refusal."""

    outcome: LeadStatus
    note: str = Field(default="", max_length=500)

    @field_validator("outcome")
    @classmethod
    def _an_end_of_this_kind(cls, value: LeadStatus) -> LeadStatus:
        if value not in CLOSE_OUTCOMES:
            raise ValueError(N_("Please choose one of the listed values."))
        return value


class GrantCreditLine(Command):
    amount_wan: Wan
    contract_number: Reference
    approved_on: Day
    expires_on: Day

    @property
    def amount(self) -> Decimal:
        return yuan_from_wan(self.amount_wan)


class RecordDisbursement(Command):
    """``external_reference`` is the lender's own number of the payout: the same one twice is the same payout."""

    amount_wan: Wan
    paid_on: Day
    external_reference: Reference
    record_anyway: bool = False
    """The officer has seen that a payout like this one is recorded already, and says that it is another one."""

    @property
    def amount(self) -> Decimal:
        return yuan_from_wan(self.amount_wan)


class ReverseDisbursement(Command):
    reason: str = Field(min_length=2, max_length=300)


class RejectPayout(Command):
    note: str = Field(min_length=2, max_length=300)


class RecordRepayment(Command):
    """What came back, in yuan. ``external_reference`` is the lender's own number, as for a payout."""

    principal: YuanOrNone = Decimal(0)
    interest: YuanOrNone = Decimal(0)
    repaid_on: Day
    external_reference: Reference


class RenewLine(Command):
    """The terms on which the principal that is owed goes on, without being paid back."""

    contract_number: Reference
    annual_rate: Percent
    term_months: Months
    approved_on: Day
    expires_on: Day


class ReportOverdue(Command):
    """How the loan stands on a day: what is past due in yuan, since how many days, and its class."""

    as_of: Day
    principal: YuanOrNone = Decimal(0)
    interest: YuanOrNone = Decimal(0)
    days: Annotated[int, BeforeValidator(_typed_number), Field(ge=0, le=20_000)] = 0
    grade: LoanGrade
    note: str = Field(default="", max_length=500)


class DecideDuplicate(Command):
    verdict: DuplicateVerdict
    note: str = Field(min_length=2, max_length=300)


class SetPoolRule(Command):
    """What a risk compensation pool holds and how much of a loan it bears at most, from a day on."""

    name: str = Field(min_length=2, max_length=60)
    capital_wan: Wan
    ratio_cap: Share
    valid_from: Day
    source: str = Field(min_length=2, max_length=300)

    @property
    def capital(self) -> Decimal:
        return yuan_from_wan(self.capital_wan)
