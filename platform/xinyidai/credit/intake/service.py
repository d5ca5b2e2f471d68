"""The use case: take in one delivered file of one data set."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, text
from sqlmodel import select

from xinyidai.audit.service import record
from xinyidai.core.acting import as_platform
from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.bilingual import Said
from xinyidai.core.calendar_table import working_day_overrides
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.core.tabular import FileProblem, Layout, Table, open_table
from xinyidai.core.working_days import WorkCalendar
from xinyidai.credit.catalogue import Columns, Dataset, catalogue, recognise
from xinyidai.credit.intake.access import delivering_unit
from xinyidai.credit.intake.chunks import ahead
from xinyidai.credit.intake.events import EventMerger, EventReader, EventTally
from xinyidai.credit.intake.figures import FigureMerger, FigureTally
from xinyidai.credit.intake.lateness import measure
from xinyidai.credit.intake.rejects import LineReject, RejectWriter, rejects_of
from xinyidai.credit.intake.staging import Chunk, FigureStager
from xinyidai.credit.jobs import ScoreEnterprises
from xinyidai.credit.models import CreditBatch
from xinyidai.credit.types import BatchStatus, DatasetKind, Role
from xinyidai.outbox.jobs import enqueue

REJECTS_SHOWN = 100
_WORTH_ANALYSING = 10_000
_GREW = 0.1
_BIG_FILE = 8 * 1024**2
"""From here on a second connection pays for itself."""
_STAGING_LOCK = "credit staging"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file has been read (0 to 1) and how many of its lines."""

    fraction: float
    lines: int


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of one file.

    ``repeated``: this very content had been taken in before and nothing changed; ``batch`` is the earlier one.
    ``kept`` is False after a dry run.
    """

    batch: CreditBatch
    layout: Layout | None
    rejects: tuple[LineReject, ...]
    repeated: bool = False
    kept: bool = True


@dataclass(frozen=True, slots=True)
class _Delivery:
    dataset: Dataset
    unit: str
    path: Path
    file_name: str
    digest: str
    now: datetime
    lines_stated: int | None
    units_confirmed: bool
    received_by: Actor


class _NothingToKeep(Exception):
    """Rolls back to before the delivery."""


def _unwatched(_progress: Progress) -> None:
    pass


def take_in(
    session: ActorSession,
    actor: Actor,
    dataset_code: str,
    path: Path,
    now: datetime,
    *,
    source_unit: str = "",
    file_name: str = "",
    lines_stated: int | None = None,
    units_confirmed: bool = False,
    dry_run: bool = False,
    progress: Callable[[Progress], None] = _unwatched,
    helper: Engine | None = None,
) -> IntakeResult:
    """Take in one file, in the caller's transaction.

    A second connection of ``helper`` reads big files ahead; without it one connection does both. Raises Forbidden,
    InvalidInput, and FileProblem where the file as a whole is refused: then the caller rolls back, and may keep the
    refusal with ``refuse_delivery``.
    """
    dataset = _dataset(dataset_code)
    unit = delivering_unit(session, actor, dataset, source_unit)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    delivery = _Delivery(dataset, unit, path, file_name or path.name, digest, now, lines_stated, units_confirmed, actor)
    with as_platform(session):
        _wait_for_turn(session, dataset)
        earlier = _same_content(session, delivery)
        if earlier is not None and earlier.lines_rejected == 0:
            return IntakeResult(earlier, None, (), repeated=True)
        return _take_or_leave(session, delivery, earlier, progress, helper, dry_run=dry_run)


def refuse_delivery(
    session: ActorSession,
    actor: Actor,
    dataset_code: str,
    path: Path,
    problem: FileProblem,
    now: datetime,
    *,
    source_unit: str = "",
    file_name: str = "",
) -> CreditBatch:
    """Note that a file was refused as a whole, and why: nothing is lost in silence."""
    dataset = _dataset(dataset_code)
    unit = delivering_unit(session, actor, dataset, source_unit)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    delivery = _Delivery(dataset, unit, path, file_name or path.name, digest, now, None, False, actor)
    with as_platform(session):
        batch = _new_batch(session, delivery, BatchStatus.REFUSED, problem.said)
        record(session, actor, "credit.refused", "credit_batch", batch.id, now, file=batch.file_name)
    return batch


def _dataset(code: str) -> Dataset:
    dataset = catalogue().datasets.get(code)
    if dataset is None:
        raise NotFound()
    if dataset.kind is DatasetKind.REGISTRY:
        raise InvalidInput({"dataset": N_("The registry is taken in by the registry import, not as credit data.")})
    if not dataset.is_delivered:
        raise InvalidInput({"dataset": N_("This platform works these data out itself; nobody delivers them.")})
    return dataset


def _wait_for_turn(session: ActorSession, dataset: Dataset) -> None:
    """Deliveries of one data set come one after the other, so that the newest batch number is the newest claim."""
    statement = text("select pg_advisory_xact_lock(hashtext(:what))")
    session.connection().execute(statement, {"what": f"credit {dataset.code}"})


def _same_content(session: ActorSession, delivery: _Delivery) -> CreditBatch | None:
    statement = (
        select(CreditBatch)
        .where(
            CreditBatch.dataset == delivery.dataset.code,
            CreditBatch.source_unit == delivery.unit,
            CreditBatch.file_sha256 == delivery.digest,
            CreditBatch.status == BatchStatus.TAKEN.value,
        )
        .order_by(CreditBatch.received_at.desc())  # type: ignore[attr-defined]
        .limit(1)
    )
    return session.exec(statement).first()


def _take_or_leave(
    session: ActorSession,
    delivery: _Delivery,
    earlier: CreditBatch | None,
    progress: Callable[[Progress], None],
    helper: Engine | None,
    *,
    dry_run: bool,
) -> IntakeResult:
    """Take the file in; after a dry run, and where a repeated file changes nothing, leave everything as it was."""
    result: IntakeResult | None = None
    try:
        with session.begin_nested():
            batch, layout = _take(session, delivery, progress, helper)
            result = IntakeResult(batch, layout, tuple(rejects_of(session, batch.id, REJECTS_SHOWN)), kept=not dry_run)
            unchanged = earlier is not None and batch.values_new == batch.values_changed == 0
            if dry_run or unchanged:
                session.expunge(batch)
                raise _NothingToKeep
    except _NothingToKeep:
        if not dry_run and earlier is not None:
            return IntakeResult(earlier, None, (), repeated=True)
    assert result is not None  # noqa: S101 - set, or an error was raised
    return result


def _take(
    session: ActorSession, delivery: _Delivery, progress: Callable[[Progress], None], helper: Engine | None
) -> tuple[CreditBatch, Layout]:
    with open_table(delivery.path) as table:
        columns = recognise(delivery.dataset, table.header)
        batch = _new_batch(session, delivery, BatchStatus.TAKEN)
        rejects = RejectWriter(session, batch.id)
        if delivery.dataset.kind is DatasetKind.OBSERVATIONS:
            tally: FigureTally | EventTally = _take_figures(
                session, delivery, batch, table, columns, rejects, progress, helper
            )
        else:
            tally = _take_events(session, delivery, batch, table, columns, rejects, progress)
        layout = table.layout
    _close(session, delivery, batch, tally, rejects, columns)
    return batch, layout


def _new_batch(
    session: ActorSession, delivery: _Delivery, status: BatchStatus, problem: Said | None = None
) -> CreditBatch:
    batch = CreditBatch(
        dataset=delivery.dataset.code,
        catalogue_version=catalogue().version,
        source_unit=delivery.unit,
        file_name=delivery.file_name,
        file_sha256=delivery.digest,
        file_bytes=delivery.path.stat().st_size,
        received_at=delivery.now,
        received_by=delivery.received_by.user_id,
        status=status.value,
        problem=problem.message if problem else None,
        problem_values={name: str(value) for name, value in problem.values} if problem else None,
        lines_stated=delivery.lines_stated,
    )
    session.add(batch)
    session.flush()
    return batch


def _take_figures(
    session: ActorSession,
    delivery: _Delivery,
    batch: CreditBatch,
    table: Table,
    columns: Columns,
    rejects: RejectWriter,
    progress: Callable[[Progress], None],
    helper: Engine | None,
) -> FigureTally:
    merger = FigureMerger(session, batch, delivery.dataset, rejects, units_confirmed=delivery.units_confirmed)
    with _staged(session, delivery, columns, table, helper) as chunks:
        for chunk in chunks:
            merger.merge(chunk)
            progress(Progress(chunk.progress, merger.tally.lines))
    merger.finish()
    return merger.tally


@contextmanager
def _staged(
    session: ActorSession, delivery: _Delivery, columns: Columns, table: Table, helper: Engine | None
) -> Iterator[Iterator[Chunk]]:
    """Chunks of checked figures: read ahead on a connection of their own where that pays, else on this one."""
    today = business_date(delivery.now)
    if helper is None or delivery.path.stat().st_size < _BIG_FILE:
        with _own_staging(session):
            yield FigureStager(session, delivery.dataset, columns, today).chunks(table)
        return
    with helper.connect() as connection, ActorSession(connection, SYSTEM) as second:
        if not second.connection().scalar(
            text("select pg_try_advisory_lock(hashtext(:what))"), {"what": _STAGING_LOCK}
        ):
            with _own_staging(session):
                yield FigureStager(session, delivery.dataset, columns, today).chunks(table)
            return
        try:
            second.connection().execute(text("truncate credit_staged_lines"))
            # What is staged is lost with a crash anyway, and its delivery with it: no need to wait for the disk.
            second.connection().execute(text("set synchronous_commit = off"))
            second.commit()
            stager = FigureStager(second, delivery.dataset, columns, today, finish_chunk=second.commit)
            with ahead(stager.chunks(table)) as chunks:
                yield chunks
        finally:
            second.rollback()
            second.connection().execute(text("select pg_advisory_unlock(hashtext(:what))"), {"what": _STAGING_LOCK})
            second.connection().execute(text("discard temp"))
            second.connection().execute(text("reset synchronous_commit"))
            second.commit()


def empty_staging(session: ActorSession) -> None:
    """Throw away figures that were on their way in, once their delivery is committed; not while another one runs."""
    connection = session.connection()
    if connection.scalar(text("select pg_try_advisory_xact_lock(hashtext(:what))"), {"what": _STAGING_LOCK}):
        connection.execute(text("truncate credit_staged_lines"))


@contextmanager
def _own_staging(session: ActorSession) -> Iterator[None]:
    """A temporary table of the same name stands before the shared one, for this transaction only."""
    connection = session.connection()
    connection.execute(text("drop table if exists pg_temp.credit_staged_lines"))
    connection.execute(
        text(
            "create temp table credit_staged_lines (like public.credit_staged_lines including defaults) on commit drop"
        )
    )
    # Statements that this connection has prepared before still mean the shared table: a new name in front of another
    # does not make PostgreSQL look names up again.
    connection.execute(text("discard plans"))
    yield
    connection.execute(text("drop table pg_temp.credit_staged_lines, pg_temp.credit_raw"))


def _take_events(
    session: ActorSession,
    delivery: _Delivery,
    batch: CreditBatch,
    table: Table,
    columns: Columns,
    rejects: RejectWriter,
    progress: Callable[[Progress], None],
) -> EventTally:
    reader = EventReader(delivery.dataset, columns, business_date(delivery.now))
    merger = EventMerger(session, batch, delivery.dataset, reader, rejects)
    position = columns.position(delivery.dataset.subject)
    title = columns.titles[position] if position is not None else ""
    merger.take(table, title, lambda fraction, lines: progress(Progress(fraction, lines)))
    return merger.tally


def _analyse(session: ActorSession, dataset: Dataset, written: int) -> None:
    """Statistics are missing right after a bulk load, and the planner would be misled.

    Records that grew by less than a tenth have good ones. What they hold beside their dates is searched by nobody, and
    its statistics would cost more than all others.
    """
    connection = session.connection()
    if dataset.kind is DatasetKind.OBSERVATIONS:
        numbers = [metric.number for metric in dataset.metrics]
        statement = text(
            "select tableoid::regclass::text from credit_observations where metric = any(:metrics) limit 1"
        )
        connection.execute(text(f"analyze {connection.scalar(statement, {'metrics': numbers})}"))
        return
    statement = text(
        "select sum(reltuples) from pg_partition_tree('credit_events') join pg_class on oid = relid where isleaf"
    )
    known = connection.scalar(statement)
    if known is None or written >= known * _GREW:
        columns = "enterprise_id, id, kind, key, decided_on, ends_on, display_until, batch"
        connection.execute(text(f"analyze credit_events ({columns})"))


def _close(
    session: ActorSession,
    delivery: _Delivery,
    batch: CreditBatch,
    tally: FigureTally | EventTally,
    rejects: RejectWriter,
    columns: Columns,
) -> None:
    if tally.lines == 0:
        raise FileProblem(N_("The file has column titles and no rows. Nothing was taken in."))
    batch.lines_read = tally.lines
    batch.lines_rejected, batch.lines_repeated = rejects.count_lines()
    batch.lines_taken = batch.lines_read - batch.lines_rejected - batch.lines_repeated
    batch.values_new, batch.values_changed, batch.values_confirmed = tally.new, tally.changed, tally.confirmed
    fresh = tally.fresh_months if isinstance(tally, FigureTally) else tally.fresh_dates
    batch.first_on, batch.last_on = (min(fresh), max(fresh)) if fresh else (None, None)
    metrics = sum(1 for one in columns.fields if one.role is Role.METRIC)
    lateness = measure(
        delivery.dataset,
        fresh,
        business_date(delivery.now),
        WorkCalendar(working_day_overrides(session)),
        metrics=max(metrics, 1),
    )
    batch.late_lines, batch.most_days_late = lateness.late_lines, lateness.most_days_late
    if batch.values_new + batch.values_changed >= _WORTH_ANALYSING:
        _analyse(session, delivery.dataset, batch.values_new + batch.values_changed)
    counts = batch.model_dump(include={"lines_read", "lines_taken", "lines_rejected", "values_new", "values_changed"})
    record(
        session,
        delivery.received_by,
        "credit.taken_in",
        "credit_batch",
        batch.id,
        delivery.now,
        dataset=batch.dataset,
        unit=batch.source_unit,
        file=batch.file_name,
        **counts,
    )
    enqueue(session, ScoreEnterprises(batch.id), delivery.now)
    session.flush()
