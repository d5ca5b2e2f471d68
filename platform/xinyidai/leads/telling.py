"""One place that knows whom a lead's news goes to, and by which names it is called."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.clock import business_date
from xinyidai.institutions.absences import who_answers
from xinyidai.leads.models import Lead
from xinyidai.messages.service import notify
from xinyidai.messages.types import MessageKind, Recipient, to_enterprise, to_institution, to_office
from xinyidai.needs.models import Need

_NAMES = text("""
    select i.name as lender, e.name as enterprise, v.name as product
      from institutions i left join enterprises e on e.id = :enterprise
      left join product_versions v on v.id = :version
     where i.id = :institution
""")


def names_of(session: Session, lead: Lead, need: Need) -> dict[str, str]:
    """``number``, ``lender``, ``enterprise`` and ``product`` as texts for a message."""
    keys = {
        "enterprise": lead.enterprise_id,
        "version": lead.product_version_id,
        "institution": lead.institution_id,
    }
    row = session.execute(_NAMES, keys).mappings().one()
    return {"number": need.number or "", **{name: value or "" for name, value in row.items()}}


def tell_enterprise(
    session: Session, lead: Lead, need: Need, kind: MessageKind, now: datetime, **values: object
) -> None:
    link = f"/enterprise/needs/{need.id}"
    notify(session, to_enterprise(lead.enterprise_id), kind, now, link=link, **names_of(session, lead, need), **values)


def to_officer(session: Session, lead: Lead, officer_id: UUID | None, now: datetime) -> Recipient:
    """The officer, or who stands in; everybody of the institution where there is no officer, or nobody is there."""
    person = who_answers(session, officer_id, business_date(now)) if officer_id else None
    return to_institution(lead.institution_id, person)


def tell_lender(
    session: Session,
    lead: Lead,
    need: Need,
    kind: MessageKind,
    now: datetime,
    *,
    managers: bool = False,
    user_id: UUID | None = None,
    **values: object,
) -> None:
    """``user_id``, or the officer of the lead; or the managers only."""
    person = user_id or lead.officer_id
    to = to_institution(lead.institution_id, managers=True) if managers else to_officer(session, lead, person, now)
    notify(session, to, kind, now, link=f"/institution/leads/{lead.id}", **names_of(session, lead, need), **values)


def tell_office(session: Session, lead: Lead, need: Need, kind: MessageKind, now: datetime, **values: object) -> None:
    to = to_office(lead.region_code or "")
    notify(session, to, kind, now, link=f"/office/needs/{need.id}", **names_of(session, lead, need), **values)
