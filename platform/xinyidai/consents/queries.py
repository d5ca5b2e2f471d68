"""Which data somebody may read of an enterprise."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Uuid, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col, select

from xinyidai.consents.models import Consent


def consents_in_force(session: Session, enterprise_id: UUID, institution_id: UUID | None, today: date) -> list[Consent]:
    """The consents that count on ``today``, oldest first; ``institution_id`` None asks for the platform's ranking."""
    given = {"enterprise": enterprise_id, "institution": institution_id, "today": today}
    return list(session.execute(_in_force(to_platform=institution_id is None), given).scalars())


@cache
def _in_force(*, to_platform: bool) -> Any:
    """Built once: several pages ask for it each time."""
    recipient: ColumnElement[bool] = col(Consent.institution_id).is_(None)
    if not to_platform:
        recipient = col(Consent.institution_id) == bindparam("institution")
    today = bindparam("today", type_=Date)
    return (
        select(Consent)
        .where(
            col(Consent.enterprise_id) == bindparam("enterprise"),
            recipient,
            *_counting_on(today),
        )
        .order_by(col(Consent.given_at), col(Consent.id))
    )


def consented_datasets(
    session: Session, enterprise_id: UUID, institution_id: UUID | None, today: date
) -> frozenset[str]:
    """Codes of the data sets that may be read beyond the open ones."""
    return named_in(consents_in_force(session, enterprise_id, institution_id, today))


def named_in(consents: Iterable[Consent]) -> frozenset[str]:
    """Codes of the data sets that these consents open together."""
    return frozenset(code for consent in consents for code in consent.datasets)


def _counting_on(day: Any) -> tuple[ColumnElement[bool], ...]:
    """Not taken back, and ``day``, which may be a parameter, between the first and the last."""
    return col(Consent.ended_at).is_(None), col(Consent.valid_from) <= day, col(Consent.valid_until) >= day


def ranking_datasets(session: Session, enterprise_ids: Collection[UUID], today: date) -> dict[UUID, frozenset[str]]:
    """What the platform may use to find products, for many enterprises; those who allow nothing are left out."""
    rows = session.exec(
        select(Consent.enterprise_id, Consent.datasets).where(
            col(Consent.enterprise_id).in_(enterprise_ids),
            col(Consent.institution_id).is_(None),
            *_counting_on(today),
        )
    )
    allowed: dict[UUID, frozenset[str]] = {}
    for enterprise_id, datasets in rows:
        allowed[enterprise_id] = allowed.get(enterprise_id, frozenset()) | frozenset(datasets)
    return allowed


@dataclass(frozen=True, slots=True)
class ConsentedData:
    """One consent in force, as far as a search over many enterprises needs it."""

    id: UUID
    datasets: frozenset[str]


def consents_to(
    session: Session, institution_id: UUID, enterprise_ids: Collection[UUID], today: date
) -> dict[UUID, list[ConsentedData]]:
    """What one lender may read of many enterprises beyond the open data sets; those who allow nothing are left out."""
    rows = session.exec(
        select(Consent.enterprise_id, Consent.id, Consent.datasets)
        .where(
            # One array: thousands of single parameters take longer to send than the answer takes to find.
            col(Consent.enterprise_id) == any_(bindparam("ids", list(enterprise_ids), type_=ARRAY(Uuid))),
            Consent.institution_id == institution_id,
            *_counting_on(today),
        )
        .order_by(col(Consent.given_at), col(Consent.id))
    )
    found: dict[UUID, list[ConsentedData]] = {}
    for enterprise_id, consent_id, datasets in rows:
        found.setdefault(enterprise_id, []).append(ConsentedData(consent_id, frozenset(datasets)))
    return found
