"""Writing into the thread of a lead, and noting that it was read."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import Field
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from xinyidai.audit.service import record
from xinyidai.consents.contact_data import gives_contact_data
from xinyidai.core.actor import INSTITUTION_ROLES, Actor, Role
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.file_table import StoredFile, keep
from xinyidai.core.files import Paper
from xinyidai.core.i18n import N_
from xinyidai.core.validation import Command
from xinyidai.enterprises.models import Enterprise
from xinyidai.institutions.models import Institution
from xinyidai.leads.models import Lead
from xinyidai.leads.telling import to_officer
from xinyidai.leads.thread.messages import POST_OF_ENTERPRISE, POST_OF_LENDER
from xinyidai.leads.thread.models import LeadPost, LeadPostFile, LeadThreadRead
from xinyidai.leads.types import CLOSED, LeadStatus
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_enterprise
from xinyidai.needs.models import Need

MOST_PAPERS = 5
SAID_ONCE = timedelta(minutes=1)
"""The same words with the same papers within this time are a second click, not a second word."""


class WritePost(Command):
    text: str = Field(min_length=1, max_length=2000)


def write_post(
    session: Session, actor: Actor, lead_id: UUID, command: WritePost, papers: Sequence[Paper], now: datetime
) -> LeadPost:
    """Say something, with papers that were checked before, and tell the other side.

    Until the lender has taken the lead no contact data may be in the text: the enterprise has agreed to be reached by
    whoever takes it, not by everybody. Raises InvalidInput there, Conflict on a closed lead, NotFound for a lead that
    is not theirs.
    """
    if actor.role is not Role.ENTERPRISE_MEMBER and actor.role not in INSTITUTION_ROLES:
        raise Forbidden()
    lead = session.exec(select(Lead).where(Lead.id == lead_id)).one_or_none()
    if lead is None:
        raise NotFound()
    if LeadStatus(lead.status) in CLOSED:
        raise Conflict(N_("This lead is closed, so nothing can be written to it any more."))
    if lead.status == LeadStatus.SUGGESTED.value:
        raise Conflict(N_("This lender was not asked yet. Please agree to the suggestion first."))
    if len(papers) > MOST_PAPERS:
        raise InvalidInput({"files": N_("Please hand in at most five files at a time.")})
    if lead.accepted_at is None:
        _refuse_contact_data(command.text, papers)
    papers = list({paper.sha256: paper for paper in reversed(papers)}.values())[::-1]
    said = _said_already(session, actor, lead_id, command.text, {paper.sha256 for paper in papers}, now)
    if said is not None:
        return said
    post = LeadPost(
        lead_id=lead.id,
        enterprise_id=lead.enterprise_id,
        institution_id=lead.institution_id,
        by_enterprise=actor.role is Role.ENTERPRISE_MEMBER,
        author_user_id=actor.user_id,
        at=now,
        text=command.text,
    )
    session.add(post)
    session.flush()
    for paper in papers:
        session.add(LeadPostFile(post_id=post.id, file_id=keep(session, actor, paper, now).id))
    record(session, actor, "lead.post_written", "lead", lead.id, now, papers=len(papers))
    _tell(session, lead, post, now)
    if actor.user_id is not None:  # absent in the platform's own trials only
        mark_thread_read(session, actor, lead.id, now)
    session.flush()
    return post


def _refuse_contact_data(written: str, papers: Sequence[Paper]) -> None:
    told = N_(
        "Please leave out phone numbers, addresses and accounts for now: contact data is exchanged once"
        " the lender has taken the lead."
    )
    found = {"text": gives_contact_data(written), "files": any(gives_contact_data(one.name) for one in papers)}
    if any(found.values()):
        raise InvalidInput({field: told for field, given in found.items() if given})


def _said_already(
    session: Session, actor: Actor, lead_id: UUID, written: str, papers: set[str], now: datetime
) -> LeadPost | None:
    """The newest post, where it is this one. Two clicks at once: the second waits here and finds the first one's."""
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"lead_posts {lead_id}"})
    newest = (
        select(LeadPost).where(LeadPost.lead_id == lead_id).order_by(col(LeadPost.at).desc(), col(LeadPost.id).desc())
    )
    last = session.exec(newest.limit(1)).first()
    if last is None or (last.author_user_id, last.text) != (actor.user_id, written) or now - last.at > SAID_ONCE:
        return None
    kept = select(StoredFile.sha256).join(LeadPostFile, col(LeadPostFile.file_id) == StoredFile.id)
    return last if set(session.exec(kept.where(LeadPostFile.post_id == last.id))) == papers else None


def _tell(session: Session, lead: Lead, post: LeadPost, now: datetime) -> None:
    number = session.get_one(Need, lead.need_id).number
    if post.by_enterprise:
        to = to_officer(session, lead, lead.officer_id, now)
        name = session.get_one(Enterprise, lead.enterprise_id).name
        link = f"/institution/leads/{lead.id}/thread"
        notify(session, to, POST_OF_ENTERPRISE, now, link=link, enterprise=name, number=number)
    else:
        lender = session.get_one(Institution, lead.institution_id).name
        link = f"/enterprise/leads/{lead.id}/thread"
        notify(session, to_enterprise(lead.enterprise_id), POST_OF_LENDER, now, link=link, lender=lender, number=number)


def mark_thread_read(session: Session, actor: Actor, lead_id: UUID, now: datetime) -> None:
    """Everything up to ``now`` has been seen by this person."""
    by_enterprise = actor.role is Role.ENTERPRISE_MEMBER
    values = {"lead_id": lead_id, "user_id": actor.user_id, "by_enterprise": by_enterprise, "read_at": now}
    statement = insert(LeadThreadRead).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=["lead_id", "user_id"], set_={"read_at": now}))
