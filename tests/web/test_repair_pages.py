"""Records, cases, reports and figures on their pages, through the eyes of the three sides."""

import csv
import re
from datetime import date, datetime

import pytest
from sqlalchemy import text

from tests.credit.repair_scene import PDF, Scene, make_scene
from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.db import ActorSession
from xinyidai.credit.scoring.service import recompute_scores


@pytest.fixture
def scene(session: ActorSession, factory: Factory, now: datetime) -> Scene:
    return make_scene(session, factory, now)


def upload(browser: Browser, path: str, status: int = 303, files: int = 1, **data: object) -> str:
    """Post a form with papers; where it leads to, or the page that came back."""
    answer = browser.post(
        path,
        data={**data, "_csrf_token": browser.cookies["xyd_csrf"]},
        files=[("files", (f"凭证{number}.pdf", PDF, "application/pdf")) for number in range(files)]
        or {"nothing": ("", b"")},
        headers={"x-csrftoken": browser.cookies["xyd_csrf"]},
        follow_redirects=False,
    )
    assert answer.status_code == status, answer.text[:3000]
    return str(answer.headers["location"]) if status == 303 else answer.text


def test_from_the_record_to_the_granted_repair(browser: Browser, another_browser: Browser, scene: Scene) -> None:
    record = scene.record("2025-06-10")
    browser.log_in(scene.user.username, PASSWORD)
    listed = browser.page("/enterprise/records")
    assert "超范围经营" in listed
    assert f"/enterprise/records/{record}/repair" in listed
    assert "信用信息修复管理办法" in browser.page(f"/enterprise/records/{record}")
    browser.page(f"/enterprise/records/{record}/repair")
    form = {"means": ["correct"], "statement": "已整改并缴清罚款"}
    refused = upload(browser, f"/enterprise/records/{record}/repair", 422, files=0, **form)
    assert "请阅读后勾选" in refused
    case = upload(browser, f"/enterprise/records/{record}/repair", files=2, **form, commitment="true")
    page = browser.page(case)
    assert "凭证0.pdf" in page
    assert "凭证1.pdf" in page
    number = case.rsplit("/", 1)[1]

    another_browser.log_in(scene.clerk_user.username, PASSWORD)
    assert scene.enterprise.name in another_browser.page("/source/cases")
    seen = another_browser.page(f"/source/cases/{number}")
    assert "超范围经营" in seen
    another_browser.submit(f"/source/cases/{number}", {"act": "reject", "note": ""}, status=422)
    another_browser.submit(f"/source/cases/{number}", {"act": "take_up", "note": ""})
    another_browser.submit(f"/source/cases/{number}", {"act": "want_papers", "note": "整改报告"})
    assert "整改报告" in browser.page(case)
    upload(browser, f"{case}/papers", note="见附件")
    another_browser.submit(f"/source/cases/{number}", {"act": "grant", "note": "材料齐全"})
    another_browser.submit(f"/source/cases/{number}", {"act": "grant", "note": ""}, status=409)
    another_browser.page("/source/cases?state=accepted&kind=repair&q=XF")

    assert "已于2026年3月18日修复，不再计入" in browser.page("/enterprise/records")
    browser.page(f"/enterprise/records/{record}")
    assert browser.submit(f"{case}/take-back", {}, status=409)


def test_a_paper_comes_back_as_a_download_to_those_who_see_the_case(
    browser: Browser, another_browser: Browser, scene: Scene
) -> None:
    record = scene.record("2026-03-10")
    other = scene.factory.member_of(scene.factory.enterprise())
    browser.log_in(scene.user.username, PASSWORD)
    case = upload(browser, f"/enterprise/records/{record}/objection", statement="同名企业，不是我公司")
    link = browser.page(case).split(f'href="{case}/files/')[1].split('"')[0]
    answer = browser.get(f"{case}/files/{link}")
    assert answer.content == PDF
    assert answer.headers["content-disposition"].startswith("attachment")
    another_browser.log_in(other.username, PASSWORD)
    another_browser.page(f"{case}/files/{link}", status=404)
    another_browser.page(case, status=404)
    another_browser.page(f"/enterprise/records/{record}", status=404)


def test_pages_without_anything_say_what_to_do(browser: Browser, scene: Scene) -> None:
    browser.log_in(scene.user.username, PASSWORD)
    assert "暂无关于贵单位的记录" in browser.page("/enterprise/records")
    assert "暂无办件" in browser.page("/enterprise/cases")
    assert "没有符合条件" in browser.page("/enterprise/records?q=nothing")


def test_a_repair_before_its_day_leads_back_with_the_reason(browser: Browser, scene: Scene) -> None:
    record = scene.record("2026-03-10")
    browser.log_in(scene.user.username, PASSWORD)
    answer = browser.get(f"/enterprise/records/{record}/repair", follow_redirects=False)
    assert answer.headers["location"] == f"/enterprise/records/{record}"
    assert "2026年6月10日" in browser.page(f"/enterprise/records/{record}")


def test_the_office_sees_all_cases_and_the_overdue_ones(browser: Browser, scene: Scene) -> None:
    case = scene.open(scene.record("2025-06-10"))
    scene.session.execute(text("update repair_cases set due_on = '2026-03-16'"))
    staff = scene.factory.user(Role.OFFICE_STAFF)
    browser.log_in(staff.username, PASSWORD)
    assert case.number in browser.page("/office/cases?state=overdue")
    browser.page(f"/office/cases/{case.id}")
    assert case.number in browser.get("/office/cases/export").text


def test_a_report_is_made_printed_and_verified_by_a_stranger(
    browser: Browser, another_browser: Browser, scene: Scene
) -> None:
    scene.record("2025-06-10")
    browser.log_in(scene.user.username, PASSWORD)
    assert "暂无报告" in browser.page("/enterprise/reports")
    address = browser.submit("/enterprise/reports", {})
    page = browser.page(address)
    assert "超范围经营" in page
    assert "评分 " not in page
    browser.page("/enterprise/reports")
    number = page.split("报告编号 ")[1][:20]
    code = page.split("核验码 ")[1][:10]
    assert "真实有效" in another_browser.page(f"/verify?number={number}&code={code}")
    assert "报告不实" in another_browser.page(f"/verify?number={number}&code=AAAAAAAAAA")
    another_browser.page("/verify")


def test_a_lender_without_consent_is_told_so_at_the_lead(browser: Browser, scene: Scene) -> None:
    institution = scene.factory.institution()
    officer = scene.factory.officer_of(institution)
    need = scene.factory.need(scene.enterprise)
    lead = scene.factory.lead(need, scene.factory.product(institution))
    browser.log_in(officer.username, PASSWORD)
    assert "查询信用报告" in browser.page(f"/institution/leads/{lead.id}")
    assert browser.submit(f"/institution/leads/{lead.id}/report", {}) == f"/institution/leads/{lead.id}"
    assert "尚未授权" in browser.page(f"/institution/leads/{lead.id}")


def test_a_refused_need_says_what_to_do_and_leads_to_the_repair(browser: Browser, scene: Scene) -> None:
    record = scene.record("2025-06-10", "abnormal_list", listing_reason="未按期公示年报")
    need = scene.factory.need(scene.enterprise)
    version = scene.factory.product(scene.factory.institution())
    closed = {"status": "declined", "reason": "penalty_record", "closed_at": scene.now}
    scene.factory.lead(need, version, **closed)
    browser.log_in(scene.user.username, PASSWORD)
    page = browser.page(f"/enterprise/needs/{need.id}")
    assert "移出经营异常名录" in page
    assert f"/enterprise/records/{record}/repair" in page


def test_the_figures_show_gaps_as_gaps_and_lead_to_an_objection(browser: Browser, scene: Scene) -> None:
    browser.log_in(scene.user.username, PASSWORD)
    assert "尚未报送" in browser.page("/enterprise/data")
    scene.session.become(SYSTEM)
    for month, value in (("2025-12-01", "1234500"), ("2026-02-01", "2000000")):
        scene.figure(2201, month, value, "tax_monthly_summary", "市税务局")
    page = browser.page("/enterprise/data")
    assert "123.45" in page
    assert "缺 1 个月" in page
    address = "/enterprise/figures/objection?metric=2201&month=2026-02"
    assert "2026-02" in browser.page(address)
    case = upload(browser, "/enterprise/figures/objection", metric="2201", month="2026-02", part="", statement="已更正")
    assert "销售收入" in browser.page(case)
    upload(browser, "/enterprise/figures/objection", 404, metric="2201", month="2026-01", part="", statement="没有")
    browser.page("/enterprise/figures/objection?metric=1&month=2026-01", status=404)


def test_the_platforms_assessment_is_a_document_of_its_own(browser: Browser, scene: Scene) -> None:
    browser.log_in(scene.user.username, PASSWORD)
    assert scene.enterprise.name in browser.page("/enterprise/assessment")


def test_an_assessment_is_issued_and_verified_with_its_score(
    browser: Browser, another_browser: Browser, scene: Scene
) -> None:
    browser.log_in(scene.user.username, PASSWORD)
    browser.submit("/enterprise/assessments", {}, status=409)
    scene.session.become(SYSTEM)
    recompute_scores(scene.session, date(2026, 3, 18), [scene.enterprise.id], now=scene.now)
    scene.session.commit()
    assert "出具带编号和核验码的文件" in browser.page("/enterprise/assessment")
    address = browser.submit("/enterprise/assessments", {})
    page = browser.page(address)
    number, code = page.split("评估编号 ")[1][:20], page.split("核验码 ")[1][:10]
    assert number in browser.page("/enterprise/reports")
    score = scene.session.scalar(text("select score from credit_indicators"))
    seen = another_browser.page(f"/verify?number={number}&code={code}")
    assert "该信用评估真实有效" in seen
    assert f"{score} 分（满分 1000 分）" in seen
    assert "（共七级）" in seen
    assert re.search(r"评分卡版本</dt>\s*<dd>[0-9-]+</dd>", seen), "the day of the version, not its hash"
    assert scene.enterprise.name not in seen
    scene.session.become(SYSTEM)
    scene.session.execute(text("update credit_indicators set points[1] = 0, values[1] = 0, states[1] = 0"))
    scene.session.commit()
    assert "今日的评估结果已有变化" in another_browser.page(f"/verify?number={number}&code={code}")
    assert "今日的评估结果已与本文件不同" in browser.page(address)
    scene.session.become(SYSTEM)
    stranger = scene.factory.member_of(scene.factory.enterprise())
    scene.session.commit()
    another_browser.log_in(stranger.username, PASSWORD)
    another_browser.page(address, status=404)


def test_whoever_asks_very_often_is_told_when_to_ask_again(browser: Browser, another_browser: Browser) -> None:
    for _each in range(30):
        assert browser.get("/verify?number=1&code=A").status_code == 200
    refused = another_browser.page("/verify?number=1&code=A", status=429)
    assert "请于 10:11 之后再试" in refused, "the address is the same, whichever process answers"
    assert another_browser.get("/verify").status_code == 200, "looking at the page is no question"


def test_the_records_come_as_a_file_that_a_spreadsheet_cannot_run(browser: Browser, scene: Scene) -> None:
    scene.record("2025-06-10", violation_type="=HYPERLINK(1)", fine_amount="20000")
    scene.record("2025-07-10", "abnormal_list", listing_reason="未按期公示年报")
    browser.log_in(scene.user.username, PASSWORD)
    assert "/enterprise/records/export?dataset=admin_penalty" in browser.page(
        "/enterprise/records?dataset=admin_penalty"
    )
    sent = browser.get("/enterprise/records/export?dataset=admin_penalty")
    assert sent.headers["content-disposition"].startswith("attachment")
    assert sent.content.startswith("\ufeff".encode())
    [header, row] = list(csv.reader(sent.content.decode("utf-8-sig").splitlines()))
    told = dict(zip(header, row, strict=True))
    assert told["记录"] == "'=HYPERLINK(1)"
    assert (told["决定日期"], told["状态"]) == ("2025-06-10", "公示中")
    assert "20000" in told["详细内容"]
    assert len(browser.get("/enterprise/records/export").text.splitlines()) == 3
