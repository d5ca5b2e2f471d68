"""The cost sheet 贷款明白纸 of an offer: one document, the same for the enterprise and for the lender."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session

from xinyidai.core.clock import business_date
from xinyidai.core.errors import NotFound
from xinyidai.enterprises.models import Enterprise
from xinyidai.lending.costs import Cost
from xinyidai.lending.models import Offer
from xinyidai.lending.offer_queries import OfferCard, offer_card
from xinyidai.lending.repayment import months_after


@dataclass(frozen=True, slots=True)
class DatedPayment:
    """What the enterprise pays on a day: instalment and fees, and what it owes afterwards. Yuan."""

    number: int
    day: date
    principal: Decimal
    interest: Decimal
    fees: Decimal
    balance: Decimal

    @property
    def payment(self) -> Decimal:
        return self.principal + self.interest + self.fees


@dataclass(frozen=True, slots=True)
class CostSheet:
    """``drawn_on`` is the day from which the plan counts: the offer's, since the money is not paid out yet."""

    number: str
    offer: OfferCard
    enterprise: str
    code: str | None
    drawn_on: date
    payments: tuple[DatedPayment, ...]

    @property
    def cost(self) -> Cost:
        return self.offer.cost


def cost_sheet(session: Session, offer_id: UUID) -> CostSheet:
    """Raises NotFound for what is not there or not this actor's."""
    offer = offer_card(session, offer_id)
    enterprise = session.get(Enterprise, session.get_one(Offer, offer_id).enterprise_id)
    if enterprise is None:
        raise NotFound()
    drawn_on = business_date(offer.offered_at)
    return CostSheet(
        number=f"{offer.need_number}-{str(offer_id)[-6:].upper()}",
        offer=offer,
        enterprise=enterprise.name,
        code=enterprise.usci or enterprise.internal_code,
        drawn_on=drawn_on,
        payments=dated_payments(offer.cost, drawn_on),
    )


def dated_payments(cost: Cost, drawn_on: date) -> tuple[DatedPayment, ...]:
    """One row for every month in which something is due; the day of the payout where fees fall on it."""
    if cost.plan is None:
        return ()
    instalments = {one.month: one for one in cost.plan.instalments}
    rows: list[DatedPayment] = []
    balance, zero = cost.amount, Decimal(0)
    for month in range(cost.months + 1):
        due, fees = instalments.get(month), cost.fees_in(month)
        if due is None and not fees:
            continue
        balance = due.balance if due else balance
        rows.append(
            DatedPayment(
                number=month,
                day=months_after(drawn_on, month),
                principal=due.principal if due else zero,
                interest=due.interest if due else zero,
                fees=fees,
                balance=balance,
            )
        )
    return tuple(rows)
