"""After a repair: the lenders whose refusal it has lifted can be asked again, and the enterprise is told so."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.clock import business_date
from xinyidai.credit.repair.models import RepairCase
from xinyidai.credit.repair.records import adverse_records
from xinyidai.leads.repair_messages import ASK_AGAIN
from xinyidai.leads.repair_paths import paths_for, reasons_lifted_by
from xinyidai.leads.reranking import STILL_CHOOSING
from xinyidai.leads.types import RefusalReason
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_enterprise

# Of each product the latest refusal; none where the product has been applied for again since.
_REFUSED = text("""
    select distinct on (l.need_id, l.product_id) l.need_id, l.product_id, l.reason, n.number, v.name as product,
        i.name as institution
    from leads l join needs n on n.id = l.need_id join product_versions v on v.id = l.product_version_id
        join institutions i on i.id = l.institution_id
    where l.enterprise_id = :enterprise_id and l.status in ('declined', 'refused') and l.reason = any(:reasons)
        and n.status = any(:statuses)
        and not exists (select 1 from leads o where o.need_id = l.need_id and o.product_id = l.product_id
            and o.sent_at > l.sent_at)
    order by l.need_id, l.product_id, l.closed_at desc
""")


def say_who_can_be_asked_again(session: Session, case_id: UUID, now: datetime) -> int:
    """One message for each refused product whose reason has fallen; tells how many."""
    case = session.get(RepairCase, case_id)
    if case is None:
        return 0
    today = business_date(now)
    lifted = [one for one in reasons_lifted_by(case.dataset, today) if not _still_stands(session, case, one, now)]
    rows = session.connection().execute(
        _REFUSED,
        {
            "enterprise_id": case.enterprise_id,
            "reasons": [one.value for one in lifted],
            "statuses": [one.value for one in STILL_CHOOSING],
        },
    )
    told = 0
    for row in rows:
        notify(
            session, to_enterprise(case.enterprise_id), ASK_AGAIN, now,
            link=f"/enterprise/needs/{row.need_id}/products/{row.product_id}",
            institution=row.institution, product=row.product, need=row.number,
        )  # fmt: skip
        told += 1
    return told


def _still_stands(session: Session, case: RepairCase, reason: RefusalReason, now: datetime) -> bool:
    """Whether another record that the reason may rest on still counts."""
    today = business_date(now)
    kinds = [code for path in paths_for(reason, today) if path.about_records for code in path.datasets]
    return bool(kinds) and bool(adverse_records(session, case.enterprise_id, kinds, today))
