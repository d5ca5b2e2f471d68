"""Taking a whole batch back: as if it had never come, but for the trace that it did.

The newest claim of another batch comes back where there is one; the withdrawn claims stay readable beside it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from xinyidai.audit.service import record
from xinyidai.core.acting import as_platform
from xinyidai.core.actor import Actor
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Conflict, InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.credit.catalogue import Dataset, catalogue
from xinyidai.credit.catalogue.model import METRICS_PER_DATASET
from xinyidai.credit.intake.access import KEEPERS, unit_of
from xinyidai.credit.jobs import ScoreEnterprises
from xinyidai.credit.models import CreditBatch
from xinyidai.credit.repair.display_rows import rule_returned
from xinyidai.credit.types import BatchStatus, DatasetKind
from xinyidai.outbox.jobs import enqueue

_LIVE = "(select number from credit_batches where dataset = :dataset and status = 'taken' and number <> :batch)"

# What was delivered before an objection to it was upheld is wrong, whoever delivered it: it never comes back.
_STRUCK_OUT = (
    "exists (select from repair_cases s join credit_batches d on d.number = c.batch"
    " where s.metric = c.metric and s.enterprise_id = c.enterprise_id and s.month = c.month and s.part = c.part"
    " and s.kind = 'objection' and s.status = 'accepted' and d.received_at <= s.decided_at)"
)

_FIGURES = (
    "drop table if exists pg_temp.credit_returning",
    f"""
    create temp table credit_returning on commit drop as
    select o.metric, o.enterprise_id, o.month, o.part, o.value as old_value, o.line as old_line,
        c.id as claim_id, c.value, c.batch, c.line
    from credit_observations o left join lateral (
        select * from credit_observation_claims c
        where c.metric = o.metric and c.enterprise_id = o.enterprise_id and c.month = o.month and c.part = o.part
            and c.batch in {_LIVE} and not {_STRUCK_OUT}
        order by c.batch desc, c.line desc limit 1
    ) c on true
    where o.metric >= :lowest and o.metric < :beyond and o.batch = :batch
    """,  # noqa: S608 - constants
    "insert into credit_observation_claims (metric, enterprise_id, month, part, value, batch, line)"
    " select metric, enterprise_id, month, part, old_value, :batch, old_line from credit_returning",
    "delete from credit_observation_claims c using credit_returning r where c.id = r.claim_id",
    "update credit_observations o set value = r.value, batch = r.batch, line = r.line from credit_returning r"
    " where o.metric = r.metric and o.enterprise_id = r.enterprise_id and o.month = r.month and o.part = r.part"
    " and o.metric >= :lowest and o.metric < :beyond and r.claim_id is not null",
    "delete from credit_observations o using credit_returning r"
    " where o.metric = r.metric and o.enterprise_id = r.enterprise_id and o.month = r.month and o.part = r.part"
    " and o.metric >= :lowest and o.metric < :beyond and r.claim_id is null",
    "update credit_metric_months m set figures = m.figures - gone.figures from"
    " (select metric, month, count(*) as figures from credit_returning where claim_id is null group by metric, month)"
    " gone where m.metric = gone.metric and m.month = gone.month",
    "delete from credit_metric_months where metric >= :lowest and metric < :beyond and figures = 0",
    "drop table credit_returning",
)

_EVENTS = (
    "drop table if exists pg_temp.credit_returning, pg_temp.credit_coming_back",
    f"""
    create temp table credit_returning on commit drop as
    select o.enterprise_id, o.id, c.id as claim_id
    from credit_events o left join lateral (
        select * from credit_event_claims c
        where c.enterprise_id = o.enterprise_id and c.kind = o.kind and c.key = o.key and c.batch in {_LIVE}
        order by c.batch desc, c.line desc limit 1
    ) c on true
    where o.kind = :dataset and o.batch = :batch
    """,  # noqa: S608 - constants
    "create temp table credit_coming_back on commit drop as"
    " select c.* from credit_event_claims c join credit_returning r on r.claim_id = c.id",
    "insert into credit_event_claims"
    " (event_id, enterprise_id, kind, key, decided_on, ends_on, document_no, payload, batch, line)"
    " select o.id, o.enterprise_id, o.kind, o.key, o.decided_on, o.ends_on, o.document_no, o.payload, o.batch, o.line"
    " from credit_events o join credit_returning r on r.enterprise_id = o.enterprise_id and r.id = o.id",
    "delete from credit_event_claims c using credit_returning r where c.id = r.claim_id",
    "update credit_events o set decided_on = c.decided_on, ends_on = c.ends_on, document_no = c.document_no,"
    " payload = c.payload, batch = c.batch, line = c.line from credit_coming_back c"
    " where o.enterprise_id = c.enterprise_id and o.id = c.event_id",
    "delete from credit_events o using credit_returning r"
    " where o.enterprise_id = r.enterprise_id and o.id = r.id and r.claim_id is null",
)


def withdraw(session: ActorSession, actor: Actor, batch_id: UUID, reason: str, now: datetime) -> CreditBatch:
    """Withdraw a batch. Its own source unit may, and those who keep the platform."""
    batch = session.get(CreditBatch, batch_id)
    if batch is None or (actor.role not in KEEPERS and unit_of(session, actor) != batch.source_unit):
        raise NotFound()
    if not reason.strip():
        raise InvalidInput({"reason": N_("Please say why the batch is withdrawn.")})
    dataset = catalogue().datasets[batch.dataset]
    with as_platform(session):
        lock = text("select pg_advisory_xact_lock(hashtext(:what))")
        session.connection().execute(lock, {"what": f"credit {dataset.code}"})
        session.refresh(batch)
        if batch.status != BatchStatus.TAKEN.value:
            raise Conflict(N_("This batch has been withdrawn or refused already."))
        _take_back(session, batch, dataset, now)
        batch.status, batch.withdrawn_at = BatchStatus.WITHDRAWN.value, now
        batch.withdrawn_by, batch.withdrawn_because = actor.user_id, reason.strip()
        session.add(batch)
        enqueue(session, ScoreEnterprises(batch.id), now)
        record(session, actor, "credit.withdrawn", "credit_batch", batch.id, now, reason=reason.strip())
    return batch


def _take_back(session: ActorSession, batch: CreditBatch, dataset: Dataset, now: datetime) -> None:
    lowest = dataset.number * METRICS_PER_DATASET
    values = {
        "batch": batch.number,
        "dataset": dataset.code,
        "lowest": lowest,
        "beyond": lowest + METRICS_PER_DATASET,
    }
    for statement in _FIGURES if dataset.kind is DatasetKind.OBSERVATIONS else _EVENTS:
        session.connection().execute(text(statement), values)
    if dataset.kind is not DatasetKind.OBSERVATIONS:
        rule_returned(session, dataset.code, now)
        session.connection().execute(text("drop table credit_returning, credit_coming_back"))
