"""The office sees how the rankings of all needs went, and starts one."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.core.actor import Role
from xinyidai.core.db import ActorSession
from xinyidai.leads.full_rerank import rank_chunk
from xinyidai.leads.ranking import rank_need
from xinyidai.leads.rerank_models import RerankRun


@pytest.fixture
def city(factory: Factory, session: ActorSession, now: datetime) -> None:
    bank = factory.institution()
    factory.product(bank)
    for _number in range(3):
        rank_need(session, factory.need(factory.enterprise()).id, now - timedelta(hours=1))
    factory.product(bank)


def log_in(browser: Browser, factory: Factory, role: Role, **fields: str) -> None:
    user = factory.user(role, **fields)
    factory.session.commit()
    browser.log_in(user.username, PASSWORD)


@pytest.mark.usefixtures("city")
def test_staff_start_a_run_and_see_it_through(
    browser: Browser, factory: Factory, session: ActorSession, now: datetime
) -> None:
    log_in(browser, factory, Role.OFFICE_STAFF)
    assert "尚未进行过全量重新匹配" in browser.page("/office/rankings")
    assert browser.submit("/office/rankings", {}) == "/office/rankings"
    begun = browser.page("/office/rankings")
    assert "正在重新匹配全部需求" in begun
    assert "立即全量重新匹配" not in begun
    browser.submit("/office/rankings", {})
    assert "请等待本次匹配结束" in browser.page("/office/rankings")
    run = session.exec(select(RerankRun)).one()
    rank_chunk(session, run.id, 0, now)
    session.commit()
    assert "全部需求已重新匹配完毕" in browser.get(f"/office/rankings/{run.id}/progress").text
    assert "立即全量重新匹配" in browser.page("/office/rankings")
    export = browser.get("/office/rankings/export").content.decode("utf-8-sig").splitlines()
    assert export[1].endswith("3,3,3,3,0,0,0")


@pytest.mark.usefixtures("city")
def test_auditors_and_district_staff_look_only(browser: Browser, another_browser: Browser, factory: Factory) -> None:
    log_in(browser, factory, Role.OFFICE_AUDITOR)
    assert "立即全量重新匹配" not in browser.page("/office/rankings")
    browser.submit("/office/rankings", {}, status=404)
    log_in(another_browser, factory, Role.OFFICE_STAFF, region="370402")
    assert '<button class="btn btn-primary">' not in another_browser.page("/office/rankings")


def test_a_run_that_does_not_exist_is_not_found(browser: Browser, factory: Factory) -> None:
    log_in(browser, factory, Role.OFFICE_STAFF)
    assert browser.get("/office/rankings/0197a3c0-0000-7000-8000-000000000000/progress").status_code == 404
