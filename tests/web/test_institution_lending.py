"""The officer's desk over HTTP: from the inbox to the last payout, and everything that must be refused."""

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Connection, event

from tests.conftest import Sessions
from tests.factories import PASSWORD, Factory
from tests.lending_scene import LendingScene
from tests.web.conftest import Browser
from xinyidai.leads.models import Lead, MatchResult, MatchRun, ProductSet

DATA = {"枣庄测试面条有限公司", "税易贷", "测试用户", "测试银行", "示范市"}
DATA |= {"市中区", "枣庄市", "营业执照", "米", "面制品制造"}
"""Names and words of the data itself, the same in both languages."""


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


@pytest.fixture
def officer(scene: LendingScene, browser: Browser) -> Browser:
    browser.log_in(scene.officer_users[0].username, PASSWORD)
    return browser


def explained(factory: Factory, lead: Lead) -> None:
    """Give the lead a stored ranking with one condition that is not known."""
    products = factory._save(ProductSet(content_hash=uuid4().hex, records=[], created_at=factory.now))
    run = factory._save(
        MatchRun(
            need_id=lead.need_id,
            enterprise_id=lead.enterprise_id,
            as_of=factory.now.date(),
            weights_version="2026-11-01",
            need_record={},
            product_set_id=products.id,
            eligible=0,
            conditional=1,
            ineligible=0,
            finished_at=factory.now,
        )
    )
    result = factory._save(
        MatchResult(
            match_run_id=run.id,
            enterprise_id=lead.enterprise_id,
            institution_id=lead.institution_id,
            product_id=lead.product_id,
            product_version_id=lead.product_version_id,
            rank=1,
            verdict="conditional",
            score=81.25,
            contributions={"cost": 24.1, "likelihood": 57.15},
            unknown=["tax_grade"],
            neutral=["likelihood"],
            failed=[],
        )
    )
    lead.match_result_id = result.id
    factory._save(lead)
    factory.session.commit()


def errors_of(page: str) -> set[str]:
    return set(re.findall(r'id="error-(\w+)"', page))


def statements(connection: Connection, ask: Callable[[], object]) -> int:
    count = 0

    def seen(*_args: object) -> None:
        nonlocal count
        count += 1

    event.listen(connection, "before_cursor_execute", seen)
    ask()
    event.remove(connection, "before_cursor_execute", seen)
    return count


def test_the_whole_way_from_the_inbox_to_the_last_payout(
    scene: LendingScene, officer: Browser, another_browser: Browser, factory: Factory
) -> None:
    lead = f"/institution/leads/{scene.leads[0].id}"
    explained(factory, scene.leads[0])
    inbox = officer.page("/institution/leads")
    assert scene.enterprise.name in inbox
    assert "81.3" in inbox
    assert lead in inbox
    officer.page(lead)
    assert officer.submit(f"{lead}/accept", {}) == lead
    officer.page(f"{lead}/offer")
    officer.submit(f"{lead}/offer", scene.offer_form(note="请提供近两年报表"))
    offer_id = next(iter(scene.state()["offers"]))

    another_browser.log_in(scene.member_user.username, PASSWORD)
    assert "请提供近两年报表" in another_browser.page(f"/enterprise/offers/{offer_id}")
    another_browser.page(f"/enterprise/offers/{offer_id}/accept")
    another_browser.submit(f"/enterprise/offers/{offer_id}/accept", {})

    officer.page(f"{lead}/credit-line")
    line = officer.submit(f"{lead}/credit-line", scene.line_form())
    officer.page(line)
    officer.submit(f"{line}/payouts", scene.payout_form(amount_wan="30"))
    officer.submit(f"{line}/payouts", scene.payout_form(amount_wan="50", external_reference="FK-2"))
    assert "500,000.00" in officer.page(line)
    state = scene.state()
    assert (state["leads"][0], state["need"], sorted(state["payouts"].values())) == (
        "funded",
        "disbursed",
        [300_000, 500_000],
    )
    payout_id = next(key for key, amount in state["payouts"].items() if amount == 500_000)
    officer.page(f"/institution/payouts/{payout_id}/reverse")
    assert "error-reason" in officer.submit(f"/institution/payouts/{payout_id}/reverse", {"reason": ""}, status=422)
    officer.submit(f"/institution/payouts/{payout_id}/reverse", {"reason": "金额录入错误"})
    assert "金额录入错误" in officer.page(line)
    assert scene.state()["leads"][0] == "disbursing"
    assert "金额录入错误" in officer.page(lead)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_wan", "0"),
        ("amount_wan", "-30"),
        ("amount_wan", "80.01"),
        ("amount_wan", "三十万\x00"),
        ("paid_on", "2026-03-19"),
        ("paid_on", "19.3.2026"),
        ("external_reference", ""),
    ],
)
def test_a_wrong_payout_keeps_what_was_typed_and_says_why_at_the_field(
    scene: LendingScene, officer: Browser, field: str, value: str
) -> None:
    line_id = scene.line()
    before = scene.state()
    form = scene.payout_form(
        **{field: value, "external_reference": value if field == "external_reference" else "我的流水号"}
    )
    page = officer.submit(f"/institution/credit-lines/{line_id}/payouts", form, status=422)
    assert errors_of(page) == {field}
    assert "我的流水号" in page or field == "external_reference"
    assert scene.state() == before


def test_a_second_click_pays_nothing_and_says_so(scene: LendingScene, officer: Browser) -> None:
    path = f"/institution/credit-lines/{scene.line()}/payouts"
    officer.submit(path, scene.payout_form())
    before = scene.state()
    assert errors_of(officer.submit(path, scene.payout_form(), status=422)) == {"external_reference"}
    assert scene.state() == before


def test_a_closed_line_answers_that_it_is_closed(scene: LendingScene, officer: Browser) -> None:
    line = f"/institution/credit-lines/{scene.line()}"
    officer.page(f"{line}/close")
    officer.submit(f"{line}/close", {})
    before = scene.state()
    page = officer.submit(f"{line}/payouts", scene.payout_form(), status=409)
    assert "已关闭" in page
    officer.submit(f"{line}/close", {}, status=409)
    assert officer.get(f"{line}/close", follow_redirects=False).headers["location"] == line
    assert officer.get(f"{line}/payouts", follow_redirects=False).headers["location"] == line
    assert scene.state() == before


def test_a_stale_tab_or_the_back_button_changes_nothing(scene: LendingScene, officer: Browser) -> None:
    lead = f"/institution/leads/{scene.leads[0].id}"
    officer.submit(f"{lead}/accept", {})
    officer.submit(f"{lead}/accept", {}, status=409)
    assert officer.get(f"{lead}/accept", follow_redirects=False).headers["location"] == lead
    officer.submit(f"{lead}/decline", {"reason": "weak_revenue"}, status=409)
    officer.submit(f"{lead}/offer", scene.offer_form())
    before = scene.state()
    officer.submit(f"{lead}/offer", scene.offer_form(), status=409)
    for step in ("decline", "offer", "credit-line"):
        assert officer.get(f"{lead}/{step}", follow_redirects=False).headers["location"] == lead
    # A state jump by a forged form: no offer was accepted yet.
    officer.submit(f"{lead}/credit-line", scene.line_form(), status=409)
    officer.submit(f"{lead}/close", {"outcome": "funded"}, status=422)
    assert scene.state() == before


def test_declining_needs_a_reason_from_the_list(scene: LendingScene, officer: Browser) -> None:
    path = f"/institution/leads/{scene.leads[0].id}/decline"
    officer.page(path)
    assert errors_of(officer.submit(path, {"reason": ""}, status=422)) == {"reason"}
    assert errors_of(officer.submit(path, {"reason": "no time"}, status=422)) == {"reason"}
    assert errors_of(officer.submit(path, {"reason": "other"}, status=422)) == {"reason_note"}
    officer.submit(path, {"reason": "weak_revenue", "reason_note": "营收连续两年下降"})
    assert "营收连续两年下降" in officer.page(f"/institution/leads/{scene.leads[0].id}")
    assert scene.state()["leads"] == ["declined", "sent"]


def test_after_taking_a_lead_it_can_be_refused_or_ended(scene: LendingScene, officer: Browser) -> None:
    scene.offer()
    lead = f"/institution/leads/{scene.leads[0].id}"
    officer.page(f"{lead}/refuse")
    officer.page(f"{lead}/close")
    assert errors_of(officer.submit(f"{lead}/close", {}, status=422)) == {"outcome"}
    officer.submit(f"{lead}/refuse", {"reason": "high_debt"})
    state = scene.state()
    assert (state["leads"][0], set(state["offers"].values())) == ("refused", {"withdrawn"})


def test_an_offer_is_taken_back_after_a_question(scene: LendingScene, officer: Browser) -> None:
    path = f"/institution/offers/{scene.offer()}/take-back"
    officer.page(path)
    officer.submit(path, {})
    officer.submit(path, {}, status=409)
    assert scene.state()["leads"][0] == "accepted"


def test_everything_of_another_bank_is_a_page_that_does_not_exist(
    scene: LendingScene, officer: Browser, factory: Factory
) -> None:
    offer_id, line_id = scene.offer(1), None
    foreign = scene.leads[1].id
    before = scene.state()
    for step in ("accept", "decline", "refuse", "close", "offer", "credit-line"):
        forms = {**scene.offer_form(), **scene.line_form(), "reason": "weak_revenue", "outcome": "no_deal"}
        officer.submit(f"/institution/leads/{foreign}/{step}", forms, status=404)
    officer.page(f"/institution/leads/{foreign}", status=404)
    officer.submit(f"/institution/offers/{offer_id}/take-back", {}, status=404)
    officer.page(f"/institution/offers/{offer_id}/take-back", status=404)
    assert scene.state() == before
    scene.accept(offer_id)
    other = LendingScene(factory, scene.sessions, scene.now)
    line_id = other.line(1)
    payout_id = other.pay(line_id, 1)
    for path in ("", "/close", "/export"):
        assert officer.get(f"/institution/credit-lines/{line_id}{path}").status_code == 404
    officer.page(f"/institution/payouts/{payout_id}/reverse", status=404)
    officer.submit(
        f"/institution/credit-lines/{line_id}/payouts", other.payout_form(external_reference="X"), status=404
    )
    officer.submit(f"/institution/credit-lines/{line_id}/close", {}, status=404)
    officer.submit(f"/institution/payouts/{payout_id}/reverse", {"reason": "不是我的"}, status=404)
    assert other.enterprise.name not in officer.page("/institution/credit-lines")
    assert len(other.state()["payouts"]) == 1


def test_the_inbox_sorts_filters_searches_and_counts(scene: LendingScene, officer: Browser, factory: Factory) -> None:
    enterprise = factory.enterprise(name="滕州百分之百%机床厂")
    factory.lead(factory.need(enterprise, amount=90_000), scene.products[0], respond_by=scene.today + timedelta(days=1))
    gone = factory.need(factory.enterprise(name="早已过期的公司"))
    factory.lead(gone, scene.products[0], status="expired", closed_at=scene.now)
    factory.session.commit()

    def order(page: str) -> list[str]:
        return re.findall(r'<a href="/institution/leads/[-0-9a-f]{36}">([^<]+)</a>', page)

    both = [enterprise.name, scene.enterprise.name]
    assert order(officer.page("/institution/leads")) == both
    assert order(officer.page("/institution/leads?sort=-amount")) == both[::-1]
    assert order(officer.page("/institution/leads?sort=-due")) == both[::-1]
    assert order(officer.page("/institution/leads?q=100%25")) == []
    assert order(officer.page("/institution/leads?q=%E7%99%BE%25")) == both[:1]
    assert order(officer.page(f"/institution/leads?q={(scene.enterprise.usci or '')[:17].lower()}")) == both[1:]
    assert order(officer.page("/institution/leads?tab=expired")) == ["早已过期的公司"]
    assert order(officer.page("/institution/leads?mine=true")) == []
    assert order(officer.page(f"/institution/leads?product={uuid4()}")) == []
    assert order(officer.page("/institution/leads?tab=nonsense&product=x&page=-7&sort=password&q=%00")) == both
    assert "还剩1个工作日" in officer.page("/institution/leads")


def test_a_lead_page_takes_the_same_questions_to_the_database_for_many_rows(
    scene: LendingScene, officer: Browser, factory: Factory, connection: Connection
) -> None:
    def count() -> list[int]:
        return [
            statements(connection, lambda path=path: officer.page(path))  # type: ignore[misc]
            for path in ("/institution/leads", "/institution/credit-lines", "/institution/leads?tab=all&sort=-score")
        ]

    scene.line()
    factory.lead(factory.need(factory.enterprise()), scene.products[0])
    factory.session.commit()
    one = count()
    for number in range(19):
        other = LendingScene(factory, scene.sessions, scene.now, banks=scene.banks)
        if number < 6:
            other.line(contract_number=f"HT-{number}")
        explained(factory, factory.lead(factory.need(factory.enterprise()), scene.products[0]))
    assert count() == one


def test_files_hold_the_rows_in_wan_and_no_formula(scene: LendingScene, officer: Browser, factory: Factory) -> None:
    scene.enterprise.name = "=cmd|' /C calc'!A0"
    factory._save(scene.enterprise)
    factory.session.commit()
    line_id = scene.line()
    scene.pay(line_id, amount_wan="12.3456")

    def rows(path: str) -> list[list[str]]:
        answer = officer.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))

    header, lead = rows("/institution/leads/export?tab=all")
    assert dict(zip(header, lead, strict=True))["金额（万元）"] == "80"
    assert lead[0] == "'=cmd|' /C calc'!A0"
    header, line = rows("/institution/credit-lines/export")
    assert dict(zip(header, line, strict=True))["剩余（万元）"] == "67.6544"
    for path in (f"/institution/credit-lines/{line_id}/export", "/institution/credit-lines/payouts/export"):
        header, payout = rows(path)
        assert dict(zip(header, payout, strict=True))["放款流水号"] == "FK-1"


def test_empty_lists_say_what_to_do(factory: Factory, browser: Browser) -> None:
    user = factory.officer_of(factory.institution())
    factory.session.commit()
    browser.log_in(user.username, PASSWORD)
    assert "没有待受理的线索" in browser.page("/institution/leads")
    assert "此处暂无线索" in browser.page("/institution/leads?tab=funded")
    assert "没有符合条件的线索" in browser.page("/institution/leads?q=x")
    assert "暂无授信" in browser.page("/institution/credit-lines")
    assert "没有符合条件的授信" in browser.page("/institution/credit-lines?show=closed")


def test_the_pages_speak_english_too(scene: LendingScene, officer: Browser) -> None:
    line_id = scene.line()
    payout_id = scene.pay(line_id)
    officer.submit("/language", {"locale": "en", "next": "/"})
    for path in (
        "/institution/leads?tab=all",
        f"/institution/leads/{scene.leads[0].id}",
        "/institution/credit-lines",
        f"/institution/credit-lines/{line_id}",
        f"/institution/payouts/{payout_id}/reverse",
    ):
        page = re.sub(r"<head>.*?</head>|lang=.zh-CN.>.*?<", "", officer.page(path), flags=re.DOTALL)
        words = set(re.findall(r"[\u4e00-\u9fff]+", page))
        assert words <= DATA | {"中文"}, path


def test_an_enterprise_member_has_no_desk_here(scene: LendingScene, browser: Browser) -> None:
    browser.log_in(scene.member_user.username, PASSWORD)
    for path in ("/institution/leads", f"/institution/leads/{scene.leads[0].id}", "/institution/credit-lines"):
        browser.page(path, status=404)
