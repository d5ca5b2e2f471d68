"""Messages reach exactly those they are for, whoever writes them."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory
from xinyidai.core.actor import Actor, Role
from xinyidai.messages.models import Message
from xinyidai.messages.service import notify
from xinyidai.messages.types import (
    KINDS,
    Audience,
    MessageKind,
    Recipient,
    to_enterprise,
    to_institution,
    to_office,
    to_user,
)

ANYBODY = ~Audience(0)
TOLD = KINDS.get("test.told") or MessageKind("test.told", ANYBODY, "told", "told %(what)s")


def read_by(sessions: Sessions, actor: Actor) -> int:
    with sessions.as_(actor) as session:
        return len(session.exec(select(Message)).all())


def test_an_enterprise_writes_to_a_bank_and_only_the_bank_reads_it(
    sessions: Sessions, factory: Factory, now: datetime
) -> None:
    enterprise, bank, other = factory.enterprise(), factory.institution(), factory.institution()
    writer = Actor(Role.ENTERPRISE_MEMBER, enterprise_id=enterprise.id)
    with sessions.as_(writer) as session:
        notify(session, to_institution(bank.id), TOLD, now, what="1")
        session.commit()
    assert read_by(sessions, Actor(Role.INSTITUTION_OFFICER, institution_id=bank.id)) == 1
    assert read_by(sessions, Actor(Role.INSTITUTION_OFFICER, institution_id=other.id)) == 0
    assert read_by(sessions, writer) == 0


def test_a_message_to_managers_is_not_shown_to_officers(sessions: Sessions, factory: Factory, now: datetime) -> None:
    bank = factory.institution()
    notify(factory.session, to_institution(bank.id, managers=True), TOLD, now, what="1")
    assert read_by(sessions, Actor(Role.INSTITUTION_OFFICER, institution_id=bank.id)) == 0
    assert read_by(sessions, Actor(Role.INSTITUTION_MANAGER, institution_id=bank.id)) == 1


def test_the_office_of_a_district_reads_what_concerns_its_district(
    sessions: Sessions, factory: Factory, now: datetime
) -> None:
    notify(factory.session, to_office("370402"), TOLD, now, what="1")
    assert read_by(sessions, Actor(Role.OFFICE_STAFF)) == 1
    assert read_by(sessions, Actor(Role.OFFICE_STAFF, region="370402")) == 1
    assert read_by(sessions, Actor(Role.OFFICE_STAFF, region="370403")) == 0


def test_a_guest_can_neither_read_nor_write_messages(sessions: Sessions, factory: Factory, now: datetime) -> None:
    notify(factory.session, to_enterprise(factory.enterprise().id), TOLD, now, what="1")
    assert read_by(sessions, Actor(Role.GUEST)) == 0


@pytest.mark.parametrize("to", [Recipient(), Recipient(office=True, source_unit="x")])
def test_a_message_without_one_recipient_is_refused(factory: Factory, now: datetime, to: Recipient) -> None:
    with pytest.raises(Exception, match="one_recipient"), factory.session.begin_nested():
        notify(factory.session, to, TOLD, now, what="1")


def test_a_message_to_one_person_has_that_person_as_its_one_recipient(factory: Factory, now: datetime) -> None:
    user = factory.user(Role.OFFICE_STAFF)
    notify(factory.session, to_user(user.id), TOLD, now, what="1")
    assert factory.session.execute(text("select user_id from messages")).scalar_one() == user.id
