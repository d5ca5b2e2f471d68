"""All records about one enterprise, with what is becoming of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.clock import business_date
from xinyidai.core.errors import NotFound
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.credit.catalogue import Dataset, catalogue
from xinyidai.credit.display import DISPLAYED
from xinyidai.credit.repair.record_words import RecordLine, headline, lines_of
from xinyidai.credit.repair.rules import display_rules
from xinyidai.credit.repair.types import CaseKind, RecordState, Severity

_STATE = (
    "case when e.repaired_at is not null then 'repaired' when e.hidden_at is not null then 'removed'"
    " when e.display_until <= :as_of then 'ended' else 'displayed' end"
)
_SELECT = f"""
    select e.id, e.enterprise_id, e.kind, e.key, e.decided_on, e.ends_on, e.document_no, e.payload, e.severity,
        e.repairable_from, e.display_until, e.rule_version, e.repaired_at, e.hidden_at, {_STATE} as state,
        b.source_unit, b.received_at, c.id as case_id, c.kind as case_kind
    from credit_events e
    left join lateral credit_batch_source(e.batch) b on true
    left join lateral (
        select c.id, c.kind from repair_cases c where c.enterprise_id = e.enterprise_id and c.dataset = e.kind
            and c.record_key = e.key and c.status in ('submitted', 'in_review', 'papers_wanted')
        order by c.opened_at desc limit 1
    ) c on true
"""  # noqa: S608 - constants
# Arrears are announced each quarter: only the newest notice of a tax counts, for two quarters, if it names an amount.
# Whoever has paid is not taken off an old notice, but stands with nothing on the next, or not at all.
_SETTLED = """(e.kind = 'tax_arrears' and (
    (e.payload ->> 'arrears_balance')::numeric <= 0 or e.decided_on <= cast(:as_of as date) - interval '6 months'
    or exists (select from credit_events n where n.enterprise_id = e.enterprise_id and n.kind = e.kind
        and n.payload ->> 'tax_kind' = e.payload ->> 'tax_kind' and n.decided_on > e.decided_on
        and n.decided_on <= :as_of and n.hidden_at is null and n.repaired_at is null)))"""
COUNTS = f"({DISPLAYED} and not coalesce({_SETTLED}, false))"
"""SQL condition on ``credit_events e`` with the parameter ``as_of``: the record speaks against its enterprise today."""
_SORTS = {"decided": "e.decided_on", "until": "e.display_until", "dataset": "e.kind", "repairable": "e.repairable_from"}


@dataclass(frozen=True, slots=True)
class Record:
    """One record as its enterprise sees it. ``state`` is as of the day asked for."""

    id: UUID
    enterprise_id: UUID
    dataset: Dataset
    key: str
    title: str
    document_no: str | None
    decided_on: date | None
    ends_on: date | None
    severity: Severity | None
    repairable_from: date | None
    display_until: date | None
    rule_version: str | None
    repaired_at: datetime | None
    hidden_at: datetime | None
    state: RecordState
    source_unit: str
    received_on: date | None
    open_case: UUID | None
    open_case_kind: CaseKind | None
    payload: Mapping[str, object]

    @property
    def is_adverse(self) -> bool:
        """Whether it is of a kind that speaks against the enterprise and can be repaired."""
        return self.dataset.code in display_rules().kinds

    def can_be_repaired(self, today: date) -> bool:
        return (
            self.is_adverse
            and self.state is RecordState.DISPLAYED
            and self.open_case is None
            and (self.repairable_from is None or self.repairable_from <= today)
        )

    @property
    def can_be_objected_to(self) -> bool:
        return self.state is RecordState.DISPLAYED and self.open_case is None

    @property
    def lines(self) -> list[RecordLine]:
        return lines_of(self.dataset, self.payload)

    @property
    def rule(self) -> str | None:
        version = display_rules().named(self.rule_version or "")
        return version.name if version else None


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """``adverse``: only records of kinds that speak against an enterprise."""

    dataset: str = ""
    state: str = ""
    adverse: str = ""


def list_records(
    session: Session, enterprise_id: UUID, request: ListRequest, chosen: RecordFilter, today: date
) -> Listing[Record]:
    """The latest decision first unless another order is asked for."""
    where, values = _conditions(enterprise_id, request, chosen, today)
    connection = session.connection()
    total: int = connection.scalar(text(f"select count(*) from credit_events e where {where}"), values) or 0  # noqa: S608
    order = order_by(request.sort, _SORTS, "-decided", id_column="e.id")
    rows = connection.execute(
        text(f"{_SELECT} where {where} order by {order} limit :size offset :offset"),
        {**values, "size": request.size, "offset": request.offset},
    )
    return Listing([_record(row) for row in rows], total, request.page, request.size, request.sort or "-decided")


def _conditions(
    enterprise_id: UUID, request: ListRequest, chosen: RecordFilter, today: date
) -> tuple[str, dict[str, object]]:
    conditions = ["e.enterprise_id = :enterprise_id"]
    values: dict[str, object] = {"enterprise_id": enterprise_id, "as_of": today}
    if chosen.dataset:
        conditions.append("e.kind = :dataset")
        values["dataset"] = chosen.dataset
    if chosen.state:
        conditions.append(f"{_STATE} = :state")
        values["state"] = chosen.state
    if chosen.adverse:
        conditions.append("e.kind = any(:adverse)")
        values["adverse"] = list(display_rules().kinds)
    if request.search:
        conditions.append("strpos(lower(coalesce(e.document_no, '') || ' ' || e.payload::text), lower(:term)) > 0")
        values["term"] = request.search
    return " and ".join(conditions), values


def kinds_present(session: Session, enterprise_id: UUID) -> list[Dataset]:
    """Data sets of which there is a record, in the catalogue's order."""
    statement = text("select distinct kind from credit_events where enterprise_id = :id")
    found = set(session.connection().scalars(statement, {"id": enterprise_id}))
    return [one for one in catalogue().datasets.values() if one.code in found]


def one_record(session: Session, enterprise_id: UUID, record_id: UUID, today: date) -> Record:
    """Raises NotFound, also for a record that this actor may not see."""
    row = (
        session.connection()
        .execute(
            text(f"{_SELECT} where e.enterprise_id = :enterprise_id and e.id = :id"),
            {"enterprise_id": enterprise_id, "id": record_id, "as_of": today},
        )
        .one_or_none()
    )
    if row is None:
        raise NotFound()
    return _record(row)


def adverse_records(session: Session, enterprise_id: UUID, kinds: list[str], today: date) -> list[Record]:
    """The records of these data sets that count today, the latest first."""
    rows = session.connection().execute(
        text(
            f"{_SELECT} where e.enterprise_id = :enterprise_id and e.kind = any(:kinds) and {COUNTS}"
            " order by e.decided_on desc nulls last, e.id"
        ),
        {"enterprise_id": enterprise_id, "kinds": kinds, "as_of": today},
    )
    return [_record(row) for row in rows]


def _record(row: Any) -> Record:
    dataset = catalogue().datasets[row.kind]
    return Record(
        id=row.id,
        enterprise_id=row.enterprise_id,
        dataset=dataset,
        key=row.key,
        title=headline(dataset, row.payload),
        document_no=row.document_no,
        decided_on=row.decided_on,
        ends_on=row.ends_on,
        severity=Severity(row.severity) if row.severity else None,
        repairable_from=row.repairable_from,
        display_until=row.display_until,
        rule_version=row.rule_version,
        repaired_at=row.repaired_at,
        hidden_at=row.hidden_at,
        state=RecordState(row.state),
        source_unit=row.source_unit or dataset.source_unit,
        received_on=business_date(row.received_at) if row.received_at else None,
        open_case=row.case_id,
        open_case_kind=CaseKind(row.case_kind) if row.case_kind else None,
        payload=row.payload,
    )
