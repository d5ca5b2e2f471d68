"""The figures at the top of the office's overview."""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.products.types import GuaranteeMode
from xinyidai.statistics.dimensions import UNKNOWN, Dimension
from xinyidai.statistics.filters import PayoutFilter, counted
from xinyidai.statistics.periods import Period
from xinyidai.statistics.queries.totals import Totals, enterprises_funded, lines, totals


@dataclass(frozen=True, slots=True)
class CountAndAmount:
    """Yuan."""

    count: int = 0
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Headline:
    """``credit`` is the part of ``paid`` that went out without security; ``lenders`` are those with money out."""

    paid: Totals
    credit: Totals
    enterprises: int
    lenders: int
    needs: CountAndAmount
    granted: CountAndAmount

    @property
    def credit_share(self) -> Decimal | None:
        return self.credit.share_of(self.paid.amount)


def headline(session: Session, filter_: PayoutFilter) -> Headline:
    """Needs count by day of posting, credit lines by day of approval, money by day of payout."""
    credit = replace(filter_, guarantee=GuaranteeMode.CREDIT.value)
    return Headline(
        paid=totals(session, filter_),
        credit=totals(session, credit),
        enterprises=enterprises_funded(session, filter_),
        lenders=sum(sums.amount > 0 for _, sums in lines(session, filter_, Dimension.INSTITUTION)),
        needs=posted(session, filter_.period, filter_.region),
        granted=granted(session, filter_.period, filter_.region),
    )


def posted(session: Session, period: Period, region: str = "") -> CountAndAmount:
    """Needs posted in the period and what they ask for."""
    conditions, values = period.moments_sql("n.posted_at")
    return _count_and_amount(session, "needs n", ["n.posted_at is not null", *conditions], values, "n", region)


def granted(session: Session, period: Period, region: str = "") -> CountAndAmount:
    """Credit lines approved in the period and their limits."""
    conditions, values = period.days_sql("c.approved_on")
    return _count_and_amount(session, "credit_lines c", [counted("c"), *conditions], values, "c", region)


def _count_and_amount(
    session: Session, source: str, conditions: list[str], values: dict[str, Any], alias: str, region: str
) -> CountAndAmount:
    if region:
        conditions = [*conditions, f"coalesce({alias}.region_code, '{UNKNOWN}') = :region"]
        values = {**values, "region": region}
    where = " and ".join(conditions)
    row = session.execute(
        text(f"select count(*), coalesce(sum({alias}.amount), 0) from {source} where {where}"), values
    ).one()
    return CountAndAmount(int(row[0]), Decimal(row[1]))
