"""Open needs that lenders take up by themselves, and needs that the office or its rule passes on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from threading import Barrier

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from tests.integration.test_lending_at_once import Independent
from tests.leads_scene import LeadsScene
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.db import unit_of_work
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound, XydError
from xinyidai.core.paging import ListRequest
from xinyidai.core.validation import parse
from xinyidai.leads.claims import claim_need
from xinyidai.leads.dispatching import (
    DispatchNeed,
    SetDispatchRule,
    dispatch_need,
    dispatch_quiet_needs,
    rule_of,
    set_rule,
)
from xinyidai.leads.pool_queries import PoolFilter, open_needs
from xinyidai.leads.service import RefuseLead, decline_lead, refuse_credit
from xinyidai.needs.models import Need
from xinyidai.needs.service import open_to_claims


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LeadsScene:
    return LeadsScene(factory, sessions, now, open_to_claims=True)


def pool(scene: LeadsScene, actor: Actor) -> list[str]:
    with scene.sessions.as_(actor) as session:
        return [one.number for one in open_needs(session, ListRequest(), PoolFilter()).rows]


def claim(scene: LeadsScene, bank: int = 0, *, most: int = 3) -> None:
    actor = scene.officers[bank]
    with scene.as_(actor) as session:
        claim_need(session, actor, scene.need.id, scene.now, most=most)


def need_status(scene: LeadsScene) -> str:
    with scene.sessions.as_(SYSTEM) as session:
        return session.exec(select(Need.status).where(Need.id == scene.need.id)).one()


# --- the pool


def test_the_pool_shows_what_is_asked_and_never_by_whom(scene: LeadsScene) -> None:
    with scene.sessions.as_(scene.officers[0]) as session:
        [shown] = open_needs(session, ListRequest(), PoolFilter()).rows
        told = str(shown)
        assert (shown.amount, shown.product) == (scene.need.amount, scene.products[0].name)
        for secret in (scene.enterprise.name, scene.enterprise.usci, "王小明", "13800000000"):
            assert secret not in told
        assert session.execute(text("select count(*) from needs")).scalar_one() == 0
        assert session.execute(text("select count(*) from enterprises")).scalar_one() == 0


def test_a_need_whose_enterprise_did_not_agree_is_not_in_the_pool(scene: LeadsScene) -> None:
    with scene.as_(scene.member) as session:
        open_to_claims(session, scene.member, scene.need.id, scene.now, agreed=False)
    assert pool(scene, scene.officers[0]) == []
    with pytest.raises(Conflict):
        claim(scene)


def test_only_whose_products_fit_see_the_need(scene: LeadsScene, factory: Factory) -> None:
    stranger = actor_of(factory.officer_of(factory.institution()))
    factory.session.commit()
    assert pool(scene, stranger) == []
    with scene.sessions.as_(stranger) as session, pytest.raises(Conflict):
        claim_need(session, stranger, scene.need.id, scene.now)


def test_nobody_but_lenders_can_ask_the_pool(scene: LeadsScene) -> None:
    for actor in (scene.member, scene.staff):
        assert pool(scene, actor) == []
        with scene.sessions.as_(actor) as session, pytest.raises(Forbidden):
            claim_need(session, actor, scene.need.id, scene.now)


def test_a_claim_takes_the_lead_and_shows_the_contact(scene: LeadsScene) -> None:
    claim(scene)
    [lead] = scene.leads()
    assert (lead.status, lead.route, lead.officer_id) == ("accepted", "claimed", scene.officers[0].user_id)
    assert lead.contact_by == date(2026, 3, 20)
    assert (need_status(scene), scene.messages()) == ("in_contact", ["leads.claimed"])
    with scene.sessions.as_(scene.officers[0]) as session:
        assert session.exec(select(Need.contact_phone)).one() == "13800000000"


def test_each_institution_once_and_no_more_institutions_than_allowed(scene: LeadsScene) -> None:
    claim(scene, 0, most=2)
    with pytest.raises(Conflict, match="already"):
        claim(scene, 0, most=2)
    claim(scene, 1, most=2)
    with pytest.raises(Conflict, match="Already taken by 2 institutions"):
        claim(scene, 2, most=2)
    assert len(scene.leads()) == 2


def test_a_place_is_free_again_once_an_institution_has_said_no(scene: LeadsScene) -> None:
    claim(scene, 0, most=1)
    refusal = parse(RefuseLead, {"reason": "weak_revenue"})
    [lead] = scene.leads()
    with scene.as_(scene.officers[0]) as session:
        refuse_credit(session, scene.officers[0], lead.id, refusal, scene.now)
    claim(scene, 1, most=1)
    assert [one.status for one in scene.leads()] == ["refused", "accepted"]


def test_a_need_that_is_not_there_and_one_that_is_closed_give_the_same_answer(scene: LeadsScene) -> None:
    said = []
    for need_id in (scene.enterprise.id, scene.ranked_need(status="withdrawn", closed_at=scene.now).id):
        scene.factory.session.commit()
        with scene.sessions.as_(scene.officers[0]) as session, pytest.raises(Conflict) as refusal:
            claim_need(session, scene.officers[0], need_id, scene.now)
        said.append(refusal.value.message)
    assert said[0] == said[1]


@pytest.mark.parametrize("most", [1, 3])
def test_of_two_hundred_claims_by_fifty_officers_at_once_exactly_the_allowed_number_wins(
    wide_engine: Engine, now: datetime, most: int
) -> None:
    sessions = Independent(wide_engine)
    with sessions.as_(SYSTEM) as session:
        scene = LeadsScene(Factory(session, now), sessions, now, banks=10, open_to_claims=True)
        factory = scene.factory
        officers = [*scene.officers, *(actor_of(factory.officer_of(bank)) for bank in scene.banks for _ in range(4))]
        factory.session.commit()
    start = Barrier(50)

    def four_clicks(officer: Actor) -> list[object]:
        start.wait()
        return [_try(lambda: _claim(wide_engine, officer, scene, most)) for _ in range(4)]

    with ThreadPoolExecutor(50) as threads:
        answers = [one for future in threads.map(four_clicks, officers) for one in future]
    assert len(answers) == 200
    assert sum(answer is None for answer in answers) == most
    assert all(answer is None or isinstance(answer, Conflict) for answer in answers)
    leads = scene.leads()
    assert len({lead.institution_id for lead in leads}) == len(leads) == most


def _claim(engine: Engine, officer: Actor, scene: LeadsScene, most: int) -> None:
    with unit_of_work(engine, officer) as session:
        claim_need(session, officer, scene.need.id, scene.now, most=most)


def _try(act: Callable[[], None]) -> XydError | None:
    try:
        act()
    except XydError as refusal:
        return refusal
    return None


# --- dispatch


def dispatch(scene: LeadsScene, *banks: int, actor: Actor | None = None) -> None:
    actor = actor or scene.staff
    products = [str(scene.products[bank].product_id) for bank in banks]
    with scene.as_(actor) as session:
        command = parse(DispatchNeed, {"product_ids": products})
        dispatch_need(session, actor, scene.need.id, command, scene.now)


def test_the_office_sends_a_need_whose_enterprise_agreed(scene: LeadsScene) -> None:
    dispatch(scene, 1, 2)
    assert [(lead.status, lead.route) for lead in scene.leads()] == [("sent", "dispatched")] * 2
    assert scene.messages() == ["leads.applied", "leads.passed_on"] * 2


def test_without_its_agreement_the_enterprise_is_asked_first(scene: LeadsScene) -> None:
    with scene.as_(scene.member) as session:
        open_to_claims(session, scene.member, scene.need.id, scene.now, agreed=False)
    dispatch(scene, 0)
    assert [lead.status for lead in scene.leads()] == ["suggested"]
    assert scene.messages() == ["leads.suggested"]


def test_an_institution_that_has_the_need_or_said_no_is_not_asked_again(scene: LeadsScene) -> None:
    dispatch(scene, 0)
    [lead] = scene.leads()
    with scene.as_(scene.officers[0]) as session:
        decline_lead(session, scene.officers[0], lead.id, parse(RefuseLead, {"reason": "high_debt"}), scene.now)
    with pytest.raises(InvalidInput):
        dispatch(scene, 0)
    assert need_status(scene) == "declined"
    dispatch(scene, 1)
    assert need_status(scene) == "published"


def test_staff_of_another_district_and_auditors_dispatch_nothing(scene: LeadsScene, factory: Factory) -> None:
    elsewhere = actor_of(factory.user(Role.OFFICE_STAFF, region="370481"))
    auditor = actor_of(factory.user(Role.OFFICE_AUDITOR))
    factory.session.commit()
    with pytest.raises(NotFound):
        dispatch(scene, 0, actor=elsewhere)
    with pytest.raises(Forbidden):
        dispatch(scene, 0, actor=auditor)


def rule(scene: LeadsScene, valid_from: str, top: int, quiet: int = 3) -> None:
    with scene.as_(scene.staff) as session:
        form = {"valid_from": valid_from, "top": top, "quiet_working_days": quiet}
        set_rule(session, scene.staff, parse(SetDispatchRule, form), scene.now)


def run_rule(scene: LeadsScene, day: date) -> int:
    with scene.as_(SYSTEM) as session:
        return dispatch_quiet_needs(session, scene.on(day))


def test_the_rule_passes_a_quiet_need_to_the_best_institutions_once(scene: LeadsScene) -> None:
    rule(scene, "2026-03-18", 3)
    assert run_rule(scene, date(2026, 3, 20)) == 0
    assert run_rule(scene, date(2026, 3, 26)) == 1  # a run that was missed is made up
    assert run_rule(scene, date(2026, 3, 27)) == 0
    assert {lead.institution_id for lead in scene.leads()} == {bank.id for bank in scene.banks[:3]}


def test_without_a_rule_or_with_one_of_zero_nothing_is_passed_on(scene: LeadsScene) -> None:
    assert run_rule(scene, date(2026, 3, 26)) == 0
    rule(scene, "2026-03-18", 0)
    assert run_rule(scene, date(2026, 3, 26)) == 0


def test_a_need_that_somebody_was_asked_for_is_not_quiet(scene: LeadsScene) -> None:
    rule(scene, "2026-03-18", 3)
    scene.lead(respond_by=date(2026, 3, 30))
    assert run_rule(scene, date(2026, 3, 26)) == 0


def test_each_day_has_the_rule_that_was_set_for_it(scene: LeadsScene) -> None:
    rule(scene, "2026-03-20", 2)
    rule(scene, "2026-04-01", 5)
    with scene.sessions.as_(SYSTEM) as session:
        found = [rule_of(session, day) for day in (date(2026, 3, 19), date(2026, 3, 31), date(2026, 4, 1))]
        assert [one and one.top for one in found] == [None, 2, 5]
    with pytest.raises(InvalidInput):
        rule(scene, "2026-03-17", 1)
