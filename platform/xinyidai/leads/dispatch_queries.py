"""What the office sees before it passes a need on: whom it could ask, and which needs nobody was asked for."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.leads.dispatching import candidates


@dataclass(frozen=True, slots=True)
class Candidate:
    """An institution that was not asked yet, with its best product for the need."""

    product_id: UUID
    institution: str
    product: str
    score: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class QuietNeed:
    """A need that no lender is working on. ``asked``: how many institutions it lay before so far."""

    id: UUID
    number: str
    enterprise: str | None
    amount: Decimal
    posted_at: datetime
    asked: int
    open_to_claims: bool
    dispatched_at: datetime | None
    region_code: str | None


_NAMED = text("""
    select r.product_id, i.name as institution, v.name as product, r.score, r.verdict
      from match_results r join institutions i on i.id = r.institution_id
      join product_versions v on v.id = r.product_version_id
     where r.id = any(:ids) order by r.rank
""")
_QUIET = """
    select n.id, n.number, e.name as enterprise, n.amount, n.posted_at,
           (select count(distinct l.institution_id) from leads l where l.need_id = n.id) as asked,
           n.open_to_claims, n.dispatched_at, n.region_code
      from needs n left join enterprises e on e.id = n.enterprise_id
     where n.status in ('published', 'declined')
       and not exists (select 1 from leads l where l.need_id = n.id and l.status in ('suggested', 'sent'))
"""
_SORTS = {"posted": "posted_at", "amount": "amount", "asked": "asked"}


def candidates_of(session: Session, need_id: UUID, *, most: int = 20) -> list[Candidate]:
    ids = [one.id for one in candidates(session, need_id, most=most)]
    return [Candidate(**row) for row in session.execute(_NAMED, {"ids": ids}).mappings()]


def quiet_needs(session: Session, request: ListRequest, region: str = "") -> Listing[QuietNeed]:
    """Needs that wait and lie before nobody, the longest waiting first. ``region``: a GB/T 2260 prefix."""
    query = text(
        f"select *, count(*) over () as total from ({_QUIET}) waiting"  # noqa: S608 - constants of this module
        " where (:region = '' or region_code like :region || '%')"
        " and (:words = '' or number = upper(:words) or strpos(enterprise, :words) > 0)"
        f" order by {order_by(request.sort, _SORTS, 'posted')} limit :size offset :offset"
    )
    asked = {"region": region, "words": request.search, "size": request.size, "offset": request.offset}
    rows = session.execute(query, asked).all()
    found = [QuietNeed(*row[:-1]) for row in rows]
    total = rows[0].total if rows else 0
    return Listing(found, total, request.page, request.size, request.sort or "posted")
