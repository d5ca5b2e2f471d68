"""Computing scores again: of everybody, or of some, always by the same statement, and writing down what changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Date, Numeric, SmallInteger, Uuid, bindparam, text

from xinyidai.core.acting import as_platform
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.i18n import N_
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.catalogue.model import METRICS_PER_DATASET
from xinyidai.credit.indicators import scorecard
from xinyidai.credit.indicators.compute import anything_to_compute, compute_into, compute_one, current_context
from xinyidai.credit.indicators.models import CreditScoreRun
from xinyidai.credit.indicators.statement import Context
from xinyidai.credit.models import CreditBatch
from xinyidai.credit.scoring.announce import facts_changed
from xinyidai.credit.scoring.causes import Cause
from xinyidai.credit.scoring.transfer import computed_of, read_computed, write_scores
from xinyidai.credit.scoring.vectors import scores
from xinyidai.credit.types import BatchStatus, DatasetKind

FEW = 2_000
"""From here on computing everybody costs less than computing these."""
_COMPUTED, _POINTS = "credit_computed", "credit_computed_points"

# Whose score, or any part of it, is not as it stands gets a row of history; rows that changed in nothing are left
# alone, so that a quiet night writes nothing. Both parts see the values as they were.
_KEEP = """
    with history as (
        insert into credit_scores (enterprise_id, at, as_of, cause, version, score, level, coverage, points, vetoes)
        select c.enterprise_id, :now, :as_of, :cause, cast(:version as varchar), nullif(p.score, -1),
            nullif(p.level, -1), round(p.present::numeric / cardinality(c.values), 4), p.points, c.vetoes
        from {computed}
        left join credit_indicators k on k.enterprise_id = c.enterprise_id
        where (k.points, k.vetoes, k.coverage, k.version) is distinct from
            (p.points, c.vetoes, round(p.present::numeric / cardinality(c.values), 4), cast(:version as varchar))
    )
    insert into credit_indicators as kept (enterprise_id, as_of, version, computed_at, values, states, dates, vetoes,
        points, score, level, coverage)
    select c.enterprise_id, :as_of, :version, :now, c.values, c.states, c.dates, c.vetoes, p.points,
        nullif(p.score, -1), nullif(p.level, -1), round(p.present::numeric / cardinality(c.values), 4)
    from {computed}
    on conflict (enterprise_id) do update set as_of = excluded.as_of, version = excluded.version,
        computed_at = excluded.computed_at, values = excluded.values, states = excluded.states,
        dates = excluded.dates, vetoes = excluded.vetoes, points = excluded.points, score = excluded.score,
        level = excluded.level, coverage = excluded.coverage
    where (kept.values, kept.states, kept.dates, kept.vetoes, kept.points, kept.version)
        is distinct from (excluded.values, excluded.states, excluded.dates, excluded.vetoes, excluded.points,
        excluded.version)
    returning kept.enterprise_id
"""
_KEEP_MANY = text(_KEEP.format(computed=f"{_COMPUTED} c join {_POINTS} p on p.enterprise_id = c.enterprise_id"))
_ONE: dict[str, Any] = {
    "enterprise_id": Uuid(),
    "values": ARRAY(Numeric),
    "states": ARRAY(SmallInteger),
    "dates": ARRAY(Date),
    "vetoes": ARRAY(SmallInteger),
    "points": ARRAY(SmallInteger),
}
_KEEP_ONE = text(
    _KEEP.format(
        computed="(select cast(:enterprise_id as uuid) as enterprise_id, cast(:values as numeric[]) as values,"
        " cast(:states as smallint[]) as states, cast(:dates as date[]) as dates, cast(:vetoes as smallint[]) as vetoes"
        ") c cross join (select cast(:points as smallint[]) as points, cast(:score as smallint) as score,"
        " cast(:level as smallint) as level, cast(:present as smallint) as present) p"
    )
).bindparams(*(bindparam(name, type_=kind) for name, kind in _ONE.items()))
_TOUCHED_FIGURES = (
    "select enterprise_id from credit_observations where metric >= :lowest and metric < :beyond and batch = :batch"
    " union select enterprise_id from credit_observation_claims"
    " where metric >= :lowest and metric < :beyond and batch = :batch"
)
_TOUCHED_RECORDS = (
    "select enterprise_id from credit_events where kind = :dataset and batch = :batch"
    " union select enterprise_id from credit_event_claims where kind = :dataset and batch = :batch"
)


@dataclass(frozen=True, slots=True)
class Recomputed:
    """``changed``: enterprises of which a value, or the state of one, is another than before."""

    enterprises: int
    changed: tuple[UUID, ...]


def _unwatched(_step: str) -> None:
    pass


STEPS = (
    N_("waiting for the turn"),
    N_("computing the indicators"),
    N_("scoring"),
    N_("writing down what changed"),
)


def recompute_scores(
    session: ActorSession,
    as_of: date,
    enterprise_ids: Sequence[UUID] | None = None,
    cause: Cause = Cause.COMMAND,
    *,
    now: datetime,
    progress: Callable[[str], None] = _unwatched,
) -> Recomputed:
    """Compute indicators and scores as of ``as_of`` for all enterprises, or for those named.

    In the caller's transaction, one computation at a time: two of them would write the same rows.
    """
    card = scorecard()
    with as_platform(session):
        connection = session.connection()
        progress(STEPS[0])
        connection.execute(text("select pg_advisory_xact_lock(hashtext('credit scores'))"))
        if enterprise_ids is not None and len(enterprise_ids) == 1:
            return _recompute_one(session, current_context(session, as_of), enterprise_ids[0], cause, now)
        snapshot = str(connection.scalar(text("select pg_current_snapshot()::text")))
        context = current_context(session, as_of)
        progress(STEPS[1])
        compute_into(session, _COMPUTED, context, enterprise_ids)
        progress(STEPS[2])
        computed = read_computed(session, _COMPUTED, card)
        write_scores(session, _POINTS, computed, scores(card, computed.values, computed.states, computed.vetoed))
        progress(STEPS[3])
        changed = _write_down(session, context, cause, now)
        if enterprise_ids is None:
            _note_run(session, context, cause, now, snapshot, len(computed.ids), len(changed))
        facts_changed(session, changed, cause, now)
    return Recomputed(len(computed.ids), changed)


def _recompute_one(
    session: ActorSession, context: Context, enterprise_id: UUID, cause: Cause, now: datetime
) -> Recomputed:
    """The same for one enterprise, in two statements and without tables: most of what happens by day is this."""
    row = compute_one(session, context, enterprise_id)
    if row is None:
        return Recomputed(0, ())
    computed = computed_of(row)
    found = scores(scorecard(), computed.values, computed.states, computed.vetoed)
    values = {
        **_noted(context, cause, now),
        **row._mapping,
        "points": found.points[0].tolist(),
        "score": int(found.score[0]),
        "level": int(found.level[0]),
        "present": int(found.present[0]),
    }
    changed = tuple(session.connection().scalars(_KEEP_ONE, values))
    facts_changed(session, changed, cause, now)
    return Recomputed(1, changed)


def _noted(context: Context, cause: Cause, now: datetime) -> dict[str, object]:
    return {"as_of": context.as_of, "version": scorecard().version, "now": now, "cause": cause.value}


def _write_down(session: ActorSession, context: Context, cause: Cause, now: datetime) -> tuple[UUID, ...]:
    connection = session.connection()
    changed = tuple(connection.scalars(_KEEP_MANY, _noted(context, cause, now)))
    connection.execute(text(f"drop table {_COMPUTED}, {_POINTS}"))
    if len(changed) >= FEW:
        # Nobody searches by what the arrays hold, and their statistics cost ten times those of all other columns.
        connection.execute(text("analyze credit_indicators (enterprise_id, as_of, version, score, level, coverage)"))
    return changed


def _note_run(
    session: ActorSession, context: Context, cause: Cause, now: datetime, snapshot: str, enterprises: int, changed: int
) -> None:
    session.add(
        CreditScoreRun(
            at=now,
            as_of=context.as_of,
            cause=cause.value,
            version=scorecard().version,
            snapshot=snapshot,
            known=_as_noted(context),
            enterprises=enterprises,
            changed=changed,
        )
    )
    session.flush()


def _as_noted(context: Context) -> dict[str, object]:
    return {"known": list(context.known), "outdated": list(context.outdated)}


def last_run(session: ActorSession) -> CreditScoreRun | None:
    """The last computation of the whole city."""
    from_newest = text("select id from credit_score_runs order by id desc limit 1")
    found = session.connection().scalar(from_newest)
    return None if found is None else session.get(CreditScoreRun, found)


def score_batch(session: ActorSession, batch_id: UUID, now: datetime) -> Recomputed:
    """Compute again whoever a batch names; everybody where it changes what counts as delivered, or is very big.

    A run of the whole city that saw the batch as it is has done this already.
    """
    as_of = business_date(now)
    nothing = Recomputed(0, ())
    with as_platform(session):
        batch = session.get(CreditBatch, batch_id)
        if batch is None or batch.status == BatchStatus.REFUSED.value:
            return nothing
        run = last_run(session)
        if run is not None and run.as_of >= as_of and _was_seen(session, batch, run):
            return nothing
        touched = _touched(session, batch)
        everybody = run is None or len(touched) > FEW or _is_other(run, current_context(session, as_of))
    if not everybody and not touched:
        return nothing
    cause = Cause.WITHDRAWN if batch.status == BatchStatus.WITHDRAWN.value else Cause.DELIVERED
    return recompute_scores(session, as_of, None if everybody else touched, cause, now=now)


def _is_other(run: CreditScoreRun, context: Context) -> bool:
    return run.known != _as_noted(context) or run.version != scorecard().version


def _was_seen(session: ActorSession, batch: CreditBatch, run: CreditScoreRun) -> bool:
    """Whether the run saw the batch as it is now: committed before it, and not changed since.

    The snapshot alone does not say so of a change in the transaction of the run itself, whose number is older than it.
    """
    statement = text(
        "select pg_visible_in_snapshot(b.xmin::text::xid8, cast(:snapshot as pg_snapshot))"
        " and greatest(b.received_at, b.withdrawn_at) < :at from credit_batches b where b.id = :id"
    )
    asked = {"snapshot": run.snapshot, "at": run.at, "id": batch.id}
    return bool(session.connection().scalar(statement, asked))


def _touched(session: ActorSession, batch: CreditBatch) -> list[UUID]:
    """Enterprises with a figure or record of the batch, whether it counts, was replaced or withdrawn."""
    dataset = catalogue().datasets[batch.dataset]
    lowest = dataset.number * METRICS_PER_DATASET
    is_figures = dataset.kind is DatasetKind.OBSERVATIONS
    values: dict[str, object] = {"batch": batch.number}
    values |= {"lowest": lowest, "beyond": lowest + METRICS_PER_DATASET} if is_figures else {"dataset": dataset.code}
    statement = text(_TOUCHED_FIGURES if is_figures else _TOUCHED_RECORDS)
    return list(session.connection().scalars(statement, values))


def rescore_when_the_day_changed(session: ActorSession, now: datetime) -> int:
    """What time alone changes: windows move, data grow stale, records leave their display. Once for each day."""
    if not rescore_is_due(session, now):
        return 0
    return len(recompute_scores(session, business_date(now), None, Cause.NIGHTLY, now=now).changed)


def rescore_is_due(session: ActorSession, now: datetime) -> bool:
    """Whether the whole city has not been computed for this day, or by another scorecard."""
    run = last_run(session)
    if run is None:
        return anything_to_compute(session)
    return run.as_of < business_date(now) or run.version != scorecard().version
