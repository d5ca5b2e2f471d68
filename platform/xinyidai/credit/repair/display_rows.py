"""The rules written onto the records: at intake, after a withdrawal, and for what was there before the rules."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Date, Text, Uuid
from sqlmodel import Session

from xinyidai.core.clock import business_date
from xinyidai.credit.repair.rules import display_of, display_rules

_COLUMNS = "e.enterprise_id, e.id, e.kind, e.decided_on, e.ends_on, e.payload"
_OF_CHUNK = text(
    f"select {_COLUMNS} from credit_events e join credit_event_raw r"  # noqa: S608 - constants
    " on e.enterprise_id = r.enterprise_id and e.kind = :kind and e.key = r.key"
)
_COMING_BACK = text(
    f"select {_COLUMNS} from credit_events e join credit_coming_back r"  # noqa: S608 - constants
    " on e.enterprise_id = r.enterprise_id and e.id = r.event_id"
)
_WITHOUT_RULE = text(
    f"select {_COLUMNS} from credit_events e where e.rule_version is null and e.decided_on is not null"  # noqa: S608
    " and e.kind = any(:kinds) order by e.enterprise_id, e.id limit :limit for update skip locked"
).bindparams(bindparam("kinds", type_=ARRAY(Text)))

# A record that has ended already when it is first seen ended long ago: nobody is told of it.
_SET = text("""
    update credit_events e set severity = v.severity, repairable_from = v.repairable_from,
        display_until = v.display_until, rule_version = v.rule_version,
        display_ended_at = case when v.display_until is null or v.display_until > :today then null
            when e.rule_version is null then :now else e.display_ended_at end
    from unnest(:enterprises, :ids, :severities, :repairable, :until, :versions)
        as v (enterprise_id, id, severity, repairable_from, display_until, rule_version)
    where e.enterprise_id = v.enterprise_id and e.id = v.id
        and (e.severity, e.repairable_from, e.display_until, e.rule_version)
            is distinct from (v.severity, v.repairable_from, v.display_until, v.rule_version)
""").bindparams(
    bindparam("enterprises", type_=ARRAY(Uuid)),
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("severities", type_=ARRAY(Text)),
    bindparam("repairable", type_=ARRAY(Date)),
    bindparam("until", type_=ARRAY(Date)),
    bindparam("versions", type_=ARRAY(Text)),
)

# What a case decided outlives a batch that is withdrawn and delivered again.
_GRANTED = """
    update credit_events e set
        repaired_at = case when c.kind = 'repair' then c.decided_at else e.repaired_at end,
        hidden_at = case when c.kind = 'objection' then c.decided_at else e.hidden_at end
    from repair_cases c
    where c.status = 'accepted' and c.enterprise_id = e.enterprise_id and c.dataset = e.kind and c.record_key = e.key
        and e.kind = :kind and e.batch = :batch and e.id <> c.event_id
        and (e.repaired_at is null or c.kind = 'objection') and (e.hidden_at is null or c.kind = 'repair')
"""
# The source has delivered the record anew, and changed, since the objection was upheld: it is corrected.
_CORRECTED = """
    update credit_events e set hidden_at = null from repair_cases c
    where c.status = 'accepted' and c.kind = 'objection' and c.enterprise_id = e.enterprise_id and c.dataset = e.kind
        and c.record_key = e.key and c.event_id = e.id and e.kind = :kind and e.batch = :batch and e.hidden_at < :now
"""
# A correction that is withdrawn leaves what was objected to, which an upheld objection had removed.
_REMOVED_AGAIN = """
    update credit_events e set hidden_at = c.decided_at from credit_coming_back r, repair_cases c, credit_batches b
    where e.enterprise_id = r.enterprise_id and e.id = r.event_id and b.number = r.batch and e.hidden_at is null
        and c.status = 'accepted' and c.kind = 'objection' and c.enterprise_id = e.enterprise_id
        and c.dataset = e.kind and c.record_key = e.key and b.received_at <= c.decided_at
"""


def rule_chunk(session: Session, kind: str, now: datetime) -> None:
    """The records of the chunk that intake has just merged (``credit_event_raw``)."""
    if kind in display_rules().kinds:
        _set_all(session, session.connection().execute(_OF_CHUNK, {"kind": kind}).all(), now)


def keep_outcomes(session: Session, kind: str, batch: int, now: datetime) -> None:
    """Once a batch is merged: what cases had decided about its records still holds."""
    session.connection().execute(text(_CORRECTED), {"kind": kind, "batch": batch, "now": now})
    session.connection().execute(text(_GRANTED), {"kind": kind, "batch": batch})


def rule_returned(session: Session, kind: str, now: datetime) -> None:
    """The records that come back (``credit_coming_back``) because a later batch is withdrawn."""
    session.connection().execute(text(_REMOVED_AGAIN))
    if kind in display_rules().kinds:
        _set_all(session, session.connection().execute(_COMING_BACK).all(), now)


def fill_displays(session: Session, now: datetime, limit: int = 5_000) -> int:
    """Records that no rule has been written onto yet, such as those from before; tells how many it did."""
    kinds = list(display_rules().kinds)
    found = session.connection().execute(_WITHOUT_RULE, {"kinds": kinds, "limit": limit}).all()
    _set_all(session, found, now)
    return len(found)


def _set_all(session: Session, rows: Sequence[Row[Any]], now: datetime) -> None:
    if not rows:
        return
    displays = [display_of(row.kind, row.decided_on, row.ends_on, _mapping(row.payload)) for row in rows]
    values: dict[str, Iterable[object]] = {
        "enterprises": [row.enterprise_id for row in rows],
        "ids": [row.id for row in rows],
        "severities": [one.severity and one.severity.value for one in displays],
        "repairable": [one.repairable_from for one in displays],
        "until": [one.display_until for one in displays],
        "versions": [one.rule_version for one in displays],
    }
    session.connection().execute(_SET, {**values, "today": business_date(now), "now": now})


def _mapping(payload: object) -> Mapping[str, object]:
    return payload if isinstance(payload, dict) else {}
