"""Reads of institutions."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from xinyidai.institutions.models import Institution
from xinyidai.institutions.types import InstitutionKind


@dataclass(frozen=True, slots=True)
class InstitutionName:
    """An institution as a list of choices shows it."""

    id: UUID
    code: str
    name: str
    kind: InstitutionKind


def active_institutions(session: Session) -> list[InstitutionName]:
    """All that take part, by pinyin."""
    rows = session.exec(
        select(Institution.id, Institution.code, Institution.name, Institution.kind)
        .where(col(Institution.active))
        .order_by(col(Institution.name_pinyin), col(Institution.id))
    )
    return [InstitutionName(id, code, name, InstitutionKind(kind)) for id, code, name, kind in rows]
