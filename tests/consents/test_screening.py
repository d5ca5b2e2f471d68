"""Lenders find enterprises that let themselves be found, in open data and in what was consented to them."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import select

from tests.consent_scene import ConsentScene
from tests.factories import actor_of
from xinyidai.consents.models import CreditRead
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.paging import ListRequest
from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.screening.conditions import Answer
from xinyidai.leads.screening.finding import Found, find_enterprises
from xinyidai.leads.screening.invitations import InviteEnterprise, invite_enterprise
from xinyidai.leads.screening.models import SavedScreen, ScreeningInvitation, ScreeningOpening
from xinyidai.leads.screening.openings import close_to_lenders, decisions, open_to_lenders
from xinyidai.leads.screening.screens import SaveScreen, delete_screen, list_screens, save_screen
from xinyidai.messages.models import Message

GRADE_A = {"fact": "tax_grade", "op": "in", "value": ["A"]}
NO_PENALTY = {"fact": "penalties_36m", "op": "<=", "value": 0}
HERE = {"fact": "region", "op": "prefix_in", "value": ["3704"]}
STRANGER = 2
"""The third bank has no lead of the enterprise."""


@pytest.fixture
def graded(scene: ConsentScene) -> ConsentScene:
    """The enterprise lets itself be found; the tax office graded it A for last year, and the penalty list has come."""
    scene.event("tax_credit_grade", payload={"evaluation_year": scene.today.year - 1, "grade": "A"})
    scene.deliver("admin_penalty")
    be_found(scene)
    return scene


def be_found(scene: ConsentScene) -> None:
    with scene.sessions.as_(scene.member) as session:
        open_to_lenders(session, scene.member, scene.now)
        session.commit()


def hide(scene: ConsentScene) -> None:
    with scene.sessions.as_(scene.member) as session:
        close_to_lenders(session, scene.member, scene.now + timedelta(hours=1))
        session.commit()


def look(
    scene: ConsentScene, actor: Actor, *criteria: dict[str, Any], answer: Answer = Answer.MET, **asked: Any
) -> Found:
    with scene.sessions.as_(actor) as session:
        found = find_enterprises(session, actor, criteria or (HERE,), ListRequest(**asked), answer, scene.now)
        session.commit()
        return found


def reads(scene: ConsentScene) -> list[CreditRead]:
    with scene.sessions.as_(SYSTEM) as session:
        return list(session.exec(select(CreditRead).order_by(CreditRead.id)))


def test_only_those_who_let_themselves_be_found_are_found(scene: ConsentScene) -> None:
    assert look(scene, scene.officers[STRANGER]).asked == 0
    be_found(scene)
    found = look(scene, scene.officers[STRANGER])
    assert [row.name for row in found.listing.rows] == [scene.enterprise.name]
    hide(scene)
    assert look(scene, scene.officers[STRANGER]).asked == 0


def test_each_decision_is_kept_with_its_moment_and_a_double_click_is_one(scene: ConsentScene) -> None:
    be_found(scene)
    be_found(scene)
    hide(scene)
    hide(scene)
    be_found(scene)
    with scene.sessions.as_(scene.member) as session:
        kept = decisions(session, scene.enterprise.id)
        assert [one.closed_at is None for one in kept] == [True, False]
        assert all(one.opened_by == scene.member.user_id for one in kept)
        actions = session.execute(text("select action from audit_entries order by id")).scalars().all()
    assert [one for one in actions if one.startswith("screening")] == [
        "screening.opened", "screening.closed", "screening.opened"
    ]  # fmt: skip


def test_nobody_else_can_open_an_enterprise_to_lenders(scene: ConsentScene) -> None:
    with scene.sessions.as_(scene.officers[0]) as session:
        with pytest.raises(Forbidden):
            open_to_lenders(session, scene.officers[0], scene.now)
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.execute(
                text("insert into screening_openings (enterprise_id, opened_at) values (:id, now())"),
                {"id": scene.enterprise.id},
            )


def test_open_data_answer_without_any_consent(graded: ConsentScene) -> None:
    found = look(graded, graded.officers[STRANGER], HERE, NO_PENALTY)
    assert (found.met, found.unknown, found.not_met) == (1, 0, 0)
    graded.event("admin_penalty", on=graded.today - timedelta(days=90))
    found = look(graded, graded.officers[STRANGER], HERE, NO_PENALTY)
    assert (found.met, found.unknown, found.not_met) == (0, 0, 1)


def test_without_consent_a_condition_cannot_be_told(graded: ConsentScene) -> None:
    found = look(graded, graded.officers[0], GRADE_A, answer=Answer.UNKNOWN)
    assert (found.met, found.unknown) == (0, 1)
    assert [fact.value for fact in found.listing.rows[0].facts] == [None]


def test_what_was_consented_to_the_platform_does_not_leak_to_a_lender(graded: ConsentScene) -> None:
    graded.give("tax_credit_grade", bank=None)
    for officer in graded.officers:
        assert look(graded, officer, GRADE_A).met == 0


def test_what_was_consented_to_one_lender_answers_that_lender_only(graded: ConsentScene) -> None:
    graded.give("tax_credit_grade", bank=1)
    assert look(graded, graded.officers[0], GRADE_A).met == 0
    found = look(graded, graded.officers[1], GRADE_A)
    assert found.met == 1
    assert [fact.value for fact in found.listing.rows[0].facts] == ["A"]


def test_a_search_by_what_a_need_states_is_never_answered(graded: ConsentScene) -> None:
    loans = {"fact": "existing_loans", "op": "is", "value": False}
    assert look(graded, graded.officers[0], loans).unknown == 1


def test_whatever_is_shown_of_credit_data_is_written_down(graded: ConsentScene) -> None:
    consent = graded.give("tax_credit_grade", bank=1)
    look(graded, graded.officers[1], HERE)
    assert reads(graded) == [], "registry facts are no credit data"
    look(graded, graded.officers[1], GRADE_A, NO_PENALTY)
    written = {(tuple(one.datasets), one.consent_id, one.purpose, one.what) for one in reads(graded)}
    assert written == {
        (("tax_credit_grade",), consent.id, "screening", "screening"),
        (("admin_penalty",), None, "screening", "screening"),
    }
    assert {one.institution_id for one in reads(graded)} == {graded.banks[1].id}


def test_what_is_not_on_the_page_is_not_written_down(graded: ConsentScene) -> None:
    look(graded, graded.officers[0], NO_PENALTY, answer=Answer.UNKNOWN)
    look(graded, graded.officers[0], NO_PENALTY, page=2)
    assert reads(graded) == []


def test_the_database_shows_any_lender_the_open_data_while_it_is_open_and_no_longer(graded: ConsentScene) -> None:
    graded.event("admin_penalty")
    graded.figure(1401, 1, 5)
    graded.figure(2201, 1, 5)
    stranger = graded.officers[STRANGER]
    assert graded.seen_by(stranger) == ({1401}, {"admin_penalty"})
    hide(graded)
    assert graded.seen_by(stranger) == (set(), set())
    with graded.sessions.as_(stranger) as session:
        assert session.get(Enterprise, graded.enterprise.id) is None


def test_a_wrong_condition_is_named(graded: ConsentScene) -> None:
    with pytest.raises(InvalidInput) as refused:
        look(graded, graded.officers[0], {"fact": "tax_grade", "op": "in", "value": ["Z"]})
    assert list(refused.value.fields) == ["criteria-0"]


def test_search_sort_and_pages(scene: ConsentScene) -> None:
    for number in range(3):
        other = scene.factory.enterprise(name=f"滕州面粉厂{number}", registered_on=date(2015 + number, 1, 1))
        scene.factory.session.add(ScreeningOpening(enterprise_id=other.id, opened_at=scene.now))
    scene.factory.session.commit()
    found = look(scene, scene.officers[0], search="滕州", sort="-registered", size=2)
    assert [row.name for row in found.listing.rows] == ["滕州面粉厂2", "滕州面粉厂1"]
    assert (found.listing.total, found.listing.pages) == (3, 2)


def invite(scene: ConsentScene, bank: int, *, days: int = 0, product: int | None = None) -> ScreeningInvitation:
    actor = scene.officers[bank]
    command = InviteEnterprise(product_id=scene.products[bank if product is None else product].product_id)
    with scene.sessions.as_(actor) as session:
        made = invite_enterprise(session, actor, scene.enterprise.id, command, scene.now + timedelta(days=days))
        session.commit()
        return made


def test_an_invitation_tells_the_enterprise_and_gives_the_lender_nothing(scene: ConsentScene) -> None:
    be_found(scene)
    invite(scene, STRANGER)
    with scene.sessions.as_(scene.member) as session:
        said = session.exec(select(Message).where(Message.kind == "screening.invited")).one()
    assert said.enterprise_id == scene.enterprise.id
    assert said.link == f"/products/{scene.products[STRANGER].product_id}"
    assert set(said.values) == {"lender", "product"}


def test_one_institution_invites_once_in_thirty_days(scene: ConsentScene) -> None:
    be_found(scene)
    invite(scene, 0)
    invite(scene, 1)
    with pytest.raises(Conflict):
        invite(scene, 0, days=29)
    invite(scene, 0, days=30)


def test_nobody_is_invited_who_is_not_open_nor_to_anothers_product(scene: ConsentScene) -> None:
    with pytest.raises(NotFound):
        invite(scene, 0)
    be_found(scene)
    with pytest.raises(InvalidInput):
        invite(scene, 0, product=1)
    hide(scene)
    with pytest.raises(NotFound):
        invite(scene, 0)
    with scene.sessions.as_(scene.officers[0]) as session, pytest.raises(ProgrammingError, match="row-level security"):
        session.execute(
            text(
                "insert into screening_invitations (institution_id, enterprise_id, product_id, invited_at)"
                " values (:bank, :enterprise, :product, now())"
            ),
            {
                "bank": scene.banks[0].id,
                "enterprise": scene.enterprise.id,
                "product": scene.products[0].product_id,
            },
        )


def test_a_screen_is_ones_own_or_shared_with_colleagues_and_never_with_others(scene: ConsentScene) -> None:
    colleague = actor_of(scene.factory.officer_of(scene.banks[0]))
    manager = actor_of(scene.factory.officer_of(scene.banks[0], Role.INSTITUTION_MANAGER))
    scene.factory.session.commit()
    own = scene.officers[0]
    ids = {}
    with scene.sessions.as_(own) as session:
        for name, shared in (("只给自己", False), ("给同事", True)):
            command = SaveScreen(name=name, shared=shared, criteria=(HERE,))
            ids[name] = save_screen(session, own, command, scene.now).id
        session.commit()

    def seen(actor: Actor) -> set[str]:
        with scene.sessions.as_(actor) as session:
            assert {row.name for row in session.exec(select(SavedScreen))} == {
                line.name for line in list_screens(session, actor, ListRequest()).rows
            }, "the database and the list show the same"
            return {line.name for line in list_screens(session, actor, ListRequest()).rows}

    assert seen(own) == {"只给自己", "给同事"}
    assert seen(colleague) == seen(manager) == {"给同事"}
    assert seen(scene.officers[1]) == set()
    with scene.sessions.as_(colleague) as session, pytest.raises(NotFound):
        delete_screen(session, colleague, ids["给同事"], scene.now)
    with scene.sessions.as_(manager) as session:
        delete_screen(session, manager, ids["给同事"], scene.now)
        session.commit()
    assert seen(own) == {"只给自己"}
