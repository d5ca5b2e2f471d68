"""Offers as pages show them, with what they cost."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from uuid import UUID

from sqlalchemy import RowMapping, TextClause, text
from sqlmodel import Session

from xinyidai.core.errors import NotFound
from xinyidai.lending.costs import Cost, Fee, cost_of
from xinyidai.lending.repayment import RepaymentPlan, interest_per_wan_and_day, repayment_plan
from xinyidai.lending.types import FeeDue, FeeKind, FeeMethod, OfferKind, OfferStatus
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
    return _offers(session, "o.need_id", need_id)


def offers_of_lead(session: Session, lead_id: UUID) -> list[OfferCard]:
    return _offers(session, "o.lead_id", lead_id)


def offer_card(session: Session, offer_id: UUID) -> OfferCard:
    found = _offers(session, "o.id", offer_id)
    if not found:
        raise NotFound()
    return found[0]


def _offers(session: Session, condition: str, value: UUID) -> list[OfferCard]:
    return [_offer(row) for row in session.execute(_cards(condition), {"value": value}).mappings()]


@cache
def _cards(condition: str) -> TextClause:
    """Offers with their fees and shares of risk in one statement. ``condition`` is one of this module's own."""
    return text(f"""
        select o.id, o.lead_id, o.need_id, n.number as need_number, n.amount as need_amount, i.name as institution,
               i.phone, v.name as product, o.amount, o.annual_rate, o.term_months, o.guarantee_mode, o.repayment_mode,
               o.valid_until, o.note, {_STATUS} as status, o.offered_at, o.decided_at, o.kind, o.firm_asked_at,
               (select jsonb_agg(jsonb_build_array(f.kind, f.payee, f.method, f.due, f.amount::text, f.percent::text)
                                 order by f.id) from offer_fees f where f.offer_id = o.id) as fees,
               (select jsonb_agg(jsonb_build_array(coalesce(g.name, p.name), r.pool_id is not null, r.share::text,
                                                   coalesce(r.guarantor_id, r.pool_id)) order by r.id)
                  from risk_shares r left join institutions g on g.id = r.guarantor_id
                  left join risk_pools p on p.id = r.pool_id where r.offer_id = o.id) as shares
          from offers o join leads l on l.id = o.lead_id join needs n on n.id = o.need_id
          join institutions i on i.id = o.institution_id join product_versions v on v.id = l.product_version_id
         where {condition} = :value
         order by case {_STATUS} when 'accepted' then 0 when 'open' then 1 else 2 end,
                  o.annual_rate, o.offered_at desc, o.id
    """)  # noqa: S608 - constants of this module


_STATUS = "case when o.status = 'open' and l.status <> 'offered' then 'withdrawn' else o.status end"
"""An offer whose lead has ended is taken back, even before the schedule has closed it."""


def _offer(row: RowMapping) -> OfferCard:
    """Amounts of fees and shares come as text: a number of JSON would lose digits."""
    fees = tuple(
        Fee(FeeKind(kind), payee, FeeMethod(method), FeeDue(due), _exact(yuan), _exact(percent))
        for kind, payee, method, due, yuan, percent in row["fees"] or ()
    )
    shares = tuple(
        ShareOfRisk(bearer, is_pool, Decimal(share), UUID(bearer_id))
        for bearer, is_pool, share, bearer_id in row["shares"] or ()
    )
    return OfferCard(
        id=row["id"],
        lead_id=row["lead_id"],
        need_id=row["need_id"],
        need_number=row["need_number"],
        need_amount=row["need_amount"],
        institution=row["institution"],
        phone=row["phone"],
        product=row["product"],
        amount=row["amount"],
        annual_rate=row["annual_rate"],
        term_months=row["term_months"],
        guarantee=GuaranteeMode(row["guarantee_mode"]),
        repayment=RepaymentMode(row["repayment_mode"]),
        valid_until=row["valid_until"],
        note=row["note"],
        status=OfferStatus(row["status"]),
        offered_at=row["offered_at"],
        decided_at=row["decided_at"],
        kind=OfferKind(row["kind"]),
        firm_asked_at=row["firm_asked_at"],
        fees=fees,
        shares=shares,
    )


def _exact(number: str | None) -> Decimal | None:
    return None if number is None else Decimal(number)
