"""Giving, revoking and ending consents. Which data sets exist is known above: ``credit/sharing.py`` calls this."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from xinyidai.audit.service import record
from xinyidai.consents import messages
from xinyidai.consents.commands import GiveConsent
from xinyidai.consents.models import Consent
from xinyidai.consents.queries import consents_in_force
from xinyidai.consents.types import ConsentEnd, ConsentPurpose
from xinyidai.consents.wording import current_version
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import N_, _
from xinyidai.enterprises.jobs import FactsChanged
from xinyidai.enterprises.models import Enterprise
from xinyidai.institutions.models import Institution
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_enterprise, to_institution
from xinyidai.outbox.jobs import enqueue

LONGEST_MONTHS = 12
"""Assumed; the setting XYD_CONSENT_MONTHS says otherwise."""
EXPIRE_BATCH = 200


def give_consent(
    session: Session,
    actor: Actor,
    command: GiveConsent,
    numbers: Mapping[str, int],
    now: datetime,
    *,
    longest_months: int = LONGEST_MONTHS,
) -> Consent:
    """The enterprise allows one institution, or the platform, to read data sets from today on.

    ``numbers`` gives each data set's number in the catalogue. What is in force already, to the same recipient for the
    same purpose and at least as long, is answered instead of being given twice. Raises InvalidInput field by field.
    """
    enterprise_id = _own_enterprise(actor)
    today = business_date(now)
    institution = _recipient(session, command)
    if command.wording_version != current_version(today):
        raise InvalidInput({"agreed": N_("The words have changed since you opened this page. Please read them again.")})
    latest = last_day(today, longest_months)
    if not today <= command.valid_until <= latest:
        sentence = _("Please choose a day from today on, at most %(months)s months ahead.", months=longest_months)
        raise InvalidInput({"valid_until": sentence})
    datasets = sorted(set(command.datasets), key=numbers.__getitem__)
    same = _same_in_force(session, enterprise_id, command, today)
    if same is not None:
        return same
    consent = Consent(
        number=_next_number(session, today),
        enterprise_id=enterprise_id,
        institution_id=command.institution_id,
        purpose=command.purpose.value,
        datasets=datasets,
        dataset_numbers=[numbers[one] for one in datasets],
        wording_version=command.wording_version,
        valid_from=today,
        valid_until=command.valid_until,
        given_at=now,
        given_by=actor.user_id,
    )
    session.add(consent)
    session.flush()
    record(session, actor, "consent.given", "consent", consent.id, now, number=consent.number, datasets=datasets)
    _tell(session, consent, institution, messages.GIVEN, now)
    _facts_changed(session, consent, now)
    return consent


def last_day(today: date, months: int) -> date:
    """The last day of a term of so many months that begins today: a year from 26 November ends on 25 November."""
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1])) - timedelta(days=1)


def revoke_consent(session: Session, actor: Actor, consent_id: UUID, now: datetime) -> Consent:
    """End a consent at once. One that has ended already stays as it is. Raises NotFound for somebody else's."""
    enterprise_id = _own_enterprise(actor)
    consent = session.exec(
        select(Consent).where(Consent.id == consent_id, Consent.enterprise_id == enterprise_id).with_for_update()
    ).one_or_none()
    if consent is None:
        raise NotFound()
    if consent.ended_at is None:
        _end(session, actor, consent, ConsentEnd.REVOKED, now)
    return consent


def expire_consents(session: Session, now: datetime) -> int:
    """Scheduled: consents whose last day has passed are ended, so that the database shuts them too."""
    due = session.exec(
        select(Consent)
        .where(col(Consent.ended_at).is_(None), col(Consent.valid_until) < business_date(now))
        .order_by(col(Consent.valid_until), col(Consent.id))
        .limit(EXPIRE_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for consent in due:
        _end(session, SYSTEM, consent, ConsentEnd.EXPIRED, now)
    return len(due)


def _end(session: Session, actor: Actor, consent: Consent, reason: ConsentEnd, now: datetime) -> None:
    consent.ended_at, consent.end_reason = now, reason.value
    session.flush()
    record(session, actor, f"consent.{reason.value}", "consent", consent.id, now, number=consent.number)
    institution = session.get(Institution, consent.institution_id) if consent.institution_id else None
    said = messages.REVOKED if reason is ConsentEnd.REVOKED else messages.EXPIRED
    _tell(session, consent, institution, said, now)
    _facts_changed(session, consent, now)


def _own_enterprise(actor: Actor) -> UUID:
    if actor.role is not Role.ENTERPRISE_MEMBER or actor.enterprise_id is None:
        raise Forbidden()
    return actor.enterprise_id


def _recipient(session: Session, command: GiveConsent) -> Institution | None:
    """None is the platform itself, which ranks and does nothing else with the data."""
    if (command.purpose is ConsentPurpose.RANKING) != (command.institution_id is None):
        raise InvalidInput({"purpose": N_("Finding products is for the platform; every other purpose names a lender.")})
    if command.institution_id is None:
        return None
    institution = session.get(Institution, command.institution_id)
    if institution is None or not institution.active:
        raise InvalidInput({"institution_id": N_("Please choose one of the listed lenders.")})
    return institution


def _same_in_force(session: Session, enterprise_id: UUID, command: GiveConsent, today: date) -> Consent | None:
    """Asked one after the other within an enterprise, so that two clicks at once are one consent."""
    session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"consents-{enterprise_id}"}
    )
    return next(
        (
            one
            for one in consents_in_force(session, enterprise_id, command.institution_id, today)
            if one.purpose == command.purpose
            and set(one.datasets) == set(command.datasets)
            and one.valid_until >= command.valid_until
        ),
        None,
    )


def _next_number(session: Session, today: date) -> str:
    """SQ (授权) with the day and a running number."""
    number: int = session.execute(text("select nextval('consent_numbers')")).scalar_one()
    return f"SQ{today:%Y%m%d}{number:06}"


def _tell(
    session: Session, consent: Consent, institution: Institution | None, kinds: messages.BothSides, now: datetime
) -> None:
    """The enterprise always; the institution where there is one."""
    said = {"number": consent.number, "until": consent.valid_until.isoformat()}
    enterprise, link = to_enterprise(consent.enterprise_id), f"/enterprise/consents/{consent.id}"
    if institution is None:
        notify(session, enterprise, kinds.ranking, now, link=link, **said)
        return
    notify(session, enterprise, kinds.giver, now, link=link, institution=institution.name, **said)
    name = session.get_one(Enterprise, consent.enterprise_id).name
    # Which leads they are is known further up; the inbox finds them by the enterprise's name.
    inbox = f"/institution/leads?{urlencode({'tab': 'all', 'q': name})}"
    notify(session, to_institution(institution.id), kinds.reader, now, link=inbox, enterprise=name, **said)


def _facts_changed(session: Session, consent: Consent, now: datetime) -> None:
    """What the platform may use for ranking is another from now on."""
    if consent.institution_id is None:
        enqueue(session, FactsChanged(consent.enterprise_id), now)
