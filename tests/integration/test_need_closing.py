"""A need that is taken back or grows old is closed together with the leads under it."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from xinyidai.core.actor import Actor
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Conflict, Forbidden, NotFound
from xinyidai.leads.models import Lead, LeadEvent
from xinyidai.leads.need_closing import expire_old_needs, withdraw_need
from xinyidai.needs.models import Need
from xinyidai.needs.types import NeedStatus

DAYS = 90


class Scene:
    def __init__(self, factory: Factory) -> None:
        self.factory = factory
        self.enterprise = factory.enterprise()
        self.member: Actor = actor_of(factory.member_of(self.enterprise))
        self.need = factory.need(self.enterprise)
        factory.session.commit()

    def lead(self, status: str = "sent", **fields: object) -> Lead:
        lead = self.factory.lead(self.need, self.factory.product(self.factory.institution()), status=status, **fields)
        self.factory.session.commit()
        return lead


@pytest.fixture
def scene(factory: Factory) -> Scene:
    return Scene(factory)


def statuses(session: ActorSession, scene: Scene) -> tuple[str, list[str]]:
    session.expire_all()
    need = session.get_one(Need, scene.need.id)
    return need.status, sorted(session.exec(select(Lead.status).where(Lead.need_id == need.id)))


def test_withdrawing_a_need_withdraws_what_is_still_open_under_it(
    scene: Scene, sessions: Sessions, session: ActorSession, now: datetime
) -> None:
    scene.lead()
    scene.lead("accepted", accepted_at=now)
    scene.lead("expired", closed_at=now)
    with sessions.as_(scene.member) as member:
        withdraw_need(member, scene.member, scene.need.id, now)
        member.commit()
    assert statuses(session, scene) == ("withdrawn", ["expired", "withdrawn", "withdrawn"])
    assert session.get_one(Need, scene.need.id).closed_at == now
    assert {event.detail["cause"] for event in session.exec(select(LeadEvent))} == {"need_withdrawn"}


@pytest.mark.parametrize("status", ["offer_accepted", "credit_approved", "disbursing"])
def test_a_need_with_an_accepted_offer_or_money_cannot_be_withdrawn(
    scene: Scene, sessions: Sessions, session: ActorSession, now: datetime, status: str
) -> None:
    scene.lead(status, accepted_at=now)
    with sessions.as_(scene.member) as member, pytest.raises(Conflict):
        withdraw_need(member, scene.member, scene.need.id, now)
    assert statuses(session, scene) == ("published", [status])


def test_a_need_is_withdrawn_once_and_by_its_own_enterprise_only(
    scene: Scene, factory: Factory, sessions: Sessions, session: ActorSession, now: datetime
) -> None:
    stranger = actor_of(factory.member_of(factory.enterprise()))
    factory.session.commit()
    with sessions.as_(stranger) as other, pytest.raises(NotFound):
        withdraw_need(other, stranger, scene.need.id, now)
    officer = actor_of(factory.officer_of(factory.institution()))
    with pytest.raises(Forbidden):
        withdraw_need(session, officer, scene.need.id, now)
    with sessions.as_(scene.member) as member:
        withdraw_need(member, scene.member, scene.need.id, now)
        with pytest.raises(Conflict):
            withdraw_need(member, scene.member, scene.need.id, now)


def test_a_need_that_nobody_took_expires_after_its_days_and_once(
    scene: Scene, session: ActorSession, now: datetime
) -> None:
    scene.lead("declined", reason="too_young", closed_at=now)
    assert expire_old_needs(session, now + timedelta(days=DAYS), DAYS) == 0
    later = now + timedelta(days=DAYS, seconds=1)
    assert expire_old_needs(session, later, DAYS) == 1
    assert expire_old_needs(session, later, DAYS) == 0
    session.commit()
    assert statuses(session, scene) == ("expired", ["declined"])


def test_a_lender_in_its_time_keeps_an_old_need_open_and_an_overdue_lead_expires_with_it(
    scene: Scene, session: ActorSession, now: datetime
) -> None:
    later = now + timedelta(days=DAYS + 1)
    lead = scene.lead(respond_by=later.date())
    assert expire_old_needs(session, later, DAYS) == 0
    lead.respond_by = later.date() - timedelta(days=1)
    session.commit()
    assert expire_old_needs(session, later, DAYS) == 1
    assert statuses(session, scene) == ("expired", ["expired"])


@pytest.mark.parametrize("status", [NeedStatus.IN_CONTACT, NeedStatus.CREDITED, NeedStatus.DISBURSED])
def test_a_need_that_somebody_works_on_never_expires(
    scene: Scene, session: ActorSession, now: datetime, status: NeedStatus
) -> None:
    scene.need.status = status.value
    session.flush()
    assert expire_old_needs(session, now + timedelta(days=10 * DAYS), DAYS) == 0
