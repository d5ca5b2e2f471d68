"""Ranking a need: inputs are frozen, the engine is asked once, and everything it said is stored.

Many needs are posted at once, so a ranking is a handful of statements whatever the number of products.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Session, col, select

from matching import WEIGHTS_VERSION, load_weights
from xinyidai.core.clock import business_date
from xinyidai.core.errors import NotFound
from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.evaluation import evaluate
from xinyidai.leads.models import MatchResult, MatchRun, ProductSet
from xinyidai.leads.need_records import current_records
from xinyidai.leads.products_on_sale import ProductsOnSale, canonical, compiled_products
from xinyidai.needs.models import Need
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus

Record = dict[str, Any]

_INSERT_RESULTS = text("""
    insert into match_results (match_run_id, enterprise_id, institution_id, product_id, product_version_id,
                               rank, verdict, score, contributions, unknown, neutral, failed)
    select l.run, l.enterprise, r.institution_id, r.product_id, r.product_version_id,
           r.rank, r.verdict, r.score, r.contributions, r.unknown, r.neutral, r.failed
      from jsonb_to_recordset(:lists) as l (run uuid, enterprise uuid, results jsonb)
     cross join lateral jsonb_to_recordset(l.results) as r (institution_id uuid, product_id uuid,
           product_version_id uuid, rank int, verdict text, score float8, contributions jsonb, unknown text[],
           neutral text[], failed jsonb)
""").bindparams(bindparam("lists", type_=JSONB))


def rank_need(
    session: Session, need_id: UUID, now: datetime, *, job_id: UUID | None = None, reason: str = "posted"
) -> UUID | None:
    """Rank all products on sale for the need, and answer the stored run.

    The same ``job_id`` is ranked once, whoever asks and however often. A need that is not open any more is not
    ranked: None. Raises NotFound where there is no such need.
    """
    found = session.exec(
        select(Need, Enterprise).join(Enterprise, col(Enterprise.id) == Need.enterprise_id).where(Need.id == need_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    need, enterprise = found
    if NeedStatus(need.status) not in OPEN_STATUSES:
        return None
    (record,) = current_records(session, [(need, enterprise)], business_date(now))
    on_sale = compiled_products(session)
    results = evaluate(record, on_sale, load_weights(WEIGHTS_VERSION))
    products = stored_product_set(session, on_sale, now)
    runs = store_runs(session, [(record, need.enterprise_id, results)], products, now, reason=reason, job_id=job_id)
    return runs[0] if runs else session.exec(select(MatchRun.id).where(MatchRun.job_id == job_id)).one()


def store_runs(
    session: Session,
    rankings: Sequence[tuple[Record, UUID, list[Record]]],
    product_set_id: UUID,
    now: datetime,
    *,
    reason: str,
    job_id: UUID | None = None,
) -> list[UUID]:
    """Store rankings, each ``(need record, enterprise id, results)``, in two statements, and answer the runs' ids.

    With a ``job_id`` (of one ranking) that was stored before, nothing is stored again: the list is empty.
    """
    rows = []
    for record, enterprise_id, results in rankings:
        verdicts = [result["verdict"] for result in results]
        rows.append(
            {
                "need_id": UUID(record["id"]),
                "enterprise_id": enterprise_id,
                "job_id": job_id,
                "reason": reason,
                "as_of": business_date(now),
                "weights_version": WEIGHTS_VERSION,
                "need_record": record,
                "product_set_id": product_set_id,
                "eligible": verdicts.count("eligible"),
                "conditional": verdicts.count("conditional"),
                "ineligible": verdicts.count("ineligible"),
                "finished_at": now,
            }
        )
    if not rows:
        return []
    inserted = insert(MatchRun).values(rows).on_conflict_do_nothing(index_elements=["job_id"])
    stored = {need: run for run, need in session.execute(inserted.returning(col(MatchRun.id), col(MatchRun.need_id)))}
    lists = [
        {"run": str(run), "enterprise": str(enterprise), "results": results}
        for record, enterprise, results in rankings
        if (run := stored.get(UUID(record["id"])))
    ]
    if lists:
        session.execute(_INSERT_RESULTS, {"lists": lists})
    return list(stored.values())


def stored_product_set(session: Session, on_sale: ProductsOnSale, now: datetime) -> UUID:
    """The stored set of this content. Asked for each time: a set that was stored may have been rolled back."""
    stored = select(ProductSet.id).where(ProductSet.content_hash == on_sale.content_hash)
    found = session.exec(stored).one_or_none()
    if found is None:
        session.execute(
            insert(ProductSet)
            .values(
                content_hash=on_sale.content_hash,
                records=on_sale.records,
                version_ids=on_sale.version_ids,
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["content_hash"])
        )
        found = session.exec(stored).one()
    return found


@dataclass(frozen=True, slots=True)
class Replay:
    """A stored run computed again from its frozen inputs. Both are canonical JSON, product by product."""

    stored: bytes
    computed: bytes

    @property
    def same(self) -> bool:
        return self.stored == self.computed


def replay(session: Session, match_run_id: UUID) -> Replay:
    """Compute the run again from what it was decided from. Raises NotFound where there is no such run."""
    found = session.exec(
        select(MatchRun, ProductSet)
        .join(ProductSet, col(ProductSet.id) == MatchRun.product_set_id)
        .where(MatchRun.id == match_run_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    run, products = found
    on_sale = ProductsOnSale.of(products.records, products.version_ids)
    computed = evaluate(run.need_record, on_sale, load_weights(run.weights_version))
    stored = session.exec(select(MatchResult).where(MatchResult.match_run_id == match_run_id)).all()
    return Replay(_in_order([_stored(row) for row in stored]), _in_order(computed))


def _in_order(results: list[Record]) -> bytes:
    return canonical(sorted(results, key=lambda result: str(result["product_id"])))


def _stored(row: MatchResult) -> Record:
    return {
        "product_id": str(row.product_id),
        "institution_id": str(row.institution_id),
        "product_version_id": str(row.product_version_id),
        "verdict": row.verdict,
        "unknown": row.unknown,
        "rank": row.rank,
        "score": row.score,
        "contributions": row.contributions,
        "neutral": row.neutral,
        "failed": row.failed,
    }
