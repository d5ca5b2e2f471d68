"""Ranking a need: inputs are frozen, the engine is asked once, and everything it said is stored.

Many needs are posted at once, so a ranking is a handful of statements whatever the number of products.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Session, col, select

from matching import WEIGHTS_VERSION, NeedTable, ProductTable, Weights, explain, load_weights, rank
from xinyidai.core.clock import business_date
from xinyidai.core.errors import NotFound
from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.facts import plain_number, stated_facts
from xinyidai.leads.known_facts import known_facts
from xinyidai.leads.models import MatchResult, MatchRun, ProductSet
from xinyidai.leads.products_on_sale import ProductsOnSale, canonical, compiled_products
from xinyidai.needs.models import Need
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus

Record = dict[str, Any]

_INSERT_RESULTS = text("""
    insert into match_results (match_run_id, enterprise_id, institution_id, product_id, product_version_id,
                               rank, verdict, score, contributions, unknown, neutral, failed)
    select :run, :enterprise, r.institution_id, r.product_id, r.product_version_id,
           r.rank, r.verdict, r.score, r.contributions, r.unknown, r.neutral, r.failed
      from jsonb_to_recordset(:results) as r (institution_id uuid, product_id uuid, product_version_id uuid,
           rank int, verdict text, score float8, contributions jsonb, unknown text[], neutral text[], failed jsonb)
""").bindparams(bindparam("results", type_=JSONB))


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
    facts = known_facts(session, [enterprise], business_date(now))[enterprise.id]
    record = need_record(need, facts | stated_facts(need))
    on_sale = compiled_products(session)
    results = evaluate(record, on_sale, load_weights(WEIGHTS_VERSION))
    verdicts = [result["verdict"] for result in results]
    run_id: UUID | None = session.execute(
        insert(MatchRun)
        .values(
            need_id=need.id,
            enterprise_id=need.enterprise_id,
            job_id=job_id,
            reason=reason,
            as_of=business_date(now),
            weights_version=WEIGHTS_VERSION,
            need_record=record,
            product_set_id=_product_set(session, on_sale, now),
            eligible=verdicts.count("eligible"),
            conditional=verdicts.count("conditional"),
            ineligible=verdicts.count("ineligible"),
            finished_at=now,
        )
        .on_conflict_do_nothing(index_elements=["job_id"])
        .returning(col(MatchRun.id))
    ).scalar_one_or_none()
    if run_id is None:
        return session.exec(select(MatchRun.id).where(MatchRun.job_id == job_id)).one()
    session.execute(_INSERT_RESULTS, {"run": run_id, "enterprise": need.enterprise_id, "results": results})
    return run_id


def need_record(need: Need, facts: Mapping[str, object]) -> Record:
    """A posted need in the form of the matching contract."""
    if need.amount is None:
        raise ValueError(f"need {need.id} has no amount: it is a draft")
    return {
        "id": str(need.id),
        "amount": plain_number(need.amount),
        "term": need.term_months,
        "max_rate": None if need.max_rate is None else plain_number(need.max_rate),
        "guarantees": list(need.guarantees),
        "facts": dict(facts),
    }


def evaluate(record: Record, on_sale: ProductsOnSale, weights: Weights) -> list[Record]:
    """What the engine says of every product: the ranked ones in order, then the ineligible ones with their reasons.

    Raises ValueError where a fact is of another kind than the products ask for: the catalogue of facts was broken.
    """
    needs, table = NeedTable.from_records([record]), on_sale.table
    ranked = rank(needs, table, top=max(1, len(table)), weights=weights, workers=1)
    if ranked.rejected:
        raise ValueError(f"need {record['id']} cannot be ranked: {'; '.join(map(str, ranked.rejected))}")
    open_ones = ranked.records()
    known = {one["product"] for one in open_ones}
    closed = ProductTable([product for product in table.products if product.id not in known], table.kinds)
    shut_ones = explain(needs, closed, weights).iter_records() if len(closed) else iter(())
    return [_ranked(one, on_sale) for one in open_ones] + [_ineligible(one, on_sale) for one in shut_ones]


def _result(one: Record, on_sale: ProductsOnSale) -> Record:
    return {
        "product_id": one["product"],
        "institution_id": on_sale.institution_of(one["product"]),
        "product_version_id": on_sale.version_of(one["product"]),
        "verdict": one["verdict"],
        "unknown": one["unknown"],
    }


def _ranked(one: Record, on_sale: ProductsOnSale) -> Record:
    reasons = {"contributions": one["contributions"], "neutral": one["neutral"], "failed": []}
    return {**_result(one, on_sale), "rank": one["rank"], "score": one["score"], **reasons}


def _ineligible(one: Record, on_sale: ProductsOnSale) -> Record:
    return {
        **_result(one, on_sale),
        "rank": None,
        "score": None,
        "contributions": {},
        "neutral": [],
        "failed": one["failed"],
    }


def _product_set(session: Session, on_sale: ProductsOnSale, now: datetime) -> UUID:
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
