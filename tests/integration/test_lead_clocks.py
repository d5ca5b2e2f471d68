"""From taking a lead to the decision: states with their dates, last days, reminders, escalation, re-routing."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.conftest import Sessions
from tests.factories import Factory
from tests.leads_scene import LeadsScene
from xinyidai.core.actor import SYSTEM
from xinyidai.core.errors import Conflict, InvalidInput, NotFound
from xinyidai.core.validation import parse
from xinyidai.core.working_days import PUBLISHED, working_days_between
from xinyidai.leads.clocks import decision_day, working_days_ahead, working_days_before
from xinyidai.leads.need_queries import need_overview
from xinyidai.leads.papers import RequestPapers, papers_complete, record_contact, request_papers
from xinyidai.leads.reminders import watch_clocks
from xinyidai.leads.service import accept_lead, confirm_suggestion, expire_unanswered_leads, withdraw_lead
from xinyidai.leads.status import TRANSITIONS, derive_need_status
from xinyidai.leads.types import ENDED_WITHOUT_MONEY, LeadStatus
from xinyidai.lending.commands import MakeOffer
from xinyidai.lending.services import make_offer, take_back_offer
from xinyidai.needs.types import NeedStatus

PAPERS = parse(RequestPapers, {"papers": "近三个月纳税申报表"})
WEDNESDAY = date(2026, 3, 18)


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LeadsScene:
    return LeadsScene(factory, sessions, now)


@pytest.fixture
def lead(scene: LeadsScene) -> UUID:
    """Before the first bank, to be answered by Monday."""
    return scene.lead(respond_by=date(2026, 3, 23))


def take(scene: LeadsScene, lead: UUID, on: date = WEDNESDAY) -> None:
    with scene.as_(scene.officers[0]) as session:
        accept_lead(session, scene.officers[0], lead, scene.on(on))


def ask_papers(scene: LeadsScene, lead: UUID, on: date = WEDNESDAY) -> None:
    with scene.as_(scene.officers[0]) as session:
        request_papers(session, scene.officers[0], lead, PAPERS, scene.on(on))


def complete(scene: LeadsScene, lead: UUID, on: date, *, by_enterprise: bool = False) -> None:
    actor = scene.member if by_enterprise else scene.officers[0]
    with scene.as_(actor) as session:
        papers_complete(session, actor, lead, scene.on(on))


def watch(scene: LeadsScene, on: date) -> int:
    with scene.as_(SYSTEM) as session:
        return watch_clocks(session, scene.on(on))


# --- states and dates


def test_taking_a_lead_starts_the_clocks_of_contact_and_decision(scene: LeadsScene, lead: UUID) -> None:
    take(scene, lead)
    row = scene.stored(lead)
    assert (row.contact_by, row.decide_by) == (date(2026, 3, 20), date(2026, 4, 17))
    assert scene.messages() == ["leads.accepted"]


def test_thirty_days_begin_with_complete_papers(scene: LeadsScene, lead: UUID) -> None:
    take(scene, lead)
    ask_papers(scene, lead, date(2026, 3, 19))
    assert scene.stored(lead).paused_on == date(2026, 3, 19)
    complete(scene, lead, date(2026, 4, 1))
    row = scene.stored(lead)
    # 30 days end on 1 May, a holiday; the last working day before it counts.
    assert (row.status, row.decide_by, row.paused_on) == ("papers_complete", date(2026, 4, 30), None)


def test_a_second_request_stops_the_clock_and_it_goes_on_where_it_stood(scene: LeadsScene, lead: UUID) -> None:
    take(scene, lead)
    ask_papers(scene, lead)
    complete(scene, lead, date(2026, 3, 20))
    assert scene.stored(lead).decide_by == date(2026, 4, 17)  # 19 April is a Sunday
    ask_papers(scene, lead, date(2026, 3, 24))
    complete(scene, lead, date(2026, 3, 27))
    assert scene.stored(lead).decide_by == date(2026, 4, 22)  # three days after the Sunday


def test_the_enterprise_itself_can_say_that_its_papers_are_complete(scene: LeadsScene, lead: UUID) -> None:
    take(scene, lead)
    ask_papers(scene, lead)
    complete(scene, lead, date(2026, 3, 19), by_enterprise=True)
    assert scene.status(lead) == "papers_complete"
    assert scene.messages()[-1] == "leads.papers_handed_in"


def test_the_enterprise_cannot_complete_papers_that_nobody_asked_for(scene: LeadsScene, lead: UUID) -> None:
    take(scene, lead)
    with scene.as_(scene.officers[0]) as session:
        record_contact(session, scene.officers[0], lead, scene.now)
    with pytest.raises(Conflict):
        complete(scene, lead, WEDNESDAY, by_enterprise=True)
    assert scene.status(lead) == "contacted"


@pytest.mark.parametrize("status", sorted(ENDED_WITHOUT_MONEY))
def test_nothing_leads_out_of_an_end(status: LeadStatus) -> None:
    assert TRANSITIONS[status] == frozenset()


def test_every_state_has_its_row_in_the_one_table() -> None:
    assert set(TRANSITIONS) == set(LeadStatus)


def test_a_forged_jump_is_refused_and_changes_nothing(scene: LeadsScene, lead: UUID) -> None:
    for act in (
        lambda s: record_contact(s, scene.officers[0], lead, scene.now),
        lambda s: request_papers(s, scene.officers[0], lead, PAPERS, scene.now),
        lambda s: papers_complete(s, scene.officers[0], lead, scene.now),
    ):
        with scene.sessions.as_(scene.officers[0]) as session, pytest.raises(Conflict):
            act(session)
    assert (scene.status(lead), scene.messages()) == ("sent", [])


def test_another_lenders_officer_finds_nothing(scene: LeadsScene, lead: UUID) -> None:
    take(scene, lead)
    with scene.sessions.as_(scene.officers[1]) as session, pytest.raises(NotFound):
        request_papers(session, scene.officers[1], lead, PAPERS, scene.now)


@pytest.mark.parametrize(
    "change",
    [
        "status = 'contacted'",
        "status = 'papers_requested'",
        "status = 'papers_complete'",
        "status = 'suggested'",
        "contact_by = '2026-03-20'",
        "paused_on = '2026-03-20'",
    ],
)
def test_the_database_ties_each_state_to_its_date(scene: LeadsScene, lead: UUID, change: str) -> None:
    with scene.sessions.as_(SYSTEM) as session, pytest.raises(IntegrityError):
        session.execute(text(f"update leads set {change} where id = :id"), {"id": lead})


def test_an_offer_that_is_taken_back_leaves_the_lead_where_it_was(scene: LeadsScene, lead: UUID) -> None:
    take(scene, lead)
    ask_papers(scene, lead)
    complete(scene, lead, WEDNESDAY)
    form = {
        "amount_wan": "80",
        "annual_rate": "4.35",
        "term_months": "12",
        "guarantee_mode": "credit",
        "repayment_mode": "equal_instalment",
        "valid_until": "2026-04-01",
    }
    with scene.as_(scene.officers[0]) as session:
        offer = make_offer(session, scene.officers[0], lead, parse(MakeOffer, form), scene.now)
        take_back_offer(session, scene.officers[0], offer.id, scene.now)
    assert scene.status(lead) == "papers_complete"


def test_a_suggestion_leaves_the_need_published_and_papers_keep_it_in_contact() -> None:
    assert derive_need_status([LeadStatus.SUGGESTED, LeadStatus.DECLINED]) is NeedStatus.PUBLISHED
    assert derive_need_status([LeadStatus.PAPERS_REQUESTED]) is NeedStatus.IN_CONTACT


# --- suggestions


@pytest.fixture
def suggestion(scene: LeadsScene) -> UUID:
    return scene.lead(status="suggested", suggested_at=scene.now, respond_by=date(2026, 3, 23))


def test_a_lender_does_not_see_a_suggestion_until_the_enterprise_agrees(scene: LeadsScene, suggestion: UUID) -> None:
    with scene.sessions.as_(scene.officers[0]) as session:
        assert session.execute(text("select count(*) from leads")).scalar_one() == 0
        assert session.execute(text("select count(*) from enterprises")).scalar_one() == 0
    with scene.as_(scene.member) as session:
        confirm_suggestion(session, scene.member, suggestion, scene.on(date(2026, 3, 20)), answer_days=3)
    row = scene.stored(suggestion)
    assert (row.status, row.respond_by, row.confirmed_at) == ("sent", date(2026, 3, 25), row.sent_at)
    with scene.sessions.as_(scene.officers[0]) as session:
        assert session.execute(text("select count(*) from leads")).scalar_one() == 1


def test_a_suggestion_that_is_not_wanted_is_told_to_nobody(scene: LeadsScene, suggestion: UUID) -> None:
    with scene.as_(scene.member) as session:
        withdraw_lead(session, scene.member, suggestion, scene.now)
    assert (scene.status(suggestion), scene.messages()) == ("withdrawn", [])
    with scene.sessions.as_(scene.officers[0]) as session:
        assert session.execute(text("select count(*) from leads")).scalar_one() == 0


def test_a_suggestion_ends_in_silence(scene: LeadsScene, suggestion: UUID) -> None:
    with scene.as_(SYSTEM) as session:
        assert expire_unanswered_leads(session, scene.on(date(2026, 3, 24))) == 1
    assert (scene.status(suggestion), scene.messages()) == ("expired", [])


# --- reminders and escalation


def test_the_officer_is_reminded_one_working_day_before_and_never_at_once(scene: LeadsScene, lead: UUID) -> None:
    assert watch(scene, WEDNESDAY) == 0
    assert watch(scene, date(2026, 3, 19)) == 0
    assert watch(scene, date(2026, 3, 20)) == 1
    assert scene.messages() == ["leads.remind_accept"]


def test_a_missed_run_is_made_up_and_a_second_run_says_nothing_twice(scene: LeadsScene, lead: UUID) -> None:
    assert watch(scene, date(2026, 3, 23)) == 2
    assert watch(scene, date(2026, 3, 23)) == 0
    assert scene.steps() == [("accept", "reminded", 1), ("accept", "manager", 1)]


def test_a_lead_due_the_day_after_it_came_is_not_nagged_about_on_its_first_day(scene: LeadsScene) -> None:
    scene.lead(respond_by=date(2026, 3, 19))
    assert watch(scene, WEDNESDAY) == 0


def test_an_answer_stops_the_reminders(scene: LeadsScene, lead: UUID) -> None:
    take(scene, lead, date(2026, 3, 20))
    assert watch(scene, date(2026, 3, 20)) == 0
    with scene.as_(scene.officers[0]) as session:
        record_contact(session, scene.officers[0], lead, scene.on(date(2026, 3, 20)))
    assert watch(scene, date(2026, 3, 27)) == 0


def test_reminders_are_capped_and_the_managers_the_office_and_the_next_product_follow(
    scene: LeadsScene, lead: UUID
) -> None:
    take(scene, lead)  # first contact by Friday 20 March
    seen: dict[str, date] = {}
    for offset in range(25):
        day = WEDNESDAY + timedelta(days=offset)
        before = len(scene.steps())
        watch(scene, day)
        for _clock, step, number in scene.steps()[before:]:
            seen[f"{step} {number}"] = day
    assert seen == {
        "reminded 1": date(2026, 3, 19),
        "reminded 2": date(2026, 3, 20),
        "reminded 3": date(2026, 3, 23),
        "manager 1": date(2026, 3, 23),
        "office 1": date(2026, 3, 25),
        "rerouted 1": date(2026, 3, 27),
    }
    # The silent lender keeps its lead; the next one is suggested, since the enterprise had not agreed beforehand.
    assert [row.status for row in scene.leads()] == ["accepted", "suggested"]


def test_silence_is_passed_on_to_the_next_product_where_the_enterprise_agreed(scene: LeadsScene) -> None:
    first = scene.lead(respond_by=date(2026, 3, 23), reroute_agreed=True)
    day = date(2026, 3, 24)
    with scene.as_(SYSTEM) as session:
        expire_unanswered_leads(session, scene.on(day))
    assert watch(scene, day) == 2
    assert watch(scene, day) == 0
    rows = scene.leads()
    assert [(row.status, row.route, row.rerouted_from_id) for row in rows] == [
        ("expired", "directed", None),
        ("sent", "dispatched", first),
    ]
    assert rows[1].institution_id == scene.banks[1].id
    assert rows[1].respond_by == date(2026, 3, 27)
    assert scene.messages() == [
        "leads.expired",
        "leads.missed",
        "leads.overdue_accept",
        "leads.applied",
        "leads.passed_on",
    ]


def test_while_papers_are_awaited_it_is_the_enterprise_who_is_reminded(scene: LeadsScene, lead: UUID) -> None:
    take(scene, lead)
    ask_papers(scene, lead)
    days = [WEDNESDAY + timedelta(days=offset) for offset in range(40)]
    told = [day for day in days if watch(scene, day)]
    assert told == [date(2026, 3, 23), date(2026, 3, 26), date(2026, 3, 31)]
    assert set(scene.messages()[2:]) == {"leads.papers_awaited"}


def test_nobody_chases_a_lender_whose_need_has_found_another(scene: LeadsScene, lead: UUID) -> None:
    take(scene, lead)
    scene.lead(1, status="offer_accepted", accepted_at=scene.now)
    assert watch(scene, date(2026, 4, 10)) == 0


def test_a_clock_that_runs_again_is_watched_again(scene: LeadsScene, lead: UUID) -> None:
    take(scene, lead)
    ask_papers(scene, lead)
    complete(scene, lead, date(2026, 3, 19))
    assert watch(scene, date(2026, 4, 16)) == 1
    ask_papers(scene, lead, date(2026, 4, 16))
    complete(scene, lead, date(2026, 4, 28), by_enterprise=True)
    assert scene.stored(lead).decide_by == date(2026, 4, 30)
    assert watch(scene, date(2026, 4, 29)) == 1
    assert scene.steps() == [("decision", "reminded", 1), ("decision", "reminded", 1)]


# --- what the enterprise reads


def test_the_enterprise_reads_for_each_lender_whose_turn_it_is_and_until_when(scene: LeadsScene, lead: UUID) -> None:
    scene.lead(1, respond_by=date(2026, 3, 23))
    take(scene, lead)
    ask_papers(scene, lead)
    with scene.sessions.as_(scene.member) as session:
        overview = need_overview(session, scene.need.id)
    assert overview is not None
    turns = {one.institution: (one.next.who.value, one.next.due) for one in overview.applications}
    assert turns == {
        scene.banks[0].name: ("you", None),
        scene.banks[1].name: ("lender", date(2026, 3, 23)),
    }
    assert overview.next.who.value == "you"
    first = next(one for one in overview.applications if one.id == lead)
    assert [event.text for event in first.events] == ["", "近三个月纳税申报表"]


# --- arithmetic of days


@pytest.mark.parametrize("today", [date(2026, 9, 20) + timedelta(days=offset) for offset in range(25)])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_days_back_and_ahead_agree_with_counting(today: date, count: int) -> None:
    before, ahead = working_days_before(today, count, PUBLISHED), working_days_ahead(today, count, PUBLISHED)
    one = timedelta(days=1)
    assert working_days_between(before, today) >= count > working_days_between(before + one, today)
    assert working_days_between(today, ahead) <= count < working_days_between(today, ahead + one)


def test_the_decision_never_takes_longer_than_its_days() -> None:
    assert decision_day(date(2026, 9, 1), 30, PUBLISHED) == date(2026, 9, 30)
    assert decision_day(date(2026, 9, 5), 30, PUBLISHED) == date(2026, 9, 30)  # 1 to 7 October are holidays
    assert decision_day(date(2099, 1, 1), 30, PUBLISHED) == date(2099, 1, 31)


def test_papers_must_be_named() -> None:
    with pytest.raises(InvalidInput):
        parse(RequestPapers, {"papers": " "})
