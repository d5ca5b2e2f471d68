"""When a product changes, the open needs that it touches are ranked again, and no others."""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import select

from tests.factories import Factory, some_id
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession
from xinyidai.enterprises.jobs import FactsChanged
from xinyidai.leads.ranking import rank_need
from xinyidai.leads.reranking import rerank_needs_of, rerank_needs_touched_by
from xinyidai.outbox.models import OutboxJob
from xinyidai.products.models import Product
from xinyidai.products.service import withdraw_product
from xinyidai.worker.registry import HANDLINGS


def waiting(session: ActorSession) -> set[str]:
    return {job.payload["need_id"] for job in session.exec(select(OutboxJob).where(OutboxJob.name == "needs.rank"))}


def test_only_needs_that_the_product_is_or_was_open_to_are_ranked_again(
    session: ActorSession, factory: Factory, now: datetime
) -> None:
    bank = factory.institution()
    version = factory.product(bank, criteria=[{"fact": "size", "op": "in", "value": ["small"]}])
    small = factory.need(factory.enterprise())
    large = factory.need(factory.enterprise(size_class="large"))
    too_much = factory.need(factory.enterprise(), amount=Decimal(90_000_000))
    granted = factory.need(factory.enterprise(), status="credited")
    for need in (small, large, too_much, granted):
        rank_need(session, need.id, now)
    assert rerank_needs_touched_by(session, version.product_id, now) == 1
    assert waiting(session) == {str(small.id)}


def test_a_version_that_opens_to_more_needs_reaches_those_too(
    session: ActorSession, factory: Factory, now: datetime
) -> None:
    bank = factory.institution()
    before = factory.product(bank, state="superseded", amount_max=Decimal(500_000))
    need = factory.need(factory.enterprise())
    rank_need(session, need.id, now)
    assert rerank_needs_touched_by(session, before.product_id, now) == 0
    product = session.get_one(Product, before.product_id)
    terms = before.model_dump(exclude={"id", "version", "state", "amount_max"})
    after = type(before)(**terms, version=2, state="published", amount_max=Decimal(5_000_000))
    session.add(after)
    session.flush()
    product.status, product.current_version_id = "published", after.id
    session.flush()
    assert rerank_needs_touched_by(session, product.id, now) == 1


def test_taking_a_product_off_sale_leaves_a_job_behind(session: ActorSession, factory: Factory, now: datetime) -> None:
    version = factory.product(factory.institution())
    withdraw_product(session, SYSTEM, version.product_id, now)
    session.flush()
    job = session.exec(select(OutboxJob).where(OutboxJob.name == "products.changed")).one()
    assert job.payload == {"product_id": str(version.product_id)}


def test_a_need_ranked_since_the_change_is_left_alone(session: ActorSession, factory: Factory, now: datetime) -> None:
    version = factory.product(factory.institution())
    need = factory.need(factory.enterprise())
    rank_need(session, need.id, now + timedelta(seconds=1))
    assert rerank_needs_touched_by(session, version.product_id, now + timedelta(seconds=2)) == 0


def test_a_changed_fact_ranks_the_needs_of_its_enterprise_again(
    session: ActorSession, factory: Factory, now: datetime
) -> None:
    factory.product(factory.institution(), criteria=[{"fact": "size", "op": "in", "value": ["small"]}])
    enterprise = factory.enterprise()
    need, granted = factory.need(enterprise), factory.need(enterprise, status="credited")
    other = factory.need(factory.enterprise())
    for one in (need, granted, other):
        rank_need(session, one.id, now)
    assert rerank_needs_of(session, enterprise.id, "facts_changed", now) == 0
    enterprise.size_class = "large"
    session.flush()
    assert rerank_needs_of(session, enterprise.id, "facts_changed", now) == 1
    assert waiting(session) == {str(need.id)}


def test_a_changed_fact_that_no_product_can_tell_apart_ranks_nothing(
    session: ActorSession, factory: Factory, now: datetime
) -> None:
    factory.product(factory.institution(), criteria=[{"fact": "industry", "op": "prefix_in", "value": ["C"]}])
    enterprise = factory.enterprise()
    rank_need(session, factory.need(enterprise).id, now)
    enterprise.employees, enterprise.industry_code = 31, "C1432"
    session.flush()
    assert rerank_needs_of(session, enterprise.id, "facts_changed", now) == 0


def test_the_job_of_a_changed_fact_finds_its_handler(session: ActorSession, factory: Factory, now: datetime) -> None:
    factory.product(factory.institution(), criteria=[{"fact": "size", "op": "in", "value": ["small"]}])
    enterprise = factory.enterprise()
    need = factory.need(enterprise)
    rank_need(session, need.id, now)
    enterprise.size_class = "micro"
    session.flush()
    handling = HANDLINGS["enterprises.facts_changed"]
    job = FactsChanged(enterprise.id, "consent_given")
    handling.handler(session, handling.job.from_payload(job.payload()), now, some_id())
    found = session.exec(select(OutboxJob).where(OutboxJob.name == "needs.rank")).one()
    assert found.payload == {"need_id": str(need.id), "reason": "consent_given"}
