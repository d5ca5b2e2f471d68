"""What follows from the credit data: consents, a repaired record, and who has read what.

``before_the_needs`` runs before any need is ranked, so that rankings use what is consented to; ``after_the_needs``
once there are leads whose lenders may be given more.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from sqlmodel import Session, select

from xinyidai.consents.models import Consent
from xinyidai.consents.reads import log_read
from xinyidai.consents.types import ConsentEnd, ConsentPurpose
from xinyidai.core.actor import SYSTEM
from xinyidai.core.clock import business_date
from xinyidai.core.db import unit_of_work
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.types import Access
from xinyidai.demo.city import City
from xinyidai.demo.credit.economy import FACTORY
from xinyidai.demo.people import Cast
from xinyidai.leads.models import Lead
from xinyidai.leads.types import GRANTED, IN_WORK, PAID

_WORDING = "2026-01-01"
_TERM = timedelta(days=365)
_CONSENT_SHARE, _LENDER_SHARE = 0.72, 0.65
_TAX = ("tax_monthly_summary", "tax_credit_grade", "tax_levy", "tax_filing", "tax_invoice_summary")
_USUAL = (*_TAX, "social_insurance", "electricity_supply")
_TAKEN = IN_WORK | GRANTED | PAID
_LAST_WINTERS_LENDER = "NS01"
_REPAIRED = text("""
    update credit_events set repaired_at = :at
     where enterprise_id = :enterprise and kind = 'admin_penalty' and decided_on < :before and repaired_at is null
""")
_NUMBER = text("select nextval('consent_numbers')")
_QUIET = text("update outbox_jobs set done_at = :now where done_at is null and name <> 'needs.rank'")
"""What the worker would have done by now: nothing is left to it from the time before the first need."""


def before_the_needs(
    bind: Engine | Connection, city: City, cast: Cast, opened: datetime, now: datetime, tell: Callable[[int, int], None]
) -> None:
    """Most firms that have an account let the platform rank with their data; half of them with all of it."""
    with unit_of_work(bind, SYSTEM) as session:
        for done, (place, member) in enumerate(sorted(cast.members.items()), start=1):
            rng = Random(f"consent {place}")  # noqa: S311 - repeatable, not secret
            if member.enterprise_id and (place == FACTORY or rng.random() < _CONSENT_SHARE):
                # Given this year, or renewed: what is ranked today is ranked under it.
                given = max(opened, now - timedelta(days=rng.randint(330, 364)))
                datasets = _all_by_consent() if place == FACTORY else _chosen(rng)
                _give(session, member.enterprise_id, None, datasets, given, member.user_id)
            tell(done, len(cast.members))
        factory = cast.members[FACTORY].enterprise_id
        repaired = {
            "enterprise": factory,
            "at": now - timedelta(days=58),
            "before": business_date(now - timedelta(360)),
        }
        session.connection().execute(_REPAIRED, repaired)
        session.connection().execute(_QUIET, {"now": now})


def after_the_needs(bind: Engine | Connection, city: City, cast: Cast, now: datetime) -> None:
    """Lenders that took a lead were mostly given what they asked for, and have looked at it."""
    officers = {cast.institutions[code]: officer for code, officer in cast.officers.items()}
    members = {member.enterprise_id: place for place, member in cast.members.items()}
    with unit_of_work(bind, SYSTEM) as session:
        for lead in _answered(session):
            place = members.get(lead.enterprise_id)
            rng = Random(f"lender {place} {lead.sent_at}")  # noqa: S311 - repeatable, not secret
            if place is None or (place != FACTORY and rng.random() > _LENDER_SHARE):
                continue
            given, user = lead.sent_at + timedelta(minutes=20), cast.members[place].user_id
            datasets = _USUAL if place == FACTORY else _chosen(rng)
            consent = _give(session, lead.enterprise_id, lead.institution_id, datasets, given, user)
            is_old = lead.institution_id == cast.institutions[_LAST_WINTERS_LENDER] and place == FACTORY
            if is_old:
                consent.ended_at, consent.end_reason = now - timedelta(days=61, hours=3), ConsentEnd.REVOKED.value
            for hours in (3, 27) if place == FACTORY else (5,):
                at = min(given + timedelta(hours=hours), now - timedelta(minutes=hours))
                log_read(
                    session, officers[lead.institution_id], lead.enterprise_id, "lead", datasets,
                    ConsentPurpose.FINANCING, at, consent_id=consent.id, lead_id=lead.id,
                )  # fmt: skip


def _answered(session: Session) -> Iterator[Lead]:
    """The leads that a lender took, one of each enterprise and lender, the oldest first."""
    seen: set[tuple[UUID, UUID]] = set()
    for lead in session.exec(select(Lead).order_by(Lead.sent_at, Lead.id)).all():  # type: ignore[arg-type]
        key = (lead.enterprise_id, lead.institution_id)
        if lead.status in _TAKEN and key not in seen:
            seen.add(key)
            yield lead


def _all_by_consent() -> tuple[str, ...]:
    return tuple(code for code, one in catalogue().datasets.items() if one.access is Access.CONSENT)


def _chosen(rng: Random) -> tuple[str, ...]:
    return rng.choices((_all_by_consent(), _USUAL, _TAX), (50, 32, 18))[0]


def _give(
    session: Session,
    enterprise: UUID,
    institution: UUID | None,
    datasets: tuple[str, ...],
    given: datetime,
    user: UUID | None,
) -> Consent:
    day, known = business_date(given), catalogue().datasets
    number: int = session.execute(_NUMBER).scalar_one()
    consent = Consent(
        number=f"SQ{day:%Y%m%d}{number:06}",
        enterprise_id=enterprise,
        institution_id=institution,
        purpose=(ConsentPurpose.FINANCING if institution else ConsentPurpose.RANKING).value,
        datasets=sorted(datasets),
        dataset_numbers=[known[one].number for one in sorted(datasets)],
        wording_version=_WORDING,
        valid_from=day,
        valid_until=day + _TERM,
        given_at=given,
        given_by=user,
    )
    session.add(consent)
    session.flush()
    return consent
