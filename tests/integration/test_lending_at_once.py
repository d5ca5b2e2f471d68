"""Several people at once, on real connections with committed data, in a database of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import Engine

from tests.conftest import Sessions
from tests.factories import Factory
from tests.lending_scene import LendingScene
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.errors import XydError
from xinyidai.core.validation import parse
from xinyidai.leads.service import accept_lead
from xinyidai.lending.commands import RecordDisbursement
from xinyidai.lending.services import accept_offer, record_disbursement, take_back_offer


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
