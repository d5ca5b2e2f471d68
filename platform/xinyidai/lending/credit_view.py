"""The credit data that an officer sees on a lead's page: what is open, what is consented to, and what could be.

Whatever is shown is written down in the same transaction, data set by data set, with the consent it is shown under.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from xinyidai.consents.commands import AskForConsent
from xinyidai.consents.models import Consent, ConsentRequest
from xinyidai.consents.queries import consents_in_force, named_in
from xinyidai.consents.reads import log_read
from xinyidai.consents.requests import latest_request, may_ask
from xinyidai.consents.types import ConsentPurpose, RequestAnswer, Shown
from xinyidai.core.actor import INSTITUTION_ROLES, Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Conflict, Forbidden, NotFound
from xinyidai.core.i18n import N_
from xinyidai.credit.fact_sheet import FactSheet, fact_sheet
from xinyidai.credit.scoring.queries import ScoreSheet, score_sheet
from xinyidai.credit.sharing import FamilyData, ask_to_share, grouped, sharable_numbers
from xinyidai.leads.lead_names import products_of_leads
from xinyidai.leads.models import Lead
from xinyidai.leads.types import CLOSED, ENDED_WITHOUT_MONEY


@dataclass(frozen=True, slots=True)
class GivenConsent:
    number: str
    purpose: str
    until: date
    families: list[FamilyData]


@dataclass(frozen=True, slots=True)
class CreditView:
    """``closed``: data that the enterprise has not opened to this lender, by family."""

    sheet: FactSheet
    score: ScoreSheet | None
    """Over open data and what was consented to; None before the first computation."""
    consents: list[GivenConsent]
    closed: list[FamilyData]
    asked_at: datetime | None
    declined: bool
    can_ask: bool


def credit_view(session: ActorSession, actor: Actor, lead_id: UUID, now: datetime) -> CreditView | None:
    """Read and logged for this officer; None for a lead that ended without a loan: there is nothing left to decide.

    Raises NotFound for a lead that is not this lender's.
    """
    lead = _own_lead(session, actor, lead_id)
    if lead.status in ENDED_WITHOUT_MONEY:
        return None
    today = business_date(now)
    given = consents_in_force(session, lead.enterprise_id, actor.institution_id, today)
    consented = named_in(given)
    sheet = fact_sheet(session, lead.enterprise_id, consented, today)
    score = score_sheet(session, lead.enterprise_id, consented, today)
    _log(session, actor, lead, sheet.shown | _counted(score), given, now)
    asked = latest_request(session, lead.id)
    return CreditView(
        sheet=sheet,
        score=score,
        consents=[_given(one) for one in given],
        closed=grouped(set(sharable_numbers()) - consented),
        asked_at=asked.asked_at if asked else None,
        declined=bool(asked and asked.answer == RequestAnswer.DECLINED),
        can_ask=lead.status not in CLOSED and may_ask(asked, now),
    )


def ask_for_data(
    session: Session, actor: Actor, lead_id: UUID, command: AskForConsent, now: datetime
) -> ConsentRequest:
    """The button on the lead's page. Raises Conflict for a lead that is closed, or where it was asked lately."""
    lead = _own_lead(session, actor, lead_id)
    if lead.status in CLOSED:
        raise Conflict(N_("This lead is closed, so there is nothing to decide with more data."))
    product = products_of_leads(session, [lead.id]).get(lead.id, "")
    return ask_to_share(session, actor, lead.enterprise_id, lead.id, product, command, now)


def _counted(sheet: ScoreSheet | None) -> frozenset[str]:
    """The data sets behind the indicators that the score shows: nothing on a list is something read, too."""
    shown = [one for part in sheet.dimensions for one in part.indicators if one.is_known] if sheet else []
    return frozenset(dataset.code for one in shown for dataset in one.datasets)


def _own_lead(session: Session, actor: Actor, lead_id: UUID) -> Lead:
    if actor.role not in INSTITUTION_ROLES:
        raise Forbidden()
    lead = session.exec(
        select(Lead).where(Lead.id == lead_id, col(Lead.institution_id) == actor.institution_id)
    ).one_or_none()
    if lead is None:
        raise NotFound()
    return lead


def _log(
    session: Session, actor: Actor, lead: Lead, shown: Collection[str], given: list[Consent], now: datetime
) -> None:
    """One line for each consent with what was shown under it, and one for what needs none."""
    left = set(shown)
    for consent in given:
        under = left & set(consent.datasets)
        left -= under
        if under:
            purpose = ConsentPurpose(consent.purpose)
            log_read(
                session, actor, lead.enterprise_id, Shown.LEAD.value, under, purpose, now,
                consent_id=consent.id, lead_id=lead.id,
            )  # fmt: skip
    if left:
        purpose = ConsentPurpose.FINANCING
        log_read(session, actor, lead.enterprise_id, Shown.LEAD.value, left, purpose, now, lead_id=lead.id)


def _given(consent: Consent) -> GivenConsent:
    return GivenConsent(
        consent.number, ConsentPurpose(consent.purpose).label, consent.valid_until, grouped(consent.datasets)
    )
