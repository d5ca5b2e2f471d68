"""Clocks where they are hard: long holidays, several pauses, nobody in the office, no product left, unknown years."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from tests.leads_scene import LeadsScene
from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.clock import business_date
from xinyidai.core.errors import UnknownYear
from xinyidai.core.validation import parse
from xinyidai.core.working_days import PUBLISHED
from xinyidai.institutions.absences import GoAway, go_away, stands_in_for, who_answers
from xinyidai.institutions.branches import AddBranch, add_branch, place_user
from xinyidai.leads.claims import claim_need
from xinyidai.leads.clocks import on_working_day
from xinyidai.leads.desk_queries import desk_of
from xinyidai.leads.hand_over import HandOver, hand_over_lead
from xinyidai.leads.papers import RequestPapers, papers_complete, record_contact, request_papers
from xinyidai.leads.reminders import watch_clocks
from xinyidai.leads.service import ApplyToProducts, accept_lead, apply_to_products, expire_unanswered_leads
from xinyidai.leads.thread.service import WritePost, write_post
from xinyidai.lending.commands import MakeOffer
from xinyidai.lending.services import accept_offer, lapse_offers, make_offer, take_back_offer
from xinyidai.messages.models import Message

PAPERS = parse(RequestPapers, {"papers": "近三个月纳税申报表"})
WEDNESDAY = date(2026, 3, 18)


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LeadsScene:
    return LeadsScene(factory, sessions, now)


@pytest.fixture
def colleague(scene: LeadsScene) -> Actor:
    actor = actor_of(scene.factory.officer_of(scene.banks[0]))
    scene.factory.session.commit()
    return actor


def take(scene: LeadsScene, lead: UUID, on: date = WEDNESDAY, actor: Actor | None = None) -> None:
    who = actor or scene.officers[0]
    with scene.as_(who) as session:
        accept_lead(session, who, lead, scene.on(on))


def ask_papers(scene: LeadsScene, lead: UUID, on: date = WEDNESDAY) -> None:
    with scene.as_(scene.officers[0]) as session:
        request_papers(session, scene.officers[0], lead, PAPERS, scene.on(on))


def complete(scene: LeadsScene, lead: UUID, on: date = WEDNESDAY) -> None:
    with scene.as_(scene.member) as session:
        papers_complete(session, scene.member, lead, scene.on(on))


def offer(scene: LeadsScene, lead: UUID, on: date = WEDNESDAY, until: str = "2026-04-20") -> UUID:
    form = {
        "amount_wan": "80",
        "annual_rate": "4.35",
        "term_months": "12",
        "guarantee_mode": "credit",
        "repayment_mode": "equal_instalment",
        "valid_until": until,
    }
    with scene.as_(scene.officers[0]) as session:
        return make_offer(session, scene.officers[0], lead, parse(MakeOffer, form), scene.on(on)).id


def watch(scene: LeadsScene, on: date) -> int:
    with scene.as_(SYSTEM) as session:
        return watch_clocks(session, scene.on(on))


def away(scene: LeadsScene, actor: Actor, delegate: Actor, until: str = "2026-06-30") -> None:
    with scene.as_(actor) as session:
        form = {"from_on": "2026-03-18", "until_on": until, "delegate_id": delegate.user_id}
        go_away(session, actor, parse(GoAway, form), scene.now)


def readers(scene: LeadsScene, kind: str) -> list[UUID | None]:
    """To whom each message of the kind went; None is everybody of the institution."""
    with scene.sessions.as_(SYSTEM) as session:
        rows = select(Message.user_id).where(Message.kind == kind).order_by(Message.created_at, Message.id)
        return list(session.exec(rows))


# --- long holidays and borders of days


def test_a_lead_before_the_national_day_is_due_after_it_with_its_make_up_weekend(scene: LeadsScene) -> None:
    """2026: 1 to 7 October off; Sunday 20 September and Saturday 10 October are worked."""
    first_days = [date(2026, 9, 29), date(2026, 9, 30), date(2026, 10, 8), date(2026, 10, 9), date(2026, 10, 10)]
    assert [PUBLISHED.is_working_day(day) for day in first_days] == [True] * 5
    lead = scene.lead(respond_by=date(2026, 9, 30))
    take(scene, lead, date(2026, 9, 29))
    assert scene.stored(lead).contact_by == date(2026, 10, 8)
    other = scene.lead(1, respond_by=date(2026, 10, 12))
    take(scene, other, date(2026, 10, 8), scene.officers[1])
    assert scene.stored(other).contact_by == date(2026, 10, 10)  # a Saturday that is worked
    # Nobody is reminded on a day off: the last day lies as near on 30 September as on 7 October.
    assert watch(scene, date(2026, 9, 30)) == 1
    for day in range(1, 8):
        assert watch(scene, date(2026, 10, day)) == 0


def test_a_day_begins_at_midnight_in_shanghai(scene: LeadsScene) -> None:
    lead = scene.lead(respond_by=WEDNESDAY)
    before, after = datetime(2026, 3, 18, 15, 59, 59, tzinfo=UTC), datetime(2026, 3, 18, 16, 0, tzinfo=UTC)
    assert (business_date(before), business_date(after)) == (WEDNESDAY, date(2026, 3, 19))
    with scene.as_(SYSTEM) as session:
        assert expire_unanswered_leads(session, before) == 0
        assert expire_unanswered_leads(session, after) == 1
    other = scene.lead(1, respond_by=date(2026, 3, 23))
    with scene.as_(scene.officers[1]) as session:
        accept_lead(session, scene.officers[1], other, after)
    assert (scene.status(lead), scene.stored(other).contact_by) == ("expired", date(2026, 3, 23))


# --- pauses


def test_papers_asked_for_and_given_on_the_same_day_move_nothing(scene: LeadsScene) -> None:
    lead = scene.lead(respond_by=date(2026, 3, 23))
    take(scene, lead)
    ask_papers(scene, lead)
    complete(scene, lead)
    due = scene.stored(lead).decide_by
    for _again in range(2):
        ask_papers(scene, lead)
        complete(scene, lead)
    assert (due, scene.stored(lead).decide_by) == (date(2026, 4, 17), date(2026, 4, 17))


@pytest.mark.parametrize("pauses", [[(0, 1)] * 6, [(2, 0), (1, 9), (5, 3)], [(4, 2), (0, 2), (3, 1), (1, 30)]])
def test_every_day_of_waiting_is_given_back_however_often_the_clock_stood_still(
    pauses: list[tuple[int, int]], factory: Factory, sessions: Sessions, now: datetime
) -> None:
    scene = LeadsScene(factory, sessions, now)
    lead = scene.lead(respond_by=date(2026, 3, 23))
    take(scene, lead)
    ask_papers(scene, lead)
    complete(scene, lead)
    day, stood = WEDNESDAY, 0
    for worked, waited in pauses:
        day += timedelta(days=worked)
        ask_papers(scene, lead, day)
        day, stood = day + timedelta(days=waited), stood + waited
        complete(scene, lead, day)
    ends = WEDNESDAY + timedelta(days=30 + stood)
    assert scene.stored(lead).decide_by == on_working_day(ends, PUBLISHED, not_before=min(day, ends))


@pytest.mark.parametrize("end", ["lapsed", "taken back"])
def test_while_an_offer_lies_open_the_clock_of_the_decision_stands_still(scene: LeadsScene, end: str) -> None:
    lead = scene.lead(respond_by=date(2026, 3, 23))
    take(scene, lead)
    offered, ended = date(2026, 3, 25), date(2026, 4, 21)
    bid = offer(scene, lead, offered)
    assert watch(scene, date(2026, 4, 20)) == 0
    with scene.as_(SYSTEM if end == "lapsed" else scene.officers[0]) as session:
        if end == "lapsed":
            assert lapse_offers(session, scene.on(ended)) == 1
        else:
            take_back_offer(session, scene.officers[0], bid, scene.on(ended))
    assert scene.stored(lead).decide_by == date(2026, 5, 14)  # 17 April and the 27 days of the offer
    assert watch(scene, ended) == 0


def test_an_offer_that_came_too_late_stays_late_whatever_becomes_of_it(scene: LeadsScene) -> None:
    lead = scene.lead(respond_by=date(2026, 3, 23))
    take(scene, lead)
    bid = offer(scene, lead, date(2026, 4, 20))  # the last day was 17 April
    with scene.as_(scene.officers[0]) as session:
        take_back_offer(session, scene.officers[0], bid, scene.on(date(2026, 4, 30)))
    assert scene.stored(lead).decide_by == date(2026, 4, 17)


def test_papers_asked_for_before_an_offer_and_after_it_count_once_each(scene: LeadsScene) -> None:
    lead = scene.lead(respond_by=date(2026, 3, 23))
    take(scene, lead)
    ask_papers(scene, lead, date(2026, 3, 20))
    bid = offer(scene, lead, date(2026, 3, 25))  # five days of waiting
    with scene.as_(scene.officers[0]) as session:
        take_back_offer(session, scene.officers[0], bid, scene.on(date(2026, 3, 27)))  # two of the offer
    assert (scene.status(lead), scene.stored(lead).decide_by) == ("contacted", date(2026, 4, 24))


# --- nobody there


def test_where_everybody_who_stands_in_is_away_the_whole_institution_is_told(
    scene: LeadsScene, colleague: Actor
) -> None:
    lead = scene.lead(respond_by=date(2026, 3, 23))
    take(scene, lead)
    away(scene, scene.officers[0], colleague)
    away(scene, colleague, scene.officers[0])
    watch(scene, date(2026, 3, 19))
    assert readers(scene, "leads.remind_contact") == [None]


def test_the_delegate_of_an_absent_delegate_answers_and_sees_whose_leads_those_are(
    scene: LeadsScene, colleague: Actor
) -> None:
    lead = scene.lead(respond_by=date(2026, 3, 23))
    take(scene, lead)
    away(scene, scene.officers[0], colleague)
    away(scene, colleague, scene.manager)
    watch(scene, date(2026, 3, 19))
    assert readers(scene, "leads.remind_contact") == [scene.manager.user_id]
    with scene.sessions.as_(scene.manager) as session:
        found = stands_in_for(session, scene.manager.user_id, WEDNESDAY)  # type: ignore[arg-type]
    assert set(found) == {scene.officers[0].user_id, colleague.user_id}


def test_nobody_is_left_alone_with_a_lead_whose_officer_has_gone(scene: LeadsScene, colleague: Actor) -> None:
    lead = scene.lead(respond_by=date(2026, 3, 23))
    take(scene, lead)
    scene.officer_users[0].active = False
    scene.factory.session.commit()
    watch(scene, date(2026, 3, 19))
    assert readers(scene, "leads.remind_contact") == [None]
    with scene.sessions.as_(SYSTEM) as session:
        assert who_answers(session, colleague.user_id, WEDNESDAY) == colleague.user_id  # type: ignore[arg-type]


def test_answers_to_an_offer_and_questions_go_to_whoever_answers_for_the_lead_now(
    scene: LeadsScene, colleague: Actor
) -> None:
    lead = scene.lead(respond_by=date(2026, 3, 23))
    take(scene, lead)
    bid = offer(scene, lead)
    with scene.as_(scene.officers[0]) as session:
        form = parse(HandOver, {"user_id": colleague.user_id})
        hand_over_lead(session, scene.officers[0], lead, form, scene.now)
    away(scene, colleague, scene.manager)
    with scene.as_(scene.member) as session:
        write_post(session, scene.member, lead, WritePost(text="利率可以再低一些吗?"), [], scene.now)
        accept_offer(session, scene.member, bid, scene.now)
    assert readers(scene, "lending.offer_accepted") == [scene.manager.user_id]
    assert readers(scene, "leads.post_of_enterprise") == [scene.manager.user_id]


# --- handing over


def test_a_lead_handed_to_a_branch_is_told_to_its_people_and_to_the_managers_where_it_has_none(
    scene: LeadsScene, colleague: Actor
) -> None:
    lead = scene.lead(respond_by=date(2026, 3, 23))
    take(scene, lead)
    with scene.as_(scene.manager) as session:
        bank = scene.banks[0].id
        full, empty = (
            add_branch(session, scene.manager, bank, parse(AddBranch, {"code": code, "name": f"{code}支行"}), scene.now)
            for code in ("A1", "B2")
        )
        place_user(session, scene.manager, bank, colleague.user_id, full.id, scene.now)  # type: ignore[arg-type]
        places = full.id, empty.id
    for place in places:
        with scene.as_(scene.manager) as session:
            hand_over_lead(session, scene.manager, lead, parse(HandOver, {"branch_id": place}), scene.now)
    with scene.sessions.as_(SYSTEM) as session:
        told = session.exec(select(Message).where(Message.kind == "leads.handed_to_branch").order_by(Message.id)).all()
    assert [(one.user_id, one.managers_only) for one in told] == [(colleague.user_id, False), (None, True)]


def test_papers_awaited_and_escalation_follow_a_lead_to_its_new_officer(scene: LeadsScene, colleague: Actor) -> None:
    lead = scene.lead(respond_by=date(2026, 3, 23))
    take(scene, lead)
    ask_papers(scene, lead)
    with scene.as_(scene.officers[0]) as session:
        form = parse(HandOver, {"user_id": colleague.user_id})
        hand_over_lead(session, scene.officers[0], lead, form, scene.now)
    row = scene.stored(lead)
    assert (row.status, row.paused_on) == ("papers_requested", WEDNESDAY)
    complete(scene, lead, date(2026, 3, 20))
    assert readers(scene, "leads.papers_handed_in") == [colleague.user_id]
    assert scene.stored(lead).decide_by == date(2026, 4, 17)  # 19 April is a Sunday
    watch(scene, date(2026, 4, 17))
    assert readers(scene, "leads.remind_decision") == [colleague.user_id]
    watch(scene, date(2026, 4, 22))
    with scene.sessions.as_(SYSTEM) as session:
        kinds = session.exec(select(Message.managers_only).where(Message.kind == "leads.overdue_decision")).all()
    assert sorted(kinds) == [False, True]  # the office, and the managers


# --- where a need could go next


def test_where_no_product_is_left_the_enterprise_is_told_and_nothing_says_it_was_passed_on(
    factory: Factory, sessions: Sessions, now: datetime
) -> None:
    scene = LeadsScene(factory, sessions, now, banks=1)
    lead = scene.lead(respond_by=WEDNESDAY, reroute_agreed=True)
    day = date(2026, 3, 19)
    with scene.as_(SYSTEM) as session:
        expire_unanswered_leads(session, scene.on(day))
    assert watch(scene, day) == 2
    assert watch(scene, day) == 0
    assert scene.steps() == [("accept", "office", 1), ("accept", "nowhere", 1)]
    assert scene.messages()[-1] == "leads.nowhere"
    with scene.sessions.as_(scene.officers[0]) as session:
        assert all("passed" not in one.step for one in desk_of(session, lead, day).told)


# --- a year that nobody has published


def test_what_would_end_in_an_unknown_year_is_refused_with_its_reason_and_nothing_is_lost(scene: LeadsScene) -> None:
    late = scene.on(date(2026, 12, 30))
    lead = scene.lead(respond_by=date(2026, 12, 31))
    products = ApplyToProducts(product_ids=(scene.products[1].product_id,))
    with scene.sessions.as_(scene.member) as session, pytest.raises(UnknownYear):
        apply_to_products(session, scene.member, scene.need.id, products, late, answer_days=3)
    with scene.sessions.as_(scene.officers[0]) as session, pytest.raises(UnknownYear):
        accept_lead(session, scene.officers[0], lead, late)
    assert (scene.status(lead), len(scene.leads())) == ("sent", 1)


def test_silence_before_an_unknown_year_is_passed_on_once_the_year_is_known(scene: LeadsScene) -> None:
    """Reminders and escalations of that day go on; what cannot have a last day yet is made up later."""
    first = scene.lead(respond_by=date(2026, 12, 29), reroute_agreed=True)
    other = scene.lead(1, respond_by=date(2026, 12, 31))
    day = date(2026, 12, 30)
    with scene.as_(SYSTEM) as session:
        expire_unanswered_leads(session, scene.on(day))
    watch(scene, day)
    assert ("accept", "reminded", 1) in scene.steps()
    assert [row.id for row in scene.leads()] == [first, other]
    with scene.as_(SYSTEM) as session:
        for month, number in ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3)):
            session.execute(
                text("insert into working_day_overrides values (:day, false, '国办发明电〔2026〕9号')"),
                {"day": date(2027, month, number)},
            )
    watch(scene, day)
    assert [row.rerouted_from_id for row in scene.leads() if row.rerouted_from_id] == [first]


def test_a_need_in_the_pool_cannot_be_claimed_without_a_last_day(scene: LeadsScene) -> None:
    with scene.as_(SYSTEM) as session:
        session.execute(text("update needs set open_to_claims = true where id = :id"), {"id": scene.need.id})
    with scene.sessions.as_(scene.officers[0]) as session, pytest.raises(UnknownYear):
        claim_need(session, scene.officers[0], scene.need.id, scene.on(date(2026, 12, 30)))
    assert scene.leads() == []


def test_contact_and_a_decision_after_new_year_need_no_calendar(scene: LeadsScene) -> None:
    lead = scene.lead(respond_by=date(2026, 12, 21))
    take(scene, lead, date(2026, 12, 18))
    assert scene.stored(lead).decide_by == date(2027, 1, 17)  # a Sunday that nobody has published
    with scene.as_(scene.officers[0]) as session:
        record_contact(session, scene.officers[0], lead, scene.on(date(2027, 1, 4)))
    assert scene.status(lead) == "contacted"
