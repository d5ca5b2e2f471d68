"""Everything that an officer reads about one lead, and what can be done with it next."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from xinyidai.accounts.models import User
from xinyidai.core.actor import Role
from xinyidai.core.errors import NotFound
from xinyidai.core.reference import divisions, industries
from xinyidai.enterprises.models import Enterprise
from xinyidai.enterprises.types import EnterpriseLabel, RegistrationStatus, SizeClass, SubjectKind
from xinyidai.leads.clocks import calendar_of, days_left
from xinyidai.leads.models import Lead, LeadEvent, MatchResult, MatchRun
from xinyidai.leads.status import TRANSITIONS
from xinyidai.leads.types import LeadRoute, LeadStatus, RefusalReason, StepNote
from xinyidai.lending.line_queries import line_of_lead
from xinyidai.lending.match_words import Breakdown, breakdown_of
from xinyidai.lending.offer_queries import OfferCard, offers_of_lead
from xinyidai.lending.types import StepCause
from xinyidai.needs.models import Need
from xinyidai.needs.types import ApplicantRole, Purpose
from xinyidai.products.models import ProductVersion
from xinyidai.products.types import GuaranteeMode, RepaymentMode


@dataclass(frozen=True, slots=True)
class EnterpriseFacts:
    """What the registry knows. Capital and revenue in yuan; None is unknown."""

    name: str
    code: str | None
    subject: str
    legal_representative: str | None
    status: str | None
    registered_on: date | None
    capital: Decimal | None
    region: str
    industry: str | None
    size: str | None
    employees: int | None
    revenue: Decimal | None
    labels: list[str]
    address: str | None


@dataclass(frozen=True, slots=True)
class NeedFacts:
    """What the enterprise asks for. The contact is given once the lead is taken: before that it is nobody's."""

    number: str
    posted_at: datetime
    amount: Decimal
    term_months: int
    purpose: str
    purpose_note: str
    max_rate: Decimal | None
    guarantees: list[str]
    existing_loans: Decimal | None
    has_existing_loans: bool | None
    applicant: str
    contact_name: str | None
    contact_phone: str | None


@dataclass(frozen=True, slots=True)
class ProductTerms:
    """The version that the enterprise applied to: the bounds of every offer."""

    product_id: UUID
    name: str
    version: int
    amount_min: Decimal
    amount_max: Decimal
    rate_min: Decimal
    rate_max: Decimal
    term_min: int
    term_max: int
    guarantees: list[tuple[str, str]]
    repayments: list[tuple[str, str]]
    materials: list[str]


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One step in words. ``amount`` (yuan) where the step was about money."""

    at: datetime
    status: LeadStatus
    moved: bool
    who: str
    cause: str
    reason: str
    note: str
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class LeadSheet:
    """One lead with everything around it."""

    id: UUID
    status: LeadStatus
    route: str
    sent_at: datetime
    respond_by: date
    days_left: int | None
    reason: str
    reason_note: str
    officer: str | None
    enterprise: EnterpriseFacts
    need: NeedFacts
    product: ProductTerms
    breakdown: Breakdown | None
    offers: list[OfferCard]
    line_id: UUID | None
    history: list[HistoryStep]

    def can(self, to: str) -> bool:
        """Whether the transition table leads from here to ``to``: the page offers exactly what the service takes."""
        return LeadStatus(to) in TRANSITIONS[self.status]

    @property
    def open_offer(self) -> OfferCard | None:
        return next((offer for offer in self.offers if offer.is_open), None)


def lead_sheet(session: Session, lead_id: UUID, today: date) -> LeadSheet:
    """Raises NotFound for what is not there or not this actor's."""
    found: Any = session.execute(
        select(Lead, Need, Enterprise, ProductVersion)
        .join(Need, col(Need.id) == Lead.need_id)
        .join(Enterprise, col(Enterprise.id) == Lead.enterprise_id)
        .join(ProductVersion, col(ProductVersion.id) == Lead.product_version_id)
        .where(Lead.id == lead_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    lead, need, enterprise, version = found
    officer = session.get(User, lead.officer_id) if lead.officer_id else None
    return LeadSheet(
        id=lead.id,
        status=LeadStatus(lead.status),
        route=LeadRoute(lead.route).label,
        sent_at=lead.sent_at,
        respond_by=lead.respond_by,
        days_left=days_left(today, lead.respond_by, calendar_of(session)),
        reason=RefusalReason(lead.reason).label if lead.reason else "",
        reason_note=lead.reason_note,
        officer=officer.display_name if officer else None,
        enterprise=_enterprise(enterprise),
        need=_need(need, taken=lead.accepted_at is not None),
        product=_product(version),
        breakdown=_breakdown(session, lead, version),
        offers=offers_of_lead(session, lead.id),
        line_id=line_of_lead(session, lead.id),
        history=_history(session, lead.id),
    )


def _breakdown(session: Session, lead: Lead, version: ProductVersion) -> Breakdown | None:
    """None for a lead that no ranking proposed."""
    found = session.exec(
        select(MatchRun, MatchResult)
        .join(MatchResult, col(MatchResult.match_run_id) == MatchRun.id)
        .where(MatchResult.id == lead.match_result_id)
    ).one_or_none()
    return breakdown_of(*found, version) if found else None


def _enterprise(row: Enterprise) -> EnterpriseFacts:
    return EnterpriseFacts(
        name=row.name,
        code=row.usci or row.internal_code,
        subject=SubjectKind(row.subject_kind).label,
        legal_representative=row.legal_representative,
        status=RegistrationStatus(row.registration_status).label if row.registration_status else None,
        registered_on=row.registered_on,
        # Only yuan can be shown as yuan; foreign capital stays as the registry wrote it.
        capital=_yuan(row.registered_capital) if row.capital_currency in (None, "CNY") else None,
        region=" ".join(part.name for part in divisions.path(row.region_code or "")[-2:]),
        industry=industries.name_of(row.industry_code) if row.industry_code else None,
        size=SizeClass(row.size_class).label if row.size_class else None,
        employees=row.employees,
        revenue=_yuan(row.revenue),
        labels=[EnterpriseLabel(label).label for label in row.labels],
        address=row.address,
    )


def _yuan(wan: Decimal | None) -> Decimal | None:
    return None if wan is None else wan * 10_000


def _need(row: Need, *, taken: bool) -> NeedFacts:
    # A lead hangs on a posted need only, and the table holds that such a need is complete.
    return NeedFacts(
        number=row.number or "",
        posted_at=row.posted_at or row.created_at,
        amount=row.amount or Decimal(0),
        term_months=row.term_months or 0,
        purpose=Purpose(row.purpose or Purpose.OTHER).label,
        purpose_note=row.purpose_note,
        max_rate=row.max_rate,
        guarantees=[GuaranteeMode(mode).label for mode in row.guarantees],
        existing_loans=row.existing_loan_balance,
        has_existing_loans=row.has_existing_loans,
        applicant=ApplicantRole(row.applicant_role or ApplicantRole.LEGAL_REPRESENTATIVE).label,
        contact_name=row.contact_name if taken else None,
        contact_phone=row.contact_phone if taken else None,
    )


def _product(row: ProductVersion) -> ProductTerms:
    return ProductTerms(
        product_id=row.product_id,
        name=row.name,
        version=row.version,
        amount_min=row.amount_min,
        amount_max=row.amount_max,
        rate_min=row.rate_min,
        rate_max=row.rate_max,
        term_min=row.term_min,
        term_max=row.term_max,
        guarantees=[(mode, GuaranteeMode(mode).label) for mode in row.guarantees],
        repayments=[(mode, RepaymentMode(mode).label) for mode in row.repayment_modes],
        materials=list(row.materials),
    )


def _history(session: Session, lead_id: UUID) -> list[HistoryStep]:
    """What happened after the lead arrived."""
    rows = session.exec(
        select(LeadEvent, User.display_name)
        .outerjoin(User, col(User.id) == LeadEvent.actor_user_id)
        .where(LeadEvent.lead_id == lead_id, col(LeadEvent.from_status).is_not(None))
        .order_by(col(LeadEvent.at), col(LeadEvent.id))
    ).all()
    return [_step(event, name) for event, name in rows]


def _step(event: LeadEvent, name: str | None) -> HistoryStep:
    detail = event.detail
    amount = detail.get("amount")
    return HistoryStep(
        at=event.at,
        status=LeadStatus(event.to_status),
        moved=event.from_status != event.to_status,
        who=name or Role(event.actor_role).label,
        cause=_label(StepCause, detail.get("cause")) or _label(StepNote, detail.get("cause")),
        reason=_label(RefusalReason, detail.get("reason")),
        note=str(detail.get("note") or ""),
        amount=Decimal(str(amount)) if amount else None,
    )


def _label(vocabulary: Any, value: object) -> str:
    """The word for a value in the log; an older log may hold values that the vocabulary has lost."""
    return vocabulary(value).label if value in set(vocabulary) else ""


def enterprise_of_lead(session: Session, lead_id: UUID) -> UUID:
    """Raises NotFound for what is not there or not this lender's."""
    found = session.exec(select(Lead.enterprise_id).where(Lead.id == lead_id)).one_or_none()
    if found is None:
        raise NotFound()
    return found
