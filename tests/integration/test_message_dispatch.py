"""Mails and text messages: who gets them, once, and what happens when the sending fails."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.factories import Factory
from xinyidai.core.actor import Role
from xinyidai.core.db import ActorSession
from xinyidai.core.paging import ListRequest
from xinyidai.institutions.models import Institution
from xinyidai.messages.dispatch import MAX_FAILURES, RETRY_AFTER, decide_recipients, send_digests, send_waiting
from xinyidai.messages.inbox import inbox, mark_all_read, mark_read, unread_count
from xinyidai.messages.preferences import SavePreferences, save_preferences
from xinyidai.messages.service import notify
from xinyidai.messages.types import KINDS, Audience, MessageKind, to_institution

ANYBODY = ~Audience(0)
ARRIVED = KINDS.get("test.arrived") or MessageKind("test.arrived", ANYBODY, "it has come", "it came on %(day)s")
DUTY = KINDS.get("test.duty") or MessageKind("test.duty", ANYBODY, "due", "due", duty=True)
TAKEN_BACK = KINDS.get("test.taken_back") or MessageKind(
    "test.taken_back", ANYBODY, "it is taken back", "gone", undoes=ARRIVED
)
OF_LENDER = KINDS.get("test.of_lender") or MessageKind(
    "test.of_lender", ANYBODY, "%(lender)s answers", "%(amount)s", topic="an answer"
)
LATER = timedelta(minutes=2)
SITE = "https://xyd.example"


@dataclass
class Post:
    """Keeps what it is given; fails as often as it is told to."""

    sent: list[tuple[str, ...]] = field(default_factory=list)
    failing: int = 0

    def send(self, *letter: str) -> None:
        if self.failing:
            self.failing -= 1
            raise ConnectionError("no answer")
        self.sent.append(letter)


@pytest.fixture
def bank(factory: Factory) -> Institution:
    return factory.institution()


def officer(factory: Factory, bank: Institution, **contact: object):  # type: ignore[no-untyped-def]
    user = factory.user(Role.INSTITUTION_OFFICER, institution_id=bank.id)
    for name, value in contact.items():
        setattr(user, name, value)
    factory.session.flush()
    return user


def run(session: ActorSession, now: datetime, mail: Post, sms: Post | None = None) -> None:
    decide_recipients(session, now)
    send_waiting(session, now, mail, sms or Post(), SITE)


def test_a_mail_leaves_after_a_minute_and_only_once(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    officer(factory, bank, email="a@bank.example")
    officer(factory, bank)
    mail = Post()
    notify(session, to_institution(bank.id), ARRIVED, now, link="/institution/leads", day="2026-03-18")
    run(session, now + timedelta(seconds=30), mail)
    assert mail.sent == []
    for _again in range(3):
        run(session, now + LATER, mail)
    assert [letter[0] for letter in mail.sent] == ["a@bank.example"]
    assert "2026年3月18日" in mail.sent[0][2]
    assert f"{SITE}/institution/leads" in mail.sent[0][2]


def test_said_again_within_a_minute_is_one_mail(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    officer(factory, bank, email="a@bank.example")
    for seconds in (0, 10, 20):
        notify(session, to_institution(bank.id), ARRIVED, now + timedelta(seconds=seconds), link="/x", day="2026-03-18")
    mail = Post()
    run(session, now + LATER, mail)
    assert len(mail.sent) == 1


def test_what_was_read_in_the_meantime_is_not_sent(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    reader = officer(factory, bank, email="a@bank.example")
    notify(session, to_institution(bank.id), ARRIVED, now, day="2026-03-18")
    mark_all_read(session, reader.id, now)
    mail = Post()
    run(session, now + LATER, mail)
    assert mail.sent == []


def test_a_failed_mail_is_tried_again_and_given_up_after_five_failures(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    officer(factory, bank, email="a@bank.example")
    notify(session, to_institution(bank.id), ARRIVED, now, day="2026-03-18")
    mail = Post(failing=1)
    run(session, now + LATER, mail)
    run(session, now + LATER + RETRY_AFTER, mail)
    assert len(mail.sent) == 1
    notify(session, to_institution(bank.id), ARRIVED, now + timedelta(hours=1), day="2026-03-18")
    never = Post(failing=100)
    for tries in range(MAX_FAILURES + 3):
        run(session, now + timedelta(hours=2) + tries * RETRY_AFTER, never)
    assert never.failing == 100 - MAX_FAILURES


def test_a_duty_goes_by_text_message_too_and_cannot_be_refused(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    reader = officer(factory, bank, email="a@bank.example", phone="13800000000")
    command = SavePreferences(email="a@bank.example", phone="13800000000", digest=True, wanted=())
    save_preferences(session, reader.id, command, [ARRIVED.code, DUTY.code])
    notify(session, to_institution(bank.id), ARRIVED, now, day="2026-03-18")
    notify(session, to_institution(bank.id), DUTY, now)
    mail, sms = Post(), Post()
    run(session, now + LATER, mail, sms)
    assert [letter[1] for letter in mail.sent] == ["due"]
    assert len(sms.sent) == 1


def test_a_mail_says_how_to_end_its_kind_or_why_it_cannot_be_ended(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    officer(factory, bank, email="a@bank.example", locale="en")
    notify(session, to_institution(bank.id), ARRIVED, now, day="2026-03-18")
    notify(session, to_institution(bank.id), DUTY, now)
    mail = Post()
    run(session, now + LATER, mail)
    feet = {letter[1]: letter[2].split("--")[1] for letter in mail.sent}
    assert "You can end mails of this kind" in feet["it has come"]
    assert "always sent" in feet["due"]
    assert all(f"{SITE}/messages/preferences" in foot for foot in feet.values())


def test_what_a_person_does_not_want_by_mail_is_not_in_the_digest_either(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    reader = officer(factory, bank, email="a@bank.example")
    command = SavePreferences(email="a@bank.example", digest=True, wanted=())
    save_preferences(session, reader.id, command, [ARRIVED.code, DUTY.code])
    notify(session, to_institution(bank.id), ARRIVED, now, day="2026-03-18")
    notify(session, to_institution(bank.id), DUTY, now)
    mail = Post()
    send_digests(session, datetime(2026, 3, 23, 2, 0, tzinfo=UTC), mail, SITE)
    assert [("it has come" in letter[2], "due" in letter[2]) for letter in mail.sent] == [(False, True)]


def test_a_digest_is_sent_once_on_a_working_morning_with_what_is_unread(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    officer(factory, bank, email="a@bank.example", digest=True)
    notify(session, to_institution(bank.id), ARRIVED, now, day="2026-03-18")
    mail = Post()
    run(session, now + LATER, mail)
    assert mail.sent == []
    send_digests(session, datetime(2026, 3, 21, 2, 0, tzinfo=UTC), mail, SITE)  # a Saturday
    send_digests(session, datetime(2026, 3, 22, 23, 0, tzinfo=UTC), mail, SITE)  # Monday, seven o'clock
    assert mail.sent == []
    for _again in range(2):
        send_digests(session, datetime(2026, 3, 23, 0, 5, tzinfo=UTC), mail, SITE)
    assert len(mail.sent) == 1
    assert "it has come" in mail.sent[0][2]


def test_the_inbox_counts_what_one_person_has_not_seen(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    one, other = officer(factory, bank), officer(factory, bank)
    notify(session, to_institution(bank.id), ARRIVED, now, link="/institution/leads", day="2026-03-18")
    first = inbox(session, one.id, ListRequest()).rows[0]
    assert mark_read(session, one.id, first.id, now) == "/institution/leads"
    assert (unread_count(session, one.id), unread_count(session, other.id)) == (0, 1)
    assert session.execute(text("select count(*) from message_reads")).scalar_one() == 1


def test_what_is_taken_back_within_the_minute_leaves_as_no_mail_at_all(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    officer(factory, bank, email="a@bank.example")
    mail = Post()
    notify(session, to_institution(bank.id), ARRIVED, now, link="/x", day="2026-03-18")
    notify(session, to_institution(bank.id), TAKEN_BACK, now + timedelta(seconds=50), link="/x")
    for seconds in (61, 111, 300):
        run(session, now + timedelta(seconds=seconds), mail)
    assert mail.sent == []
    assert len(inbox(session, officer(factory, bank).id, ListRequest()).rows) == 2


def test_what_was_told_by_mail_is_taken_back_by_mail(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    officer(factory, bank, email="a@bank.example")
    mail = Post()
    notify(session, to_institution(bank.id), ARRIVED, now, link="/x", day="2026-03-18")
    run(session, now + timedelta(seconds=61), mail)
    notify(session, to_institution(bank.id), TAKEN_BACK, now + timedelta(seconds=70), link="/x")
    notify(session, to_institution(bank.id), TAKEN_BACK, now + timedelta(seconds=70), link="/other")
    run(session, now + timedelta(seconds=140), mail)
    assert [letter[1] for letter in mail.sent] == ["it has come", "it is taken back", "it is taken back"]


def test_two_lenders_answers_within_a_minute_are_two_mails(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    officer(factory, bank, email="a@bank.example")
    for seconds, lender in enumerate(("农商银行", "村镇银行", "农商银行")):
        said_at = now + timedelta(seconds=seconds)
        notify(session, to_institution(bank.id), OF_LENDER, said_at, link="/needs/1", lender=lender, amount="80")
    mail = Post()
    run(session, now + LATER, mail)
    assert sorted(letter[1] for letter in mail.sent) == ["农商银行 answers", "村镇银行 answers"]


def test_a_letter_that_cannot_be_written_keeps_no_other_back_and_sends_none_twice(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    officer(factory, bank, email="a@bank.example")
    notify(session, to_institution(bank.id), ARRIVED, now, link="/1", day="2026-03-18")
    notify(session, to_institution(bank.id), ARRIVED, now, link="/2", other="x")  # without what its words need
    notify(session, to_institution(bank.id), ARRIVED, now, link="/3", day="2026-03-18")
    mail = Post()
    for tries in range(MAX_FAILURES + 2):
        run(session, now + LATER + tries * RETRY_AFTER, mail)
    assert sorted(letter[2].split(SITE)[1][:2] for letter in mail.sent) == ["/1", "/3"]


def test_two_things_on_one_page_are_two_mails_and_lead_there(
    session: ActorSession, factory: Factory, bank: Institution, now: datetime
) -> None:
    officer(factory, bank, email="a@bank.example")
    for which in ("1", "2"):
        notify(session, to_institution(bank.id), ARRIVED, now, link=f"/waiting#{which}", day="2026-03-18")
    mail = Post()
    run(session, now + LATER, mail)
    assert [f"{SITE}/waiting\n" in letter[2] for letter in mail.sent] == [True, True]
