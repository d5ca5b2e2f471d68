"""A department delivers, sees what became of it, and takes it back; the office sees all of it."""

import re
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import PASSWORD, Factory, actor_of
from tests.web.conftest import Browser
from xinyidai.core.actor import Role
from xinyidai.credit.models import CreditBatch
from xinyidai.credit.types import BatchStatus

HEADER = "统一社会信用代码,统计时间,销售收入,税额总额\n"


def clerk(browser: Browser, factory: Factory, unit: str = "市税务局") -> None:
    factory.session.commit()
    user = factory.user(Role.SOURCE_CLERK, source_unit=unit)
    factory.session.commit()
    browser.log_in(user.username, PASSWORD)


def deliver(browser: Browser, content: str | bytes, status: int = 303, **fields: str) -> str:
    """Upload as a browser would; the address it leads to, or the page that came back."""
    browser.get("/source/deliveries")
    body = content.encode() if isinstance(content, str) else content
    answer = browser.post(
        "/source/deliveries",
        data={"dataset": "tax_monthly_summary", **fields, "_csrf_token": browser.cookies["xyd_csrf"]},
        files={"file": ("二月.csv", body, "text/csv")},
        headers={"x-csrftoken": browser.cookies["xyd_csrf"]},
        follow_redirects=False,
    )
    assert answer.status_code == status, answer.text[:3000]
    return str(answer.headers["location"]) if status == 303 else answer.text


def test_a_clerk_begins_at_the_deliveries_of_the_unit(browser: Browser, factory: Factory) -> None:
    clerk(browser, factory)
    assert browser.get("/start", follow_redirects=False).headers["location"] == "/source/deliveries"
    page = browser.page("/source/deliveries")
    assert "市税务局" in page
    assert "从未报送" in page


def test_a_delivery_is_taken_in_and_explained_line_by_line(browser: Browser, factory: Factory) -> None:
    usci = factory.enterprise().usci
    clerk(browser, factory)
    target = deliver(browser, f"{HEADER}{usci},202602,1000,30\n{usci},202602,abc,30\n", lines_stated="3")
    page = browser.page(target)
    for said in ("不是数字", "abc", "比来源少 1 条", "市税务局"):
        assert said in page
    rejects = browser.get(f"{target}/rejects")
    assert rejects.content.startswith(b"\xef\xbb\xbf")
    assert "not a number" in rejects.text
    assert "二月.csv" in browser.page("/source/deliveries")


def test_the_same_file_again_leads_to_the_first_delivery(browser: Browser, factory: Factory) -> None:
    usci = factory.enterprise().usci
    clerk(browser, factory)
    file = f"{HEADER}{usci},202602,1000,30\n"
    assert deliver(browser, file) == deliver(browser, file)


def test_a_check_keeps_nothing(browser: Browser, factory: Factory) -> None:
    usci = factory.enterprise().usci
    clerk(browser, factory)
    page = deliver(browser, f"{HEADER}{usci},202602,1000,30\n", status=200, check_only="true")
    assert "未保留任何数据" in page
    assert all_batches(factory) == []


def test_a_refused_file_keeps_what_was_typed_and_is_noted(browser: Browser, factory: Factory) -> None:
    clerk(browser, factory)
    page = deliver(browser, "老板,年龄\n张三,40\n", status=422, lines_stated="7")
    assert "老板" in page
    assert 'value="7"' in page
    [batch] = all_batches(factory)
    assert (batch.status, batch.source_unit) == (BatchStatus.REFUSED.value, "市税务局")
    assert "老板" in browser.page(f"/source/deliveries/{batch.id}")


def test_a_form_without_a_file_says_so(browser: Browser, factory: Factory) -> None:
    clerk(browser, factory)
    answer = browser.post(
        "/source/deliveries",
        data={"dataset": "tax_monthly_summary", "_csrf_token": browser.cookies["xyd_csrf"]},
        files={"nothing": ("", b"")},
        headers={"x-csrftoken": browser.cookies["xyd_csrf"]},
    )
    assert answer.status_code == 422
    assert "请选择文件" in answer.text


def test_a_withdrawn_delivery_counts_no_longer_and_says_why(browser: Browser, factory: Factory) -> None:
    usci = factory.enterprise().usci
    clerk(browser, factory)
    target = deliver(browser, f"{HEADER}{usci},202602,1000,30\n")
    assert "请说明撤回原因" in browser.submit(f"{target}/withdraw", {"reason": " "}, status=422)
    browser.submit(f"{target}/withdraw", {"reason": "月份报错"})
    assert "月份报错" in browser.page(target)
    browser.submit(f"{target}/withdraw", {"reason": "again"}, status=409)


def test_another_departments_delivery_is_not_found(
    browser: Browser, another_browser: Browser, factory: Factory
) -> None:
    usci = factory.enterprise().usci
    clerk(browser, factory)
    target = deliver(browser, f"{HEADER}{usci},202602,1000,30\n{usci},202602,x,30\n")
    clerk(another_browser, factory, "市供水公司")
    another_browser.page(target, status=404)
    assert another_browser.get(f"{target}/rejects").status_code == 404
    another_browser.submit(f"{target}/withdraw", {"reason": "x"}, status=404)
    assert "二月.csv" not in another_browser.page("/source/deliveries")
    deliver(another_browser, f"{HEADER}{usci},202602,1000,30\n", status=404)


def test_the_office_sees_every_department_and_may_not_deliver(
    browser: Browser, factory: Factory, tmp_path: Path
) -> None:
    batches(factory, 1)
    user = factory.user(Role.OFFICE_STAFF)
    factory.session.commit()
    browser.log_in(user.username, PASSWORD)
    page = browser.page("/office/deliveries?sort=-rejected&unit=市税务局")
    assert "file0.csv" in page
    assert 'type="file"' not in page
    assert "file0.csv" in browser.get("/office/deliveries/export").text


def test_the_catalogue_shows_every_field_and_the_gaps_of_a_metric(browser: Browser, factory: Factory) -> None:
    usci = factory.enterprise().usci
    clerk(browser, factory)
    deliver(browser, f"{HEADER}{usci},202602,1000,30\n{usci},202512,1000,30\n")
    assert "纳税信用级别" in browser.page("/source/catalogue?q=纳税")
    page = browser.page("/source/catalogue/tax_monthly_summary")
    assert "缺口" in page
    assert "免税销售收入" in page
    browser.page("/source/catalogue/nothing", status=404)


def test_the_catalogue_comes_page_by_page_ones_own_data_sets_first(browser: Browser, factory: Factory) -> None:
    clerk(browser, factory)
    first = browser.page("/source/catalogue")
    units = re.findall(r'data-label="报送部门"[^>]*>([^<]+)', first)
    assert units[0] == "市税务局"
    assert len(units) == 20
    assert "第 1 页，共 4 页" in first
    assert first != browser.page("/source/catalogue?page=4")


def test_english_pages_carry_no_chinese_sentence(browser: Browser, factory: Factory) -> None:
    batches(factory, 1)
    user = factory.user(Role.ADMINISTRATOR)
    factory.session.commit()
    browser.log_in(user.username, PASSWORD)
    browser.submit("/language", {"locale": "en", "next": "/"})
    assert "Data catalogue" in browser.page("/office/catalogue")
    assert "Deliver a file" in browser.page("/office/deliveries")
    for page in ("/office/catalogue/admin_penalty", "/office/catalogue/tax_monthly_summary"):
        browser.page(page)


def all_batches(factory: Factory) -> list[CreditBatch]:
    factory.session.commit()
    return list(factory.session.exec(select(CreditBatch)))


def batches(factory: Factory, count: int) -> None:
    factory.session.commit()  # a new transaction, in which the platform itself speaks again
    for number in range(count):
        factory.session.add(
            CreditBatch(
                dataset="tax_monthly_summary",
                catalogue_version="test",
                source_unit="市税务局",
                file_name=f"file{number}.csv",
                file_sha256=f"{number:064}",
                file_bytes=1,
                received_at=factory.now,
                status=BatchStatus.TAKEN.value,
            )
        )
    factory.session.flush()


@pytest.mark.parametrize("path", ["/office/deliveries", "/office/catalogue/tax_monthly_summary"])
def test_a_longer_list_asks_no_more_questions(browser: Browser, factory: Factory, path: str) -> None:
    user = factory.user(Role.OFFICE_STAFF)
    factory.session.commit()
    browser.log_in(user.username, PASSWORD)

    def asked() -> int:
        count = 0

        def note(*_arguments: object) -> None:
            nonlocal count
            count += 1

        engine = factory.session.connection().engine
        event.listen(engine, "before_cursor_execute", note)
        browser.page(path)
        event.remove(engine, "before_cursor_execute", note)
        return count

    batches(factory, 1)
    one = asked()
    for number in range(1, 20):
        factory.session.connection().exec_driver_sql(f"update credit_batches set file_name = '{number}'")
    batches(factory, 19)
    assert asked() == one


def test_rejected_values_are_not_shown_to_an_office_of_one_district(
    sessions: Sessions, browser: Browser, factory: Factory
) -> None:
    usci = factory.enterprise().usci
    clerk(browser, factory)
    target = deliver(browser, f"{HEADER}{usci},202602,秘密,30\n")
    factory.session.commit()
    staff = factory.user(Role.OFFICE_STAFF, region="370402")
    factory.session.commit()
    browser.log_in(staff.username, PASSWORD)
    page = browser.page(target.replace("/source/", "/office/"))
    assert "秘密" not in page
    with sessions.as_(actor_of(staff)) as session:
        assert session.connection().exec_driver_sql("select count(*) from credit_rejects").scalar() == 0
    assert re.search("只有可查看全市", page)


def test_gaps_and_records_that_did_not_arrive_stand_beside_the_timeliness(browser: Browser, factory: Factory) -> None:
    usci = factory.enterprise().usci
    clerk(browser, factory)
    deliver(browser, f"{HEADER}{usci},202511,1,1\n{usci},202601,1,1\n", lines_stated="5")
    page = browser.page("/source/deliveries")
    assert "少 3 条" in page
    assert "2 个月" in page  # December and February, which is over


def test_a_big_file_is_kept_for_a_worker_and_can_be_watched(
    browser: Browser, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xinyidai.web.deliveries.BIG_UPLOAD", 10)
    usci = factory.enterprise().usci
    clerk(browser, factory)
    target = deliver(browser, f"{HEADER}{usci},202602,1000,30\n")
    assert "/uploads/" in target
    page = browser.page(target)
    assert f'hx-get="{target}/progress"' in page
    assert "排队等待处理" in page
    assert "排队等待处理" in browser.get(f"{target}/progress").text
    assert target in browser.page("/source/deliveries")
