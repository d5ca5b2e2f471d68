"""The books of a loan over HTTP: repayments, renewals, overdue reports, second persons, guarantees, double reports."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from litestar import Litestar
from sqlalchemy import Connection
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import PASSWORD, Factory
from tests.ledger import Ledger
from tests.lending_scene import LendingScene
from tests.web.conftest import Browser, make_app
from tests.web.test_institution_lending import statements
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.validation import parse
from xinyidai.lending.commands import GrantCreditLine
from xinyidai.lending.models import Repayment, RiskPool
from xinyidai.lending.services import grant_credit_line


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


@pytest.fixture
def officer(scene: LendingScene, browser: Browser) -> Browser:
    browser.log_in(scene.officer_users[0].username, PASSWORD)
    return browser


@pytest.fixture
def colleague(scene: LendingScene, another_browser: Browser, factory: Factory) -> Browser:
    """A manager of the same bank."""
    user = factory.officer_of(scene.banks[0], Role.INSTITUTION_MANAGER)
    factory.session.commit()
    another_browser.log_in(user.username, PASSWORD)
    return another_browser


def errors_of(page: str) -> set[str]:
    return set(re.findall(r'id="error-(\w+)"', page))


def repay_form(scene: LendingScene, **fields: object) -> dict[str, object]:
    form = {
        "principal": "100,000.00",
        "interest": "950.25",
        "repaid_on": str(scene.today),
        "external_reference": "HK-1",
    }
    return {**form, **fields}


def rows(scene: LendingScene) -> list[Decimal]:
    with scene.sessions.as_(SYSTEM) as session:
        return list(session.exec(select(Repayment.principal).order_by(Repayment.id)))  # type: ignore[arg-type]


def test_from_the_first_repayment_over_a_renewal_to_a_settled_need(scene: LendingScene, officer: Browser) -> None:
    line_id = scene.line(amount_wan="30")
    scene.pay(line_id)
    line = f"/institution/credit-lines/{line_id}"
    assert "暂无还款" in officer.page(line)
    officer.page(f"{line}/repay")
    assert officer.submit(f"{line}/repay", repay_form(scene)) == line
    page = officer.page(line)
    assert "20 万元" in page
    assert "950.25" in page
    # The back button, or a second click.
    assert errors_of(officer.submit(f"{line}/repay", repay_form(scene), status=422)) == {"external_reference"}
    officer.page(f"{line}/overdue")
    report = {"as_of": str(scene.today), "principal": "500", "days": "3", "grade": "special_mention"}
    officer.submit(f"{line}/overdue", report)
    assert "关注" in officer.page(line)
    assert errors_of(officer.submit(f"{line}/overdue", {**report, "days": ""}, status=422)) == {"days"}

    officer.page(f"{line}/renew")
    form = {"contract_number": "XD-1", "annual_rate": "3.9", "term_months": "12", "approved_on": str(scene.today)}
    renewal = officer.submit(f"{line}/renew", {**form, "expires_on": str(scene.today + timedelta(days=365))})
    assert "续贷自" in officer.page(renewal)
    assert "已续贷为" in officer.page(line)
    # A stale tab of the old line answers with its present state.
    assert officer.get(f"{line}/renew", follow_redirects=False).headers["location"] == line
    officer.submit(f"{line}/renew", {**form, "contract_number": "XD-2", "expires_on": "2027-03-18"}, status=409)
    before = rows(scene)
    officer.submit(f"{renewal}/payouts", scene.payout_form(external_reference="FK-2"), status=409)
    assert rows(scene) == before
    officer.submit(f"{renewal}/repay", repay_form(scene, principal="200000", external_reference="HK-2"))
    assert scene.state()["need"] == "settled"
    with scene.sessions.as_(SYSTEM) as session:
        last = session.exec(select(Repayment.id).where(Repayment.external_reference == "HK-2")).one()
    path = f"/institution/repayments/{last}/reverse"
    officer.page(path)
    assert errors_of(officer.submit(path, {"reason": ""}, status=422)) == {"reason"}
    officer.submit(path, {"reason": "入账错误"})
    officer.submit(path, {"reason": "入账错误"}, status=409)
    assert officer.get(path, follow_redirects=False).headers["location"] == renewal
    assert scene.state()["need"] == "disbursed"
    assert "入账错误" in officer.page(renewal)


def test_another_banks_books_are_as_if_they_did_not_exist(
    scene: LendingScene, officer: Browser, factory: Factory
) -> None:
    other = LendingScene(factory, scene.sessions, scene.now)
    line_id = other.line()
    other.pay(line_id)
    before = other.state()
    for step in ("repay", "renew", "overdue"):
        officer.page(f"/institution/credit-lines/{line_id}/{step}", status=404)
    officer.submit(f"/institution/credit-lines/{line_id}/repay", repay_form(other), status=404)
    form = {"contract_number": "X", "annual_rate": "4", "term_months": "12", "approved_on": str(scene.today)}
    officer.submit(f"/institution/credit-lines/{line_id}/renew", {**form, "expires_on": "2027-03-18"}, status=404)
    officer.submit(
        f"/institution/credit-lines/{line_id}/overdue", {"as_of": str(scene.today), "grade": "loss"}, status=404
    )
    assert (other.state(), rows(scene)) == (before, [])


def test_a_large_payout_waits_for_a_colleague(
    scene: LendingScene, officer: Browser, colleague: Browser, app: Litestar, connection: Connection
) -> None:
    line = f"/institution/credit-lines/{scene.line()}"
    app.state["settings"] = app.state["settings"].model_copy(update={"four_eyes_yuan": Decimal(500_000)})
    before = scene.state()
    officer.submit(f"{line}/payouts", scene.payout_form(amount_wan="60"))
    assert scene.state() == before
    assert errors_of(officer.submit(f"{line}/payouts", scene.payout_form(amount_wan="60"), status=422)) == {
        "external_reference"
    }
    page = officer.page("/institution/payouts/waiting")
    assert "由您登记" in page
    assert "/confirm" not in page
    assert "待复核" in officer.page(line)
    theirs = colleague.page("/institution/payouts/waiting")
    confirm = re.findall(r'action="(/institution/payouts/waiting/[-0-9a-f]+/confirm)"', theirs)[0]
    officer.submit(confirm, {}, status=404)
    assert scene.state() == before
    colleague.submit(confirm, {})
    colleague.submit(confirm, {}, status=409)
    assert list(scene.state()["payouts"].values()) == [Decimal(600_000)]
    assert "暂无待复核放款" in colleague.page("/institution/payouts/waiting")


def test_a_payout_that_is_not_confirmed_says_why(
    scene: LendingScene, officer: Browser, colleague: Browser, app: Litestar
) -> None:
    line = f"/institution/credit-lines/{scene.line()}"
    app.state["settings"] = app.state["settings"].model_copy(update={"four_eyes_yuan": Decimal(500_000)})
    officer.submit(f"{line}/payouts", scene.payout_form(amount_wan="60"))
    theirs = colleague.page("/institution/payouts/waiting")
    reject = re.findall(r'action="(/institution/payouts/waiting/[-0-9a-f]+/reject)"', theirs)[0]
    colleague.submit(reject, {"note": ""}, status=422)
    colleague.submit(reject, {"note": "合同尚未签署"})
    assert "合同尚未签署" in officer.page(line)
    assert scene.state()["payouts"] == {}


def test_a_payout_that_looks_recorded_already_asks_before_it_is_recorded(scene: LendingScene, officer: Browser) -> None:
    line = f"/institution/credit-lines/{scene.line()}"
    officer.submit(f"{line}/payouts", scene.payout_form())
    again = scene.payout_form(external_reference="FK-2")
    before = scene.state()
    page = officer.submit(f"{line}/payouts", again, status=422)
    assert errors_of(page) == {"record_anyway"}
    assert 'name="record_anyway"' in page
    assert scene.state() == before
    officer.submit(f"{line}/payouts", {**again, "record_anyway": "true"})
    assert len(scene.state()["payouts"]) == 2


@pytest.fixture
def staff(factory: Factory, connection: Connection, now: datetime) -> Callable[[Role], Browser]:
    def log_in(role: Role) -> Browser:
        user = factory.user(role)
        factory.session.commit()
        reader = Browser(make_app(connection, now), base_url="http://testserver.local")
        reader.__enter__()
        reader.log_in(user.username, PASSWORD)
        return reader

    return log_in


def test_the_office_decides_about_a_loan_reported_by_two_banks(
    factory: Factory, staff: Callable[[Role], Browser], sessions: Sessions
) -> None:
    ledger, enterprise = Ledger(factory), factory.enterprise()
    banks = [factory.product(factory.institution()) for _each in range(2)]
    lines = [ledger.line(bank, enterprise) for bank in banks]
    first = ledger.pay(lines[0], 500_000, date(2026, 2, 10))
    second = ledger.pay(lines[1], 500_000, date(2026, 2, 12))
    ledger.pay(lines[1], 500_000, date(2026, 2, 17))  # too late
    ledger.pay(lines[1], 100_000, date(2026, 2, 11))  # too little
    ledger.pay(ledger.line(banks[0], factory.enterprise()), 500_000, date(2026, 2, 10))  # somebody else
    factory.session.commit()
    auditor, clerk = staff(Role.OFFICE_AUDITOR), staff(Role.OFFICE_STAFF)
    page = clerk.page("/office/duplicates")
    pairs = re.findall(r'action="(/office/duplicates/[-0-9a-f]+/[-0-9a-f]+)"', page)
    assert pairs == [f"/office/duplicates/{first.id}/{second.id}"]
    assert "action=" not in auditor.page("/office/duplicates").split("<main", 1)[1]
    auditor.submit(pairs[0], {"verdict": "same", "note": "同一笔"}, status=404)
    clerk.submit(pairs[0], {"verdict": "same", "note": ""}, status=422)
    clerk.submit(pairs[0], {"verdict": "maybe", "note": "同一笔"}, status=422)
    clerk.submit(pairs[0], {"verdict": "same", "note": "同一份合同"})
    assert "重复计入" in clerk.page("/office/duplicates?show=same")
    assert "同一份合同" in auditor.page("/office/duplicates?show=decided")
    ledger.reverse(second)
    factory.session.commit()
    assert "同一份合同" not in clerk.page("/office/duplicates?show=same")
    assert "疑似重复：0对待认定" in clerk.page("/office/loans")


def test_the_same_office_page_takes_the_same_questions_for_many_pairs(
    factory: Factory, staff: Callable[[Role], Browser], connection: Connection
) -> None:
    ledger, product, clerk = Ledger(factory), factory.product(factory.institution()), staff(Role.OFFICE_STAFF)

    def pair() -> None:
        line = ledger.line(product, factory.enterprise())
        for day in (10, 11):
            ledger.pay(line, 100_000, date(2026, 2, day))
        factory.session.commit()

    pair()

    def count() -> list[int]:
        paths = ("/office/duplicates", "/office/loans")
        return [statements(connection, lambda path=path: clerk.page(path)) for path in paths]  # type: ignore[misc]

    one = count()
    for _more in range(8):
        pair()
    assert count() == one


def test_a_guarantor_sees_what_it_stands_in_for_and_the_office_the_sum(
    scene: LendingScene, factory: Factory, browser: Browser, staff: Callable[[Role], Browser]
) -> None:
    guarantor = factory.institution(kind="guarantor", name="枣庄测试融资担保公司")
    user, stranger = factory.officer_of(guarantor), factory.officer_of(factory.institution(kind="guarantor"))
    pool = factory._save(
        RiskPool(
            name="市级资金池",
            capital=Decimal(1_000_000),
            ratio_cap=Decimal(30),
            valid_from=scene.today,
            source="测试文件",
            created_at=scene.now,
        )
    )
    factory.session.commit()
    risk = {"guarantor_id": guarantor.id, "guarantor_share": "50", "pool_id": pool.id, "pool_share": "20"}
    scene.accept(scene.offer(guarantee_mode="guarantee", **risk))
    browser.log_in(user.username, PASSWORD)
    assert scene.enterprise.name in browser.page("/institution/guarantees")
    line_id = grant(scene)
    scene.pay(line_id)
    page = browser.page("/institution/guarantees")
    assert "15" in page
    assert "50%" in page
    browser.page(f"/institution/credit-lines/{line_id}", status=404)
    browser.log_in(stranger.username, PASSWORD)
    assert scene.enterprise.name not in browser.page("/institution/guarantees")
    office = staff(Role.OFFICE_STAFF).page("/office/loans")
    figures = re.sub(r"<[^>]+>|\s+", " ", office)
    assert re.search(r"担保公司担保余额\s+15 万元", figures)
    assert re.search(r"资金池分担余额\s+6 万元", figures)


def grant(scene: LendingScene) -> UUID:
    with scene.sessions.as_(scene.officers[0]) as session:
        command = parse(GrantCreditLine, scene.line_form())
        line = grant_credit_line(session, scene.officers[0], scene.leads[0].id, command, scene.now)
        session.commit()
        return line.id


def test_the_rule_of_a_pool_is_dated_and_a_new_one_ends_the_old(
    staff: Callable[[Role], Browser], factory: Factory
) -> None:
    clerk, auditor = staff(Role.OFFICE_STAFF), staff(Role.OFFICE_AUDITOR)
    form = {
        "name": "市级资金池",
        "capital_wan": "3000",
        "ratio_cap": "30",
        "valid_from": "2026-01-01",
        "source": "某文件",
    }
    assert "暂无资金池" in clerk.page("/office/loans")
    auditor.submit("/office/loans/pools", form, status=404)
    clerk.submit("/office/loans/pools", form)
    for field, value in (("ratio_cap", "101"), ("capital_wan", "0"), ("valid_from", "2026-01-01"), ("source", "")):
        assert errors_of(clerk.submit("/office/loans/pools", {**form, field: value}, status=422)) == {field}
    clerk.submit("/office/loans/pools", {**form, "ratio_cap": "20", "valid_from": "2026-03-01"})
    page = clerk.page("/office/loans")
    assert "2026年1月1日至2026年2月28日" in page
    assert "自2026年3月1日起" in page
    assert clerk.get("/office/loans/pools", follow_redirects=False).headers["location"] == "/office/loans"
