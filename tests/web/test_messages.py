"""The pages of messages, as a person without scripts meets them."""

from datetime import datetime

import pytest

from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.core.actor import Role
from xinyidai.messages.service import notify
from xinyidai.messages.types import KINDS, Audience, MessageKind, heard_by, to_institution

ANYBODY = ~Audience(0)
TOLD = KINDS.get("test.page") or MessageKind("test.page", ANYBODY, "A lead has arrived", "Answer it by %(day)s.")


def test_an_officer_reads_messages_and_says_how_to_be_told(browser: Browser, factory: Factory, now: datetime) -> None:
    bank = factory.institution()
    user = factory.user(Role.INSTITUTION_OFFICER, institution_id=bank.id)
    browser.log_in(user.username, PASSWORD)
    assert "还没有消息" in browser.page("/messages")
    notify(factory.session, to_institution(bank.id), TOLD, now, link="/institution/leads", day="2026-03-20")
    factory.session.commit()
    page = browser.page("/messages")
    assert "2026年3月20日" in page
    assert ">1" in browser.get("/messages/unread").text.replace(" ", "")
    address = page.split('action="/messages/')[2].split('"')[0]
    assert browser.submit(f"/messages/{address}", {}) == "/institution/leads"
    assert "没有未读消息" in browser.page("/messages?show=unread")
    again = browser.submit("/messages/preferences", {"email": "wrong", "phone": "1"}, status=422)
    assert "请输入电子邮箱" in again
    assert "11 位手机号码" in again
    browser.submit("/messages/preferences", {"email": "a@b.cn", "phone": "13800000000", "locale": "zh_CN"})
    assert "a@b.cn" in browser.page("/messages/preferences")
    browser.submit("/messages/preferences", {"phone": "+86 １３８ 0000-0001", "locale": "zh_CN"})
    assert "13800000001" in browser.page("/messages/preferences")


def account(factory: Factory, role: Role) -> str:
    belongs: dict[Role, dict[str, object]] = {
        Role.ENTERPRISE_MEMBER: {"enterprise_id": factory.enterprise().id},
        Role.INSTITUTION_OFFICER: {"institution_id": factory.institution().id},
        Role.INSTITUTION_MANAGER: {"institution_id": factory.institution().id},
        Role.SOURCE_CLERK: {"source_unit": "市税务局"},
    }
    username = factory.user(role, **belongs.get(role, {})).username
    factory.session.commit()
    return username


@pytest.mark.parametrize(
    ("role", "reached", "not_reached"),
    [
        (Role.ENTERPRISE_MEMBER, {"leads.accepted", "lending.indication_made"}, {"leads.applied", "webhooks.given_up"}),
        (Role.INSTITUTION_OFFICER, {"leads.applied", "leads.remind_accept"}, {"leads.accepted", "leads.missed"}),
        (Role.INSTITUTION_MANAGER, {"leads.applied", "leads.missed", "webhooks.given_up"}, {"lending.need_settled"}),
        (Role.OFFICE_STAFF, {"leads.overdue_accept"}, {"leads.missed", "leads.accepted"}),
        (Role.ADMINISTRATOR, {"leads.overdue_decision"}, {"leads.applied"}),
        (Role.SOURCE_CLERK, {"repair.taken_back"}, {"repair.taken_up", "leads.overdue_accept"}),
        (Role.OFFICE_AUDITOR, set(), {"leads.overdue_accept"}),
    ],
)
def test_everybody_is_offered_the_kinds_that_can_reach_them_and_no_others(
    browser: Browser, factory: Factory, role: Role, reached: set[str], not_reached: set[str]
) -> None:
    browser.log_in(account(factory, role), PASSWORD)
    page = browser.page("/messages/preferences")
    offered = {code for code in KINDS if f'value="{code}:mail"' in page and not code.startswith("test.")}
    assert offered >= reached
    assert not offered & not_reached
    assert {code for code in offered if not KINDS[code].audience & heard_by(role)} == set()


def test_each_kind_is_for_somebody(factory: Factory, now: datetime) -> None:
    assert [code for code, kind in KINDS.items() if not kind.audience] == []
    with pytest.raises(ValueError, match=r"lending\.need_settled"):
        notify(factory.session, to_institution(factory.institution().id), KINDS["lending.need_settled"], now)
