"""A lender's answer to a lead, and the need's status that follows."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Conflict, InvalidInput, NotFound
from xinyidai.core.validation import parse
from xinyidai.leads.models import Lead, LeadEvent
from xinyidai.leads.service import (
    RefuseLead,
    accept_lead,
    decline_lead,
    expire_unanswered_leads,
    withdraw_lead,
)
from xinyidai.needs.models import Need


class Scene:
    """One need before two lenders."""

    def __init__(self, factory: Factory) -> None:
        self.enterprise = factory.enterprise()
        self.need = factory.need(self.enterprise)
        self.member = actor_of(factory.member_of(self.enterprise))
        self.banks = [factory.institution(), factory.institution()]
        self.officers = [actor_of(factory.officer_of(bank)) for bank in self.banks]
        self.leads = [factory.lead(self.need, factory.product(bank)) for bank in self.banks]
        factory.session.commit()


@pytest.fixture
def scene(factory: Factory) -> Scene:
    return Scene(factory)


def need_status(session: ActorSession, scene: Scene) -> str:
    session.expire_all()
    return session.exec(select(Need.status).where(Need.id == scene.need.id)).one()


def test_taking_a_lead_puts_the_need_in_contact_and_writes_the_trail(
    scene: Scene, sessions: Sessions, session: ActorSession, now: datetime
) -> None:
    with sessions.as_(scene.officers[0]) as officer:
        accept_lead(officer, scene.officers[0], scene.leads[0].id, now)
        officer.commit()
    assert need_status(session, scene) == "in_contact"
    event = session.exec(select(LeadEvent).where(LeadEvent.lead_id == scene.leads[0].id)).one()
    assert (event.from_status, event.to_status, event.actor_user_id) == ("sent", "accepted", scene.officers[0].user_id)


def test_a_need_is_not_granted_only_when_every_lender_has_said_no(
    scene: Scene, sessions: Sessions, session: ActorSession, now: datetime
) -> None:
    refusal = parse(RefuseLead, {"reason": "weak_revenue"})
    for index, expected in enumerate(["published", "declined"]):
        with sessions.as_(scene.officers[index]) as officer:
            decline_lead(officer, scene.officers[index], scene.leads[index].id, refusal, now)
            officer.commit()
        assert need_status(session, scene) == expected


def test_another_lenders_lead_is_as_if_it_did_not_exist(scene: Scene, sessions: Sessions, now: datetime) -> None:
    with sessions.as_(scene.officers[0]) as officer, pytest.raises(NotFound):
        accept_lead(officer, scene.officers[0], scene.leads[1].id, now)


def test_a_lead_cannot_be_taken_twice(scene: Scene, sessions: Sessions, now: datetime) -> None:
    with sessions.as_(scene.officers[0]) as officer:
        accept_lead(officer, scene.officers[0], scene.leads[0].id, now)
        with pytest.raises(Conflict):
            accept_lead(officer, scene.officers[0], scene.leads[0].id, now)


def test_another_reason_must_be_explained() -> None:
    with pytest.raises(InvalidInput):
        parse(RefuseLead, {"reason": "other"})


def test_silence_expires_and_is_never_a_refusal(scene: Scene, session: ActorSession, now: datetime) -> None:
    on_the_last_day = datetime.combine(scene.leads[0].respond_by, now.timetz())
    assert expire_unanswered_leads(session, on_the_last_day) == 0
    assert expire_unanswered_leads(session, on_the_last_day + timedelta(days=1)) == 2
    session.commit()
    assert {lead.status for lead in session.exec(select(Lead))} == {"expired"}
    assert need_status(session, scene) == "published"


def test_the_enterprise_can_take_its_application_back(
    scene: Scene, sessions: Sessions, session: ActorSession, now: datetime
) -> None:
    with sessions.as_(scene.member) as member:
        withdraw_lead(member, scene.member, scene.leads[0].id, now)
        member.commit()
    session.expire_all()
    assert session.get_one(Lead, scene.leads[0].id).closed_at == now


def test_an_officer_sees_the_enterprise_of_a_lead_and_no_other(
    scene: Scene, factory: Factory, sessions: Sessions
) -> None:
    factory.need(factory.enterprise())
    factory.session.commit()
    with sessions.as_(scene.officers[0]) as officer:
        assert [need.id for need in officer.exec(select(Need))] == [scene.need.id]


def test_office_staff_of_a_district_see_their_district_only(scene: Scene, factory: Factory, sessions: Sessions) -> None:
    staff = actor_of(factory.user(Role.OFFICE_STAFF, region="370481"))
    factory.session.commit()
    with sessions.as_(staff) as office:
        assert office.exec(select(Need)).all() == []
    with sessions.as_(SYSTEM) as everything:
        assert len(everything.exec(select(Need)).all()) == 1
