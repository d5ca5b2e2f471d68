"""Opt-ins and invitations by several people at once, on real connections."""

from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from tests.consent_scene import ConsentScene
from tests.factories import Factory
from tests.integration.test_lending_at_once import Independent, all_at_once
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import unit_of_work
from xinyidai.core.errors import Conflict
from xinyidai.leads.screening.invitations import InviteEnterprise, invite_enterprise
from xinyidai.leads.screening.models import ScreeningInvitation, ScreeningOpening
from xinyidai.leads.screening.openings import open_to_lenders
from xinyidai.messages.models import Message

MANY = 8


@pytest.fixture
def scene(own_engine: Engine, now: datetime) -> ConsentScene:
    sessions = Independent(own_engine)
    with sessions.as_(SYSTEM) as session:
        return ConsentScene(Factory(session, now), sessions, now)


def test_of_many_clicks_one_opening_and_one_invitation_come(own_engine: Engine, scene: ConsentScene) -> None:
    def be_found() -> None:
        with unit_of_work(own_engine, scene.member) as session:
            open_to_lenders(session, scene.member, scene.now)

    def invite() -> None:
        command = InviteEnterprise(product_id=scene.products[0].product_id)
        with unit_of_work(own_engine, scene.officers[0]) as session:
            invite_enterprise(session, scene.officers[0], scene.enterprise.id, command, scene.now)

    assert all_at_once([be_found] * MANY) == [None] * MANY
    answers = all_at_once([partial(invite)] * MANY)
    assert answers.count(None) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == MANY - 1
    with scene.sessions.as_(SYSTEM) as session:
        assert len(session.exec(select(ScreeningOpening)).all()) == 1
        assert len(session.exec(select(ScreeningInvitation)).all()) == 1
        assert len(session.exec(select(Message).where(Message.kind == "screening.invited")).all()) == 1
