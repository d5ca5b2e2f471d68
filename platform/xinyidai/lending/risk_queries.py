"""Guarantee companies and public pools: who can be named in an offer, and what a guarantor stands in for."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, or_, select

from xinyidai.core.money import to_fen
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.institutions.models import Institution
from xinyidai.institutions.types import InstitutionKind
from xinyidai.lending.models import RiskPool
from xinyidai.lending.types import LoanGrade, OfferStatus


def guarantor_choices(session: Session) -> list[tuple[str, str]]:
    """Guarantee companies that work on the platform, by name."""
    rows = session.exec(
        select(Institution)
        .where(Institution.kind == InstitutionKind.GUARANTOR.value, col(Institution.active))
        .order_by(col(Institution.name_pinyin), col(Institution.id))
    )
    return [(str(row.id), row.name) for row in rows]


def pools_in_force(session: Session, today: date) -> list[RiskPool]:
    """By name; of each pool the rule that holds on this day."""
    rows = session.exec(
        select(RiskPool)
        .where(
            RiskPool.valid_from <= today, or_(col(RiskPool.valid_until).is_(None), col(RiskPool.valid_until) >= today)
        )
        .order_by(col(RiskPool.name), col(RiskPool.valid_from).desc())
    )
    return list({row.name: row for row in reversed(list(rows))}.values())


@dataclass(frozen=True, slots=True)
class Exposure:
    """One offer in which this institution bears a share. ``outstanding`` is None until a line is granted."""

    offer_id: UUID
    enterprise: str
    code: str | None
    lender: str
    status: OfferStatus
    amount: Decimal
    term_months: int
    share: Decimal
    offered_at: datetime
    contract_number: str | None
    approved_on: date | None
    outstanding: Decimal | None
    grade: LoanGrade | None

    @property
    def guaranteed(self) -> Decimal:
        """Yuan of what is owed now that this institution would have to bear; nothing before money is owed."""
        return to_fen((self.outstanding or Decimal(0)) * self.share / 100)


def exposures(session: Session, request: ListRequest) -> Listing[Exposure]:
    """What this actor's institution stands in for as guarantor, newest first. Two statements."""
    total = int(session.execute(text("select count(*) from xyd_guarantor_exposures()")).scalar_one())
    page = text(
        "select * from xyd_guarantor_exposures() order by offered_at desc, offer_id limit :limit offset :offset"
    )
    found = []
    for row in session.execute(page, {"limit": request.size, "offset": request.offset}):
        values = row._asdict()
        values["status"] = OfferStatus(row.status)
        values["grade"] = LoanGrade(row.grade) if row.grade else None
        found.append(Exposure(**values))
    return Listing(found, total, request.page, request.size, request.sort)


def guaranteed_today(session: Session) -> Decimal:
    """Yuan that this actor's institution would bear of what is owed now, over all its guarantees."""
    statement = "select coalesce(sum(round(outstanding * share / 100, 2)), 0) from xyd_guarantor_exposures()"
    return Decimal(session.execute(text(statement)).scalar_one())
