"""Offers as pages show them, with what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, literal, select
from sqlalchemy import func as sql
from sqlmodel import Session, col
from sqlmodel import select as sql_select

from xinyidai.core.errors import NotFound
from xinyidai.institutions.models import Institution
from xinyidai.leads.models import Lead
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.costs import Cost, Fee, cost_of
from xinyidai.lending.models import Offer, OfferFee, RiskPool, RiskShare
from xinyidai.lending.repayment import RepaymentPlan, interest_per_wan_and_day, repayment_plan
from xinyidai.lending.types import FeeDue, FeeKind, FeeMethod, OfferKind, OfferStatus
from xinyidai.needs.models import Need
from xinyidai.products.models import ProductVersion
from xinyidai.products.types import GuaranteeMode, RepaymentMode


@dataclass(frozen=True, slots=True)
class ShareOfRisk:
    """Who beside the lender bears how much of a loss, in percent of the loan."""

    bearer: str
    is_pool: bool
    share: Decimal
    bearer_id: UUID


@dataclass(frozen=True, slots=True)
class OfferCard:
    """An offer with what it costs. ``plan`` is None where the repayment mode leaves it open.

    An offer whose lead has ended is shown as taken back even before the schedule has closed it.
    """

    id: UUID
    lead_id: UUID
    need_id: UUID
    need_number: str
    need_amount: Decimal
    institution: str
    phone: str | None
    product: str
    amount: Decimal
    annual_rate: Decimal
    term_months: int
    guarantee: GuaranteeMode
    repayment: RepaymentMode
    valid_until: date
    note: str
    status: OfferStatus
    offered_at: datetime
    decided_at: datetime | None
    kind: OfferKind = OfferKind.BINDING
    firm_asked_at: datetime | None = None
    fees: tuple[Fee, ...] = ()
    shares: tuple[ShareOfRisk, ...] = ()

    @property
    def cost(self) -> Cost:
        return cost_of(self.amount, self.annual_rate, self.term_months, self.repayment, self.fees)

    @property
    def lenders_share(self) -> Decimal:
        """What is left of a loss to the lender itself, in percent."""
        return 100 - sum((one.share for one in self.shares), Decimal(0))

    @property
    def is_binding(self) -> bool:
        return self.kind is OfferKind.BINDING

    @property
    def can_be_accepted(self) -> bool:
        return self.is_open and self.is_binding

    @property
    def plan(self) -> RepaymentPlan | None:
        return repayment_plan(self.amount, self.annual_rate, self.term_months, self.repayment)

    @property
    def interest_per_wan_and_day(self) -> Decimal:
        return interest_per_wan_and_day(self.annual_rate)

    @property
    def interest_if_used_in_full(self) -> Decimal:
        """Interest where the whole amount is in use from the first day to the last: the most a revolving loan costs."""
        whole = repayment_plan(self.amount, self.annual_rate, self.term_months, RepaymentMode.BULLET)
        assert whole is not None  # noqa: S101 - this mode always has a plan
        return whole.total_interest

    @property
    def is_open(self) -> bool:
        return self.status is OfferStatus.OPEN


def offers_of_need(session: Session, need_id: UUID) -> list[OfferCard]:
    """All offers of a need that this actor may see: the accepted one first, then the open ones, cheapest first."""
    return _offers(session, col(Offer.need_id) == need_id)


def offers_of_lead(session: Session, lead_id: UUID) -> list[OfferCard]:
    return _offers(session, col(Offer.lead_id) == lead_id)


def offer_card(session: Session, offer_id: UUID) -> OfferCard:
    found = _offers(session, col(Offer.id) == offer_id)
    if not found:
        raise NotFound()
    return found[0]


def _offers(session: Session, condition: ColumnElement[bool]) -> list[OfferCard]:
    rows = session.execute(_cards().where(condition)).all()
    ids = [row.Offer.id for row in rows]
    fees, shares = (_fees_of(session, ids), _shares_of(session, ids)) if ids else ({}, {})
    return [_offer(row, fees.get(row.Offer.id, ()), shares.get(row.Offer.id, ())) for row in rows]


@cache
def _cards() -> Any:
    """Built once, as it takes longer than the database's answer."""
    gone = (col(Offer.status) == "open") & (col(Lead.status) != LeadStatus.OFFERED.value)
    status = case((gone, literal("withdrawn")), else_=col(Offer.status)).label("status")
    rank = case((status == "accepted", 0), (status == "open", 1), else_=2)
    return (
        select(
            Offer,
            status,
            col(Need.number).label("need_number"),
            col(Need.amount).label("need_amount"),
            col(Institution.name).label("institution"),
            col(Institution.phone).label("phone"),
            col(ProductVersion.name).label("product"),
        )
        .join(Lead, col(Lead.id) == Offer.lead_id)
        .join(Need, col(Need.id) == Offer.need_id)
        .join(Institution, col(Institution.id) == Offer.institution_id)
        .join(ProductVersion, col(ProductVersion.id) == Lead.product_version_id)
        .order_by(rank, col(Offer.annual_rate), col(Offer.offered_at).desc(), col(Offer.id))
    )


def _fees_of(session: Session, offers: Sequence[UUID]) -> dict[UUID, tuple[Fee, ...]]:
    found: dict[UUID, tuple[Fee, ...]] = {}
    for row in session.exec(sql_select(OfferFee).where(col(OfferFee.offer_id).in_(offers)).order_by(col(OfferFee.id))):
        fee = Fee(FeeKind(row.kind), row.payee, FeeMethod(row.method), FeeDue(row.due), row.amount, row.percent)
        found[row.offer_id] = (*found.get(row.offer_id, ()), fee)
    return found


def _shares_of(session: Session, offers: Sequence[UUID]) -> dict[UUID, tuple[ShareOfRisk, ...]]:
    found: dict[UUID, tuple[ShareOfRisk, ...]] = {}
    rows = session.execute(
        select(
            col(RiskShare.offer_id),
            sql.coalesce(Institution.name, RiskPool.name).label("bearer"),
            col(RiskShare.pool_id).is_not(None).label("is_pool"),
            col(RiskShare.share),
            sql.coalesce(RiskShare.guarantor_id, RiskShare.pool_id).label("bearer_id"),
        )
        .outerjoin(Institution, col(Institution.id) == RiskShare.guarantor_id)
        .outerjoin(RiskPool, col(RiskPool.id) == RiskShare.pool_id)
        .where(col(RiskShare.offer_id).in_(offers))
        .order_by(col(RiskShare.id))
    )
    for offer_id, bearer, is_pool, share, bearer_id in rows:
        found[offer_id] = (*found.get(offer_id, ()), ShareOfRisk(bearer, is_pool, share, bearer_id))
    return found


def _offer(row: Any, fees: tuple[Fee, ...], shares: tuple[ShareOfRisk, ...]) -> OfferCard:
    offer: Offer = row.Offer
    return OfferCard(
        id=offer.id,
        lead_id=offer.lead_id,
        need_id=offer.need_id,
        need_number=row.need_number,
        need_amount=row.need_amount,
        institution=row.institution,
        phone=row.phone,
        product=row.product,
        amount=offer.amount,
        annual_rate=offer.annual_rate,
        term_months=offer.term_months,
        guarantee=GuaranteeMode(offer.guarantee_mode),
        repayment=RepaymentMode(offer.repayment_mode),
        valid_until=offer.valid_until,
        note=offer.note,
        status=OfferStatus(row.status),
        offered_at=offer.offered_at,
        decided_at=offer.decided_at,
        kind=OfferKind(offer.kind),
        firm_asked_at=offer.firm_asked_at,
        fees=fees,
        shares=shares,
    )
