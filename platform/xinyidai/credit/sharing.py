"""Which data can be shared, in families that a person understands, and consents checked against the catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlmodel import Session

from xinyidai.consents.commands import AskForConsent, GiveConsent
from xinyidai.consents.models import Consent, ConsentRequest
from xinyidai.consents.queries import consented_datasets
from xinyidai.consents.requests import answer_by, ask_for_consent
from xinyidai.consents.service import LONGEST_MONTHS, give_consent
from xinyidai.core.actor import Actor
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import N_, _
from xinyidai.core.labels import LabelledEnum
from xinyidai.credit.catalogue import CatalogueFault, Dataset, catalogue
from xinyidai.credit.types import Access


class Family(LabelledEnum):
    """What a person would call the data that one kind of authority or supplier keeps."""

    TAX = "tax", N_("Tax data")
    SOCIAL_INSURANCE = "social_insurance", N_("Social insurance data")
    HOUSING_FUND = "housing_fund", N_("Housing fund data")
    ELECTRICITY = "electricity", N_("Electricity data")
    WATER = "water", N_("Water data")
    GAS = "gas", N_("Gas data")
    TRADE = "trade", N_("Customs and logistics data")
    ASSETS = "assets", N_("Real estate and research data")
    PLATFORM_LOANS = "platform_loans", N_("Data on loans from this platform")


_MEMBERS: Mapping[Family, tuple[str, ...]] = {
    Family.TAX: (
        "tax_monthly_summary",
        "tax_levy",
        "tax_credit_grade",
        "tax_payment_summary",
        "tax_filing",
        "tax_invoice_summary",
        "tax_inspection",
        "tax_payer_base",
    ),
    Family.SOCIAL_INSURANCE: ("social_insurance", "social_insurance_by_type"),
    Family.HOUSING_FUND: ("provident_fund",),
    Family.ELECTRICITY: ("electricity_supply",),
    Family.WATER: ("water_supply",),
    Family.GAS: ("gas_supply",),
    Family.TRADE: ("customs", "warehouse_receipt", "waybill_summary"),
    Family.ASSETS: ("real_estate", "rd_spend"),
    Family.PLATFORM_LOANS: ("platform_loan",),
}


@dataclass(frozen=True, slots=True)
class FamilyData:
    """A family with those of its data sets that are asked about."""

    family: Family
    datasets: tuple[Dataset, ...]

    @property
    def label(self) -> str:
        return self.family.label

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(one.code for one in self.datasets)

    @property
    def contents(self) -> str:
        return _(", ").join(one.name for one in self.datasets)


@cache
def families() -> tuple[FamilyData, ...]:
    """Every data set that needs consent, each in exactly one family; a catalogue that grew past them is a fault."""
    known = catalogue().datasets
    placed = [code for codes in _MEMBERS.values() for code in codes]
    by_consent = {code for code, one in known.items() if one.access is Access.CONSENT}
    if set(placed) != by_consent or len(placed) != len(set(placed)):
        raise CatalogueFault(f"data sets without a family, or in two: {sorted(by_consent ^ set(placed))}")
    return tuple(FamilyData(family, tuple(known[code] for code in codes)) for family, codes in _MEMBERS.items())


def family_of(dataset: str) -> Family | None:
    """None for a data set that is open, or that the catalogue has lost."""
    return next((one.family for one in families() if dataset in one.codes), None)


def grouped(datasets: Iterable[str]) -> list[FamilyData]:
    """These data sets by family, in the fixed order; open ones are in no family and left out."""
    wanted = set(datasets)
    chosen = [
        FamilyData(one.family, tuple(member for member in one.datasets if member.code in wanted)) for one in families()
    ]
    return [one for one in chosen if one.datasets]


@cache
def open_datasets() -> frozenset[str]:
    return frozenset(code for code, one in catalogue().datasets.items() if one.access is Access.OPEN)


@cache
def sharable_numbers() -> Mapping[str, int]:
    return {one.code: one.number for family in families() for one in family.datasets}


def dataset_names(datasets: Iterable[str]) -> str:
    """Names in the reader's language; a code that the catalogue has lost stands for itself."""
    known = catalogue().datasets
    return _(", ").join(known[code].name if code in known else code for code in datasets)


def allowed_datasets(session: Session, enterprise_id: UUID, institution_id: UUID | None, today: date) -> frozenset[str]:
    """What may be read: the open data sets, and those consented to. ``institution_id`` None is the platform."""
    return open_datasets() | consented_datasets(session, enterprise_id, institution_id, today)


def share(
    session: Session, actor: Actor, command: GiveConsent, now: datetime, *, longest_months: int = LONGEST_MONTHS
) -> Consent:
    """Give a consent on data sets of the catalogue; a lender who asked for it has its answer."""
    _only_sharable(command.datasets)
    consent = give_consent(session, actor, command, sharable_numbers(), now, longest_months=longest_months)
    answer_by(session, consent, now)
    return consent


def ask_to_share(
    session: Session,
    actor: Actor,
    enterprise_id: UUID,
    lead_id: UUID,
    product: str,
    command: AskForConsent,
    now: datetime,
) -> ConsentRequest:
    _only_sharable(command.datasets)
    return ask_for_consent(session, actor, enterprise_id, lead_id, product, command, now)


def _only_sharable(datasets: Sequence[str]) -> None:
    if set(datasets) - set(sharable_numbers()):
        raise InvalidInput({"datasets": N_("Please choose among the listed data.")})
