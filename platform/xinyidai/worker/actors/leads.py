from datetime import datetime
from uuid import UUID

from xinyidai.core.db import ActorSession
from xinyidai.enterprises.jobs import FactsChanged, ManyFactsChanged
from xinyidai.leads.full_rerank import rank_chunk, rerank_after_many_changes
from xinyidai.leads.jobs import RankChunk
from xinyidai.leads.ranking import rank_need
from xinyidai.leads.reranking import rerank_needs_of, rerank_needs_touched_by
from xinyidai.leads.second_chance import tell_of_second_chances
from xinyidai.needs.jobs import RankNeed
from xinyidai.products.jobs import ProductChanged
from xinyidai.worker.handling import handles


@handles(RankNeed)
def rank(session: ActorSession, job: RankNeed, now: datetime, job_id: UUID) -> None:
    rank_need(session, job.need_id, now, job_id=job_id, reason=job.reason)


@handles(ProductChanged)
def product_changed(session: ActorSession, job: ProductChanged, now: datetime, job_id: UUID) -> None:
    rerank_needs_touched_by(session, job.product_id, now)


@handles(FactsChanged)
def facts_changed(session: ActorSession, job: FactsChanged, now: datetime, job_id: UUID) -> None:
    rerank_needs_of(session, job.enterprise_id, job.reason, now)
    tell_of_second_chances(session, now, job.enterprise_id)


@handles(ManyFactsChanged)
def many_facts_changed(session: ActorSession, job: ManyFactsChanged, now: datetime, job_id: UUID) -> None:
    rerank_after_many_changes(session, now)


@handles(RankChunk)
def chunk(session: ActorSession, job: RankChunk, now: datetime, job_id: UUID) -> None:
    rank_chunk(session, job.rerun_id, job.number, now)
