"""The office sees how far institutions keep their days, and opens a share into its leads."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, event

from tests.conftest import Sessions
from tests.factories import PASSWORD, Factory
from tests.leads_scene import LeadsScene
from tests.web.conftest import Browser
from tests.web.office_pages import export
from xinyidai.core.actor import Role
from xinyidai.leads.service import accept_lead


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LeadsScene:
    """The first bank answered in time, the second a day late."""
    scene = LeadsScene(factory, sessions, now, banks=3)
    sent = now - timedelta(days=20)
    for bank, late in ((0, 0), (1, 5)):
        lead = scene.lead(bank, sent_at=sent, respond_by=(sent + timedelta(days=2)).date())
        with scene.as_(scene.officers[bank]) as session:
            accept_lead(session, scene.officers[bank], lead, sent + timedelta(days=late))
    return scene


@pytest.fixture
def office(browser: Browser, scene: LeadsScene) -> Browser:
    browser.log_in(scene.staff_user.username, PASSWORD)
    return browser


def test_shares_stand_by_institution_and_open_into_their_leads(office: Browser, scene: LeadsScene) -> None:
    page = office.page("/office/institutions/clocks")
    assert "100.0%" in page
    assert ">0.0%" in page
    rows = office.page(f"/office/institutions/clocks/leads?days=all&institution={scene.banks[1].id}&clock=accept")
    assert scene.enterprise.name in rows
    assert "超时办理" in rows
    assert scene.banks[0].name not in rows.split("<tbody>")[1]
    lines = export(office, "/office/institutions/clocks/leads?days=all&clock=accept")
    assert sorted(line["是否按时"] for line in lines) == ["按时", "超时办理"]
    assert len(export(office, "/office/institutions/clocks?days=all")) == 6
    assert "/office/institutions/clocks" in office.page("/office/institutions")


def test_sorting_and_wrong_queries(office: Browser, scene: LeadsScene) -> None:
    best = office.page("/office/institutions/clocks?days=all&sort=-accept").split("<tbody>")[1]
    assert best.index(scene.banks[0].name) < best.index(scene.banks[1].name)
    office.page("/office/institutions/clocks?from=yesterday", 422)
    office.page("/office/institutions/clocks/leads?clock=tea", 422)
    assert "所选期间暂无可统计的线索" in office.page("/office/institutions/clocks?from=2020-01-01&to=2020-01-02")


def test_a_district_sees_its_own_leads_only(another_browser: Browser, factory: Factory, scene: LeadsScene) -> None:
    elsewhere = factory.user(Role.OFFICE_STAFF, region="370481")
    factory.session.commit()
    another_browser.log_in(elsewhere.username, PASSWORD)
    assert scene.enterprise.name not in another_browser.page("/office/institutions/clocks/leads?days=all")


def test_twenty_rows_ask_the_database_as_often_as_one(
    office: Browser, scene: LeadsScene, connection: Connection
) -> None:
    statements: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *a: statements.append(a[2]))
    office.page("/office/institutions/clocks/leads?days=all&clock=accept")
    once = len(statements)
    for _number in range(20):
        need = scene.factory.need(scene.factory.enterprise())
        scene.factory.lead(
            need, scene.products[0], status="expired", closed_at=scene.now, respond_by=scene.now.date() - timedelta(9)
        )
    scene.factory.session.commit()
    statements.clear()
    office.page("/office/institutions/clocks/leads?days=all&clock=accept")
    assert len(statements) == once
