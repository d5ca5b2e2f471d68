"""Offers: the lender's bounds, the enterprise's choice, and what happens to the others."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory
from tests.lending_scene import LendingScene
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.validation import parse
from xinyidai.leads.models import LeadEvent
from xinyidai.leads.service import RefuseLead, accept_lead, withdraw_lead
from xinyidai.lending.commands import CloseLead, MakeOffer
from xinyidai.lending.models import Offer
from xinyidai.lending.services import (
    accept_offer,
    close_lead,
    decline_offer,
    lapse_offers,
    make_offer,
    refuse_credit,
    take_back_offer,
)


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_wan", "0"),
        ("amount_wan", "-80"),
        ("amount_wan", "NaN"),
        ("amount_wan", "9.99"),
        ("amount_wan", "500.000001"),
        ("amount_wan", "80.1234567"),
        ("amount_wan", "eighty"),
        ("annual_rate", "3.44"),
        ("annual_rate", "5.21"),
        ("term_months", "2"),
        ("term_months", "37"),
        ("term_months", "1.5"),
        ("guarantee_mode", "pledge"),
        ("guarantee_mode", "a handshake"),
        ("repayment_mode", "bullet"),
        ("valid_until", "2026-03-17"),
        ("valid_until", "2027-03-18"),
        ("valid_until", "20260330"),
        ("valid_until", "tomorrow"),
        ("valid_until", ""),
    ],
)
def test_an_offer_outside_the_published_terms_is_refused_at_the_field(
    scene: LendingScene, field: str, value: str
) -> None:
    officer = scene.officers[0]
    with scene.sessions.as_(officer) as lender:
        accept_lead(lender, officer, scene.leads[0].id, scene.now)
        lender.commit()
        before = scene.state()
        with attempt(lender) as outcome:
            command = parse(MakeOffer, scene.offer_form(**{field: value}))
            make_offer(lender, officer, scene.leads[0].id, command, scene.now)
        lender.commit()
    assert set(outcome.errors) == {field}
    assert scene.state() == before


def test_the_bounds_themselves_are_allowed(scene: LendingScene) -> None:
    offer_id = scene.offer(amount_wan="500", annual_rate="5.2", term_months="36", valid_until=str(scene.today))
    with scene.sessions.as_(scene.member) as member:
        offer = member.get_one(Offer, offer_id)
    assert (offer.amount, offer.status) == (Decimal(5_000_000), "open")
    assert scene.state()["leads"] == ["offered", "sent"]


def test_a_lead_that_was_not_taken_or_has_an_offer_gets_none(scene: LendingScene) -> None:
    officer, command = scene.officers[1], parse(MakeOffer, scene.offer_form())
    with scene.sessions.as_(officer) as lender, pytest.raises(Conflict):
        make_offer(lender, officer, scene.leads[1].id, command, scene.now)
    scene.offer(1)
    before = scene.state()
    with scene.sessions.as_(officer) as lender, pytest.raises(Conflict):
        make_offer(lender, officer, scene.leads[1].id, command, scene.now)
    assert scene.state() == before


def test_accepting_one_offer_closes_the_others_and_says_why(scene: LendingScene) -> None:
    chosen, other = scene.offer(0), scene.offer(1)
    scene.accept(chosen)
    state = scene.state()
    assert state["offers"] == {chosen: "accepted", other: "declined"}
    assert (state["leads"], state["need"]) == (["offer_accepted", "no_deal"], "in_contact")
    with scene.sessions.as_(scene.officers[1]) as lender:
        history = lender.exec(select(LeadEvent).where(LeadEvent.to_status == "no_deal")).one()
    assert (history.detail["cause"], history.actor_role) == ("other_offer", "enterprise_member")


def test_a_lender_that_has_not_offered_yet_keeps_its_lead_but_can_offer_no_more(scene: LendingScene) -> None:
    scene.accept(scene.offer(0))
    assert scene.state()["leads"] == ["offer_accepted", "sent"]
    with pytest.raises(Conflict, match="another lender"):
        scene.offer(1)


def test_when_the_accepted_offer_falls_through_another_can_be_accepted(scene: LendingScene) -> None:
    scene.accept(scene.offer(0))
    with scene.sessions.as_(scene.officers[0]) as lender:
        refuse_credit(
            lender, scene.officers[0], scene.leads[0].id, parse(RefuseLead, {"reason": "high_debt"}), scene.now
        )
        lender.commit()
    scene.accept(scene.offer(1))
    assert scene.state()["leads"] == ["refused", "offer_accepted"]


def test_an_offer_is_decided_once(scene: LendingScene) -> None:
    offer_id = scene.offer()
    scene.accept(offer_id)
    before = scene.state()
    for decide in (accept_offer, decline_offer):
        with scene.sessions.as_(scene.member) as member, pytest.raises(Conflict):
            decide(member, scene.member, offer_id, scene.now)
    with scene.sessions.as_(scene.officers[0]) as lender, pytest.raises(Conflict):
        take_back_offer(lender, scene.officers[0], offer_id, scene.now)
    assert scene.state() == before


def test_declined_or_taken_back_the_lender_can_offer_again(scene: LendingScene) -> None:
    with scene.sessions.as_(scene.member) as member:
        decline_offer(member, scene.member, scene.offer(), scene.now, note="利率偏高")
        member.commit()
    second = scene.offer(annual_rate="4.1")
    with scene.sessions.as_(scene.officers[0]) as lender:
        take_back_offer(lender, scene.officers[0], second, scene.now)
        lender.commit()
    third = scene.offer(annual_rate="3.9")
    offers = scene.state()["offers"]
    assert (sorted(offers.values()), offers[third]) == (["declined", "open", "withdrawn"], "open")


def test_an_offer_lapses_after_its_last_day_and_the_lead_goes_on(scene: LendingScene, session: ActorSession) -> None:
    offer_id = scene.offer(valid_until=str(scene.today))
    assert lapse_offers(session, scene.now) == 0
    tomorrow = scene.now + timedelta(days=1)
    with scene.sessions.as_(scene.member) as member, pytest.raises(Conflict, match="validity"):
        accept_offer(member, scene.member, offer_id, tomorrow)
    assert (lapse_offers(session, tomorrow), lapse_offers(session, tomorrow)) == (1, 0)
    session.commit()
    state = scene.state()
    assert (state["offers"][offer_id], state["leads"][0]) == ("lapsed", "accepted")


def test_an_offer_goes_with_its_lead(scene: LendingScene, session: ActorSession) -> None:
    offers = [scene.offer(0), scene.offer(1)]
    with scene.sessions.as_(scene.member) as member:
        withdraw_lead(member, scene.member, scene.leads[0].id, scene.now)
        member.commit()
    with scene.sessions.as_(scene.member) as member, pytest.raises(Conflict):
        accept_offer(member, scene.member, offers[0], scene.now)
    with scene.sessions.as_(scene.officers[1]) as lender:
        close_lead(lender, scene.officers[1], scene.leads[1].id, parse(CloseLead, {"outcome": "no_deal"}), scene.now)
        lender.commit()
    lapse_offers(session, scene.now)
    session.commit()
    assert set(scene.state()["offers"].values()) == {"withdrawn"}


def test_a_lead_ends_without_a_deal_only_in_the_two_ways_named(scene: LendingScene) -> None:
    with pytest.raises(InvalidInput):
        parse(CloseLead, {"outcome": "funded"})


def test_neither_side_can_play_the_other(scene: LendingScene) -> None:
    offer_id = scene.offer()
    with scene.sessions.as_(scene.officers[0]) as lender, pytest.raises(Forbidden):
        accept_offer(lender, scene.officers[0], offer_id, scene.now)
    with scene.sessions.as_(scene.member) as member, pytest.raises(Forbidden):
        take_back_offer(member, scene.member, offer_id, scene.now)


def test_another_enterprise_or_bank_finds_no_such_offer(scene: LendingScene, factory: Factory) -> None:
    offer_id = scene.offer()
    stranger = LendingScene(factory, scene.sessions, scene.now)
    with scene.sessions.as_(stranger.member) as member, pytest.raises(NotFound):
        accept_offer(member, stranger.member, offer_id, scene.now)
    with scene.sessions.as_(scene.officers[1]) as lender, pytest.raises(NotFound):
        take_back_offer(lender, scene.officers[1], offer_id, scene.now)


def test_a_lead_with_an_open_offer_is_not_taken_again(scene: LendingScene) -> None:
    scene.offer()
    before = scene.state()
    with scene.sessions.as_(scene.officers[0]) as lender, pytest.raises(Conflict):
        accept_lead(lender, scene.officers[0], scene.leads[0].id, scene.now)
    assert scene.state() == before
