"""How far institutions keep their days: answer, first contact, decision; as shares, and as the leads behind them.

A lead is judged by a clock once the clock has come to an end: done by its last day, done later, or not done and past
it. What still has time, and what the enterprise ended before, is judged by nobody. Where papers were awaited, the last
day is the one that the pause has moved on. A claim is no answer to anybody, so the first clock leaves claims out.
"""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.leads.types import LeadStatus, SlaClock
from xinyidai.statistics.dimensions import UNKNOWN
from xinyidai.statistics.filters import counted
from xinyidai.statistics.periods import ALWAYS, Period

CLOCKS = (SlaClock.ACCEPT, SlaClock.FIRST_CONTACT, SlaClock.DECISION)
"""Those that run for the lender."""


class Kept(LabelledEnum):
    IN_TIME = "in_time", N_("in time")
    LATE = "late", N_("too late")
    NOT_DONE = "not_done", N_("not done, and past the last day")


@dataclass(frozen=True, slots=True)
class ClockFilter:
    """By the day on which the lead was sent. Empty fields ask for nothing."""

    period: Period = ALWAYS
    institution: UUID | None = None
    region: str = ""
    clock: SlaClock | None = None
    kept: Kept | None = None

    def parameters(self) -> dict[str, str]:
        given: dict[str, object] = {
            "from": self.period.first,
            "to": self.period.last,
            "institution": self.institution,
            "region": self.region,
            "clock": self.clock,
            "kept": self.kept,
        }
        return {name: str(value) for name, value in given.items() if value}

    def of_leads(self) -> tuple[str, dict[str, Any]]:
        conditions, values = self.period.moments_sql("l.sent_at")
        conditions += [counted("l"), "(l.suggested_at is null or l.confirmed_at is not null)"]
        if self.institution:
            conditions.append("l.institution_id = :institution")
            values["institution"] = self.institution
        if self.region:
            conditions.append(f"coalesce(l.region_code, '{UNKNOWN}') = :region")
            values["region"] = self.region
        return " and ".join(conditions), values


# One row for each lead and clock: its last day, the day on which it was done, the day on which the lead ended.
_DAY = "({} at time zone 'Asia/Shanghai')::date"
_JUDGED = f"""
with chosen as materialized (select l.* from leads l where {{where}}),
clocks as (
  select l.id, 'accept' as clock, l.respond_by as due,
         {_DAY.format("case when l.status = 'declined' then l.closed_at else l.accepted_at end")} as done,
         {_DAY.format("case when l.accepted_at is null then l.closed_at end")} as ended
    from chosen l where l.route <> 'claimed'
  union all
  select l.id, 'first_contact', l.contact_by, {_DAY.format("l.contacted_at")},
         {_DAY.format("case when l.contacted_at is null then l.closed_at end")}
    from chosen l where l.contact_by is not null
  union all
  select l.id, 'decision', l.decide_by,
         {_DAY.format("coalesce(o.at, case l.status when 'refused' then l.closed_at end)")},
         {_DAY.format("l.closed_at")}
    from chosen l
    left join lateral (select min(o.offered_at) as at from offers o where o.lead_id = l.id) o on true
   where l.decide_by is not null and l.paused_on is null
),
judged as (
  select c.*, case when c.done is not null then case when c.done <= c.due then 'in_time' else 'late' end
                   when c.due < least(coalesce(c.ended, :today), :today) then 'not_done' end as kept
    from clocks c
)
"""


@dataclass(frozen=True, slots=True)
class ClockCount:
    """How many leads were judged by one clock, by what came out."""

    in_time: int = 0
    late: int = 0
    not_done: int = 0

    @property
    def judged(self) -> int:
        return self.in_time + self.late + self.not_done

    @property
    def share(self) -> Decimal | None:
        """None where nothing was judged: that is not nought."""
        return Decimal(self.in_time) / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One institution."""

    id: UUID
    name: str
    name_pinyin: str
    counts: Mapping[SlaClock, ClockCount] = field(default_factory=dict)

    def of(self, clock: SlaClock) -> ClockCount:
        return self.counts.get(clock, ClockCount())


def clock_rows(session: Session, filter_: ClockFilter, today: date) -> list[ClockRow]:
    """Every institution of which a lead was judged, in order of name; one statement."""
    where, values = filter_.of_leads()
    found = session.execute(
        text(f"""
            {_JUDGED.format(where=where)}
            select i.id, i.name, i.name_pinyin, j.clock, j.kept, count(*)
              from judged j join chosen l on l.id = j.id join institutions i on i.id = l.institution_id
             where j.kept is not null group by 1, 2, 3, 4, 5 order by i.name_pinyin, i.id
        """),
        {**values, "today": today},
    )
    sums: dict[tuple[UUID, str, str], dict[SlaClock, dict[str, int]]] = {}
    for id_, name, pinyin, clock, kept, count in found:
        sums.setdefault((id_, name, pinyin), {}).setdefault(SlaClock(clock), {})[kept] = int(count)
    return [
        ClockRow(*who, {clock: ClockCount(**counts) for clock, counts in by_clock.items()})
        for who, by_clock in sums.items()
    ]


@dataclass(frozen=True, slots=True)
class JudgedLead:
    """One lead behind a share. ``done`` is None where it was not done."""

    lead_id: UUID
    need_id: UUID
    need_number: str
    enterprise: str | None
    institution: str
    clock: SlaClock
    sent_on: date
    due: date
    done: date | None
    kept: Kept
    status: LeadStatus


_SORTS = {"due": "j.due", "sent": "l.sent_at", "done": "j.done"}
DEFAULT_SORT = "-due"
_ROWS = f"""
select l.id, l.need_id, coalesce(n.number, ''), e.name, i.name, j.clock, {_DAY.format("l.sent_at")}, j.due, j.done,
       j.kept, l.status, count(*) over () as total
  from judged j join chosen l on l.id = j.id join institutions i on i.id = l.institution_id
  left join needs n on n.id = l.need_id left join enterprises e on e.id = l.enterprise_id
 where j.kept is not null and (cast(:clock as text) is null or j.clock = :clock)
   and (cast(:kept as text) is null or j.kept = :kept)
 order by {{order}} limit :limit offset :offset
"""


def list_judged(session: Session, filter_: ClockFilter, request: ListRequest, today: date) -> Listing[JudgedLead]:
    found = _rows(session, filter_, request.sort, today, request.size, request.offset)
    rows = [_judged(row) for row in found]
    total = int(found[0].total) if found else 0
    return Listing(rows, total, request.page, request.size, request.sort or DEFAULT_SORT)


def every_judged(session: Session, filter_: ClockFilter, sort: str, today: date) -> Iterator[JudgedLead]:
    """All rows in the order of the list, for an export."""
    return map(_judged, _rows(session, filter_, sort, today, None, 0))


def _rows(session: Session, filter_: ClockFilter, sort: str, today: date, limit: int | None, offset: int) -> list[Any]:
    where, values = filter_.of_leads()
    order = order_by(sort, _SORTS, DEFAULT_SORT, id_column="j.id")
    statement = _JUDGED.format(where=where) + _ROWS.format(order=order)
    asked = {"clock": filter_.clock, "kept": filter_.kept, "today": today, "limit": limit, "offset": offset}
    return list(session.execute(text(statement), {**values, **asked}))


def _judged(row: Any) -> JudgedLead:
    lead, need, number, enterprise, institution, clock, sent, due, done, kept, status, _total = row
    return JudgedLead(
        lead, need, number, enterprise, institution, SlaClock(clock), sent, due, done, Kept(kept), LeadStatus(status)
    )
