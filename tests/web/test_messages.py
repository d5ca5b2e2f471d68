"""The pages of messages, as a person without scripts meets them."""

from datetime import datetime

from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.core.actor import Role
from xinyidai.messages.service import notify
from xinyidai.messages.types import KINDS, MessageKind, to_institution

TOLD = KINDS.get("test.page") or MessageKind("test.page", "A lead has arrived", "Answer it by %(day)s.")


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
