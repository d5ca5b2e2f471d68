"""Guarantee companies and public pools: who can be named in an offer."""

from datetime import date

from sqlmodel import Session, col, or_, select

from xinyidai.institutions.models import Institution
from xinyidai.institutions.types import InstitutionKind
from xinyidai.lending.models import RiskPool


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
