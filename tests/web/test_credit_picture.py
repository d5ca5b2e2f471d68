"""My credit picture: what the enterprise reads of itself."""

from datetime import datetime

import pytest

from tests.credit.conftest import Deliveries, deliveries
from tests.credit.scene import deliver_tax, scored
from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.core.actor import Role
from xinyidai.core.db import ActorSession
from xinyidai.credit.indicators import scorecard
from xinyidai.enterprises.models import Enterprise

__all__ = ["deliveries"]


@pytest.fixture
def firm(factory: Factory) -> Enterprise:
    return factory.enterprise()


@pytest.fixture
def member(factory: Factory, browser: Browser, firm: Enterprise) -> Browser:
    user = factory.user(Role.ENTERPRISE_MEMBER, enterprise_id=firm.id)
    browser.log_in(user.username, PASSWORD)
    return browser


def test_before_the_first_computation_it_says_when_there_will_be_one(member: Browser) -> None:
    assert "尚未计算" in member.page("/enterprise/credit")


def test_the_picture_shows_every_indicator_with_source_day_and_what_to_do(
    member: Browser, firm: Enterprise, deliveries: Deliveries, session: ActorSession, now: datetime
) -> None:
    deliver_tax(deliveries, str(firm.usci), ["90000"] * 12 + ["120000"] * 12)
    scored(session, now)
    page = member.page("/enterprise/credit")
    assert [one.name_zh for one in scorecard().indicators if one.name_zh not in page] == []
    for said in (
        "近12个月申报收入 108 万元", "市税务局", "2026年2月28日", "主要减分项", "近12个月收入同比增长 -25%",
        "稳定订单和回款", "对税务数据有异议的", "仅供决策参考", "（共七级）",
    ):  # fmt: skip
        assert said in page, said
    member.submit("/language", {"locale": "en", "next": "/"})
    page = member.page("/enterprise/credit")
    for said in ("Declared revenue of 12 months: CNY 1.08m", " of 7", "no public credit evaluation"):
        assert said in page, said


def test_a_veto_is_shown_as_no_score_and_not_as_a_low_one(
    factory: Factory, browser: Browser, session: ActorSession, now: datetime
) -> None:
    gone = factory.enterprise(registration_status="revoked")
    browser.log_in(factory.user(Role.ENTERPRISE_MEMBER, enterprise_id=gone.id).username, PASSWORD)
    scored(session, now)
    page = browser.page("/enterprise/credit")
    assert "不予评分" in page
    assert "登记状态：吊销、注销、清算或撤销" in page
    assert "xy-score-value" not in page
