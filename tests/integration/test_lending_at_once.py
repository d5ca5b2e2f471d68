"""Several people at once, on real connections with committed data, in a database of its own."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlmodel import col, select

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from tests.ledger import Ledger
from tests.lending_scene import LendingScene
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt, unit_of_work
from xinyidai.core.errors import InvalidInput, XydError
from xinyidai.core.validation import parse
from xinyidai.leads.service import accept_lead
from xinyidai.lending.commands import RecordDisbursement, RecordRepayment, RenewLine, SetPoolRule
from xinyidai.lending.credit_values import hand_down
from xinyidai.lending.interface import ApiLeads, api_leads
from xinyidai.lending.models import RiskPool
from xinyidai.lending.services import (
    accept_offer,
    confirm_payout,
    pay_out,
    record_disbursement,
    record_repayment,
    renew_line,
    set_pool_rule,
    take_back_offer,
)
from xinyidai.statistics.check import check
from xinyidai.statistics.filters import PayoutFilter
from xinyidai.statistics.queries.totals import totals


class Independent(Sessions):
    """Sessions with a connection each, as in the running platform."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def as_(self, actor: object) -> ActorSession:
        return ActorSession(self._engine, actor)  # type: ignore[arg-type]


@pytest.fixture
def scene(own_engine: Engine, now: datetime) -> LendingScene:
    sessions = Independent(own_engine)
    with sessions.as_(SYSTEM) as session:
        return LendingScene(Factory(session, now), sessions, now)


def all_at_once(acts: list[Callable[[], object]]) -> list[object]:
    """What each act answered, or the refusal that it met."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait()
        try:
            return act()
        except XydError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, act) for act in acts]]


def refused(answers: list[object]) -> int:
    return sum(isinstance(answer, XydError) for answer in answers)


def test_two_officers_paying_out_of_one_line_at_once_never_exceed_it(scene: LendingScene, own_engine: Engine) -> None:
    line_id = scene.line()

    def pay(number: int) -> object:
        actor = scene.officers[0]
        command = parse(RecordDisbursement, scene.payout_form(amount_wan="30", external_reference=f"FK-{number}"))
        with unit_of_work(own_engine, actor) as session:
            return record_disbursement(session, actor, line_id, command, scene.now)

    answers = all_at_once([lambda number=number: pay(number) for number in range(8)])  # type: ignore[misc]
    assert (refused(answers), scene.paid(line_id)) == (6, Decimal(600_000))
    assert scene.state()["leads"][0] == "disbursing"


LINES, PAYOUTS, PEOPLE = 100, 2_000, 16


def test_two_thousand_payouts_against_a_hundred_lines_are_exact(wide_engine: Engine, now: datetime) -> None:
    """Sixteen connections at once. Each line takes exactly 16 of the 20 payouts that are tried on it."""
    sessions = Independent(wide_engine)
    with sessions.as_(SYSTEM) as session:
        factory = Factory(session, now)
        ledger = Ledger(factory)
        bank = factory.institution()
        product, officer = factory.product(bank), actor_of(factory.officer_of(bank))
        lines = [ledger.line(product, factory.enterprise(), amount=Decimal(800_000)).id for _each in range(LINES)]
        session.commit()
    form = {"amount_wan": "5", "paid_on": str(business_date(now))}
    tries = [(lines[number % LINES], f"FK-{number // LINES}-{number % LINES}") for number in range(PAYOUTS)]
    shuffle = Random(7)  # noqa: S311 - repeatable, not secret
    shuffle.shuffle(tries)

    def pay(line_id: UUID, reference: str) -> str:
        command = parse(RecordDisbursement, {**form, "external_reference": reference, "record_anyway": "true"})
        try:
            with unit_of_work(wide_engine, officer) as session:
                pay_out(session, officer, line_id, command, now)
        except InvalidInput as refusal:
            return " ".join(refusal.fields)
        return "paid"

    with ThreadPoolExecutor(PEOPLE) as pool:
        # Whatever is no answer, a deadlock or a broken connection, is raised here.
        answers = Counter(pool.map(lambda one: pay(*one), tries))
    assert answers == {"paid": 1_600, "amount_wan": 400}
    with sessions.as_(SYSTEM) as session:
        paid = session.execute(text("select id, paid, outstanding from line_balances order by id")).all()
        assert {(row.paid, row.outstanding) for row in paid} == {(Decimal(800_000), Decimal(800_000))}
        assert totals(session, PayoutFilter()).amount == Decimal(80_000_000)
        assert check(session) == []
        borrowers = list(session.scalars(text("select distinct enterprise_id from credit_lines order by 1")))
        job = text("select count(*) from outbox_jobs where name = 'lending.financing_changed'")
        assert session.execute(job).scalar_one() == 1_600, "the jobs are those of the payouts that were made"

    def follow(enterprise_id: UUID) -> None:
        with unit_of_work(wide_engine, SYSTEM) as session:
            hand_down(session, now, [enterprise_id])

    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(follow, borrowers * 2))
    with sessions.as_(SYSTEM) as session:
        balances = session.scalars(text("select value from credit_given_values where indicator = 84")).all()
        assert (len(balances), set(balances)) == (LINES, {Decimal(800_000)})
        assert hand_down(session, now) == ()


def test_a_payout_and_its_repayment_and_a_renewal_at_once_leave_books_that_agree(
    scene: LendingScene, own_engine: Engine
) -> None:
    line_id = scene.line()
    scene.pay(line_id, amount_wan="80")
    officer = scene.officers[0]

    def repay(number: int) -> object:
        form = {"principal": "300000", "repaid_on": str(scene.today), "external_reference": f"HK-{number}"}
        with unit_of_work(own_engine, officer) as session:
            return record_repayment(session, officer, line_id, parse(RecordRepayment, form), scene.now)

    def renew(number: int) -> object:
        form = {"contract_number": f"XD-{number}", "annual_rate": "4", "term_months": "12"}
        form |= {"approved_on": str(scene.today), "expires_on": "2027-03-18"}
        with unit_of_work(own_engine, officer) as session:
            return renew_line(session, officer, line_id, parse(RenewLine, form), scene.now)

    acts: list[Callable[[], object]] = [lambda n=n: repay(n) for n in range(4)]  # type: ignore[misc]
    acts += [lambda n=n: renew(n) for n in range(2)]  # type: ignore[misc]
    all_at_once(acts)
    with scene.sessions.as_(SYSTEM) as session:
        rows = session.execute(text("select outstanding from line_balances")).scalars().all()
        assert min(rows) >= 0
        repaid = session.execute(text("select sum(principal) from repayments where kind = 'payment'")).scalar() or 0
        assert sum(rows) + repaid == Decimal(800_000)


def test_of_two_managers_confirming_one_payout_one_does(scene: LendingScene, own_engine: Engine) -> None:
    line_id, officer = scene.line(), scene.officers[0]
    command = parse(RecordDisbursement, scene.payout_form(amount_wan="60"))
    with unit_of_work(own_engine, officer) as session:
        made = pay_out(session, officer, line_id, command, scene.now, four_eyes=Decimal(500_000))

    def confirm() -> object:
        with unit_of_work(own_engine, scene.manager) as session:
            return confirm_payout(session, scene.manager, made.id, scene.now)

    assert refused(all_at_once([confirm] * 6)) == 5
    assert scene.paid(line_id) == Decimal(600_000)


def test_a_double_click_on_a_payout_pays_once(scene: LendingScene, own_engine: Engine) -> None:
    line_id = scene.line()

    def pay() -> object:
        actor, command = scene.officers[0], parse(RecordDisbursement, scene.payout_form())
        with unit_of_work(own_engine, actor) as session:
            return record_disbursement(session, actor, line_id, command, scene.now)

    answers = all_at_once([pay, pay])
    assert (refused(answers), scene.paid(line_id)) == (1, Decimal(300_000))


def test_of_two_offers_accepted_at_once_one_counts(scene: LendingScene, own_engine: Engine) -> None:
    offers = [scene.offer(0), scene.offer(1)]

    def accept(number: int) -> object:
        with unit_of_work(own_engine, scene.member) as session:
            return accept_offer(session, scene.member, offers[number], scene.now)

    answers = all_at_once([lambda: accept(0), lambda: accept(1)])
    assert refused(answers) == 1
    assert sorted(scene.state()["offers"].values()) == ["accepted", "declined"]


def test_an_offer_is_either_accepted_or_taken_back(scene: LendingScene, own_engine: Engine) -> None:
    offer_id = scene.offer()

    def accept() -> object:
        with unit_of_work(own_engine, scene.member) as session:
            return accept_offer(session, scene.member, offer_id, scene.now)

    def take_back() -> object:
        with unit_of_work(own_engine, scene.officers[0]) as session:
            return take_back_offer(session, scene.officers[0], offer_id, scene.now)

    assert refused(all_at_once([accept, take_back])) == 1
    state = scene.state()
    assert (state["offers"][offer_id], state["leads"][0]) in [("accepted", "offer_accepted"), ("withdrawn", "accepted")]


def test_ten_clicks_on_one_lead_take_it_once(scene: LendingScene, own_engine: Engine) -> None:
    def take() -> object:
        with unit_of_work(own_engine, scene.officers[0]) as session:
            return accept_lead(session, scene.officers[0], scene.leads[0].id, scene.now)

    assert refused(all_at_once([take] * 10)) == 9


def test_one_reference_on_two_lines_at_once_is_one_payout_and_told_at_its_field(
    scene: LendingScene, own_engine: Engine, now: datetime
) -> None:
    with scene.sessions.as_(SYSTEM) as session:
        factory = Factory(session, now)
        factory._count = 100  # the scene has used the first numbers
        ledger = Ledger(factory)
        lines = [ledger.line(scene.products[0], scene.enterprise).id for _number in range(2)]
        session.commit()
    command = parse(RecordDisbursement, scene.payout_form())

    def pay(number: int) -> object:
        with unit_of_work(own_engine, scene.officers[0]) as session, attempt(session) as outcome:
            record_disbursement(session, scene.officers[0], lines[number], command, scene.now)
        return set(outcome.errors)

    for _round in range(5):
        answers = all_at_once([lambda: pay(0), lambda: pay(1)])
        assert answers.count({"external_reference"}) >= 1
    assert list(scene.state()["payouts"].values()) == [300_000]


def test_two_rules_of_a_new_pool_at_once_are_one_pool(scene: LendingScene, own_engine: Engine, now: datetime) -> None:
    with scene.sessions.as_(SYSTEM) as session:
        staff = actor_of(Factory(session, now).user(Role.OFFICE_STAFF))
        session.commit()

    def set_rule(day: int) -> object:
        form = {
            "name": "新资金池",
            "capital_wan": "1000",
            "ratio_cap": "30",
            "source": "文件",
            "valid_from": f"2026-01-0{day}",
        }
        with unit_of_work(own_engine, staff) as session:
            return set_pool_rule(session, staff, parse(SetPoolRule, form), now)

    answers = all_at_once([lambda: set_rule(1), lambda: set_rule(1), lambda: set_rule(2)])
    assert all(isinstance(one, RiskPool | InvalidInput) for one in answers), answers
    with scene.sessions.as_(SYSTEM) as session:
        open_ended = session.exec(select(RiskPool).where(col(RiskPool.valid_until).is_(None))).all()
    assert len(open_ended) == 1


def test_a_change_that_comes_to_light_late_is_not_passed_by_the_cursor(own_engine: Engine) -> None:
    """Two leads of one bank change; the step that began first ends last."""
    now = datetime.now(UTC)
    sessions = Independent(own_engine)
    with sessions.as_(SYSTEM) as session:
        factory = Factory(session, now - timedelta(days=1))
        scene = LendingScene(factory, sessions, now - timedelta(days=1))
        other = factory.lead(factory.need(factory.enterprise()), scene.products[0])
        session.commit()

    def page(cursor: str = "") -> ApiLeads:
        with unit_of_work(own_engine, scene.officers[0]) as session:
            return api_leads(session, cursor=cursor)

    cursor = page().next_cursor
    with unit_of_work(own_engine, scene.officers[0]) as slow:
        accept_lead(slow, scene.officers[0], scene.leads[0].id, now)
        with unit_of_work(own_engine, scene.officers[0]) as quick:
            accept_lead(quick, scene.officers[0], other.id, now + timedelta(seconds=1))
        between = page(cursor)
    after = page(between.next_cursor)
    seen = [one.id for one in between.items + after.items]
    assert sorted(seen) == sorted([scene.leads[0].id, other.id])
    assert page(after.next_cursor).items == []
