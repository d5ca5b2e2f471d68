"""Taking in a registry file: rows go to a staging table, and from there in one statement to the enterprises.

One file is one import in the caller's transaction. Rows that change nothing are not written; a file taken in
twice changes nothing. Imports wait for each other, so that two files never lay their rows over the same old ones.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlmodel import Session

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor
from xinyidai.core.bilingual import Said
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Forbidden
from xinyidai.core.tabular import Layout, Reject
from xinyidai.core.usci import is_legacy_pattern
from xinyidai.enterprises.models import RegistryImport
from xinyidai.enterprises.policies import KEEPERS
from xinyidai.enterprises.registry_file import RegistryFile, open_registry
from xinyidai.enterprises.registry_merge import Facts, merge
from xinyidai.enterprises.registry_rejects import ReasonCount, count_reasons
from xinyidai.enterprises.registry_rows import RegistryRow

_BATCH = 1_000
_WORTH_ANALYSING = 1_000
"""Rows written from which the planner's old statistics would mislead it."""
_COLUMNS = ", ".join(Facts._fields)
_REJECT_COLUMNS = "registry_import_id, line, row_refused, field, value, message, detail"
_CHANGES = ", ".join(f"{column} = excluded.{column}" for column in Facts._fields if column != "usci")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file has been read (0 to 1) and how many of its rows."""

    fraction: float
    rows: int


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of one file; read = accepted + updated + unchanged + rejected."""

    record: RegistryImport
    layout: Layout
    unused_titles: tuple[str, ...]
    reasons: tuple[ReasonCount, ...]


def _unwatched(_progress: Progress) -> None:
    pass


def import_registry(
    session: Session,
    actor: Actor,
    path: Path,
    now: datetime,
    *,
    file_name: str = "",
    registry_confirmed: bool = False,
    progress: Callable[[Progress], None] = _unwatched,
) -> ImportResult:
    """Lay one registry file over what is known.

    ``registry_confirmed`` states that the registry vouches for every code of this file, which lets the early codes
    of Fujian through. Raises Forbidden, and FileProblem where the file as a whole cannot be read: then nothing of
    it may be kept, and the caller rolls back.
    """
    if actor.role not in KEEPERS:
        raise Forbidden()
    session.connection().execute(text("select pg_advisory_xact_lock(hashtext('registry import'))"))
    found = _begin(session, path, file_name or path.name, now)
    confirmed = (lambda _code: True) if registry_confirmed else _confirmed_earlier(session)
    with open_registry(path, today=business_date(now), confirmed=confirmed) as registry:
        tally = _Staging(session, found).fill(registry, progress)
        layout, unused = registry.layout, registry.unused_titles
    accepted, updated = _write_down(session, now)
    found.read = tally.staged + tally.rejected
    found.accepted, found.updated, found.unchanged = accepted, updated, tally.staged - accepted - updated
    found.rejected, found.noted, found.finished_at = tally.rejected, tally.noted, now
    counts = found.model_dump(include={"read", "accepted", "updated", "unchanged", "rejected", "noted", "file_sha256"})
    record(session, actor, "registry.imported", "registry_import", found.id, now, file=found.file_name, **counts)
    session.flush()
    return ImportResult(found, layout, unused, count_reasons(session, found.id))


def _begin(session: Session, path: Path, file_name: str, now: datetime) -> RegistryImport:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    found = RegistryImport(file_name=file_name, file_sha256=digest, started_at=now)
    session.add(found)
    session.flush()
    return found


def _confirmed_earlier(session: Session) -> Callable[[str], bool]:
    """The registry's word for a code is kept: it need not be given with every delivery."""
    known = text("select usci from enterprises where registry_confirmed and usci ~ '^..35.{4}M000[01]'")
    codes = frozenset(session.connection().scalars(known))
    return lambda code: is_legacy_pattern(code) and code in codes


class _Staging:
    """A temporary table of merged rows, filled batch by batch; refused rows go to ``registry_rejects``."""

    def __init__(self, session: Session, found: RegistryImport) -> None:
        self._session, self._import_id = session, found.id
        self.staged = self.rejected = self.noted = 0
        self._refused_line: int | None = None
        connection = session.connection()
        # COPY does not go into tables under row-level security, INSERT … SELECT does.
        for staging, columns, table in (
            ("registry_staging", _COLUMNS, "enterprises"),
            ("rejects_staging", _REJECT_COLUMNS, "registry_rejects"),
        ):
            connection.execute(text(f"drop table if exists {staging}"))
            connection.execute(
                text(f"create temp table {staging} on commit drop as select {columns} from {table} limit 0")  # noqa: S608
            )

    def fill(self, registry: RegistryFile, progress: Callable[[Progress], None]) -> "_Staging":
        for batch in _batches(registry):
            rows = [item for item in batch if isinstance(item, RegistryRow)]
            self._stage(rows)
            self._keep_rejects(batch)
            progress(Progress(registry.progress, self.staged + self.rejected))
        return self

    def _stage(self, rows: list[RegistryRow]) -> None:
        known = self._known([row.usci for row in rows])
        with _cursor(self._session) as cursor, cursor.copy(f"copy registry_staging ({_COLUMNS}) from stdin") as copy:
            for row in rows:
                copy.write_row(merge(known.get(row.usci), row))
        self.staged += len(rows)

    def _known(self, codes: list[str]) -> dict[str, Facts]:
        statement = text(f"select {_COLUMNS} from enterprises where usci = any(:codes)")  # noqa: S608
        found = self._session.connection().execute(statement, {"codes": codes})
        return {row.usci: Facts._make(row) for row in found}

    def _keep_rejects(self, batch: list[RegistryRow | Reject]) -> None:
        target = f"copy rejects_staging ({_REJECT_COLUMNS}) from stdin"
        with _cursor(self._session) as cursor, cursor.copy(target) as copy:
            for item in batch:
                refused = isinstance(item, Reject)
                for reject in [item] if isinstance(item, Reject) else item.notes:
                    copy.write_row((self._import_id, reject.line, refused, reject.field, reject.value, *_said(reject)))
                if isinstance(item, Reject):
                    self._count_refused(item.line)
                else:
                    self.noted += len(item.notes)

    def _count_refused(self, line: int) -> None:
        """Several reasons against one row come one after the other and count as one row."""
        if line != self._refused_line:
            self._refused_line = line
            self.rejected += 1


def _said(reject: Reject) -> tuple[str, Jsonb]:
    reason: Said = reject.reason
    return reason.message, Jsonb(dict(reason.values))


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _cursor(session: Session) -> psycopg.Cursor[Any]:
    """The driver's own cursor in the session's transaction; COPY has no other door."""
    driver: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    return driver.cursor()


def _write_down(session: Session, now: datetime) -> tuple[int, int]:
    """From the staging tables to their places; new and changed enterprises, counted."""
    connection = session.connection()
    connection.execute(text("analyze registry_staging"))
    statement = f"""
        with written as (
            insert into enterprises ({_COLUMNS}, labels, created_at, updated_at)
            select {_COLUMNS}, '{{}}', :now, :now from registry_staging order by usci
            on conflict (usci) do update set {_CHANGES}, updated_at = excluded.updated_at
            where enterprises.content_hash is distinct from excluded.content_hash
            returning old.id is null as is_new
        )
        select count(*) filter (where is_new), count(*) filter (where not is_new) from written
    """  # noqa: S608 - column names of our own
    accepted, updated = connection.execute(text(statement), {"now": now}).one()
    connection.execute(
        text(f"insert into registry_rejects ({_REJECT_COLUMNS}) select {_REJECT_COLUMNS} from rejects_staging")  # noqa: S608
    )
    connection.execute(text("drop table registry_staging, rejects_staging"))
    if accepted + updated >= _WORTH_ANALYSING:
        connection.execute(text("analyze enterprises"))
    return accepted, updated
