"""A ranking is stored with everything it was decided from, and can be computed again."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, text
from sqlmodel import func, select

from tests.conftest import Sessions
from tests.factories import Factory, actor_of, some_id
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import NotFound
from xinyidai.leads.models import MatchResult, MatchRun, ProductSet
from xinyidai.leads.ranking import rank_need, replay
from xinyidai.needs.models import Need
from xinyidai.products.models import Product, ProductVersion

YOUNG = {"fact": "months_in_business", "op": ">=", "value": 24}
OLD = {"fact": "months_in_business", "op": ">=", "value": 240}
TAX = {"fact": "tax_grade", "op": "in", "value": ["A", "B"]}


class City:
    """One need and four products: open, open and cheaper, of unknown outcome, shut."""

    def __init__(self, factory: Factory) -> None:
        self.bank = factory.institution()
        self.dear = factory.product(self.bank, rate_min=Decimal("4.5"), rate_max=Decimal("6.1"), criteria=[YOUNG])
        self.cheap = factory.product(self.bank, rate_min=Decimal("3.1"), rate_max=Decimal("3.5"), criteria=[YOUNG])
        self.open = factory.product(self.bank, criteria=[TAX])
        self.shut = factory.product(self.bank, criteria=[OLD, TAX])
        self.enterprise = factory.enterprise()
        self.need = factory.need(self.enterprise)
        factory.session.commit()


@pytest.fixture
def city(factory: Factory) -> City:
    return City(factory)


def results(session: ActorSession, need: Need) -> list[MatchResult]:
    return list(
        session.exec(
            select(MatchResult).join(MatchRun).where(MatchRun.need_id == need.id).order_by("rank", "product_id")
        )
    )


def test_every_product_has_its_place_and_its_reasons(city: City, session: ActorSession, now: datetime) -> None:
    run_id = rank_need(session, city.need.id, now)
    run = session.exec(select(MatchRun).where(MatchRun.id == run_id)).one()
    assert (run.eligible, run.conditional, run.ineligible) == (2, 1, 1)
    cheap, dear, unknown, shut = results(session, city.need)
    assert [cheap.product_id, dear.product_id] == [city.cheap.product_id, city.dear.product_id]
    assert [row.rank for row in (cheap, dear, unknown, shut)] == [1, 2, 3, None]
    assert (unknown.verdict, unknown.unknown) == ("conditional", ["tax_grade"])
    assert cheap.score == pytest.approx(sum(cheap.contributions.values()))
    assert "record" in cheap.neutral
    assert shut.failed == [{"fact": "months_in_business", "op": ">=", "value": 240, "actual": 74}]
    assert (shut.unknown, shut.score, shut.contributions) == (["tax_grade"], None, {})
    assert cheap.product_version_id == city.cheap.id
    assert cheap.institution_id == city.bank.id


def test_a_run_computed_again_from_its_frozen_inputs_gives_the_same_bytes(
    city: City, session: ActorSession, now: datetime
) -> None:
    run_id = rank_need(session, city.need.id, now)
    assert run_id is not None
    session.execute(text("update enterprises set registered_on = '2026-01-01'"))
    city.need.amount = Decimal(99)
    city.cheap.state = "superseded"
    session.flush()
    again = replay(session, run_id)
    assert again.same
    assert again.stored.count(b'"product_id"') == 4


def test_a_replay_shows_when_the_frozen_inputs_were_tampered_with(
    city: City, session: ActorSession, now: datetime
) -> None:
    run_id = rank_need(session, city.need.id, now)
    assert run_id is not None
    run = session.get_one(MatchRun, run_id)
    run.need_record = {**run.need_record, "amount": 120_000}
    with session.no_autoflush:
        assert not replay(session, run_id).same
    session.expire(run)


def test_runs_over_the_same_products_share_one_stored_set(
    city: City, factory: Factory, session: ActorSession, now: datetime
) -> None:
    other = factory.need(factory.enterprise(), amount=Decimal(200_000))
    rank_need(session, city.need.id, now)
    rank_need(session, other.id, now)
    assert session.exec(select(func.count()).select_from(ProductSet)).one() == 1
    new = ProductVersion(**{**city.cheap.model_dump(exclude={"id"}), "version": 2, "rate_min": Decimal("3.0")})
    city.cheap.state = "superseded"
    session.flush()
    session.add(new)
    session.flush()
    product = session.get_one(Product, city.cheap.product_id)
    product.current_version_id = new.id
    session.flush()
    rank_need(session, city.need.id, now + timedelta(days=1))
    assert session.exec(select(func.count()).select_from(ProductSet)).one() == 2


def test_products_off_sale_and_of_inactive_lenders_are_not_ranked(
    city: City, session: ActorSession, now: datetime
) -> None:
    for version in (city.dear, city.shut):
        product = session.get_one(Product, version.product_id)
        product.status, product.current_version_id = "withdrawn", None
    session.flush()
    rank_need(session, city.need.id, now)
    assert {row.product_id for row in results(session, city.need)} == {city.cheap.product_id, city.open.product_id}


def test_the_same_job_ranks_once(city: City, session: ActorSession, now: datetime) -> None:
    job = some_id()
    first = rank_need(session, city.need.id, now, job_id=job)
    assert rank_need(session, city.need.id, now, job_id=job) == first
    assert len(results(session, city.need)) == 4


def test_a_need_that_was_closed_meanwhile_is_not_ranked(city: City, session: ActorSession, now: datetime) -> None:
    city.need.status, city.need.closed_at = "withdrawn", now
    session.flush()
    assert rank_need(session, city.need.id, now) is None
    with pytest.raises(NotFound):
        rank_need(session, some_id(), now)


def test_a_city_without_products_has_an_empty_ranking(factory: Factory, session: ActorSession, now: datetime) -> None:
    need = factory.need(factory.enterprise())
    assert rank_need(session, need.id, now) is not None
    assert results(session, need) == []


def test_the_number_of_statements_does_not_grow_with_the_products(
    city: City, factory: Factory, session: ActorSession, now: datetime
) -> None:
    def count() -> int:
        asked: list[str] = []
        listener = lambda *given: asked.append(given[2])  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", listener)
        rank_need(session, city.need.id, now)
        event.remove(session.get_bind(), "before_cursor_execute", listener)
        return len(asked)

    count()
    with_few = count()
    for _ in range(20):
        factory.product(city.bank)
    count()  # compiles the new set
    assert count() == with_few
    assert with_few <= 9


def test_the_enterprise_reads_its_own_results_and_nobody_elses(
    city: City, factory: Factory, sessions: Sessions, session: ActorSession, now: datetime
) -> None:
    rank_need(session, city.need.id, now)
    owner = actor_of(factory.member_of(city.enterprise))
    stranger = actor_of(factory.member_of(factory.enterprise()))
    session.commit()
    counts = [len(results(sessions.as_(actor), city.need)) for actor in (owner, stranger)]
    assert counts == [4, 0]
