"""How each institution has dealt with the needs put before it: what the score's component "record" rests on.

Worked out once a day and kept, so that a ranking of that day can be computed again. What is not known is left out: an
institution that nobody has asked yet has no record, which is neither a good nor a bad one.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from xinyidai.core.clock import business_date
from xinyidai.leads.rerank_models import InstitutionRecord
from xinyidai.leads.types import GRANTED, PAID

PERIOD = timedelta(days=365)

# Received: put before the institution in the period, and answered or overdue by the day; what the enterprise took back
# before an answer does not count. Answered: taken or declined by the last day for it. Approved: of those,
# credit granted.
_KEEP = text("""
    insert into institution_records (institution_id, as_of, received, answered, approved, computed_at)
    select institution_id, :as_of, count(*), count(*) filter (where in_time),
           count(*) filter (where in_time and status = any(:approved)), :now
      from (select l.institution_id, l.status, l.respond_by, a.answered_on,
                   coalesce(a.answered_on <= l.respond_by and a.answered_on < :as_of, false) as in_time
              from leads l
              join institutions i on i.id = l.institution_id and not i.is_test
             cross join lateral (select cast(coalesce(l.accepted_at,
                    case when l.status = 'declined' then l.closed_at end) at time zone 'Asia/Shanghai' as date)
                    as answered_on) a
             where l.sent_at >= (cast(:since as timestamp) at time zone 'Asia/Shanghai')
               and l.sent_at < (cast(:as_of as timestamp) at time zone 'Asia/Shanghai')
               and (l.status <> 'withdrawn' or l.accepted_at is not null)
               and (l.suggested_at is null or l.confirmed_at is not null)) asked
     where in_time or respond_by < :as_of
     group by institution_id
        on conflict (institution_id, as_of) do nothing
""")


def keep_institution_records(session: Session, now: datetime) -> int:
    """Scheduled: the records of today over the twelve months before it, where they are not kept yet."""
    today = business_date(now)
    if session.exec(select(InstitutionRecord.id).where(InstitutionRecord.as_of == today).limit(1)).first():
        return 0
    values = {
        "as_of": today,
        "since": today - PERIOD,
        "approved": sorted(status.value for status in GRANTED | PAID),
        "now": now,
    }
    return int(getattr(session.execute(_KEEP, values), "rowcount", 0))


def records_on(session: Session, as_of: date | None) -> dict[UUID, dict[str, Any]]:
    """The records kept on that day in the form of the matching contract, by institution; none for no day.

    The days to a decision stay unknown: what is known is when a lead was taken, not when it was decided.
    """
    if as_of is None:
        return {}
    found = session.exec(select(InstitutionRecord).where(col(InstitutionRecord.as_of) == as_of))
    return {
        one.institution_id: {"received": one.received, "answered": one.answered, "approved": one.approved}
        for one in found
    }
