"""Colleagues: handing over, absence, branches, notes, and one act on many leads."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from tests.leads_scene import LeadsScene
from xinyidai.core.actor import Actor
from xinyidai.core.errors import Forbidden, InvalidInput, NotFound
from xinyidai.core.paging import ListRequest
from xinyidai.core.validation import parse
from xinyidai.institutions.absences import GoAway, come_back, go_away, stands_in_for, who_answers
from xinyidai.institutions.branches import AddBranch, add_branch, branch_tree, branches_under, place_user
from xinyidai.leads.bulk import each_lead
from xinyidai.leads.hand_over import HandOver, WriteNote, hand_over_lead, notes_of, write_note
from xinyidai.leads.service import ApplyToProducts, accept_lead, apply_to_products
from xinyidai.lending.inbox import InboxFilter, LeadTab, inbox, inbox_counts
from xinyidai.messages.models import Message


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LeadsScene:
    return LeadsScene(factory, sessions, now)


@pytest.fixture
def colleague(scene: LeadsScene) -> Actor:
    actor = actor_of(scene.factory.officer_of(scene.banks[0]))
    scene.factory.session.commit()
    return actor


def branch(scene: LeadsScene, code: str, parent: UUID | None = None, region: str | None = None) -> UUID:
    with scene.as_(scene.manager) as session:
        form = {"code": code, "name": f"{code}支行", "parent_id": parent, "region_code": region}
        return add_branch(session, scene.manager, scene.banks[0].id, parse(AddBranch, form), scene.now).id


def place(scene: LeadsScene, actor: Actor, branch_id: UUID | None) -> None:
    with scene.as_(scene.manager) as session:
        place_user(session, scene.manager, scene.banks[0].id, actor.user_id, branch_id, scene.now)  # type: ignore[arg-type]


def hand_over(scene: LeadsScene, lead: UUID, **form: object) -> None:
    with scene.as_(scene.officers[0]) as session:
        hand_over_lead(session, scene.officers[0], lead, parse(HandOver, form), scene.now)


def away(scene: LeadsScene, actor: Actor, delegate: Actor, until: str = "2026-03-20") -> UUID:
    with scene.as_(actor) as session:
        form = {"from_on": "2026-03-18", "until_on": until, "delegate_id": delegate.user_id}
        return go_away(session, actor, parse(GoAway, form), scene.now).id


# --- handing over


def test_a_lead_goes_to_a_colleague_with_its_state_and_its_days(scene: LeadsScene, colleague: Actor) -> None:
    lead = scene.lead(respond_by=date(2026, 3, 23))
    hand_over(scene, lead, user_id=colleague.user_id, note="客户在你片区")
    row = scene.stored(lead)
    assert (row.status, row.officer_id, row.respond_by) == ("sent", colleague.user_id, date(2026, 3, 23))
    assert scene.messages() == ["leads.handed_over"]
    with scene.sessions.as_(colleague) as session:
        assert [note.text for note in notes_of(session, lead)] == ["客户在你片区"]


def test_people_of_another_institution_are_no_colleagues(scene: LeadsScene) -> None:
    lead = scene.lead()
    with pytest.raises(InvalidInput):
        hand_over(scene, lead, user_id=scene.officers[1].user_id)
    command = parse(HandOver, {"user_id": scene.officers[1].user_id})
    with scene.sessions.as_(scene.officers[1]) as session, pytest.raises(NotFound):
        hand_over_lead(session, scene.officers[1], lead, command, scene.now)


def test_a_lead_must_be_handed_to_somebody() -> None:
    with pytest.raises(InvalidInput):
        parse(HandOver, {"note": "?"})


# --- notes


def test_notes_are_read_by_the_institution_alone(scene: LeadsScene, colleague: Actor) -> None:
    lead = scene.lead()
    with scene.as_(scene.officers[0]) as session:
        write_note(session, scene.officers[0], lead, parse(WriteNote, {"text": "老客户"}), scene.now)
    for reader, seen in (
        (colleague, 1),
        (scene.manager, 1),
        (scene.officers[1], 0),
        (scene.member, 0),
        (scene.staff, 0),
    ):
        with scene.sessions.as_(reader) as session:
            assert session.execute(text("select count(*) from lead_notes")).scalar_one() == seen
    with scene.sessions.as_(scene.officers[1]) as session, pytest.raises(NotFound):
        write_note(session, scene.officers[1], lead, parse(WriteNote, {"text": "?"}), scene.now)


# --- absence


def test_what_is_for_an_absent_officer_goes_to_the_one_who_stands_in(scene: LeadsScene, colleague: Actor) -> None:
    lead = scene.lead()
    away(scene, scene.officers[0], colleague)
    hand_over_to = {"user_id": scene.officers[0].user_id}
    with scene.as_(scene.manager) as session:
        hand_over_lead(session, scene.manager, lead, parse(HandOver, hand_over_to), scene.now)
    with scene.sessions.as_(colleague) as session:
        assert session.exec(select(Message.user_id)).all() == [colleague.user_id]
        assert stands_in_for(session, colleague.user_id, date(2026, 3, 20)) == [scene.officers[0].user_id]  # type: ignore[arg-type]


def test_an_absence_counts_its_days_and_ends_early_on_request(scene: LeadsScene, colleague: Actor) -> None:
    absence = away(scene, scene.officers[0], colleague)
    officer, delegate = scene.officers[0].user_id, colleague.user_id
    with scene.as_(scene.officers[0]) as session:
        days = [date(2026, 3, 17), date(2026, 3, 18), date(2026, 3, 20), date(2026, 3, 21)]
        assert [who_answers(session, officer, day) for day in days] == [officer, delegate, delegate, officer]  # type: ignore[arg-type]
        come_back(session, scene.officers[0], absence, scene.now)
        assert who_answers(session, officer, days[1]) == officer  # type: ignore[arg-type]


def test_two_who_stand_in_for_each_other_do_not_send_it_round(scene: LeadsScene, colleague: Actor) -> None:
    away(scene, scene.officers[0], colleague)
    away(scene, colleague, scene.officers[0])
    with scene.sessions.as_(scene.manager) as session:
        assert who_answers(session, scene.officers[0].user_id, date(2026, 3, 18)) is None  # type: ignore[arg-type]


def test_only_a_manager_notes_the_absence_of_somebody_else(scene: LeadsScene, colleague: Actor) -> None:
    form = {
        "user_id": scene.officers[0].user_id,
        "from_on": "2026-03-18",
        "until_on": "2026-03-20",
        "delegate_id": scene.manager.user_id,
    }
    with scene.sessions.as_(colleague) as session, pytest.raises(Forbidden):
        go_away(session, colleague, parse(GoAway, form), scene.now)
    with scene.as_(scene.manager) as session:
        assert go_away(session, scene.manager, parse(GoAway, form), scene.now).user_id == scene.officers[0].user_id


@pytest.mark.parametrize(
    "change",
    [{"until_on": "2026-03-17"}, {"from_on": "2026-03-19", "until_on": "2026-03-18"}, {"until_on": "2027-12-31"}],
)
def test_days_that_cannot_be_an_absence_are_refused(
    scene: LeadsScene, colleague: Actor, change: dict[str, str]
) -> None:
    form = {"from_on": "2026-03-10", "until_on": "2026-03-20", "delegate_id": colleague.user_id, **change}
    with scene.sessions.as_(scene.officers[0]) as session, pytest.raises(InvalidInput):
        go_away(session, scene.officers[0], parse(GoAway, form), scene.now)


def test_nobody_stands_in_for_another_institution(scene: LeadsScene) -> None:
    with pytest.raises(InvalidInput):
        away(scene, scene.officers[0], scene.officers[1])


# --- branches


def test_branches_form_a_tree_and_only_managers_plant_it(scene: LeadsScene) -> None:
    top = branch(scene, "ZZ")
    low = branch(scene, "SZ", top)
    branch(scene, "TZ")
    with scene.sessions.as_(scene.officers[0]) as session:
        assert [(one.code, one.level) for one in branch_tree(session, scene.banks[0].id)] == [
            ("TZ", 0),
            ("ZZ", 0),
            ("SZ", 1),
        ]
        assert set(branches_under(session, top)) == {top, low}
        command = parse(AddBranch, {"code": "X", "name": "某支行"})
        with pytest.raises(Forbidden):
            add_branch(session, scene.officers[0], scene.banks[0].id, command, scene.now)


def test_a_branch_cannot_hang_under_another_institution(scene: LeadsScene) -> None:
    with scene.sessions.as_(scene.manager) as session:
        command = parse(AddBranch, {"code": "X", "name": "某支行"})
        with pytest.raises(Forbidden):
            add_branch(session, scene.manager, scene.banks[1].id, command, scene.now)
        with pytest.raises(NotFound):
            place_user(session, scene.manager, scene.banks[0].id, scene.officers[1].user_id, None, scene.now)  # type: ignore[arg-type]


def test_an_application_comes_to_the_branch_of_its_place(scene: LeadsScene) -> None:
    branch(scene, "CITY", region="3704")
    near = branch(scene, "DISTRICT", region="370402")
    with scene.as_(scene.member) as session:
        command = ApplyToProducts(product_ids=(scene.products[0].product_id,))
        [lead] = apply_to_products(session, scene.member, scene.need.id, command, scene.now, answer_days=3)
    assert scene.stored(lead.id).branch_id == near


def test_each_level_sees_its_own_perimeter_first_and_can_widen_it(scene: LeadsScene, colleague: Actor) -> None:
    top = branch(scene, "ZZ")
    low, other = branch(scene, "SZ", top), branch(scene, "TZ")
    leads = {}
    for name, place_of in (("top", top), ("low", low), ("other", other), ("none", None)):
        need = scene.ranked_need(enterprise=scene.factory.enterprise(name=f"{name}有限公司"))
        leads[name] = scene.factory.lead(need, scene.products[0], branch_id=place_of).id
    scene.factory.session.commit()

    def seen(branch_id: UUID | None) -> set[str]:
        with scene.sessions.as_(colleague) as session:
            branches = tuple(branches_under(session, branch_id)) if branch_id else ()
            chosen = InboxFilter(branches=branches)
            listing = inbox(session, ListRequest(), chosen, date(2026, 3, 18))
            assert inbox_counts(session, chosen)[LeadTab.WAITING] == listing.total == len(listing.rows)
            return {name for name, lead in leads.items() if lead in {row.id for row in listing.rows}}

    assert seen(top) == {"top", "low", "none"}
    assert seen(low) == {"low", "none"}
    assert seen(None) == set(leads)


def test_ones_own_lead_and_that_of_an_absent_colleague_are_seen_whatever_their_branch(
    scene: LeadsScene, colleague: Actor
) -> None:
    own, other = branch(scene, "SZ"), branch(scene, "TZ")
    place(scene, colleague, own)
    leads = [scene.factory.lead(scene.ranked_need(), scene.products[0], branch_id=other).id for _ in range(3)]
    scene.factory.session.commit()
    for lead, officer in zip(leads, (colleague, scene.officers[0]), strict=False):
        hand_over(scene, lead, user_id=officer.user_id, branch_id=other)
    away(scene, scene.officers[0], colleague)
    with scene.sessions.as_(colleague) as session:
        people = (colleague.user_id, *stands_in_for(session, colleague.user_id, date(2026, 3, 18)))  # type: ignore[arg-type]
        for officers in ((), people):
            chosen = InboxFilter(branches=(own,), people=people, officers=officers)  # type: ignore[arg-type]
            rows = inbox(session, ListRequest(), chosen, date(2026, 3, 18)).rows
            assert {row.id for row in rows} == set(leads[:2])


def test_whoever_takes_a_lead_takes_it_for_its_branch(scene: LeadsScene) -> None:
    low = branch(scene, "SZ")
    place(scene, scene.officers[0], low)
    lead = scene.lead()
    with scene.as_(scene.officers[0]) as session:
        accept_lead(session, scene.officers[0], lead, scene.now)
    assert scene.stored(lead).branch_id == low


def test_leads_of_an_enterprise_with_several_needs_are_counted_once(scene: LeadsScene) -> None:
    enterprise = scene.factory.enterprise()
    needs = [scene.ranked_need(enterprise=enterprise) for _number in range(3)]
    wanted = scene.factory.lead(needs[0], scene.products[0]).id
    scene.factory.lead(needs[1], scene.products[0])
    scene.factory.session.commit()
    with scene.sessions.as_(scene.officers[0]) as session:
        listing = inbox(session, ListRequest(size=1), InboxFilter(tab=LeadTab.ALL), date(2026, 3, 18))
        assert (listing.total, len(listing.rows)) == (2, 1)
        found = inbox(session, ListRequest(search=needs[0].number), InboxFilter(tab=LeadTab.ALL), date(2026, 3, 18))
        assert (found.total, [row.id for row in found.rows]) == (1, [wanted])


@pytest.mark.parametrize("sort", ["", "updated", "-sent", "sent", "name", "-amount"])
def test_pages_of_the_inbox_follow_one_another_without_gaps(scene: LeadsScene, sort: str) -> None:
    for number in range(5):
        scene.factory.lead(
            scene.ranked_need(amount=100_000 * (number + 1)),
            scene.products[0],
            sent_at=scene.now - timedelta(days=number % 2),
            updated_at=scene.now + timedelta(hours=number % 2),
        )
    scene.factory.session.commit()
    chosen = InboxFilter(tab=LeadTab.ALL)
    with scene.sessions.as_(scene.officers[0]) as session:
        whole = [row.id for row in inbox(session, ListRequest(sort=sort), chosen, date(2026, 3, 18)).rows]
        pages = [
            row.id
            for page in (1, 2, 3)
            for row in inbox(session, ListRequest(page, 2, sort), chosen, date(2026, 3, 18)).rows
        ]
    assert len(set(whole)) == 5
    assert pages == whole


# --- one act on many


def test_each_lead_of_a_bulk_act_has_its_own_result_and_nothing_is_done_by_halves(scene: LeadsScene) -> None:
    mine = [scene.lead(), scene.factory.lead(scene.ranked_need(), scene.products[0]).id]
    foreign = scene.factory.lead(scene.ranked_need(), scene.products[1]).id
    taken = scene.factory.lead(
        scene.ranked_need(), scene.products[0], status="accepted", accepted_at=scene.now, contact_by=None
    ).id
    scene.factory.session.commit()
    asked = [mine[0], foreign, taken, mine[1], mine[0]]
    with scene.as_(scene.officers[0]) as session:
        done = each_lead(session, asked, lambda one: accept_lead(session, scene.officers[0], one, scene.now))
    assert [(one.lead_id, one.ok) for one in done] == [
        (mine[0], True),
        (foreign, False),
        (taken, False),
        (mine[1], True),
    ]
    assert [scene.status(one) for one in (*mine, foreign, taken)] == ["accepted", "accepted", "sent", "accepted"]


def test_most_urgent_first_weighs_fit_amount_and_days(scene: LeadsScene) -> None:
    def lead(name: str, amount: int, due: date) -> None:
        need = scene.ranked_need(enterprise=scene.factory.enterprise(name=name), amount=amount)
        scene.factory.lead(need, scene.products[0], respond_by=due)

    lead("小额急", 100_000, date(2026, 3, 18))
    lead("大额急", 5_000_000, date(2026, 3, 18))
    lead("大额缓", 5_000_000, date(2026, 3, 30))
    scene.factory.session.commit()
    with scene.sessions.as_(scene.officers[0]) as session:
        rows = inbox(session, ListRequest(sort="-urgent"), InboxFilter(), date(2026, 3, 18)).rows
    assert [row.enterprise for row in rows] == ["大额急", "大额缓", "小额急"]
