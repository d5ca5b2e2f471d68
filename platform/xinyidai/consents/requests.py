"""A lender asks to read more, seldom enough not to be a nuisance; the enterprise says yes by giving, or no."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from xinyidai.audit.service import record
from xinyidai.consents import messages
from xinyidai.consents.commands import AskForConsent
from xinyidai.consents.models import Consent, ConsentRequest
from xinyidai.consents.types import RequestAnswer
from xinyidai.core.actor import INSTITUTION_ROLES, Actor, Role
from xinyidai.core.errors import Conflict, Forbidden, NotFound
from xinyidai.core.i18n import N_
from xinyidai.enterprises.models import Enterprise
from xinyidai.institutions.models import Institution
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_enterprise, to_institution

ASK_AGAIN_DAYS = 7
"""Assumed: a lender asks once a week for one lead, and never again after a no."""


def ask_for_consent(
    session: Session,
    actor: Actor,
    enterprise_id: UUID,
    lead_id: UUID,
    product: str,
    command: AskForConsent,
    now: datetime,
) -> ConsentRequest:
    """Tell the enterprise which data sets the lender would like to read. Raises Conflict where it asked lately."""
    if actor.role not in INSTITUTION_ROLES or actor.institution_id is None:
        raise Forbidden()
    if not may_ask(latest_request(session, lead_id), now):
        raise Conflict(N_("The enterprise has been asked already. Please wait for its answer."))
    request = ConsentRequest(
        enterprise_id=enterprise_id,
        institution_id=actor.institution_id,
        lead_id=lead_id,
        datasets=list(command.datasets),
        asked_at=now,
        asked_by=actor.user_id,
    )
    session.add(request)
    session.flush()
    name = session.get_one(Institution, actor.institution_id).name
    link = f"/enterprise/consents/requests/{request.id}"
    notify(session, to_enterprise(enterprise_id), messages.ASKED, now, link=link, institution=name, product=product)
    record(session, actor, "consent.asked", "lead", lead_id, now, datasets=list(command.datasets))
    return request


def latest_request(session: Session, lead_id: UUID) -> ConsentRequest | None:
    return session.exec(
        select(ConsentRequest)
        .where(ConsentRequest.lead_id == lead_id)
        .order_by(col(ConsentRequest.asked_at).desc(), col(ConsentRequest.id).desc())
        .limit(1)
    ).one_or_none()


def may_ask(latest: ConsentRequest | None, now: datetime) -> bool:
    if latest is None:
        return True
    return latest.answer != RequestAnswer.DECLINED and now - latest.asked_at >= timedelta(days=ASK_AGAIN_DAYS)


def open_requests(session: Session, enterprise_id: UUID) -> list[ConsentRequest]:
    """What lenders wait for, the newest of each lead only, oldest first."""
    rows = session.exec(
        select(ConsentRequest)
        .where(ConsentRequest.enterprise_id == enterprise_id, col(ConsentRequest.answered_at).is_(None))
        .order_by(col(ConsentRequest.asked_at), col(ConsentRequest.id))
    ).all()
    return list({row.lead_id: row for row in rows}.values())


def one_request(session: Session, actor: Actor, request_id: UUID) -> ConsentRequest:
    found = session.exec(
        select(ConsentRequest).where(
            ConsentRequest.id == request_id, ConsentRequest.enterprise_id == actor.enterprise_id
        )
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def decline_request(session: Session, actor: Actor, request_id: UUID, now: datetime) -> ConsentRequest:
    """The enterprise says no; the lender is told once and cannot ask again for this lead."""
    if actor.role is not Role.ENTERPRISE_MEMBER:
        raise Forbidden()
    request = one_request(session, actor, request_id)
    if request.answered_at is None:
        _answer(session, request, RequestAnswer.DECLINED, now)
        name = session.get_one(Enterprise, request.enterprise_id).name
        notify(
            session,
            to_institution(request.institution_id, request.asked_by),
            messages.NOT_GIVEN,
            now,
            link=f"/institution/leads/{request.lead_id}",
            enterprise=name,
        )
    return request


def answer_by(session: Session, consent: Consent, now: datetime) -> None:
    """A consent that was given answers every open wish of that lender."""
    for request in open_requests(session, consent.enterprise_id):
        if request.institution_id == consent.institution_id:
            _answer(session, request, RequestAnswer.GIVEN, now)


def _answer(session: Session, request: ConsentRequest, answer: RequestAnswer, now: datetime) -> None:
    """With the older wishes for the same lead, which it stands for."""
    older = session.exec(
        select(ConsentRequest).where(
            ConsentRequest.lead_id == request.lead_id, col(ConsentRequest.answered_at).is_(None)
        )
    ).all()
    for one in older:
        one.answered_at, one.answer = now, answer.value
    session.flush()
