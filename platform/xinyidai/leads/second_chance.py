"""When the record behind a refusal counts no more, the lender can be asked again, and the enterprise is told so, once.

It may have been repaired, or hidden after an objection, or its department delivered that it is settled, or took the
delivery back, or its time of display ran out. However it came: what was there when the lender refused, and is not
there now, lifts the reason.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text
from sqlmodel import Session

from xinyidai.core.clock import business_date
from xinyidai.credit.repair.models import RepairCase
from xinyidai.credit.repair.records import COUNTS
from xinyidai.leads.repair_messages import ASK_AGAIN
from xinyidai.leads.repair_paths import kinds_behind, reasons_lifted_by
from xinyidai.leads.reranking import STILL_CHOOSING
from xinyidai.leads.types import RefusalReason
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_enterprise

BATCH = 500

# Of each product the latest refusal; none where the product has been applied for again since. A batch that was
# withdrawn was there all the same when the lender refused: its claims are kept.
_LIFTED = """
    with resting (reason, kind) as materialized (select * from unnest(:reasons, :kinds)),
    refused as (
        select distinct on (l.need_id, l.product_id) l.id, l.need_id, l.product_id, l.enterprise_id, l.reason,
            l.closed_at, n.number, v.name as product, i.name as institution
        from leads l join needs n on n.id = l.need_id join product_versions v on v.id = l.product_version_id
            join institutions i on i.id = l.institution_id
        where l.status in ('declined', 'refused') and l.reason = any(:reasons) and n.status = any(:statuses)
            and {whose}
            and not exists (select from leads o where o.need_id = l.need_id and o.product_id = l.product_id
                and o.sent_at > l.sent_at)
        order by l.need_id, l.product_id, l.closed_at desc, l.id desc
    )
    select l.* from refused l
    where not exists (select from second_chances s where s.lead_id = l.id)
        and not exists (select from resting r join credit_events e on e.kind = r.kind
            where r.reason = l.reason and e.enterprise_id = l.enterprise_id and {counts})
        and ({granted} or exists (
            select from resting r join (
                select enterprise_id, kind, batch from credit_events
                union all select enterprise_id, kind, batch from credit_event_claims
            ) e on e.kind = r.kind join credit_batches b on b.number = e.batch
            where r.reason = l.reason and e.enterprise_id = l.enterprise_id and b.received_at <= l.closed_at))
    order by l.closed_at, l.id limit :limit
"""
_TELL = text(
    "insert into second_chances (lead_id, enterprise_id, told_at) values (:lead, :enterprise, :now)"
    " on conflict do nothing"
)


def say_who_can_be_asked_again(session: Session, case_id: UUID, now: datetime) -> int:
    """After a case was granted, whose record had been there; tells how many refused products were named."""
    case = session.get(RepairCase, case_id)
    if case is None:
        return 0
    reasons = reasons_lifted_by(case.dataset, business_date(now))
    return _tell_all(session, now, reasons, case.enterprise_id, granted=True)


def tell_of_second_chances(session: Session, now: datetime, enterprise_id: UUID | None = None) -> int:
    """One message for each refused product whose reason has fallen, of one enterprise or of all; tells how many."""
    return _tell_all(session, now, list(RefusalReason), enterprise_id, granted=False)


def _tell_all(
    session: Session, now: datetime, reasons: Iterable[RefusalReason], enterprise_id: UUID | None, *, granted: bool
) -> int:
    resting = [(reason.value, kind) for reason in reasons for kind in kinds_behind(reason)]
    statement = text(
        _LIFTED.format(
            whose="true" if enterprise_id is None else "l.enterprise_id = :enterprise",
            counts=COUNTS,
            granted="true" if granted else "false",
        )
    ).bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("reasons", "kinds", "statuses")))
    asked: dict[str, object] = {
        "reasons": [reason for reason, _kind in resting],
        "kinds": [kind for _reason, kind in resting],
        "statuses": [one.value for one in STILL_CHOOSING],
        "as_of": business_date(now),
        "limit": BATCH,
    }
    if enterprise_id is not None:
        asked["enterprise"] = enterprise_id
    told = 0
    for row in session.connection().execute(statement, asked).all():
        marked = {"lead": row.id, "enterprise": row.enterprise_id, "now": now}
        if not session.connection().execute(_TELL, marked).rowcount:
            continue  # told at the same moment by another process
        notify(
            session, to_enterprise(row.enterprise_id), ASK_AGAIN, now,
            link=f"/enterprise/needs/{row.need_id}/products/{row.product_id}",
            institution=row.institution, product=row.product, need=row.number,
        )  # fmt: skip
        told += 1
    return told
