"""Which open needs are ranked again when something they were ranked by has changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from matching import NeedTable, ProductTable, affected, moved
from xinyidai.core.clock import business_date
from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.need_records import current_records
from xinyidai.leads.products_on_sale import compiled_products
from xinyidai.needs.jobs import RankNeed
from xinyidai.needs.models import Need
from xinyidai.needs.types import NeedStatus
from xinyidai.outbox.jobs import enqueue_many
from xinyidai.products.models import Product, ProductVersion
from xinyidai.products.queries import matching_record
from xinyidai.products.types import VersionState

STILL_CHOOSING = (NeedStatus.PUBLISHED, NeedStatus.IN_CONTACT, NeedStatus.DECLINED)
"""Needs whose list still matters: posted, and no credit granted yet."""

_LATEST_RECORDS = text("""
    select distinct on (n.id) n.id, r.need_record, r.finished_at from needs n join match_runs r on r.need_id = n.id
     where n.status = any(:statuses) order by n.id, r.finished_at desc, r.id desc
""")


def rerank_needs_touched_by(session: Session, product_id: UUID, now: datetime) -> int:
    """Enqueue a ranking for each need whose list the product was or is on, and tell how many.

    The engine finds them in the inputs of their latest runs, with the product as it was before and as it is now. A
    need that was ranked since the change has seen it already.
    """
    versions = session.exec(
        select(ProductVersion)
        .where(ProductVersion.product_id == product_id, ProductVersion.state != VersionState.DRAFT.value)
        .order_by(col(ProductVersion.version).desc())
        .limit(2)
    ).all()
    changed_at = session.exec(select(Product.updated_at).where(Product.id == product_id)).one_or_none()
    latest = session.execute(_LATEST_RECORDS, {"statuses": [status.value for status in STILL_CHOOSING]}).all()
    rows = [row for row in latest if changed_at is not None and row.finished_at <= changed_at]
    if not versions or not rows:
        return 0
    needs = NeedTable.from_records([{**row.need_record, "id": str(row.id)} for row in rows])
    touched = affected(needs, *(ProductTable.from_records([matching_record(version)]) for version in versions))
    jobs = [RankNeed(rows[position].id, "product_changed") for position in touched]
    enqueue_many(session, list(jobs), now)
    return len(jobs)


_LATEST_OF_ENTERPRISE = text("""
    select n.id, r.need_record from needs n
     cross join lateral (select need_record from match_runs where need_id = n.id
                          order by finished_at desc, id desc limit 1) r
     where n.enterprise_id = :enterprise and n.status = any(:statuses)
""")


def rerank_needs_of(session: Session, enterprise_id: UUID, reason: str, now: datetime) -> int:
    """Enqueue a ranking for each need of the enterprise whose list a changed fact can touch, and tell how many.

    Facts as they are known now are held against those of the latest run, and the engine's index says whether any
    product on sale could tell the difference. A need that was never ranked has its own job, which will see the facts.
    """
    values = {"enterprise": enterprise_id, "statuses": [status.value for status in STILL_CHOOSING]}
    before = {row.id: row.need_record for row in session.execute(_LATEST_OF_ENTERPRISE, values)}
    pairs = session.exec(
        select(Need, Enterprise)
        .join(Enterprise, col(Enterprise.id) == col(Need.enterprise_id))
        .where(col(Need.id).in_(before))
        .order_by(col(Need.id))
    ).all()
    if not pairs:
        return 0
    now_known = NeedTable.from_records(current_records(session, pairs, business_date(now)))
    was_known = NeedTable.from_records([{**before[need.id], "id": str(need.id)} for need, _ in pairs])
    touched = moved(was_known, now_known, compiled_products(session).table)
    jobs = [RankNeed(pairs[position][0].id, reason) for position in touched]
    enqueue_many(session, list(jobs), now)
    return len(jobs)
