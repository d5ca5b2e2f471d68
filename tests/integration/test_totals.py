"""Totals of money: whatever was paid and taken back, every way of adding it up gives the same."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from tests.ledger import Ledger
from xinyidai.core.actor import Role
from xinyidai.core.db import ActorSession
from xinyidai.core.paging import ListRequest
from xinyidai.statistics.check import breakdowns_agree, stored_sums_agree
from xinyidai.statistics.dimensions import Dimension
from xinyidai.statistics.filters import PayoutFilter
from xinyidai.statistics.periods import Period, this_month
from xinyidai.statistics.queries.overview import overview
from xinyidai.statistics.queries.payouts import every_payout, list_payouts
from xinyidai.statistics.queries.totals import breakdown, enterprises_funded, lines, totals
from xinyidai.statistics.sums import fold_payout_sums

FIRST_DAY = date(2025, 1, 15)
GUARANTEES = ("credit", "mortgage", "guarantee")


@dataclass(frozen=True)
class Event:
    """One payout of a random history, taken back or not."""

    bank: int
    enterprise: int
    guarantee: str
    day: int
    fen: int
    is_reversed: bool

    @property
    def paid_on(self) -> date:
        return FIRST_DAY + timedelta(days=self.day)

    @property
    def amount(self) -> Decimal:
        return Decimal(self.fen) / 100


events = st.lists(
    st.builds(
        Event,
        bank=st.integers(0, 2),
        enterprise=st.integers(0, 3),
        guarantee=st.sampled_from(GUARANTEES),
        day=st.integers(0, 420),
        fen=st.integers(1, 9_999_999),
        is_reversed=st.booleans(),
    ),
    max_size=8,
)
days = st.none() | st.integers(-20, 450).map(lambda day: FIRST_DAY + timedelta(days=day))
periods = st.tuples(days, days).map(lambda two: Period(*two) if None in two else Period(*sorted(two)))  # type: ignore[type-var]

TEST_BANK = 2


class City:
    """Three institutions, the last of them for trials; enterprises of two districts and of none."""

    def __init__(self, factory: Factory) -> None:
        self.ledger = Ledger(factory)
        banks = [factory.institution(), factory.institution(), factory.institution(is_test=True)]
        self.products = [factory.product(bank) for bank in banks]
        self.enterprises = [
            factory.enterprise(),
            factory.enterprise(region_code="370481", size_class="micro", industry_code="A0111"),
            factory.enterprise(region_code=None, size_class=None, industry_code=None),
            factory.enterprise(size_class="unknown"),
        ]

    def happen(self, history: Iterable[Event]) -> None:
        for event in history:
            line = self.ledger.line(
                self.products[event.bank], self.enterprises[event.enterprise], guarantee_mode=event.guarantee
            )
            payout = self.ledger.pay(line, event.amount, event.paid_on)
            if event.is_reversed:
                self.ledger.reverse(payout)


@pytest.fixture
def city(factory: Factory) -> City:
    return City(factory)


@given(history=events, period=periods)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_way_of_adding_up_a_random_history_gives_the_same(
    city: City, session: ActorSession, history: list[Event], period: Period
) -> None:
    counted = [
        event
        for event in history
        if event.bank != TEST_BANK
        and (period.first is None or event.paid_on >= period.first)
        and (period.last is None or event.paid_on <= period.last)
    ]
    standing = [event for event in counted if not event.is_reversed]
    savepoint = session.begin_nested()
    try:
        city.happen(history)
        filter_ = PayoutFilter(period)
        whole = totals(session, filter_)
        assert whole == totals(session, filter_, from_rows=True)
        assert whole.amount == sum(event.amount for event in standing)
        assert (whole.payouts, whole.standing) == (len(counted), len(standing))
        assert enterprises_funded(session, filter_) == len({event.enterprise for event in standing})
        for dimension in Dimension:
            assert lines(session, filter_, dimension) == lines(session, filter_, dimension, from_rows=True)
            for line in breakdown(session, filter_, dimension):
                behind = list(every_payout(session, line.filter, ""))
                assert sum(row.amount for row in behind) == line.totals.amount
                assert len(behind) == line.totals.rows
        fold_payout_sums(session, city.ledger.now)
        assert totals(session, filter_) == whole
        assert [*breakdowns_agree(session), *stored_sums_agree(session)] == []
    finally:
        savepoint.rollback()


def test_a_total_with_two_classes_at_once_is_read_from_the_payouts(city: City, session: ActorSession) -> None:
    city.happen([Event(0, 0, "credit", 3, 50_000_00, False), Event(0, 1, "credit", 3, 70_000_00, False)])
    filter_ = PayoutFilter(guarantee="credit", size="micro")
    assert totals(session, filter_).amount == 70_000
    assert list_payouts(session, filter_, ListRequest()).listing.total == 1


def test_the_class_of_the_borrower_stays_what_it_was_when_the_money_went_out(city: City, session: ActorSession) -> None:
    line = city.ledger.line(city.products[0], city.enterprises[0])
    payout = city.ledger.pay(line, 300_000, FIRST_DAY)
    city.enterprises[0].size_class = "medium"
    session.flush()
    city.ledger.reverse(payout)
    city.ledger.pay(line, 200_000, FIRST_DAY)
    found = {key: sums.amount for key, sums in lines(session, PayoutFilter(), Dimension.SIZE)}
    assert found == {"small": 0, "medium": 200_000}


def test_pure_credit_share_and_average_rate_are_weighted_by_what_stands(city: City, session: ActorSession) -> None:
    dear = city.ledger.line(city.products[0], city.enterprises[0], annual_rate=Decimal(6))
    cheap = city.ledger.line(city.products[1], city.enterprises[1], annual_rate=Decimal(3), guarantee_mode="mortgage")
    city.ledger.pay(dear, 100_000, FIRST_DAY)
    city.ledger.pay(cheap, 300_000, FIRST_DAY)
    city.ledger.reverse(city.ledger.pay(dear, 500_000, FIRST_DAY))
    found = overview(session, PayoutFilter())
    assert found.credit_share == Decimal("0.25")
    assert found.paid.average_rate == Decimal("3.75")
    assert found.lenders == 2


def test_an_empty_period_has_no_rate_and_no_share_rather_than_zero(city: City, session: ActorSession) -> None:
    found = overview(session, PayoutFilter(this_month(date(2031, 1, 1))))
    assert (found.paid.amount, found.enterprises, found.lenders) == (0, 0, 0)
    assert (found.paid.average_rate, found.credit_share) == (None, None)


def test_months_without_payouts_stand_between_the_others_as_zero(city: City, session: ActorSession) -> None:
    line = city.ledger.line(city.products[0], city.enterprises[0])
    city.ledger.pay(line, 100_000, date(2025, 11, 30))
    city.ledger.pay(line, 100_000, date(2026, 2, 1))
    found = breakdown(session, PayoutFilter(), Dimension.MONTH)
    assert [(one.key, one.totals.amount) for one in found] == [
        ("2025-11", 100_000),
        ("2025-12", 0),
        ("2026-01", 0),
        ("2026-02", 100_000),
    ]


def test_district_staff_add_up_their_district_and_nothing_else(
    city: City, factory: Factory, sessions: Sessions
) -> None:
    for enterprise, amount in zip(city.enterprises, (100, 20, 3, 4), strict=True):
        line = city.ledger.line(city.products[0], enterprise)
        city.ledger.pay(line, amount * 1000, FIRST_DAY)
    staff = actor_of(factory.user(Role.OFFICE_STAFF, region="370402"))
    factory.session.commit()
    with sessions.as_(staff) as office:
        assert totals(office, PayoutFilter()).amount == totals(office, PayoutFilter(), from_rows=True).amount == 104_000
        assert [line.key for line in breakdown(office, PayoutFilter(), Dimension.REGION)] == ["370402"]


@pytest.mark.parametrize("role", [Role.ENTERPRISE_MEMBER, Role.INSTITUTION_OFFICER, Role.GUEST])
def test_nobody_but_the_office_reads_the_sums(city: City, factory: Factory, sessions: Sessions, role: Role) -> None:
    city.ledger.pay(city.ledger.line(city.products[0], city.enterprises[0]), 1000, FIRST_DAY)
    factory.session.commit()
    actor = replace(
        actor_of(factory.user(Role.OFFICE_STAFF)), role=role, institution_id=city.products[0].institution_id
    )
    with sessions.as_(actor) as session:
        assert totals(session, PayoutFilter()).rows == 0


def test_a_test_institution_leaves_every_figure_when_it_is_marked_so_later(
    city: City, session: ActorSession, factory: Factory
) -> None:
    line = city.ledger.line(city.products[0], city.enterprises[0])
    city.ledger.pay(line, 100_000, FIRST_DAY)
    bank = session.get_one(type(factory.institution()), city.products[0].institution_id)
    bank.is_test = True
    session.flush()
    found = overview(session, PayoutFilter())
    assert (found.paid.rows, found.enterprises) == (0, 0)
    assert [stage.count for _, stage in found.funnels.cohort.stages()] == [1, 0, 0, 0]
    assert [stage.count for _, stage in found.funnels.by_event.stages()] == [1, 0, 0, 0]


def test_sums_are_written_in_the_payouts_own_transaction(city: City, session: ActorSession) -> None:
    savepoint = session.begin_nested()
    city.ledger.pay(city.ledger.line(city.products[0], city.enterprises[0]), 1000, FIRST_DAY)
    assert totals(session, PayoutFilter()).amount == 1000
    savepoint.rollback()
    assert totals(session, PayoutFilter()).rows == 0
    assert list_payouts(session, PayoutFilter(), ListRequest()).listing.rows == []
