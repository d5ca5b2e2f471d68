"""The rows behind what was granted: credit lines, with what was paid from each."""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.statistics.dimensions import UNKNOWN, guarantee_label, region_label
from xinyidai.statistics.filters import FIND_ENTERPRISES, NEWLY_GRANTED, counted, search_values
from xinyidai.statistics.periods import ALWAYS, Period
from xinyidai.statistics.queries.payouts import PRODUCT_NAME
from xinyidai.statistics.queries.totals import CountAndAmount


@dataclass(frozen=True, slots=True)
class LineFilter:
    """By day of approval."""

    period: Period = ALWAYS
    institution: UUID | None = None
    region: str = ""
    search: str = ""

    def parameters(self) -> dict[str, str]:
        given: dict[str, object] = {
            "from": self.period.first,
            "to": self.period.last,
            "institution": self.institution,
            "region": self.region,
            "search": self.search,
        }
        return {name: str(value) for name, value in given.items() if value}

    def conditions(self) -> tuple[str, dict[str, Any]]:
        conditions, values = self.period.days_sql("c.approved_on")
        conditions += [counted("c"), NEWLY_GRANTED]
        if self.institution:
            conditions.append("c.institution_id = :institution")
            values["institution"] = self.institution
        if self.region:
            conditions.append(f"coalesce(c.region_code, '{UNKNOWN}') = :region")
            values["region"] = self.region
        if self.search:
            conditions.append(f"(c.contract_number = :exactly or c.enterprise_id = any(array({FIND_ENTERPRISES})))")
            values |= search_values(self.search)
        return " and ".join(conditions), values


@dataclass(frozen=True, slots=True)
class LineRow:
    """``paid`` is net of reversals. Yuan and percent."""

    id: UUID
    need_id: UUID
    approved_on: date
    expires_on: date
    enterprise: str | None
    institution: str
    product: str
    region: str | None
    contract_number: str
    amount: Decimal
    paid: Decimal
    annual_rate: Decimal
    guarantee: str

    @property
    def region_label(self) -> str:
        return region_label(self.region)

    @property
    def guarantee_label(self) -> str:
        return guarantee_label(self.guarantee)


@dataclass(frozen=True, slots=True)
class CreditLines:
    listing: Listing[LineRow]
    totals: CountAndAmount


_SORTS = {"approved_on": "c.approved_on", "amount": "c.amount", "annual_rate": "c.annual_rate"}
DEFAULT_SORT = "-approved_on"

_PAGE = """
with page as materialized (
  select c.* from credit_lines c where {where} order by {order} limit :limit offset :offset
)
select c.id, c.need_id, c.approved_on, c.expires_on, e.name, i.name, {product}, c.region_code, c.contract_number,
       c.amount, coalesce((select sum(d.amount) from disbursements d where d.credit_line_id = c.id), 0),
       c.annual_rate, c.guarantee_mode
  from page c
  join institutions i on i.id = c.institution_id
  left join enterprises e on e.id = c.enterprise_id
 order by {order}
"""


def list_lines(session: Session, filter_: LineFilter, request: ListRequest) -> CreditLines:
    where, values = filter_.conditions()
    count, amount = session.execute(
        text(f"select count(*), coalesce(sum(c.amount), 0) from credit_lines c where {where}"), values
    ).one()
    rows = _rows(session, filter_, request.sort, request.size, request.offset)
    listing = Listing(rows, int(count), request.page, request.size, request.sort or DEFAULT_SORT)
    return CreditLines(listing, CountAndAmount(int(count), Decimal(amount)))


def every_line(session: Session, filter_: LineFilter, sort: str) -> Iterator[LineRow]:
    """All rows in the order of the list, for an export."""
    return iter(_rows(session, filter_, sort, None, 0))


def _rows(session: Session, filter_: LineFilter, sort: str, limit: int | None, offset: int) -> list[LineRow]:
    where, values = filter_.conditions()
    order = order_by(sort, _SORTS, DEFAULT_SORT, id_column="c.id", nulls_last=False)
    statement = _PAGE.format(where=where, order=order, product=PRODUCT_NAME.format(alias="c"))
    found = session.execute(text(statement), {**values, "limit": limit, "offset": offset})
    return [LineRow(*tuple(row)) for row in found]
