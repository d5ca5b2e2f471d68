"""Enterprises in the browser: lists, one of them, registry files, and an enterprise's own view."""

from datetime import datetime
from pathlib import Path

import html5lib
import pytest
from sqlalchemy import Connection, event
from sqlmodel import select

from tests.factories import PASSWORD, Factory
from tests.registry_files import code, row, write_csv
from tests.web.conftest import Browser
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.db import ActorSession
from xinyidai.enterprises.models import Enterprise, RegistryImport
from xinyidai.enterprises.registry_import import import_registry


@pytest.fixture
def log_in(browser: Browser, factory: Factory) -> "LogIn":
    return LogIn(browser, factory)


class LogIn:
    """Makes somebody and logs them in."""

    def __init__(self, browser: Browser, factory: Factory) -> None:
        self.browser, self.factory = browser, factory

    def __call__(self, role: Role, **fields: object) -> Browser:
        user = self.factory.user(role, **fields)
        self.factory.session.commit()
        self.browser.log_in(user.username, PASSWORD)
        return self.browser


def statements(connection: Connection, browser: Browser, path: str) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    browser.page(path)
    event.remove(connection, "before_cursor_execute", note)
    return len(seen)


def send_file(browser: Browser, path: Path | None, status: int = 303, **data: str) -> str:
    """Upload as a browser would; the address it leads to, else the page that came back."""
    browser.get("/login")
    files = {"file": (path.name, path.read_bytes())} if path else {"file": ("", b"")}
    answer = browser.post(
        "/office/imports",
        data={**data, "_csrf_token": browser.cookies["xyd_csrf"]},
        files=files,
        follow_redirects=False,
    )
    assert answer.status_code == status, answer.text[:2000]
    if status == 303:
        return str(answer.headers["location"])
    html5lib.HTMLParser(strict=True).parse(answer.text)
    return answer.text


def test_the_list_shows_searches_and_filters(log_in: LogIn, factory: Factory) -> None:
    factory.enterprise(name="枣庄鑫源食品有限公司", name_pinyin="zao1 zhuang1 xin1 yuan2", labels=["high_tech"])
    factory.enterprise(name="滕州乙有限公司", region_code="370481", industry_code=None, size_class="unknown")
    browser = log_in(Role.OFFICE_STAFF)
    everything = browser.page("/office/enterprises")
    assert "枣庄鑫源食品有限公司" in everything
    assert "未知" in everything
    for query in ("q=鑫源", "q=zzxy", "region=370402", "section=C", "label=high_tech", "size=small"):
        page = browser.page(f"/office/enterprises?{query}")
        assert "枣庄鑫源食品有限公司" in page, query
        assert "滕州乙有限公司" not in page, query
    assert "没有符合条件的企业" in browser.page("/office/enterprises?q=无此企业")
    assert "滕州乙有限公司" in browser.page("/office/enterprises?region=nonsense&size=%27&page=0&sort=drop")


def test_an_empty_register_says_what_to_do(log_in: LogIn) -> None:
    assert "暂无企业" in log_in(Role.ADMINISTRATOR).page("/office/enterprises")
    assert "尚未导入文件" in log_in.browser.page("/office/imports")


def test_district_staff_meet_their_district_only(log_in: LogIn, factory: Factory) -> None:
    here, there = factory.enterprise(region_code="370481"), factory.enterprise(region_code="370402")
    browser = log_in(Role.OFFICE_STAFF, region="370481")
    page = browser.page("/office/enterprises")
    assert here.name in page
    assert there.name not in page
    assert '<option value="370402"' not in page
    browser.page(f"/office/enterprises/{there.id}", status=404)
    assert there.name not in browser.get("/office/enterprises/export").text


def test_the_list_costs_the_same_for_one_and_for_twenty(
    log_in: LogIn, factory: Factory, connection: Connection
) -> None:
    factory.enterprise()
    browser = log_in(Role.OFFICE_AUDITOR)
    one = statements(connection, browser, "/office/enterprises")
    for _number in range(19):
        factory.enterprise(labels=["high_tech"])
    factory.session.commit()
    assert statements(connection, browser, "/office/enterprises") == one


def test_the_export_holds_all_rows_and_nothing_that_a_spreadsheet_would_run(log_in: LogIn, factory: Factory) -> None:
    for _number in range(30):
        factory.enterprise()
    factory.enterprise(name="=cmd()", registration_status=None)
    answer = log_in(Role.OFFICE_STAFF).get("/office/enterprises/export?sort=-name")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert len(lines) == 32
    assert lines[0].startswith("代码,名称,类型,")
    assert any(",'=cmd()," in line for line in lines)


def test_the_page_of_an_enterprise_shows_units_and_says_what_is_unknown(log_in: LogIn, factory: Factory) -> None:
    enterprise = factory.enterprise(
        employees=None, registered_capital=120, capital_currency="CNY", capital_text="120万"
    )
    factory.lead(factory.need(enterprise), factory.product(factory.institution(name="枣庄测试银行")))
    page = log_in(Role.OFFICE_AUDITOR).page(f"/office/enterprises/{enterprise.id}")
    for text in (
        "120 万元",
        "原文：120万",
        "800 万元",
        "划型尚需：从业人数",
        "山东省枣庄市市中区",
        "枣庄测试银行",
        "80",
    ):
        assert text in page, text
    assert "保存称号" not in page


def test_an_ended_registration_stands_out(log_in: LogIn, factory: Factory) -> None:
    enterprise = factory.enterprise(registration_status="revoked")
    assert "不得向其放款" in log_in(Role.OFFICE_STAFF).page(f"/office/enterprises/{enterprise.id}")


def test_an_administrator_sets_titles(log_in: LogIn, factory: Factory, session: ActorSession) -> None:
    enterprise = factory.enterprise()
    browser = log_in(Role.ADMINISTRATOR)
    path = f"/office/enterprises/{enterprise.id}"
    assert browser.submit(f"{path}/labels", {"labels": ["high_tech", "tech_sme"]}) == path
    assert "高新技术企业" in browser.page(path)
    browser.submit(f"{path}/labels", {})
    session.expire_all()
    assert session.get_one(Enterprise, enterprise.id).labels == []


def test_a_farm_household_is_entered_by_hand_and_mistakes_keep_what_was_typed(log_in: LogIn) -> None:
    browser = log_in(Role.ADMINISTRATOR)
    browser.page("/office/enterprises/register")
    typed: dict[str, object] = {"name": "张家农户", "region_code": "370481", "employees": "三个"}
    page = browser.submit("/office/enterprises/register", typed, status=422)
    assert 'value="张家农户"' in page
    assert "请填写18位统一社会信用代码" not in page
    assert 'id="error-employees"' in page
    target = browser.submit("/office/enterprises/register", {**typed, "employees": "3", "farm_household": "true"})
    assert "NH370481-000001" in browser.page(target)


def test_staff_can_neither_enter_nor_upload(log_in: LogIn, factory: Factory) -> None:
    enterprise = factory.enterprise()
    browser = log_in(Role.OFFICE_STAFF)
    browser.page("/office/enterprises/register", status=404)
    browser.submit(f"/office/enterprises/{enterprise.id}/labels", {}, status=404)
    assert "开始导入" not in browser.page("/office/imports")
    send_file(browser, None, status=404)


def test_an_upload_leads_to_its_counts_and_its_rejects(log_in: LogIn, session: ActorSession, tmp_path: Path) -> None:
    browser = log_in(Role.ADMINISTRATOR)
    path = write_csv(tmp_path / "登记.csv", [row(1), row(2, 统一社会信用代码="370400200012345")], "gbk")
    target = send_file(browser, path)
    page = browser.page(target)
    for text in ("登记.csv", "文件已导入", "15位", "370400200012345", "整行未收"):
        assert text in page, text
    assert session.exec(select(Enterprise.usci)).all() == [code(1)]
    answer = browser.get(f"{target}/rejects")
    assert "登记.csv,3," in answer.content.decode("utf-8-sig")
    assert "%E7%99%BB%E8%AE%B0.csv.rejects.csv" in answer.headers["content-disposition"]
    assert "登记.csv" in browser.page("/office/imports")
    assert browser.get("/office/imports/export").content.decode("utf-8-sig").splitlines()[1].endswith(",2,1,0,0,1,0")


def test_a_file_that_is_no_registry_extract_leaves_nothing(
    log_in: LogIn, session: ActorSession, tmp_path: Path
) -> None:
    browser = log_in(Role.ADMINISTRATOR)
    wrong = write_csv(tmp_path / "a.csv", [["2026-01-01", "3.0"]], titles=("日期", "利率"))
    assert "统一社会信用代码" in send_file(browser, wrong, status=422)
    assert "请选择文件" in send_file(browser, None, status=422)
    assert session.exec(select(RegistryImport)).all() == []


def test_rejected_rows_are_for_those_who_see_the_whole_city(
    log_in: LogIn, session: ActorSession, tmp_path: Path, now: datetime
) -> None:
    path = write_csv(tmp_path / "a.csv", [row(1, 统一社会信用代码="370400200012345")])
    result = import_registry(session, SYSTEM, path, now)
    browser = log_in(Role.OFFICE_STAFF, region="370481")
    page = browser.page(f"/office/imports/{result.record.id}")
    assert "370400200012345" not in page
    assert "仅可查看全市数据的人员" in page
    assert "370400200012345" not in browser.get(f"/office/imports/{result.record.id}/rejects").text


def test_the_list_of_imports_costs_the_same_for_one_and_for_twenty(
    log_in: LogIn, factory: Factory, session: ActorSession, connection: Connection, now: datetime
) -> None:
    def add(count: int) -> None:
        session.add_all(
            RegistryImport(file_name=f"{number}.csv", file_sha256="", started_at=now) for number in range(count)
        )
        session.commit()

    add(1)
    browser = log_in(Role.ADMINISTRATOR)
    one = statements(connection, browser, "/office/imports")
    add(19)
    assert statements(connection, browser, "/office/imports") == one


def test_an_enterprise_reads_what_is_known_of_it_and_what_is_not(browser: Browser, factory: Factory) -> None:
    enterprise, other = factory.enterprise(employees=None), factory.enterprise()
    member = factory.member_of(enterprise)
    factory.session.commit()
    browser.log_in(member.username, PASSWORD)
    page = browser.page("/enterprise/profile")
    for text in (enterprise.name, "我的企业", "从业人数", "登记机关办理更正", "市场监督管理部门"):
        assert text in page, text
    assert other.name not in page
    browser.page(f"/office/enterprises/{enterprise.id}", status=404)


def test_the_pages_speak_english_too(log_in: LogIn, factory: Factory) -> None:
    enterprise = factory.enterprise()
    browser = log_in(Role.ADMINISTRATOR)
    browser.submit("/language", {"locale": "en", "next": "/"})
    for path, text in (
        ("/office/enterprises", "Registration status"),
        (f"/office/enterprises/{enterprise.id}", "Titles granted by authorities"),
        ("/office/imports", "No file has been taken in yet"),
        ("/office/enterprises/register", "Never enter an identity number"),
    ):
        assert text in browser.page(path)
