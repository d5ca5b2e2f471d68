"""One person's messages. The database's policies decide which those are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.errors import NotFound
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.messages.words import Said, said

_PAGE = text("""
    select m.id, m.created_at, m.kind, m."values" as values_, m.link, r.at as read_at, count(*) over () as total
      from messages m left join message_reads r on r.message_id = m.id and r.user_id = :user_id
     where not :unread or r.at is null
     order by m.created_at desc, m.id desc limit :size offset :offset
""")
_UNREAD = text("""
    select count(*) from (
        select 1 from messages m where not exists (
            select 1 from message_reads r where r.message_id = m.id and r.user_id = :user_id) limit :most) few
""")
_READ_ONE = text("""
    insert into message_reads (message_id, user_id, at) select m.id, :user_id, :now from messages m where m.id = :id
    on conflict do nothing
""")
_READ_ALL = text("""
    insert into message_reads (message_id, user_id, at)
    select m.id, :user_id, :now from messages m where m.created_at <= :now
       and not exists (select 1 from message_reads r where r.message_id = m.id and r.user_id = :user_id)
    on conflict do nothing
""")
_LINK = text("select link from messages where id = :id")

MOST_COUNTED = 100
"""Nobody needs to know how many more than ninety-nine there are."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    id: UUID
    created_at: datetime
    link: str
    unread: bool
    said: Said


def inbox(session: Session, user_id: UUID, request: ListRequest, *, unread_only: bool = False) -> Listing[InboxRow]:
    """Newest first."""
    asked = {"user_id": user_id, "unread": unread_only, "size": request.size, "offset": request.offset}
    found = session.execute(_PAGE, asked).all()
    rows = [
        InboxRow(row.id, row.created_at, row.link, row.read_at is None, said(row.kind, row.values_)) for row in found
    ]
    return Listing(rows, found[0].total if found else 0, request.page, request.size)


def unread_count(session: Session, user_id: UUID) -> int:
    """How many are unread, ``MOST_COUNTED`` at the most."""
    return int(session.execute(_UNREAD, {"user_id": user_id, "most": MOST_COUNTED}).scalar_one())


def mark_read(session: Session, user_id: UUID, message_id: UUID, now: datetime) -> str:
    """Note that it was seen; answers where it leads. Raises NotFound for what is not this person's."""
    link = session.execute(_LINK, {"id": message_id}).scalar()
    if link is None:
        raise NotFound()
    session.execute(_READ_ONE, {"user_id": user_id, "id": message_id, "now": now})
    return str(link)


def mark_all_read(session: Session, user_id: UUID, now: datetime) -> None:
    """Everything up to ``now``; what arrives meanwhile stays unread."""
    session.execute(_READ_ALL, {"user_id": user_id, "now": now})
