"""The pool of open needs as a lender sees it: what is asked for and by what kind of business, and never by whom."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlmodel import Session

from xinyidai.core.guarantees import GuaranteeMode
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.core.reference import divisions, industries
from xinyidai.enterprises.types import SizeClass
from xinyidai.needs.types import Purpose


@dataclass(frozen=True, slots=True)
class OpenNeed:
    """``claims`` institutions have taken it up; ``product`` is the reader's own that fits best."""

    id: UUID
    number: str
    posted_at: datetime
    amount: Decimal
    term_months: int
    purpose: str
    max_rate: Decimal | None
    guarantees: list[str]
    region: str
    industry: str | None
    size: str | None
    registered_on: date | None
    product: str
    score: float
    verdict: str
    claims: int


@dataclass(frozen=True, slots=True)
class PoolFilter:
    """``region``: a GB/T 2260 prefix. ``free_below``: only needs with fewer claims than this."""

    region: str = ""
    purpose: str = ""
    free_below: int | None = None


_SORTS = {"score": "score", "amount": "amount", "posted": "posted_at", "term": "term_months", "claims": "claims"}


def open_needs(session: Session, request: ListRequest, chosen: PoolFilter) -> Listing[OpenNeed]:
    """One page of the needs that the reader's institution may take up, best fit first unless asked otherwise."""
    conditions = ["true"]
    values: dict[str, object] = {"size": request.size, "offset": request.offset}
    if chosen.region:
        conditions.append("region_code like :region || '%'")
        values["region"] = chosen.region
    if chosen.purpose:
        conditions.append("purpose = :purpose")
        values["purpose"] = chosen.purpose
    if chosen.free_below is not None:
        conditions.append("claims < :free")
        values["free"] = chosen.free_below
    if request.search:
        conditions.append("number = upper(:search)")
        values["search"] = request.search
    query = text(
        f"select *, count(*) over () as total from xyd_open_needs() where {' and '.join(conditions)}"  # noqa: S608 - constants of this module
        f" order by {order_by(request.sort, _SORTS, '-score', id_column='need_id')} limit :size offset :offset"
    )
    rows = session.execute(query, values).mappings().all()
    return Listing(
        [_row(row) for row in rows],
        rows[0]["total"] if rows else 0,
        request.page,
        request.size,
        request.sort or "-score",
    )


def _row(row: RowMapping) -> OpenNeed:
    return OpenNeed(
        id=row["need_id"],
        number=row["number"],
        posted_at=row["posted_at"],
        amount=row["amount"],
        term_months=row["term_months"],
        purpose=Purpose(row["purpose"]).label,
        max_rate=row["max_rate"],
        guarantees=[GuaranteeMode(mode).label for mode in row["guarantees"]],
        region=divisions.name_of(row["region_code"] or "") or "",
        industry=industries.name_of(row["industry_section"]) if row["industry_section"] else None,
        size=SizeClass(row["size_class"]).label if row["size_class"] else None,
        registered_on=row["registered_on"],
        product=row["product"],
        score=row["score"],
        verdict=row["verdict"],
        claims=row["claims"],
    )
