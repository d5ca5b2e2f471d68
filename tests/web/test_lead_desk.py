"""The officer's desk, the pool, the office's dispatch and the enterprise's page over HTTP."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Connection, event
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import PASSWORD, Factory
from tests.leads_scene import LeadsScene
from tests.ledger import Ledger
from tests.web.conftest import Browser
from xinyidai.core.actor import SYSTEM
from xinyidai.needs.models import Need


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LeadsScene:
    return LeadsScene(factory, sessions, now, open_to_claims=True)


@pytest.fixture
def officer(scene: LeadsScene, browser: Browser) -> Browser:
    browser.log_in(scene.officer_users[0].username, PASSWORD)
    return browser


@pytest.fixture
def manager(scene: LeadsScene, browser: Browser) -> Browser:
    browser.log_in(scene.manager_user.username, PASSWORD)
    return browser


@pytest.fixture
def member(scene: LeadsScene, browser: Browser) -> Browser:
    browser.log_in(scene.member_user.username, PASSWORD)
    return browser


@pytest.fixture
def staff(scene: LeadsScene, browser: Browser) -> Browser:
    browser.log_in(scene.staff_user.username, PASSWORD)
    return browser


def statements(connection: Connection, ask: Callable[[], object]) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    ask()
    event.remove(connection, "before_cursor_execute", note)
    return len(seen)


# --- the lender


def test_from_taking_a_lead_to_complete_papers_each_side_reads_whose_turn_it_is(
    scene: LeadsScene, officer: Browser, another_browser: Browser
) -> None:
    lead = scene.lead(respond_by=date(2026, 3, 23))
    here = f"/institution/leads/{lead}"
    another_browser.log_in(scene.member_user.username, PASSWORD)
    need = f"/enterprise/needs/{scene.need.id}"
    assert "待机构办理" in another_browser.page(need)
    assert officer.submit(f"{here}/accept", {}) == here
    assert "2026年3月20日" in officer.page(here)
    assert officer.submit(f"{here}/contact", {}) == here
    assert "营业执照" in officer.page(f"{here}/papers")
    assert officer.submit(f"{here}/papers", {"papers": "  "}, status=422)
    assert officer.submit(f"{here}/papers", {"papers": "近三个月纳税申报表"}) == here
    page = officer.page(here)
    assert "待企业补交材料" in page
    assert "暂停计算" in page
    waiting = another_browser.page(need)
    assert "待您办理" in waiting
    assert "近三个月纳税申报表" in waiting
    lead_page = f"{need}/applications/{lead}"
    assert another_browser.submit(f"{lead_page}/papers", {}) == need
    assert scene.status(lead) == "papers_complete"
    assert "2026年4月17日" in officer.page(here)
    another_browser.submit(f"{lead_page}/papers", {}, status=409)


def test_a_step_from_a_stale_tab_says_so_and_changes_nothing(scene: LeadsScene, officer: Browser) -> None:
    lead = scene.lead()
    here = f"/institution/leads/{lead}"
    for step in ("contact", "papers-complete"):
        officer.submit(f"{here}/{step}", {}, status=409)
    officer.submit(f"{here}/papers", {"papers": "营业执照"}, status=409)
    assert officer.get(f"{here}/papers", follow_redirects=False).headers["location"] == here
    assert scene.status(lead) == "sent"


def test_several_leads_are_taken_declined_and_handed_over_at_once(scene: LeadsScene, officer: Browser) -> None:
    leads = [scene.factory.lead(scene.ranked_need(), scene.products[0]).id for _ in range(3)]
    scene.factory.session.commit()
    shown = officer.page("/institution/leads")
    assert shown.count('name="ids"') == 3
    ask = "/institution/leads/bulk?" + "&".join(f"ids={one}" for one in leads)
    assert officer.page(f"{ask}&act=accept").count('name="ids"') == 3
    ids = [str(one) for one in leads]
    officer.submit("/institution/leads/bulk", {"act": "decline", "ids": ids}, status=422)
    assert officer.submit("/institution/leads/bulk", {"act": "accept", "ids": ids[:1]}) == "/institution/leads"
    page = officer.submit(
        "/institution/leads/bulk", {"act": "decline", "ids": ids, "reason": "quota_exhausted"}, status=409
    )
    assert page.count("未办理") == 1
    assert [scene.status(one) for one in leads] == ["accepted", "declined", "declined"]
    form = {"act": "hand_over", "ids": ids[:1], "user_id": str(scene.manager.user_id)}
    assert officer.submit("/institution/leads/bulk", form) == "/institution/leads"
    assert scene.stored(leads[0]).officer_id == scene.manager.user_id


@pytest.mark.parametrize("query", ["", "?act=accept", "?act=fly&ids=1", "?act=accept&ids=zzz"])
def test_without_ticked_leads_the_desk_says_so(scene: LeadsScene, officer: Browser, query: str) -> None:
    answer = officer.get(f"/institution/leads/bulk{query}", follow_redirects=False)
    assert answer.headers["location"] == "/institution/leads"


def test_notes_are_kept_and_shown_to_the_institution(scene: LeadsScene, officer: Browser) -> None:
    here = f"/institution/leads/{scene.lead()}"
    assert officer.submit(f"{here}/notes", {"text": "老客户，代发工资在我行"}) == here
    assert "老客户，代发工资在我行" in officer.page(here)
    officer.submit(f"{here}/notes", {"text": " "})
    assert "未保存" in officer.page(here)


def test_a_lead_is_handed_to_a_colleague(scene: LeadsScene, officer: Browser) -> None:
    lead = scene.lead()
    here = f"/institution/leads/{lead}"
    assert scene.manager_user.display_name in officer.page(f"{here}/hand-over")
    officer.submit(f"{here}/hand-over", {}, status=422)
    assert officer.submit(f"{here}/hand-over", {"user_id": str(scene.manager.user_id), "note": "请跟进"}) == here
    assert scene.stored(lead).officer_id == scene.manager.user_id
    assert "请跟进" in officer.page(here)


def test_fewer_than_three_similar_needs_are_not_told(scene: LeadsScene, officer: Browser) -> None:
    here = f"/institution/leads/{scene.lead()}"
    ledger = Ledger(scene.factory)

    def fund() -> None:
        firm = scene.factory.enterprise()
        ledger.pay(ledger.line(scene.products[1], firm), 300_000, date(2026, 3, 17))
        scene.factory.session.commit()

    fund()
    fund()
    assert "不足三笔" in officer.page(here)
    fund()
    page = officer.page(here)
    assert "不足三笔" not in page
    assert "已放款需求" in page


def test_the_inbox_asks_as_many_questions_for_twenty_rows_as_for_one(
    scene: LeadsScene, officer: Browser, connection: Connection
) -> None:
    lead = scene.lead()
    paths = ["/institution/leads", "/institution/leads?sort=-urgent", "/institution/pool", f"/institution/leads/{lead}"]
    few = [statements(connection, lambda path=path: officer.page(path)) for path in paths]  # type: ignore[misc]
    for _ in range(19):
        scene.factory.lead(scene.ranked_need(), scene.products[0])
        scene.ranked_need(open_to_claims=True)
    scene.factory.session.commit()
    assert officer.page("/institution/leads").count('name="ids"') == 20
    assert [statements(connection, lambda path=path: officer.page(path)) for path in paths] == few  # type: ignore[misc]


def test_the_export_says_whose_turn_it_is(scene: LeadsScene, officer: Browser) -> None:
    scene.lead(respond_by=date(2026, 3, 23))
    rows = list(csv.DictReader(io.StringIO(officer.get("/institution/leads/export").text.lstrip("\ufeff"))))
    assert [(row["剩余工作日"], row["下一步由谁处理"]) for row in rows] == [("3", "待本机构办理")]


# --- the pool


def test_a_need_is_taken_up_from_the_pool_and_then_shows_its_contact(scene: LeadsScene, officer: Browser) -> None:
    page = officer.page("/institution/pool")
    assert scene.need.number in page
    assert scene.enterprise.name not in page
    assert "13800000000" not in page
    at = officer.submit(f"/institution/pool/{scene.need.id}/claim", {})
    assert "13800000000" in officer.page(at)
    assert officer.submit(f"/institution/pool/{scene.need.id}/claim", {}) == "/institution/pool"
    assert "本机构已承接该需求" in officer.page("/institution/pool")


def test_the_pool_filters_and_says_what_to_do_when_it_is_empty(scene: LeadsScene, officer: Browser) -> None:
    assert scene.need.number in officer.page("/institution/pool?purpose=working_capital&region=370402&free=true")
    assert "没有符合筛选条件" in officer.page("/institution/pool?purpose=bills")
    assert scene.need.number in officer.get("/institution/pool/export").text
    with scene.sessions.as_(SYSTEM) as session:
        need = session.exec(select(Need).where(Need.id == scene.need.id)).one()
        need.open_to_claims = False
        session.commit()
    assert "暂无符合本机构产品" in officer.page("/institution/pool")


# --- people


def test_a_manager_plants_branches_and_places_people(scene: LeadsScene, manager: Browser) -> None:
    team = "/institution/team"
    manager.submit(f"{team}/branches", {"name": "市中支行", "code": "SZ", "region_code": "370402"})
    manager.submit(f"{team}/branches", {"name": "市中支行", "code": "SZ"}, status=422)
    page = manager.page(team)
    assert "市中支行" in page
    assert "市中区" in page
    with scene.sessions.as_(SYSTEM) as session:
        branch = session.connection().exec_driver_sql("select id from branches").scalar_one()
    user = scene.officer_users[0].id
    assert manager.submit(f"{team}/people/{user}/branch", {"branch_id": str(branch)}) == team
    manager.submit(f"{team}/people/{scene.officer_users[1].id}/branch", {"branch_id": str(branch)}, status=404)
    manager.submit(f"{team}/people/{user}/branch", {"branch_id": str(scene.need.id)}, status=404)


def test_the_own_branch_is_the_first_perimeter_and_can_be_widened(scene: LeadsScene, manager: Browser) -> None:
    manager.submit("/institution/team/branches", {"name": "市中支行", "code": "SZ"})
    manager.submit("/institution/team/branches", {"name": "滕州支行", "code": "TZ"})
    with scene.sessions.as_(SYSTEM) as session:
        rows = session.connection().exec_driver_sql("select code, id from branches").all()
    places = {row[0]: row[1] for row in rows}
    manager.submit(f"/institution/team/people/{scene.manager.user_id}/branch", {"branch_id": str(places["SZ"])})
    firm = scene.factory.enterprise(name="滕州机床有限公司")
    scene.factory.lead(scene.ranked_need(enterprise=firm), scene.products[0], branch_id=places["TZ"])
    scene.factory.session.commit()
    assert "滕州机床有限公司" not in manager.page("/institution/leads")
    assert "滕州机床有限公司" in manager.page("/institution/leads?within=all")


def test_an_absence_is_noted_shown_and_ended(scene: LeadsScene, officer: Browser, now: datetime) -> None:
    form = {"from_on": "2026-03-18", "until_on": "2026-03-20", "delegate_id": str(scene.manager.user_id)}
    officer.submit("/institution/team/absences", {**form, "until_on": "2026-03-01"}, status=422)
    assert officer.submit("/institution/team/absences", form) == "/institution/team"
    page = officer.page("/institution/team")
    assert scene.manager_user.display_name in page
    assert "/end" in page
    with scene.sessions.as_(SYSTEM) as session:
        absence = session.connection().exec_driver_sql("select id from absences").scalar_one()
    officer.submit(f"/institution/team/absences/{absence}/end", {})
    assert "/end" not in officer.page("/institution/team")


# --- the enterprise


def test_a_suggestion_is_agreed_to_or_put_away_on_the_page_of_the_need(scene: LeadsScene, member: Browser) -> None:
    home = f"/enterprise/needs/{scene.need.id}"
    fields = {"status": "suggested", "suggested_at": scene.now, "respond_by": date(2026, 3, 23)}
    first, second = scene.lead(0, **fields), scene.lead(1, **fields)
    assert "同意，向该机构申请" in member.page(home)
    assert member.submit(f"{home}/applications/{first}/agree", {}) == home
    assert member.submit(f"{home}/applications/{second}/dismiss", {}) == home
    assert [scene.status(one) for one in (first, second)] == ["sent", "withdrawn"]
    member.submit(f"{home}/applications/{second}/agree", {}, status=409)


def test_the_enterprise_opens_and_closes_its_need_to_lenders(scene: LeadsScene, member: Browser) -> None:
    home = f"/enterprise/needs/{scene.need.id}"
    assert member.submit(f"{home}/open-to-claims", {"agreed": "false"}) == home
    assert "允许机构主动承接" in member.page(home)
    member.submit(f"{home}/open-to-claims", {"agreed": "true"})
    assert "关闭主动承接" in member.page(home)


def test_applying_keeps_the_agreement_to_be_passed_on(scene: LeadsScene, member: Browser) -> None:
    home = f"/enterprise/needs/{scene.need.id}"
    form = {"product_ids": [str(scene.products[0].product_id)], "reroute": "true"}
    assert member.submit(f"{home}/apply", form) == home
    [lead] = scene.leads()
    assert (lead.reroute_agreed, lead.status) == (True, "sent")


# --- the office


def test_the_office_passes_a_need_on_and_sets_the_rule(scene: LeadsScene, staff: Browser) -> None:
    assert scene.need.number in staff.page("/office/dispatch")
    form = {"valid_from": "2026-03-18", "top": "3", "quiet_working_days": "3"}
    staff.submit("/office/dispatch/rules", {**form, "top": "9"}, status=422)
    assert staff.submit("/office/dispatch/rules", form) == "/office/dispatch"
    staff.submit("/office/dispatch/rules", form, status=422)
    assert "现行" in staff.page("/office/dispatch")
    at = f"/office/needs/{scene.need.id}/dispatch"
    assert f'href="{at}"' in staff.page(f"/office/needs/{scene.need.id}")
    assert scene.banks[3].name in staff.page(at)
    staff.submit(at, {}, status=422)
    products = [str(scene.products[bank].product_id) for bank in (0, 1)]
    assert staff.submit(at, {"product_ids": products}) == f"/office/needs/{scene.need.id}"
    assert [lead.status for lead in scene.leads()] == ["sent", "sent"]
    assert scene.banks[0].name not in staff.page(at)


def test_the_office_sorts_filters_and_exports_the_needs_that_wait(scene: LeadsScene, staff: Browser) -> None:
    big = scene.ranked_need(amount=Decimal(5_000_000), enterprise=scene.factory.enterprise())
    scene.factory.session.commit()
    here = "/office/dispatch"
    assert staff.page(f"{here}?sort=-amount").index(big.number) < staff.page(f"{here}?sort=-amount").index(
        scene.need.number
    )
    found = staff.page(f"{here}?q={big.number}")
    assert (big.number in found, scene.need.number in found) == (True, False)
    assert "没有符合条件的待派单需求" in staff.page(f"{here}?q=没有这家&region=370402")
    rows = list(csv.reader(io.StringIO(staff.get(f"{here}/export?sort=-amount").text.removeprefix("\ufeff"))))
    assert [row[0] for row in rows[1:]] == [big.number, scene.need.number]


def test_an_hour_later_nothing_of_another_lender_can_be_reached(scene: LeadsScene, browser: Browser) -> None:
    lead = scene.lead()
    browser.log_in(scene.officer_users[1].username, PASSWORD)
    here = f"/institution/leads/{lead}"
    for path in (here, f"{here}/papers", f"{here}/hand-over"):
        browser.page(path, status=404)
    for path, form in (("contact", {}), ("papers", {"papers": "营业执照"}), ("notes", {"text": "?"})):
        browser.submit(f"{here}/{path}", form, status=404)


def test_the_new_pages_speak_english_too(scene: LeadsScene, manager: Browser) -> None:
    lead = scene.lead()
    manager.submit("/language", {"locale": "en", "back": "/institution/pool"})
    for path, words in (
        ("/institution/pool", "Open needs"),
        ("/institution/team", "Note an absence"),
        (f"/institution/leads/{lead}", "Similar needs that were funded"),
        (f"/institution/leads/{lead}/hand-over", "Hand the lead over"),
    ):
        assert words in manager.page(path)
