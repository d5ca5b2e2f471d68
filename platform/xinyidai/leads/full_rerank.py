"""Every open need ranked again: each night, or when the office asks for it.

A run is cut into chunks once, and each chunk is a job, so that any number of workers share the work. A chunk is done in
one transaction; stopped and sent again, it begins with what is still to do: needs ranked since the run began are left
alone, and so is a need of which every input is as it was, because the same inputs give the same list.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from matching import WEIGHTS_VERSION, load_weights
from xinyidai.audit.service import record
from xinyidai.core.acting import as_platform
from xinyidai.core.actor import Actor, Role
from xinyidai.core.clock import BUSINESS_ZONE, business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Conflict, Forbidden
from xinyidai.core.i18n import N_
from xinyidai.core.logs import logger
from xinyidai.enterprises.jobs import ManyFactsChanged
from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.evaluation import evaluate_all
from xinyidai.leads.jobs import RankChunk
from xinyidai.leads.need_records import current_records
from xinyidai.leads.products_on_sale import compiled_products
from xinyidai.leads.ranking import store_runs, stored_product_set
from xinyidai.leads.rerank_models import RerankChunk, RerankRun
from xinyidai.leads.reranking import STILL_CHOOSING
from xinyidai.needs.models import Need
from xinyidai.outbox.jobs import enqueue, enqueue_many

Record = dict[str, Any]

CHUNK_NEEDS = 200
NIGHT_BEGINS = time(1, 0)
"""Shanghai time: after the day's deliveries and closings."""
GIVEN_UP_AFTER = timedelta(hours=20)
"""A run that has not ended by then makes room for the next one."""
ASK_AGAIN = timedelta(minutes=10)
_ASKERS = frozenset({Role.OFFICE_STAFF, Role.ADMINISTRATOR})

_CUT = text("""
    insert into rerank_chunks (rerun_id, number, need_ids)
    select :run, (place - 1) / :size, array_agg(id order by id)
      from (select id, row_number() over (order by id) as place from needs where status = any(:statuses)) counted
     group by 2 returning number, cardinality(need_ids) as needs
""")
# What a need was last ranked by, and its list as one text.
_LATEST = text("""
    select n.id, r.need_record, r.product_set_id, r.weights_version, r.finished_at,
           (select string_agg(m.product_id || ':' || m.verdict, ',' order by m.rank)
              from match_results m where m.match_run_id = r.id and m.rank is not null) as list
      from unnest(cast(:ids as uuid[])) as n (id)
     cross join lateral (select id, need_record, product_set_id, weights_version, finished_at from match_runs
                          where need_id = n.id order by finished_at desc, id desc limit 1) r
""")


@dataclass(slots=True)
class Counts:
    """What became of the needs of a chunk; see ``RerankChunk``."""

    ranked: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0


def can_ask_for_rerank(actor: Actor) -> bool:
    """Whoever sees the whole city; a district's staff would have other districts ranked."""
    return actor.role in _ASKERS and not actor.region


def ask_for_rerank(session: ActorSession, actor: Actor, now: datetime) -> RerankRun:
    """The office has every open need ranked again now. Raises Conflict while a run is under way."""
    if not can_ask_for_rerank(actor):
        raise Forbidden()
    with as_platform(session):
        _give_up_stuck(session, now)
        if _is_under_way(session):
            raise Conflict(N_("All needs are being ranked again already. Please wait until that has ended."))
        run = _start(session, RerankRun(asked_by=actor.user_id, started_at=now, needs=0), now)
    record(session, actor, "rankings.all_again", "rerank_run", run.id, now, needs=run.needs)
    return run


def nightly_rerank(session: Session, now: datetime) -> int:
    """Scheduled: one run for each night, begun after one o'clock as soon as it can be. Tells how many needs."""
    local = now.astimezone(BUSINESS_ZONE)
    if local.time() < NIGHT_BEGINS:
        return 0
    tonight = business_date(now)
    _give_up_stuck(session, now)
    if session.exec(select(RerankRun.id).where(RerankRun.night == tonight)).first() or _is_under_way(session):
        return 0
    return _start(session, RerankRun(night=tonight, started_at=now, needs=0), now).needs


def rerank_after_many_changes(session: Session, now: datetime) -> None:
    """Rank every open need anew; while a run is under way, which may have begun before the change, ask again later."""
    _give_up_stuck(session, now)
    if _is_under_way(session):
        enqueue(session, ManyFactsChanged(), now, available_at=now + ASK_AGAIN)
    else:
        _start(session, RerankRun(started_at=now, needs=0), now)


def _is_under_way(session: Session) -> bool:
    """Locked until the transaction ends, so that two cannot begin at once."""
    session.execute(text("select pg_advisory_xact_lock(hashtext('xyd-rerank'))"))
    open_ = select(RerankRun.id).where(col(RerankRun.finished_at).is_(None), col(RerankRun.given_up_at).is_(None))
    return session.exec(open_).first() is not None


def _give_up_stuck(session: Session, now: datetime) -> None:
    session.execute(
        text(
            "update rerank_runs set given_up_at = :now"
            " where finished_at is null and given_up_at is null and started_at < :before"
        ),
        {"now": now, "before": now - GIVEN_UP_AFTER},
    )


def _start(session: Session, run: RerankRun, now: datetime) -> RerankRun:
    session.add(run)
    session.flush()
    cut = session.execute(
        _CUT, {"run": run.id, "size": CHUNK_NEEDS, "statuses": [status.value for status in STILL_CHOOSING]}
    ).all()
    run.needs = sum(row.needs for row in cut)
    if not cut:
        run.finished_at = now
    session.flush()
    enqueue_many(session, [RankChunk(run.id, row.number) for row in sorted(cut)], now)
    return run


def rank_chunk(session: Session, rerun_id: UUID, number: int, now: datetime) -> Counts | None:
    """Rank what is still to rank of the chunk; None where it was done before, or its run is given up."""
    chunk = session.exec(
        select(RerankChunk)
        .where(RerankChunk.rerun_id == rerun_id, RerankChunk.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    run = session.get_one(RerankRun, rerun_id)
    if chunk.done_at is not None or run.given_up_at is not None:
        return None
    counts = _rank(session, chunk.need_ids, run.started_at, now)
    # The last chunk ends the run: chunks that end at once must see each other.
    given_up = session.execute(
        text("select given_up_at is not null from rerank_runs where id = :id for update"), {"id": rerun_id}
    ).scalar_one()
    for name, count in asdict(counts).items():
        setattr(chunk, name, count)
    chunk.done_at = now
    session.flush()
    left = select(RerankChunk.id).where(RerankChunk.rerun_id == rerun_id, col(RerankChunk.done_at).is_(None)).limit(1)
    if not given_up and session.exec(left).first() is None:
        run.finished_at = now
        session.flush()
    return counts


def _rank(session: Session, need_ids: Sequence[UUID], began: datetime, now: datetime) -> Counts:
    latest = {row.id: row for row in session.execute(_LATEST, {"ids": list(need_ids)})}
    pairs = session.exec(
        select(Need, Enterprise)
        .join(Enterprise, col(Enterprise.id) == col(Need.enterprise_id))
        .where(col(Need.id).in_(need_ids), col(Need.status).in_([status.value for status in STILL_CHOOSING]))
        .order_by(col(Need.id))
    ).all()
    due = [pair for pair in pairs if not (pair[0].id in latest and latest[pair[0].id].finished_at >= began)]
    counts = Counts(skipped=len(need_ids) - len(due))
    on_sale = compiled_products(session)
    product_set = stored_product_set(session, on_sale, now)
    moved: list[tuple[Record, UUID]] = []
    for (need, enterprise), found in zip(due, current_records(session, due, business_date(now)), strict=True):
        before = latest.get(need.id)
        inputs = found, product_set, WEIGHTS_VERSION
        if before is not None and (before.need_record, before.product_set_id, before.weights_version) == inputs:
            counts.unchanged += 1
        else:
            moved.append((found, enterprise.id))
    if not moved:
        return counts
    said = evaluate_all([found for found, _ in moved], on_sale, load_weights(WEIGHTS_VERSION))
    for error in said.rejected:
        logger.error("need cannot be ranked", error=str(error))
    rankings = [
        (found, enterprise, said.results[found["id"]]) for found, enterprise in moved if found["id"] in said.results
    ]
    store_runs(session, rankings, product_set, now, reason="nightly")
    counts.ranked, counts.failed = len(rankings), len(moved) - len(rankings)
    counts.changed = sum(
        _list(results) != (latest[UUID(found["id"])].list if UUID(found["id"]) in latest else None)
        for found, _, results in rankings
    )
    return counts


def _list(results: Sequence[Record]) -> str | None:
    """As ``_LATEST`` writes it."""
    ranked = [f"{one['product_id']}:{one['verdict']}" for one in results if one["rank"] is not None]
    return ",".join(ranked) or None
