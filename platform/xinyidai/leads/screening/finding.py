"""Which of the enterprises that let themselves be found meet a lender's conditions.

A lender's search uses open data and what an enterprise consented to that very lender. What was consented to the
platform for its ranking never comes in here. Whatever a page shows of credit data is written down for the enterprise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from xinyidai.consents.queries import ConsentedData, consents_to
from xinyidai.consents.reads import Read, log_reads
from xinyidai.consents.types import ReadPurpose, Shown
from xinyidai.core.acting import as_platform
from xinyidai.core.actor import INSTITUTION_ROLES, Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Forbidden, InvalidInput
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.core.reference import industries
from xinyidai.enterprises.models import Enterprise
from xinyidai.enterprises.queries import name_search, within_province
from xinyidai.enterprises.types import SizeClass
from xinyidai.leads.credit_facts import background, datasets_behind, facts_under
from xinyidai.leads.facts import Fact, facts_of
from xinyidai.leads.screening.conditions import Answer, Criteria, answers, asked_facts, both, from_credit_data
from xinyidai.leads.screening.invitations import INVITE_AGAIN_DAYS
from xinyidai.leads.screening.models import ScreeningInvitation, ScreeningOpening
from xinyidai.products.criteria import criteria_errors
from xinyidai.products.criterion_words import value_in_words
from xinyidai.products.fact_catalogue import fact_label

_SORTS = {"name": "name_pinyin", "region": "region_code", "industry": "industry_code", "registered": "registered_on"}
_COUNT = text("select count(*) from screening_openings where closed_at is null")
_OWN_COLUMNS = ("region", "industry", "size")
"""Facts that every row shows anyway."""
_LOOKED_AT = [
    getattr(Enterprise, name)
    for name in (
        "id", "name", "usci", "internal_code", "region_code", "industry_code", "size_class", "registered_on",
        "subject_kind", "registration_status", "registered_capital", "capital_currency", "employees", "revenue",
        "labels",
    )
]  # fmt: skip
Facts = Mapping[UUID, Mapping[str, Fact]]


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact that was asked for, in words; ``value`` is None where it is not known to this lender."""

    label: str
    value: str | None


@dataclass(frozen=True, slots=True)
class FoundEnterprise:
    """One row. Nothing here tells how to reach anybody. ``invited_at``: by this institution, while it counts."""

    id: UUID
    name: str
    code: str
    region: str | None
    industry: str | None
    size: SizeClass
    registered_on: date | None
    facts: tuple[ShownFact, ...]
    invited_at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """``asked`` enterprises that let themselves be found: how each came out, and one page of those chosen."""

    asked: int
    met: int
    unknown: int
    listing: Listing[FoundEnterprise]

    @property
    def not_met(self) -> int:
        return self.asked - self.met - self.unknown


def open_enterprises(session: Session) -> int:
    """How many let themselves be found."""
    return int(session.execute(_COUNT).scalar_one())


def find_enterprises(
    session: ActorSession, actor: Actor, criteria: Criteria, request: ListRequest, answer: Answer, now: datetime
) -> Found:
    """One page of those with this ``answer``, read and logged for this lender.

    Raises Forbidden, and InvalidInput with a sentence for each condition that is wrong.
    """
    if actor.role not in INSTITUTION_ROLES or actor.institution_id is None:
        raise Forbidden()
    if wrong := criteria_errors(criteria):
        raise InvalidInput(wrong)
    today = business_date(now)
    candidates = _candidates(session, request)
    names = from_credit_data(asked_facts(criteria))
    registry = {one.id: facts_of(one, today) for one in candidates}
    # Credit data are read of those only whom the registry does not rule out already.
    first = answers([one for one in criteria if one["fact"] not in names], registry)
    left = [one.id for one in candidates if one.id in first.met or one.id in first.unknown]
    consents = consents_to(session, actor.institution_id, left, today) if names else {}
    known = _known(session, left, registry, names, consents, today)
    final = both(first, answers([one for one in criteria if one["fact"] in names], known)) if names else first
    chosen = final.met if answer is Answer.MET else final.unknown
    listed = [one for one in candidates if one.id in chosen]
    shown = listed[request.offset : request.offset + request.size]
    _log(session, actor, [one.id for one in shown], known, names, consents, now)
    invited = _invited(session, actor.institution_id, [one.id for one in shown], now)
    asked = [name for name in asked_facts(criteria) if name not in _OWN_COLUMNS]
    rows = [_row(one, known[one.id], asked, invited.get(one.id)) for one in shown]
    listing = Listing(rows, len(listed), request.page, request.size, request.sort or "name")
    return Found(len(candidates), len(final.met), len(final.unknown), listing)


def _candidates(session: Session, request: ListRequest) -> Sequence[Any]:
    """Those who let themselves be found and whom the search names, in the order asked for.

    Rows with the attributes of an Enterprise that are looked at: of thousands the rest is not fetched.
    """
    condition, values = name_search(request.search) or ("true", {})
    open_ones = select(ScreeningOpening.enterprise_id).where(col(ScreeningOpening.closed_at).is_(None))
    named = (text(condition), col(Enterprise.id).in_(open_ones))
    query = select(*_LOOKED_AT).where(*named).order_by(text(order_by(request.sort, _SORTS, "name")))
    return list(session.execute(query, values))


def _known(
    session: ActorSession,
    ids: Sequence[UUID],
    registry: Facts,
    names: Sequence[str],
    consents: Mapping[UUID, Sequence[ConsentedData]],
    today: date,
) -> dict[UUID, dict[str, Fact]]:
    """Facts of the registry, and those of credit data that this lender may use."""
    if not names:
        return {one: dict(registry[one]) for one in ids}
    allowed = {one: _allowed(consents.get(one, ())) for one in ids}
    with as_platform(session):
        behind = background(session, ids, today, names)
    found = facts_under(session, ids, allowed, today, behind, names)
    return {one: {**registry[one], **found[one]} for one in ids}


def _allowed(consents: Sequence[ConsentedData]) -> frozenset[str]:
    return frozenset(code for one in consents for code in one.datasets)


def _log(
    session: ActorSession,
    actor: Actor,
    ids: Sequence[UUID],
    known: Facts,
    names: Sequence[str],
    consents: Mapping[UUID, Sequence[ConsentedData]],
    now: datetime,
) -> None:
    """A line for each enterprise shown: one for what is open, and one for each consent that something rests on."""
    reads: list[Read] = []
    for one in ids:
        allowed = _allowed(consents.get(one, ()))
        left = {code for name in names if name in known[one] for code in datasets_behind(name, allowed)}
        for consent in consents.get(one, ()):
            under = left & consent.datasets
            left -= under
            reads.append(Read(one, frozenset(under), consent.id))
        reads.append(Read(one, frozenset(left)))
    log_reads(session, actor, reads, Shown.SCREENING.value, ReadPurpose.SCREENING, now)


def _invited(session: Session, institution_id: UUID, ids: Sequence[UUID], now: datetime) -> dict[UUID, datetime]:
    rows = session.exec(
        select(ScreeningInvitation.enterprise_id, ScreeningInvitation.invited_at).where(
            ScreeningInvitation.institution_id == institution_id,
            col(ScreeningInvitation.enterprise_id).in_(ids),
            col(ScreeningInvitation.invited_at) > now - timedelta(days=INVITE_AGAIN_DAYS),
        )
    )
    return dict(rows.all())


def _row(one: Any, known: Mapping[str, Fact], asked: Sequence[str], invited: datetime | None) -> FoundEnterprise:
    return FoundEnterprise(
        id=one.id,
        name=one.name,
        code=one.usci or one.internal_code or "",
        region=within_province(one.region_code) if one.region_code else None,
        industry=industries.name_of(one.industry_code) if one.industry_code else None,
        size=SizeClass(one.size_class or SizeClass.UNKNOWN),
        registered_on=one.registered_on,
        facts=tuple(ShownFact(fact_label(name), value_in_words(name, known.get(name)) or None) for name in asked),
        invited_at=invited,
    )
