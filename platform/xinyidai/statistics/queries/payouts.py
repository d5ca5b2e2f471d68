"""The rows behind every total of money: payouts and reversals, one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.statistics.dimensions import guarantee_label, region_label
from xinyidai.statistics.filters import PayoutFilter
from xinyidai.statistics.queries.totals import Totals, enterprises_funded, totals


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """``reversed`` is a payout that was taken back, ``reverses`` the row that takes one back. Yuan and percent."""

    id: UUID
    paid_on: date
    enterprise_id: UUID
    enterprise: str | None
    institution: str
    product: str
    region: str | None
    amount: Decimal
    annual_rate: Decimal
    guarantee: str
    reference: str
    reverses: UUID | None
    reversed: bool

    @property
    def region_label(self) -> str:
        return region_label(self.region)

    @property
    def guarantee_label(self) -> str:
        return guarantee_label(self.guarantee)


@dataclass(frozen=True, slots=True)
class Payouts:
    """One page of rows, and the totals of all rows that the filter finds; ``enterprises`` where they were asked for."""

    listing: Listing[PayoutRow]
    totals: Totals
    enterprises: int | None


_SORTS = {"paid_on": "d.paid_on", "amount": "d.amount", "annual_rate": "d.annual_rate"}
DEFAULT_SORT = "-paid_on"

# The page is cut first and dressed with names afterwards, so that names are only looked up for what is shown.
# Enterprises are joined loosely: district staff do not see one that has moved away, and its payout still counts.
_PAGE = """
with page as materialized (
  select d.* from disbursements d where {where} order by {order} limit :limit offset :offset
)
select d.id, d.paid_on, d.enterprise_id, e.name, i.name, {product}, d.region_code, d.amount, d.annual_rate,
       d.guarantee_mode, d.external_reference, d.reverses_id,
       exists (select 1 from disbursements r where r.reverses_id = d.id)
  from page d
  join institutions i on i.id = d.institution_id
  left join enterprises e on e.id = d.enterprise_id
 order by {order}
"""
PRODUCT_NAME = """(select v.name from product_versions v where v.product_id = {alias}.product_id
                     and v.state <> 'draft' order by v.version desc limit 1)"""


def list_payouts(
    session: Session, filter_: PayoutFilter, request: ListRequest, *, count_enterprises: bool = False
) -> Payouts:
    """Counting enterprises reads every row of a large list, so it is done only on demand."""
    sums = totals(session, filter_)
    listing = Listing(
        rows=_rows(session, filter_, request.sort, request.size, request.offset),
        total=sums.rows,
        page=request.page,
        size=request.size,
        sort=request.sort or DEFAULT_SORT,
    )
    return Payouts(listing, sums, enterprises_funded(session, filter_) if count_enterprises else None)


def every_payout(session: Session, filter_: PayoutFilter, sort: str) -> Iterator[PayoutRow]:
    """All rows in the order of the list, for an export."""
    return iter(_rows(session, filter_, sort, None, 0))


def _rows(session: Session, filter_: PayoutFilter, sort: str, limit: int | None, offset: int) -> list[PayoutRow]:
    where, values = filter_.conditions()
    order = order_by(sort, _SORTS, DEFAULT_SORT, id_column="d.id", nulls_last=False)
    statement = _PAGE.format(where=where, order=order, product=PRODUCT_NAME.format(alias="d"))
    found = session.execute(text(statement), {**values, "limit": limit, "offset": offset})
    return [PayoutRow(*tuple(row)) for row in found]
