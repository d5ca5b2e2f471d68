"""Posted needs as the office sees them, and what became of each."""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.needs.types import NeedStatus
from xinyidai.statistics.dimensions import UNKNOWN, region_label
from xinyidai.statistics.filters import FIND_ENTERPRISES, counted, search_values
from xinyidai.statistics.periods import ALWAYS, Period


class Stage(LabelledEnum):
    """How far a need has ever come; each stage contains the later ones."""

    POSTED = "posted", N_("posted")
    IN_CONTACT = "in_contact", N_("taken by a lender")
    CREDITED = "credited", N_("credit granted")
    DISBURSED = "disbursed", N_("paid out")


class DateBasis(LabelledEnum):
    """Which day of a need the period counts by."""

    POSTED = "posted", N_("day of posting")
    CONTACT = "contact", N_("day a lender first took it")


REACHED = {
    Stage.POSTED: "true",
    Stage.IN_CONTACT: "n.taken_at is not null",
    Stage.CREDITED: "n.granted > 0",
    Stage.DISBURSED: "n.paid > 0",
}
_DAY = {DateBasis.POSTED: "n.posted_at", DateBasis.CONTACT: "n.taken_at"}


@dataclass(frozen=True, slots=True)
class NeedFilter:
    """``stage`` asks how far a need has come by now, ``status`` where it stands now."""

    period: Period = ALWAYS
    by: DateBasis = DateBasis.POSTED
    stage: Stage = Stage.POSTED
    status: NeedStatus | None = None
    region: str = ""
    search: str = ""

    def parameters(self) -> dict[str, str]:
        given: dict[str, object] = {
            "from": self.period.first,
            "to": self.period.last,
            "by": self.by if self.by is not DateBasis.POSTED else "",
            "stage": self.stage if self.stage is not Stage.POSTED else "",
            "status": self.status,
            "region": self.region,
            "search": self.search,
        }
        return {name: str(value) for name, value in given.items() if value}

    def conditions(self) -> tuple[str, dict[str, Any]]:
        """On needs ``n``; drafts are the enterprise's own affair."""
        conditions, values = self.period.moments_sql(_DAY[self.by])
        conditions += ["n.posted_at is not null", f"{_DAY[self.by]} is not null", REACHED[self.stage]]
        if self.status:
            conditions.append("n.status = :status")
            values["status"] = self.status.value
        if self.region:
            conditions.append(f"coalesce(n.region_code, '{UNKNOWN}') = :region")
            values["region"] = self.region
        if self.search:
            conditions.append(f"(n.number = :exactly or n.enterprise_id = any(array({FIND_ENTERPRISES})))")
            values |= search_values(self.search)
        return " and ".join(conditions), values


@dataclass(frozen=True, slots=True)
class NeedRow:
    """``granted`` and ``paid`` are what all lenders together granted and, net of reversals, paid out. Yuan."""

    id: UUID
    number: str
    posted_at: datetime
    enterprise: str | None
    region: str | None
    status: NeedStatus
    amount: Decimal
    term_months: int
    leads: int
    granted: Decimal
    paid: Decimal

    @property
    def region_label(self) -> str:
        return region_label(self.region)


@dataclass(frozen=True, slots=True)
class NeedTotals:
    count: int = 0
    asked: Decimal = Decimal(0)
    granted: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Needs:
    listing: Listing[NeedRow]
    totals: NeedTotals


_SORTS = {
    "posted_at": "n.posted_at",
    "amount": "n.amount",
    "status": "n.status",
    "region": "n.region_code",
    "granted": "n.granted",
    "paid": "n.paid",
}
DEFAULT_SORT = "-posted_at"

_PAGE = f"""
with page as materialized (
  select n.* from needs n where {{where}} order by {{order}} limit :limit offset :offset
)
select n.id, n.number, n.posted_at, e.name, n.region_code, n.status, n.amount, n.term_months,
       (select count(*) from leads l where l.need_id = n.id and {counted("l")}
           and (l.suggested_at is null or l.confirmed_at is not null)) as leads, n.granted, n.paid
  from page n
  left join enterprises e on e.id = n.enterprise_id
 order by {{order}}
"""


def list_needs(session: Session, filter_: NeedFilter, request: ListRequest) -> Needs:
    sums = need_totals(session, filter_)
    rows = _rows(session, filter_, request.sort, request.size, request.offset)
    return Needs(Listing(rows, sums.count, request.page, request.size, request.sort or DEFAULT_SORT), sums)


def need_totals(session: Session, filter_: NeedFilter) -> NeedTotals:
    where, values = filter_.conditions()
    statement = f"""
        select count(*), coalesce(sum(n.amount), 0), coalesce(sum(n.granted), 0), coalesce(sum(n.paid), 0)
          from needs n where {where}
    """
    count, *amounts = session.execute(text(statement), values).one()
    return NeedTotals(int(count), *(Decimal(amount) for amount in amounts))


def every_need(session: Session, filter_: NeedFilter, sort: str) -> Iterator[NeedRow]:
    """All rows in the order of the list, for an export."""
    return iter(_rows(session, filter_, sort, None, 0))


def _rows(session: Session, filter_: NeedFilter, sort: str, limit: int | None, offset: int) -> list[NeedRow]:
    where, values = filter_.conditions()
    order = order_by(sort, _SORTS, DEFAULT_SORT, id_column="n.id", nulls_last=False)
    statement = _PAGE.format(where=where, order=order)
    return [
        NeedRow(
            id=row.id,
            number=row.number,
            posted_at=row.posted_at,
            enterprise=row.name,
            region=row.region_code,
            status=NeedStatus(row.status),
            amount=row.amount,
            term_months=row.term_months,
            leads=row.leads,
            granted=row.granted,
            paid=row.paid,
        )
        for row in session.execute(text(statement), {**values, "limit": limit, "offset": offset})
    ]
