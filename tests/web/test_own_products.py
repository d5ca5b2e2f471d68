"""An institution writes, publishes and withdraws its products in the browser, without scripts."""

import re
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select

from tests.factories import PASSWORD, Factory, some_id
from tests.web.conftest import Browser
from xinyidai.core.actor import Role
from xinyidai.core.db import ActorSession
from xinyidai.institutions.models import Institution
from xinyidai.leads.ranking import rank_need
from xinyidai.products.models import Product, ProductVersion
from xinyidai.web.middleware import SESSION_COOKIE

TYPED: dict[str, Any] = {
    "act": "save",
    "name": "税易贷",
    "description": "",
    "amount_min_wan": "10",
    "amount_max_wan": "500",
    "term_min": "3",
    "term_max": "36",
    "rate_min": "3.45",
    "rate_max": "5.2",
    "guarantees": ["credit", "guarantee"],
    "repayment_modes": "equal_instalment",
    "decision_days": "5",
    "materials": "营业执照",
    "criteria-0-fact": "region",
    "criteria-0-values": "3704",
    "criteria-1-fact": "annual_revenue",
    "criteria-1-low": "300",
    "criteria-1-high": "",
}


@pytest.fixture
def bank(factory: Factory) -> Institution:
    return factory.institution(code="ZZYH", name="枣庄测试银行")


class Desk:
    """One browser at which an officer and a manager of the bank take turns, each with a login of their own."""

    def __init__(self, browser: Browser, factory: Factory, bank: Institution) -> None:
        self._browser = browser
        users = {"officer": factory.officer_of(bank), "manager": factory.officer_of(bank, Role.INSTITUTION_MANAGER)}
        factory.session.commit()
        self._logins = {}
        for who, user in users.items():
            browser.log_in(user.username, PASSWORD)
            self._logins[who] = browser.cookies[SESSION_COOKIE]
            del browser.cookies[SESSION_COOKIE]

    def sit(self, who: str) -> Browser:
        if SESSION_COOKIE in self._browser.cookies:
            del self._browser.cookies[SESSION_COOKIE]
        self._browser.cookies.set(SESSION_COOKIE, self._logins[who], domain="testserver.local", path="/")
        return self._browser


@pytest.fixture
def desk(browser: Browser, factory: Factory, bank: Institution) -> Desk:
    return Desk(browser, factory, bank)


@pytest.fixture
def officer(browser: Browser, factory: Factory, bank: Institution) -> Browser:
    """An officer at work."""
    user = factory.officer_of(bank)
    factory.session.commit()
    browser.log_in(user.username, PASSWORD)
    return browser


def seen_mark(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found
    return found.group(1)


def stored(session: ActorSession) -> ProductVersion:
    session.expire_all()
    return session.exec(select(ProductVersion).order_by(ProductVersion.version.desc())).first()  # type: ignore[attr-defined,return-value]


def test_from_an_empty_list_to_a_product_in_the_catalogue(desk: Desk, session: ActorSession) -> None:
    officer = desk.sit("officer")
    assert "/institution/products/new" in officer.page("/institution/products")
    officer.page("/institution/products/new")
    address = officer.submit("/institution/products/new", TYPED)
    page = officer.page(address)
    assert "年营业收入不低于300万元" in page
    assert "须由主管发布" in page
    assert f"{address}/publish" not in page
    officer.page(f"{address}/publish", status=404)

    manager = desk.sit("manager")
    question = manager.page(f"{address}/publish")
    assert manager.submit(f"{address}/publish", {"seen": seen_mark(question)}) == address
    assert stored(session).criteria == [
        {"fact": "region", "op": "prefix_in", "value": ["3704"]},
        {"fact": "annual_revenue", "op": ">=", "value": 3_000_000},
    ]
    session.rollback()
    officer = desk.sit("officer")
    assert "税易贷" in officer.page("/products")
    assert "税易贷" in officer.page("/institution/products?q=税易&status=published")
    assert officer.get("/institution/products/export").content.startswith(b"\xef\xbb\xbf")


def test_conditions_are_added_and_removed_without_losing_what_was_typed(officer: Browser) -> None:
    added = officer.submit(
        "/institution/products/new", {**TYPED, "name": "写了一半", "act": "add", "new_fact": "size"}, status=200
    )
    assert 'value="写了一半"' in added
    assert 'name="criteria-2-fact" value="size"' in added
    assert 'value="300"' in added
    removed = officer.submit("/institution/products/new", {**TYPED, "act": "remove-0"}, status=200)
    assert 'name="criteria-0-fact" value="annual_revenue"' in removed
    assert 'name="criteria-0-low" type="text" value="300"' in removed
    assert "criteria-1-fact" not in removed
    nonsense = officer.submit("/institution/products/new", {**TYPED, "act": "add", "new_fact": "shoe"}, status=200)
    assert "criteria-2-fact" not in nonsense


def test_wrong_input_is_named_at_its_field_and_row_and_nothing_is_kept(officer: Browser, session: ActorSession) -> None:
    wrong = {**TYPED, "amount_max_wan": "5", "rate_min": "günstig", "criteria-1-low": "viel", "guarantees": []}
    page = officer.submit("/institution/products/new", wrong, status=422)
    for field in ("amount_max_wan", "rate_min", "guarantees"):
        assert f'id="error-{field}"' in page
    assert 'href="#field-criteria-1"' in page
    assert 'id="field-criteria-1"' in page
    assert 'value="viel"' in page
    assert session.exec(select(Product.id)).all() == []


def test_every_kind_of_condition_can_be_drawn(officer: Browser) -> None:
    facts = ["industry", "size", "labels", "dishonest_debtor", "credit_score", "tax_grade", "existing_loan_balance"]
    rows = {f"criteria-{position}-fact": fact for position, fact in enumerate(facts)}
    page = officer.submit("/institution/products/new", {"act": "save", **rows}, status=422)
    assert page.count("xy-condition has-error") == len(facts)


def test_a_new_version_shows_what_it_changes_and_replaces_the_old_one(
    desk: Desk, factory: Factory, bank: Institution, session: ActorSession
) -> None:
    officer = desk.sit("officer")
    version = factory.product(bank, name="税易贷", criteria=[{"fact": "size", "op": "in", "value": ["small"]}])
    factory.session.commit()
    address = f"/institution/products/{version.product_id}"
    assert officer.submit(f"{address}/new-version", {}) == f"{address}/edit"
    form = officer.page(f"{address}/edit")
    assert 'name="criteria-0-fact" value="size"' in form
    assert officer.submit(f"{address}/edit", {**TYPED, "rate_min": "3.2", "seen": seen_mark(form)}) == address
    shown = officer.page(address)
    assert "3.45%至5.2% → 3.2%至5.2%" in shown
    assert "取消准入条件：企业规模为小型" in shown
    manager = desk.sit("manager")
    question = manager.page(f"{address}/publish")
    assert "现行版本将被替换" in question
    manager.submit(f"{address}/publish", {"seen": seen_mark(question)})
    assert stored(session).version == 2
    session.rollback()
    assert "企业规模为小型" in manager.page(f"/products/{version.product_id}/versions/1")


def test_a_draft_that_changed_in_between_is_not_published(desk: Desk) -> None:
    address = desk.sit("officer").submit("/institution/products/new", TYPED)
    desk.sit("manager").submit(f"{address}/publish", {"seen": "2020-01-01T00:00:00+00:00"}, status=409)
    desk.sit("officer").submit(f"{address}/edit", {**TYPED, "seen": "2020-01-01T00:00:00+00:00"}, status=409)


def test_withdrawing_and_discarding_ask_first(desk: Desk, factory: Factory, bank: Institution) -> None:
    version = factory.product(bank, name="税易贷")
    factory.session.commit()
    address = f"/institution/products/{version.product_id}"
    officer = desk.sit("officer")
    assert f"{address}/withdraw" not in officer.page(address)
    manager = desk.sit("manager")
    assert "下架" in manager.page(f"{address}/withdraw")
    assert manager.submit(f"{address}/withdraw", {}) == address
    assert "该产品已由金融机构下架" in manager.page(f"/products/{version.product_id}")
    manager.submit(f"{address}/withdraw", {}, status=409)
    manager.submit(f"{address}/new-version", {})
    officer = desk.sit("officer")
    assert "已发布过的版本不受影响" in officer.page(f"{address}/discard")
    assert officer.submit(f"{address}/discard", {}) == address
    fresh = officer.submit("/institution/products/new", TYPED)
    assert "从未发布" in officer.page(f"{fresh}/discard")
    assert officer.submit(f"{fresh}/discard", {}) == "/institution/products"
    manager = desk.sit("manager")
    for act in ("publish", "withdraw", "discard", "edit"):
        assert manager.get(f"{address}/{act}", follow_redirects=False).status_code == 303


def test_products_of_another_institution_are_as_if_they_did_not_exist(officer: Browser, factory: Factory) -> None:
    foreign = factory.product(factory.institution())
    factory.session.commit()
    for product_id in (foreign.product_id, some_id()):
        address = f"/institution/products/{product_id}"
        for path in ("", "/edit", "/discard"):
            officer.page(address + path, status=404)
        officer.submit(f"{address}/new-version", {}, status=404)
        officer.submit(f"{address}/edit", TYPED, status=404)
    assert foreign.name not in officer.page("/institution/products")


def test_the_pages_speak_english_as_well(officer: Browser) -> None:
    address = officer.submit("/institution/products/new", TYPED)
    officer.submit("/language", {"locale": "en", "next": "/"})
    page = officer.page(address)
    assert "annual revenue: at least CNY 3,000,000" in page
    assert "Only a manager can publish" in page
    assert "Manufacturing" in officer.submit(
        "/institution/products/new", {"act": "add", "new_fact": "industry"}, status=200
    )


def test_an_officer_sees_what_the_terms_would_have_reached_without_scripts(
    officer: Browser, factory: Factory, session: ActorSession, now: datetime
) -> None:
    for _number in range(4):
        rank_need(session, factory.need(factory.enterprise()).id, now)
    session.commit()
    page = officer.submit("/institution/products/new", {**TYPED, "act": "reach"}, status=200)
    assert "近12个月发布的4笔融资需求中，按当前条件可触达4笔。" in page
    assert "其他机构已放款少于3笔" in page
    assert stored(session) is None


def test_while_it_is_being_typed_what_is_unfinished_is_left_out(
    officer: Browser, factory: Factory, session: ActorSession, now: datetime
) -> None:
    for _number in range(4):
        rank_need(session, factory.need(factory.enterprise()).id, now)
    session.commit()
    typed = {"criteria-0-fact": "annual_revenue", "criteria-0-low": "many", "term_min": "一年", "amount_min_wan": "9"}
    answer = officer.post("/institution/products/reach", data={**typed, "_csrf_token": officer.cookies["xyd_csrf"]})
    assert answer.status_code in (200, 201)
    assert "尚未填写完整、未计入测算的条件：1项" in answer.text
    assert "测算时不作限制" in answer.text
