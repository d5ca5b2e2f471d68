"""A thread as its two sides read it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.errors import NotFound
from xinyidai.core.file_table import StoredFile, stored_file
from xinyidai.leads.types import CLOSED, LeadStatus

_HEAD = text("""
    select l.id, l.status, l.need_id, n.number, l.accepted_at is not null as taken, i.name as lender,
           e.name as enterprise
      from leads l join needs n on n.id = l.need_id join institutions i on i.id = l.institution_id
      join enterprises e on e.id = l.enterprise_id where l.id = :lead_id
""")
_POSTS = text("""
    select p.id, p.at, p.text, p.by_enterprise, xyd_author_name(p.author_user_id) as author,
           coalesce((select jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'size', f.size) order by f.id)
                       from lead_post_files pf join files f on f.id = pf.file_id
                      where pf.post_id = p.id), '[]') as papers
      from (select * from lead_posts where lead_id = :lead_id order by at desc, id desc limit :size offset :offset) p
     order by p.at, p.id
""")
_COUNT = text("select count(*) from lead_posts where lead_id = :lead_id")
_LAST_READ = text("""
    select max(read_at) from lead_thread_reads where lead_id = :lead_id and by_enterprise = :by_enterprise
""")
_UNREAD = text("""
    select count(*) from lead_posts p where p.lead_id = :lead_id and p.by_enterprise = :by_enterprise
       and p.at > coalesce((select r.read_at from lead_thread_reads r
                             where r.lead_id = p.lead_id and r.user_id = :user_id), '-infinity')
""")
_IN_THREAD = text("""
    select 1 from lead_post_files pf join lead_posts p on p.id = pf.post_id
     where p.lead_id = :lead_id and pf.file_id = :file_id
""")


POSTS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class PaperLine:
    id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class PostLine:
    """``author`` is empty where the reader may not know the person; the side is always known."""

    at: datetime
    text: str
    by_enterprise: bool
    author: str
    papers: list[PaperLine]


@dataclass(frozen=True, slots=True)
class Thread:
    """``posts`` of one page, the oldest first; page 1 has the newest. ``read_by_other``: until when the other side has
    read, None where it never has.
    """

    lead_id: UUID
    need_id: UUID
    need_number: str
    lender: str
    enterprise: str
    taken: bool
    open: bool
    posts: list[PostLine]
    read_by_other: datetime | None
    page: int
    pages: int


def thread(session: Session, lead_id: UUID, *, for_enterprise: bool, page: int = 1) -> Thread:
    """Raises NotFound for a lead that is not there or not theirs. Four statements, however long the thread is."""
    head = session.execute(_HEAD, {"lead_id": lead_id}).one_or_none()
    if head is None:
        raise NotFound()
    part = {"size": POSTS_AT_ONCE, "offset": (page - 1) * POSTS_AT_ONCE}
    posts = [
        PostLine(row.at, row.text, row.by_enterprise, row.author or "", [PaperLine(**paper) for paper in row.papers])
        for row in session.execute(_POSTS, {"lead_id": lead_id, **part})
    ]
    total = session.execute(_COUNT, {"lead_id": lead_id}).scalar_one()
    read = session.execute(_LAST_READ, {"lead_id": lead_id, "by_enterprise": not for_enterprise}).scalar()
    return Thread(
        lead_id=head.id,
        need_id=head.need_id,
        need_number=head.number,
        lender=head.lender,
        enterprise=head.enterprise,
        taken=head.taken,
        open=LeadStatus(head.status) not in CLOSED,
        posts=posts,
        read_by_other=read,
        page=page,
        pages=max(1, -(-total // POSTS_AT_ONCE)),
    )


def unread_posts(session: Session, lead_id: UUID, user_id: UUID, *, for_enterprise: bool) -> int:
    """How many posts of the other side this person has not seen."""
    asked = {"lead_id": lead_id, "user_id": user_id, "by_enterprise": not for_enterprise}
    return int(session.execute(_UNREAD, asked).scalar_one())


def paper_of(session: Session, lead_id: UUID, file_id: UUID) -> StoredFile:
    """A paper of this thread with its content. Raises NotFound for every other file."""
    if session.execute(_IN_THREAD, {"lead_id": lead_id, "file_id": file_id}).first() is None:
        raise NotFound()
    return stored_file(session, file_id)
