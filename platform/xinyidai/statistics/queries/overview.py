"""The figures at the top of the office's overview."""

from dataclasses import dataclass, replace
from decimal import Decimal

from sqlmodel import Session

from xinyidai.products.types import GuaranteeMode
from xinyidai.statistics.dimensions import Dimension
from xinyidai.statistics.filters import PayoutFilter
from xinyidai.statistics.queries.funnel import Funnels, funnels
from xinyidai.statistics.queries.totals import Line, Totals, enterprises_funded, named, several


@dataclass(frozen=True, slots=True)
class Overview:
    """Needs count by day of posting, credit lines by day of approval, money by day of payout.

    ``credit`` is the part of ``paid`` that went out without security; ``lenders`` are the institutions with money out.
    """

    paid: Totals
    credit: Totals
    enterprises: int
    by_month: list[Line]
    by_institution: list[Line]
    by_region: list[Line]
    funnels: Funnels

    @property
    def credit_share(self) -> Decimal | None:
        return self.credit.share_of(self.paid.amount)

    @property
    def lenders(self) -> int:
        return sum(line.totals.amount > 0 for line in self.by_institution)


def unsecured(filter_: PayoutFilter) -> PayoutFilter:
    """The part of the same payouts that asked for no security: pure credit loans."""
    return replace(filter_, guarantee=GuaranteeMode.CREDIT.value)


def overview(session: Session, filter_: PayoutFilter) -> Overview:
    """``filter_`` may ask for a period and a district."""
    paid, by = several(
        session, filter_, (Dimension.MONTH, Dimension.INSTITUTION, Dimension.REGION, Dimension.GUARANTEE)
    )
    return Overview(
        paid=paid,
        credit=dict(by[Dimension.GUARANTEE]).get(GuaranteeMode.CREDIT.value, Totals()),
        enterprises=enterprises_funded(session, filter_),
        by_month=named(session, filter_, Dimension.MONTH, by[Dimension.MONTH]),
        by_institution=named(session, filter_, Dimension.INSTITUTION, by[Dimension.INSTITUTION]),
        by_region=named(session, filter_, Dimension.REGION, by[Dimension.REGION]),
        funnels=funnels(session, filter_.period, filter_.region, paid),
    )
