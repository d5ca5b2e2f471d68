"""What a draft product would have reached among the needs of the last twelve months.

A lender does not see needs before they are put to it. So the platform itself reads them, once it is decided that the
actor may ask, and only sums come out: other institutions are never named, and a count below three is never told.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import text

from matching import Backtest, NeedTable, backtest
from xinyidai.core.acting import as_platform
from xinyidai.core.actor import INSTITUTION_ROLES, Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Forbidden
from xinyidai.leads.types import PAID
from xinyidai.products.criterion_words import criterion_in_words

PERIOD = timedelta(days=365)
FEWEST_TOLD = 3
"""A smaller count could point at one enterprise, so it is said to be fewer than this."""


@dataclass(frozen=True, slots=True)
class ConditionCost:
    """One condition in words, and needs in numbers; None stands for fewer than three.

    ``before`` and ``after`` are the reach without and with it, condition by condition; ``without`` would be reached in
    addition if only this condition fell; for ``unknown`` ones it cannot be answered yet.
    """

    text: str
    before: int | None
    after: int | None
    without: int | None
    unknown: int | None


@dataclass(frozen=True, slots=True)
class DraftReach:
    """``reach`` of ``needs``, of which ``uncertain`` wait for something unknown. None stands for fewer than three.

    ``funded_here`` were paid out by the asking institution, ``funded_elsewhere`` by at least one other.
    """

    since: date
    needs: int
    reach: int | None
    uncertain: int | None
    funded_here: int
    funded_elsewhere: int | None
    conditions: list[ConditionCost]


def reach_of_draft(
    session: ActorSession,
    actor: Actor,
    record: Mapping[str, Any],
    now: datetime,
    *,
    unstated: frozenset[str] = frozenset(),
) -> DraftReach:
    """Ask every need posted in the last twelve months about the draft, in the form of the matching contract.

    ``unstated`` names terms that the draft leaves open for now: they are no conditions. Raises
    matching.InvalidRecords for a record that the engine refuses.
    """
    if actor.role not in INSTITUTION_ROLES or actor.institution_id is None:
        raise Forbidden()
    with as_platform(session):
        market = _market(session, business_date(now) - PERIOD)
    found = backtest(record, market.needs)
    reached = [market.needs.ids[row] for part in (found.eligible, found.conditional) for row in part.tolist()]
    funders = [market.funders.get(need, frozenset()) for need in reached]
    here = actor.institution_id
    return DraftReach(
        since=market.since,
        needs=len(market.needs),
        reach=told(found.reach),
        uncertain=told(len(found.conditional)),
        funded_here=sum(here in one for one in funders),
        funded_elsewhere=told(sum(bool(one - {here}) for one in funders)),
        conditions=_costs(found, unstated),
    )


def told(count: int) -> int | None:
    """A count that may be told; None where it is too small."""
    return count if count >= FEWEST_TOLD else None


def _costs(found: Backtest, unstated: frozenset[str]) -> list[ConditionCost]:
    return [
        ConditionCost(
            text=criterion_in_words(cost.record()),
            before=told(cost.before),
            after=told(cost.after),
            without=told(cost.alone),
            unknown=told(cost.unknown),
        )
        for cost in found.criteria
        if not (cost.criterion.builtin and cost.criterion.fact in unstated)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Market:
    """The needs of a period as they were last ranked, and by need id the institutions that paid out on it."""

    version: tuple[object, ...]
    since: date
    needs: NeedTable
    funders: Mapping[str, frozenset[UUID]]


_lock = Lock()
_latest: _Market | None = None

# Ids grow with time, so the last ones tell whether anything has come since.
_VERSION = text("""
    select (select id from match_runs order by id desc limit 1), (select id from lead_events order by id desc limit 1)
""")
_NEEDS = text("""
    select n.id, r.need_record from needs n
     cross join lateral (select need_record from match_runs where need_id = n.id
                          order by finished_at desc, id desc limit 1) r
     where n.posted_at >= (cast(:since as timestamp) at time zone 'Asia/Shanghai') order by n.id
""")
_FUNDERS = text("""
    select l.need_id, l.institution_id from leads l join institutions i on i.id = l.institution_id
     where l.status = any(:paid) and not i.is_test
""")


def _market(session: ActorSession, since: date) -> _Market:
    """Compiled once in this process for each state of the runs and leads."""
    global _latest
    version = (since, *session.execute(_VERSION).one())
    with _lock:
        if _latest is not None and _latest.version == version:
            return _latest
    rows = session.execute(_NEEDS, {"since": since}).all()
    funders: defaultdict[str, set[UUID]] = defaultdict(set)
    for need_id, institution_id in session.execute(_FUNDERS, {"paid": sorted(PAID)}):
        funders[str(need_id)].add(institution_id)
    # A need that was ranked has a record that the engine took.
    needs = NeedTable.from_records([row.need_record for row in rows], rejected=[])
    made = _Market(version, since, needs, {need: frozenset(them) for need, them in funders.items()})
    with _lock:
        _latest = made
    return made
