"""What an enterprise's financing on this platform says of it: what it owes now, and how often it was overdue.

Handed down to the credit indicators 84 and 85. Every step of money enqueues a job in its own transaction, and the
values are worked out in the job's: from the rows of all lenders, which no single one sees, and after the step was
committed. Two payouts at once so wait for nobody, and none of them is left out of the sum (docs/adr/0018).
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from xinyidai.core.acting import as_platform
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.credit.indicators.given import LOAN_BALANCE, OVERDUE, Given, give
from xinyidai.credit.indicators.statement import months_back
from xinyidai.credit.scoring.causes import Cause
from xinyidai.credit.scoring.service import recompute_scores, rescore_is_due

# One computation at a time, and each sees what was committed before it began.
_TURN = text("select pg_advisory_xact_lock(hashtext('credit given values'))")

# A report of days past due begins a time of being overdue (a spell), the next report of none ends it, and so does the
# repayment of everything owed. ``until`` is the last day that was reported overdue.
_VALUES = """
    with lines as materialized (
        select c.id, c.enterprise_id, b.outstanding, b.carried,
            greatest(
                (select max(d.paid_on) from disbursements d where d.credit_line_id = c.id),
                (select max(r.repaid_on) from repayments r where r.credit_line_id = c.id),
                (select max(v.as_of) from overdue_reports v where v.credit_line_id = c.id)
            ) as newest
        from credit_lines c join line_balances b on b.id = c.id
        where {whose} and (b.paid > 0 or b.carried > 0)
    ), reports as (
        select distinct on (v.credit_line_id, v.as_of) v.credit_line_id, v.as_of, v.days
        from overdue_reports v join lines l on l.id = v.credit_line_id
        order by v.credit_line_id, v.as_of, v.id desc
    ), numbered as (
        select credit_line_id, as_of, days, count(*) filter (where begins) over reported as spell,
            as_of = max(as_of) over (partition by credit_line_id) as is_newest
        from (
            select *, days > 0 and lag(days, 1, 0) over (partition by credit_line_id order by as_of) = 0 as begins
            from reports
        ) marked
        window reported as (partition by credit_line_id order by as_of)
    ), spells as (
        select credit_line_id, spell, max(as_of) as until, bool_or(is_newest) as is_open
        from numbered where days > 0 group by credit_line_id, spell
    ), overdue as (
        select l.enterprise_id, count(*) as times
        from spells s join lines l on l.id = s.credit_line_id
        where s.until > :since or (s.is_open and l.outstanding > 0)
        group by l.enterprise_id
    )
    select l.enterprise_id, sum(l.outstanding) as balance, coalesce(max(o.times), 0) as times,
        bool_or(l.outstanding > 0) or max(l.newest) > :since as was_financed, max(l.newest) as as_of
    from lines l left join overdue o on o.enterprise_id = l.enterprise_id
    group by l.enterprise_id
"""


def hand_down(session: ActorSession, now: datetime, whose: Sequence[UUID] | None = None) -> tuple[UUID, ...]:
    """Work out the values of ``whose``, or of everybody, by the same statement; answers whose are others now.

    Whoever never borrowed here is unknown, not free of debt. How often somebody was overdue is known of those who owed
    something within the last twelve months.
    """
    since = months_back(business_date(now), 12)
    statement = text(_VALUES.format(whose="true" if whose is None else "c.enterprise_id = any(:whose)"))
    asked: dict[str, object] = {"since": since}
    if whose is not None:
        statement = statement.bindparams(bindparam("whose", type_=ARRAY(Uuid)))
        asked["whose"] = list(whose)
    with as_platform(session):
        session.connection().execute(_TURN)
        rows = session.connection().execute(statement, asked).all()
    return give(session, [one for row in rows for one in _given(row)], whose)


def _given(row: Any) -> list[Given]:
    found = [Given(row.enterprise_id, LOAN_BALANCE, row.balance, row.as_of)]
    if row.was_financed:
        found.append(Given(row.enterprise_id, OVERDUE, Decimal(row.times), row.as_of))
    return found


def follow_financing(session: ActorSession, enterprise_id: UUID, now: datetime) -> None:
    """After a step of money: the values, and the score where one of them is another."""
    if hand_down(session, now, [enterprise_id]):
        recompute_scores(session, business_date(now), [enterprise_id], Cause.GIVEN, now=now)


def hand_down_when_the_day_changed(session: ActorSession, now: datetime) -> int:
    """What time alone changes, for everybody, ahead of the night's scores: what was overdue leaves its window."""
    return len(hand_down(session, now)) if rescore_is_due(session, now) else 0
