"""Figures and records of many enterprises in a few statements, and how lately each data set came."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import SmallInteger, Text, Uuid
from sqlmodel import Session

from xinyidai.credit.display import DISPLAYED

Months = Mapping[date, Decimal]
"""Month → figure, the parts of one month added up. A month that is not there was not delivered."""

_FIGURES = text("""
    select enterprise_id, metric, month, sum(value) from credit_observations
     where metric = any(:metrics) and enterprise_id = any(:ids) and month >= :since
     group by enterprise_id, metric, month
""").bindparams(bindparam("metrics", type_=ARRAY(SmallInteger)), bindparam("ids", type_=ARRAY(Uuid)))
_RECORDS = text(f"""
    select e.enterprise_id, e.kind, e.decided_on, e.ends_on, e.payload from credit_events e
     where e.enterprise_id = any(:ids) and e.kind = any(:kinds) and {DISPLAYED}
     order by e.decided_on desc nulls last, e.id
""").bindparams(  # noqa: S608 - a constant
    bindparam("kinds", type_=ARRAY(Text)), bindparam("ids", type_=ARRAY(Uuid))
)
_RECEIVED = text("""
    select dataset, max(received_at) from credit_batches where status = 'taken' and dataset = any(:datasets)
     group by dataset
""").bindparams(bindparam("datasets", type_=ARRAY(Text)))


@dataclass(frozen=True, slots=True)
class Record:
    """A dated record that is displayed; ``ends_on`` is the day on which it ran out or was lifted."""

    decided_on: date | None
    ends_on: date | None
    payload: Mapping[str, Any]

    def in_force(self, as_of: date) -> bool:
        return self.ends_on is None or self.ends_on > as_of


def monthly_figures(
    session: Session, metrics: Collection[int], enterprise_ids: Collection[UUID], since: date
) -> dict[UUID, dict[int, Months]]:
    """Enterprise → metric → months from ``since`` on."""
    found: dict[UUID, dict[int, dict[date, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    if metrics and enterprise_ids:
        values = {"metrics": sorted(metrics), "ids": list(enterprise_ids), "since": since}
        for enterprise_id, metric, month, value in session.connection().execute(_FIGURES, values):
            found[enterprise_id][metric][month] = value
    return {enterprise_id: dict(of_metrics) for enterprise_id, of_metrics in found.items()}


def displayed_records(
    session: Session, kinds: Collection[str], enterprise_ids: Collection[UUID], as_of: date
) -> dict[UUID, dict[str, list[Record]]]:
    """Enterprise → data set → records that count, the newest first."""
    found: dict[UUID, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    if kinds and enterprise_ids:
        values = {"kinds": sorted(kinds), "ids": list(enterprise_ids), "as_of": as_of}
        for enterprise_id, kind, decided_on, ends_on, payload in session.connection().execute(_RECORDS, values):
            found[enterprise_id][kind].append(Record(decided_on, ends_on, payload))
    return {enterprise_id: dict(of_kinds) for enterprise_id, of_kinds in found.items()}


def last_received(session: Session, datasets: Collection[str]) -> dict[str, datetime]:
    """When a delivery of each data set was last taken for the city; one that never came is left out."""
    rows = session.connection().execute(_RECEIVED, {"datasets": sorted(datasets)})
    return {row[0]: row[1] for row in rows}
