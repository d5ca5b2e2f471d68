"""Dated records: read line by line with care, laid over what is known chunk by chunk in the caller's transaction."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.bilingual import say
from xinyidai.core.i18n import N_
from xinyidai.core.tabular import Reject, Row, Table
from xinyidai.credit.catalogue import Columns, Dataset, Field
from xinyidai.credit.intake.chunks import ahead
from xinyidai.credit.intake.driver import cursor_of, joined_by_probes
from xinyidai.credit.intake.rejects import LineReject, RejectWriter, from_reader, superseded, unknown_enterprise
from xinyidai.credit.models import CreditBatch
from xinyidai.credit.repair.display_rows import keep_outcomes, rule_chunk
from xinyidai.credit.types import FieldType, Role, Unit
from xinyidai.credit.values import LONG_TERM, Refused, in_yuan, read_subject, read_value

_LINES_OF_A_CHUNK = 10_000
_LONGEST_KEY = 200
_REMEMBERED = 20_000
"""Spellings of one column that need not be read again; days, kinds and offices stand in line after line."""
_as_json = json.JSONEncoder(ensure_ascii=False).encode
_COLUMNS = "line, code, key, decided_on, ends_on, document_no, payload"
_FACTS = "enterprise_id, kind, key, decided_on, ends_on, document_no, payload, batch, line"

# Court lists name debtors by the nine characters of the organisation code, farm households by their internal code.
_RESOLVE = (
    "update credit_event_raw r set enterprise_id = e.id from enterprises e where e.usci = r.code",
    "update credit_event_raw r set enterprise_id = e.id from enterprises e"
    " where r.enterprise_id is null and length(r.code) = 9 and substr(e.usci, 9, 9) = r.code",
    "update credit_event_raw r set enterprise_id = e.id from enterprises e"
    " where r.enterprise_id is null and e.internal_code = r.code",
)
_REPEATED = """
    delete from credit_event_raw r using
        (select line, max(line) over (partition by enterprise_id, key) as later from credit_event_raw
         where enterprise_id is not null) keyed
    where r.line = keyed.line and keyed.later <> keyed.line returning r.line, keyed.later
"""
# The kind stands in a query of its own: of one that is new the planner would believe that there are no records yet,
# and read all of its records again for each that comes.
_MERGE = text(
    f"""
    with incoming as materialized (
        select r.*, o.id as old_id, o.batch as old_batch, o.line as old_line,
            o.payload is not distinct from r.payload as same
        from credit_event_raw r left join credit_events o
            on o.enterprise_id = r.enterprise_id and o.kind = (select cast(:kind as varchar)) and o.key = r.key
        where r.enterprise_id is not null
    ), fresh as (
        insert into credit_events ({_FACTS})
        select enterprise_id, :kind, key, decided_on, ends_on, document_no, payload, :batch, line
        from incoming where old_batch is null order by enterprise_id, key
        returning decided_on
    ), claims as (
        insert into credit_event_claims (event_id, {_FACTS})
        select o.id, o.enterprise_id, o.kind, o.key, o.decided_on, o.ends_on, o.document_no, o.payload, o.batch, o.line
        from incoming i join credit_events o on o.enterprise_id = i.enterprise_id and o.id = i.old_id
        where i.old_batch <> :batch and not i.same
        union all
        select old_id, enterprise_id, :kind, key, decided_on, ends_on, document_no, payload, :batch, line
        from incoming where old_batch <> :batch and same
    ), changed as (
        update credit_events o set decided_on = i.decided_on, ends_on = i.ends_on, document_no = i.document_no,
            payload = i.payload, batch = :batch, line = i.line
        from incoming i where o.enterprise_id = i.enterprise_id and o.id = i.old_id
            and (i.old_batch = :batch or not i.same)
    )
    select 'fresh' as what, decided_on, count(*) as records, null::int as line, null::int as later
    from fresh group by decided_on
    union all
    select case when same then 'confirmed' else 'changed' end, null, count(*), null, null
    from incoming where old_batch <> :batch group by same
    union all
    select 'repeated', null, null, old_line, max(line) from incoming where old_batch = :batch group by old_line
    """  # noqa: S608 - constants
)


@dataclass(frozen=True, slots=True)
class EventLine:
    line: int
    code: str
    key: str
    decided_on: date | None
    ends_on: date | None
    document_no: str | None
    payload: str


@dataclass(slots=True)
class EventTally:
    lines: int = 0
    new: int = 0
    changed: int = 0
    confirmed: int = 0
    fresh_dates: Counter[date] = field(default_factory=Counter)


@dataclass(slots=True)
class _Chunk:
    """Lines that have been read: records, and reasons against the others."""

    lines: int
    good: list[EventLine] = field(default_factory=list)
    rejects: list[LineReject] = field(default_factory=list)
    progress: float = 0.0


class EventReader:
    """Turns a line into a record, or into every reason against it."""

    def __init__(self, dataset: Dataset, columns: Columns, today: date) -> None:
        self._dataset, self._columns, self._today = dataset, columns, today
        self._read: list[dict[str, str | None]] = [{} for _ in columns.fields]

    def read(self, line: int, texts: list[str]) -> EventLine | list[LineReject]:
        reasons: list[LineReject] = []
        canonical: dict[str, str | None] = {}
        columns = zip(self._columns.fields, self._columns.units, self._columns.titles, texts, self._read, strict=True)
        for one, unit, title, value, read in columns:
            if one.role is Role.DROPPED:
                continue
            try:
                canonical[one.code] = read[value]
                continue
            except KeyError:
                pass
            try:
                canonical[one.code] = found = self._read_one(one, unit, value)
                if len(read) >= _REMEMBERED:
                    read.clear()
                read[value] = found
            except Refused as refused:
                reasons.append(LineReject(line, title, refused.value, refused.reason))
        return reasons or self._record(line, canonical)

    def _read_one(self, one: Field, unit: Unit, value: str) -> str | None:
        if one.role is Role.SUBJECT:
            return read_subject(value)
        found = read_value(one, value, self._today, unit=unit)
        if found is None and one.required:
            raise Refused(value, say(N_("this field is needed")))
        if found is not None and unit is Unit.WAN_YUAN:
            found = in_yuan(found)
        return found

    def _record(self, line: int, canonical: dict[str, str | None]) -> EventLine:
        dataset = self._dataset
        dates = (_day(dataset.field_of[code], canonical.get(code)) for code in dataset.dated_by)
        ends = dataset.field_of[dataset.ends_by] if dataset.ends_by else None
        return EventLine(
            line=line,
            code=canonical[dataset.subject] or "",
            key=_key([canonical.get(code) or "" for code in dataset.key]),
            decided_on=next((day for day in dates if day is not None), None),
            ends_on=_day(ends, canonical.get(ends.code)) if ends else None,
            document_no=canonical.get(dataset.document) if dataset.document else None,
            payload=_as_json(self._payload(canonical)),
        )

    def _payload(self, canonical: dict[str, str | None]) -> dict[str, object]:
        """Typed: amounts as exact text in yuan, whole numbers as numbers, yes and no as such.

        A date without an end is null, and its field is named under ``long_term``.
        """
        payload: dict[str, object] = {}
        endless = []
        for code, value in canonical.items():
            if code == self._dataset.subject or value is None:
                continue
            if value == LONG_TERM:
                endless.append(code)
                payload[code] = None
            else:
                payload[code] = _typed(self._dataset.field_of[code], value)
        return {**payload, "long_term": endless} if endless else payload


def _typed(one: Field, value: str) -> object:
    if one.type is FieldType.BOOLEAN:
        return value == "1"
    if one.type in (FieldType.INTEGER, FieldType.YEAR):
        return int(value)
    if one.type is FieldType.CODES:
        return value.split(";")
    return value


def _day(one: Field, value: str | None) -> date | None:
    if not value or value == LONG_TERM:
        return None
    return date(int(value), 12, 31) if one.type is FieldType.YEAR else date.fromisoformat(value[:10])


def _key(parts: list[str]) -> str:
    """The natural key as text; a long one by its hash, so that the index stays small."""
    key = _as_json(parts) if len(parts) > 1 else "".join(parts)
    return key if len(key) <= _LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


class EventMerger:
    """Writes the records of one batch."""

    def __init__(
        self, session: Session, batch: CreditBatch, dataset: Dataset, reader: EventReader, rejects: RejectWriter
    ) -> None:
        self._session, self._batch, self._dataset = session, batch, dataset
        self._reader, self._rejects = reader, rejects
        self.tally = EventTally()
        with cursor_of(session) as cursor:
            cursor.execute("drop table if exists pg_temp.credit_event_raw")
            cursor.execute(
                'create temp table credit_event_raw (line integer not null, code text not null, key text collate "C",'
                " decided_on date, ends_on date, document_no text, payload jsonb, enterprise_id uuid) on commit drop"
            )

    def take(self, table: Table, subject_title: str, progress: Callable[[float, int], None]) -> None:
        with ahead(self._chunks(table), depth=1) as chunks:  # what is next is read while the database works
            for chunk in chunks:
                self.tally.lines += chunk.lines
                rejects = chunk.rejects + self._merge(chunk.good, subject_title)
                self._rejects.write(sorted(rejects, key=lambda one: one.line))
                progress(chunk.progress, self.tally.lines)
        keep_outcomes(self._session, self._dataset.code, self._batch.number or 0, self._batch.received_at)

    def _chunks(self, table: Table) -> Iterator[_Chunk]:
        lines = _lines(table)
        while batch := list(islice(lines, _LINES_OF_A_CHUNK)):
            chunk = _Chunk(len(batch))
            for item in batch:
                found = [from_reader(item)] if isinstance(item, Reject) else self._reader.read(*item)
                if isinstance(found, EventLine):
                    chunk.good.append(found)
                else:
                    chunk.rejects += found
            chunk.progress = table.progress
            yield chunk

    def _merge(self, good: list[EventLine], subject_title: str) -> list[LineReject]:
        with cursor_of(self._session) as cursor:
            cursor.execute("truncate credit_event_raw")
            with cursor.copy(f"copy credit_event_raw ({_COLUMNS}) from stdin") as copy:
                for one in good:
                    copy.write_row(
                        (one.line, one.code, one.key, one.decided_on, one.ends_on, one.document_no, one.payload)
                    )
            cursor.execute("analyze credit_event_raw (line, code)")
            unknown = len(good)
            for statement in _RESOLVE:
                if unknown > 0:
                    cursor.execute(statement)
                    unknown -= cursor.rowcount
            cursor.execute("select line, code from credit_event_raw where enterprise_id is null")
            rejects = [unknown_enterprise(line, subject_title, code) for line, code in cursor.fetchall()]
            cursor.execute(_REPEATED)
            rejects += [superseded(line, later) for line, later in cursor.fetchall()]
        rejects += self._write()
        rule_chunk(self._session, self._dataset.code, self._batch.received_at)
        return rejects

    def _write(self) -> list[LineReject]:
        values: dict[str, Any] = {"kind": self._dataset.code, "batch": self._batch.number}
        repeated = []
        with joined_by_probes(self._session):
            found = self._session.connection().execute(_MERGE, values).all()
        for what, decided_on, records, line, later in found:
            if what == "fresh":
                self.tally.new += records
                if decided_on is not None:
                    self.tally.fresh_dates[decided_on] += records
            elif what == "changed":
                self.tally.changed += records
            elif what == "confirmed":
                self.tally.confirmed += records
            else:
                repeated.append(superseded(line, later))
        return repeated


def _lines(table: Table) -> Iterator[tuple[int, list[str]] | Reject]:
    for item in table:
        yield (item.line, list(item.cells.values())) if isinstance(item, Row) else item
