"""What follows from the credit data: scores, consents, a repaired record, and who has read what.

``before_the_needs`` runs before any need is ranked, so that rankings use what is consented to; ``after_the_needs``
once there are leads whose lenders may be given more. Everything goes through the platform's own services.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from sqlmodel import Session, select

from xinyidai.consents.commands import GiveConsent
from xinyidai.consents.models import Consent
from xinyidai.consents.reads import log_read
from xinyidai.consents.service import LONGEST_MONTHS, expire_consents, last_day, revoke_consent
from xinyidai.consents.types import ConsentPurpose
from xinyidai.consents.wording import current_version
from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.files import PDF, Paper
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.repair.commands import DecideCase, OpenRepair
from xinyidai.credit.repair.deciding import grant, take_up
from xinyidai.credit.repair.opening import open_repair
from xinyidai.credit.repair.types import RepairMeans
from xinyidai.credit.scoring.causes import Cause
from xinyidai.credit.scoring.service import recompute_scores
from xinyidai.credit.sharing import share
from xinyidai.credit.types import Access
from xinyidai.demo.city import City
from xinyidai.demo.credit.economy import FACTORY
from xinyidai.demo.people import Cast, act_as
from xinyidai.leads.models import Lead
from xinyidai.leads.types import GRANTED, IN_WORK, PAID
from xinyidai.lending.credit_values import hand_down

_CONSENT_SHARE, _LENDER_SHARE = 0.72, 0.65
_TAX = ("tax_monthly_summary", "tax_credit_grade", "tax_levy", "tax_filing", "tax_invoice_summary")
_USUAL = (*_TAX, "social_insurance", "electricity_supply")
_WITH_LOANS = (*_USUAL, "platform_loan")
_TAKEN = IN_WORK | GRANTED | PAID
_LAST_WINTERS_LENDER = "NS01"
_REPAIRING_UNIT = "市市场监督管理局"
_OPENED_BEFORE, _DECIDED_BEFORE = timedelta(days=64), timedelta(days=58)
_PAPER = Paper("缴款凭证.pdf", PDF, b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
_OLDEST_PENALTY = text(
    "select id from credit_events where enterprise_id = :enterprise and kind = 'admin_penalty'"
    " and (display_until is null or display_until > :opened) and repairable_from <= :opened order by decided_on limit 1"
)
_QUIET = text("update outbox_jobs set done_at = :now where done_at is null and name <> 'needs.rank'")
"""What the worker would have done by now: nothing is left to it but the need that was posted just now."""
_SCORED_BEFORE = (timedelta(days=180), timedelta(days=90), timedelta(days=1))
_MANY_FIRMS = 10_000
"""From here on scores are computed once only, for the time that it takes."""


def before_the_needs(
    bind: Engine | Connection, city: City, cast: Cast, opened: datetime, now: datetime, tell: Callable[[int, int], None]
) -> None:
    """Most firms that have an account let the platform rank with their data; half of them with all of it."""
    with unit_of_work(bind, SYSTEM) as session:
        for done, (place, member) in enumerate(sorted(cast.members.items()), start=1):
            rng = Random(f"consent {place}")  # noqa: S311 - repeatable, not secret
            if place == FACTORY or rng.random() < _CONSENT_SHARE:
                datasets = _all_by_consent() if place == FACTORY else _chosen(rng)
                _give_for_ranking(session, member, datasets, opened, now, rng)
            tell(done, len(cast.members))
        _repair_one(session, cast, now)
        act_as(session, SYSTEM)
        for back in _SCORED_BEFORE if len(city.firms) < _MANY_FIRMS else _SCORED_BEFORE[-1:]:
            recompute_scores(session, business_date(now - back), cause=Cause.DELIVERED, now=now - back)
        session.execute(_QUIET, {"now": now})


def after_the_needs(bind: Engine | Connection, city: City, cast: Cast, now: datetime) -> None:
    """Lenders that took a lead were mostly given what they asked for, and have looked at it."""
    officers = {cast.institutions[code]: officer for code, officer in cast.officers.items()}
    members = {member.enterprise_id: place for place, member in cast.members.items()}
    with unit_of_work(bind, SYSTEM) as session:
        for lead in list(_taken(session)):
            place = members.get(lead.enterprise_id)
            rng = Random(f"lender {place} {lead.sent_at}")  # noqa: S311 - repeatable, not secret
            if place is None or (place != FACTORY and rng.random() > _LENDER_SHARE):
                continue
            datasets = _WITH_LOANS if place == FACTORY else _chosen(rng)
            given = lead.sent_at + timedelta(minutes=20)
            consent = _give(session, cast.members[place], lead.institution_id, datasets, min(given, now))
            _read(session, officers[lead.institution_id], lead, consent, now, often=place == FACTORY)
            if place == FACTORY and lead.institution_id == cast.institutions[_LAST_WINTERS_LENDER]:
                member = act_as(session, cast.members[place])
                revoke_consent(session, member, consent.id, now - timedelta(days=61, hours=3))
        act_as(session, SYSTEM)
        while expire_consents(session, now):
            pass
        hand_down(session, now)
        recompute_scores(session, business_date(now), cause=Cause.GIVEN, now=now)
        session.execute(_QUIET, {"now": now})


def _give_for_ranking(
    session: ActorSession, member: Actor, datasets: tuple[str, ...], opened: datetime, now: datetime, rng: Random
) -> None:
    """Given in the platform's first month, and renewed when the year was over."""
    first = opened + timedelta(days=rng.randint(1, 30), hours=rng.randint(0, 9))
    until = last_day(business_date(first), LONGEST_MONTHS)
    _give(session, member, None, datasets, first)
    renewed = first + timedelta(days=(until - business_date(first)).days - rng.randint(0, 4))
    if renewed < now:
        _give(session, member, None, datasets, renewed)


def _give(
    session: ActorSession, member: Actor, institution: UUID | None, datasets: tuple[str, ...], when: datetime
) -> Consent:
    today = business_date(when)
    command = GiveConsent(
        institution_id=institution,
        purpose=ConsentPurpose.FINANCING if institution else ConsentPurpose.RANKING,
        datasets=datasets,
        valid_until=last_day(today, LONGEST_MONTHS),
        wording_version=current_version(today),
        agreed=True,
    )
    return share(session, act_as(session, member), command, when)


def _repair_one(session: ActorSession, cast: Cast, now: datetime) -> None:
    """The factory had its older penalty repaired two months ago; the younger one still waits."""
    member, clerk = cast.members[FACTORY], cast.clerks[_REPAIRING_UNIT]
    act_as(session, member)
    asked = {"enterprise": member.enterprise_id, "opened": business_date(now - _OPENED_BEFORE)}
    record = session.execute(_OLDEST_PENALTY, asked).scalar()
    if record is None:  # a city of other days, whose penalties have run their time
        return
    wish = OpenRepair(
        record_id=record,
        means=[RepairMeans.CORRECT, RepairMeans.PERFORM_DUTY],
        statement="已撤下违规宣传用语，罚款已缴清，并对网店全部商品页面作了自查。",
        commitment=True,
    )
    case = open_repair(session, member, wish, [_PAPER], now - _OPENED_BEFORE)
    act_as(session, clerk)
    decision = DecideCase(case_id=case.id, note="罚款已缴清，违规宣传已改正，同意修复。")
    take_up(session, clerk, decision, now - _OPENED_BEFORE + timedelta(hours=20))
    grant(session, clerk, decision, now - _DECIDED_BEFORE)


def _read(session: ActorSession, officer: Actor, lead: Lead, consent: Consent, now: datetime, *, often: bool) -> None:
    act_as(session, officer)
    for hours in (3, 27) if often else (5,):
        log_read(
            session,
            officer,
            lead.enterprise_id,
            "lead",
            consent.datasets,
            ConsentPurpose.FINANCING,
            min(consent.given_at + timedelta(hours=hours), now - timedelta(minutes=hours)),
            consent_id=consent.id,
            lead_id=lead.id,
        )


def _taken(session: Session) -> Iterator[Lead]:
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
