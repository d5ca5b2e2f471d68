"""An officer looks for enterprises in the browser, without scripts; an enterprise decides whether it is found."""

import re
from datetime import datetime
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, event

from tests.conftest import Sessions
from tests.consent_scene import ConsentScene
from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.core.actor import SYSTEM
from xinyidai.leads.screening.models import ScreeningOpening

FIND = "/institution/screening/find"
TYPED = {
    "criteria-0-fact": "region",
    "criteria-0-values": "3704",
    "criteria-1-fact": "tax_grade",
    "criteria-1-op": "in",
    "criteria-1-values": ["A", "B"],
}


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> ConsentScene:
    scene = ConsentScene(factory, sessions, now)
    factory.session.add(ScreeningOpening(enterprise_id=scene.enterprise.id, opened_at=now))
    factory.session.commit()
    return scene


@pytest.fixture
def officer(browser: Browser, scene: ConsentScene) -> Browser:
    browser.log_in(scene.officer_users[2].username, PASSWORD)
    return browser


def address(act: str = "find", **more: object) -> str:
    return f"{FIND}?{urlencode({**TYPED, 'act': act, **more}, doseq=True)}"


def test_a_search_is_written_row_by_row_and_then_answered(officer: Browser, scene: ConsentScene) -> None:
    page = officer.page(FIND)
    assert 'name="criteria-0-fact" value="region"' in page
    page = officer.page(f"{FIND}?criteria-0-fact=region&criteria-0-values=3704&act=add&new_fact=tax_grade")
    assert 'name="criteria-1-fact" value="tax_grade"' in page
    assert "xy-error" not in page
    page = officer.page(address("remove-0"))
    assert 'value="region"' not in page.split("new_fact")[0]
    page = officer.page(address())
    assert "0家符合全部条件" in page
    assert scene.enterprise.name not in page
    page = officer.page(address(answer="unknown"))
    assert scene.enterprise.name in page
    assert "纳税信用级别：未知" in page


def test_a_condition_without_a_value_is_marked_and_nothing_is_shown(officer: Browser, scene: ConsentScene) -> None:
    page = officer.page(f"{FIND}?criteria-0-fact=annual_revenue&act=find", 422)
    assert "field-criteria-0" in page
    assert scene.enterprise.name not in page
    answer = officer.get("/institution/screening/export?criteria-0-fact=annual_revenue")
    assert answer.status_code == 422


def test_a_screen_is_saved_opened_changed_and_deleted(officer: Browser, scene: ConsentScene) -> None:
    kept = officer.submit(
        "/institution/screening/save", {**TYPED, "name": "枣庄优质企业", "shared": "true", "act": "save"}
    )
    assert kept.startswith(f"{FIND}?")
    assert "枣庄优质企业" in officer.page(kept)
    listed = officer.page("/institution/screening")
    screen = re.findall(r'href="(/institution/screening/[0-9a-f-]{36})"', listed)[0]
    opened = officer.get(screen, follow_redirects=False)
    assert opened.status_code == 303
    assert "criteria-1-values=A" in opened.headers["location"]
    twice = officer.submit("/institution/screening/save", {**TYPED, "name": "枣庄优质企业", "act": "save"}, 422)
    assert "同名" in twice
    changed = {"criteria-0-fact": "size", "criteria-0-values": "small", "name": "小型企业", "act": "replace"}
    officer.submit("/institution/screening/save", {**changed, "screen": screen.rsplit("/", 1)[1]})
    assert "小型企业" in officer.page("/institution/screening")
    assert "永久删除" in officer.page(f"{screen}/delete")
    officer.submit(f"{screen}/delete", {})
    assert "小型企业" not in officer.page("/institution/screening").split("<main")[1].split("</main>")[0]


def test_a_screen_without_a_condition_or_name_is_refused(officer: Browser, scene: ConsentScene) -> None:
    assert "至少设定一个条件" in officer.submit("/institution/screening/save", {"name": "空", "act": "save"}, 422)
    officer.submit("/institution/screening/save", {**TYPED, "name": "", "act": "save"}, 422)


def test_the_list_goes_to_a_file_with_the_facts_and_no_way_to_reach_anybody(
    officer: Browser, scene: ConsentScene
) -> None:
    file = officer.get(address(answer="unknown").replace("/find", "/export")).text
    assert scene.enterprise.name in file
    assert "纳税信用级别" in file
    assert "13800000000" not in file


def test_an_enterprise_is_invited_once(officer: Browser, scene: ConsentScene) -> None:
    page = officer.page(address(answer="unknown"))
    form = re.findall(r'href="(/institution/screening/enterprises/[^"]+)"', page)[0].replace("&amp;", "&")
    assert "邀请了解的产品" in officer.page(form)
    target = form.split("?")[0]
    officer.submit(target, {"product_id": "", "back": "/institution/screening"}, 422)
    back = officer.submit(target, {"product_id": str(scene.products[2].product_id), "back": "/institution/screening"})
    assert back == "/institution/screening"
    assert "已邀请" in officer.page(address(answer="unknown"))
    assert "已邀请过" in officer.page(form)


def test_the_enterprise_decides_and_sees_who_looked_and_invited(
    officer: Browser, another_browser: Browser, scene: ConsentScene
) -> None:
    scene.deliver("admin_penalty")
    officer.page(f"{FIND}?criteria-0-fact=penalties_36m&criteria-0-high=0&act=find")
    form = f"/institution/screening/enterprises/{scene.enterprise.id}/invite"
    officer.submit(form, {"product_id": str(scene.products[2].product_id), "back": ""})
    owner = another_browser
    owner.log_in(scene.member_user.username, PASSWORD)
    page = owner.page("/enterprise/screening")
    assert "可被筛选" in page
    assert scene.banks[2].name in page
    looked = owner.page("/enterprise/data-reads")
    assert "在同意被筛选的企业中查找客户" in looked
    assert "/enterprise/screening" in owner.page("/enterprise/profile")
    owner.submit("/enterprise/screening/close", {})
    assert "不可被筛选" in owner.page("/enterprise/screening")
    assert scene.enterprise.name not in officer.page(address(answer="unknown"))
    officer.page(form, 404)
    owner.submit("/enterprise/screening/open", {})
    assert scene.enterprise.name in officer.page(address(answer="unknown"))


def test_a_page_of_twenty_asks_the_database_as_often_as_a_page_of_one(
    officer: Browser, scene: ConsentScene, connection: Connection
) -> None:
    scene.deliver("admin_penalty")
    statements: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *a: statements.append(a[2]))
    where = f"{FIND}?criteria-0-fact=penalties_36m&criteria-0-high=0&act=find"
    officer.page(where)
    once = len(statements)
    with scene.sessions.as_(SYSTEM) as session:
        for _ in range(19):
            one = scene.factory.enterprise()
            session.add(ScreeningOpening(enterprise_id=one.id, opened_at=scene.now))
        session.commit()
    statements.clear()
    page = officer.page(where)
    assert page.count("data-label=") >= 20
    assert len(statements) == once
