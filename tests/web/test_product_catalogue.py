"""The public catalogue as guests and every role meet it."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import Connection, event

from tests.factories import PASSWORD, Factory, some_id
from tests.web.conftest import Browser
from xinyidai.core.actor import HUMAN_ROLES, INSTITUTION_ROLES, Role
from xinyidai.products.models import ProductVersion


@pytest.fixture
def product(factory: Factory) -> ProductVersion:
    bank = factory.institution(name="枣庄测试银行", name_pinyin="zao3 zhuang1", phone="0632-1234567")
    version = factory.product(
        bank,
        name="税易贷",
        criteria=[
            {"fact": "months_in_business", "op": ">=", "value": 24},
            {"fact": "tax_grade", "op": "in", "value": ["A", "B"]},
        ],
    )
    factory.session.commit()
    return version


def chinese(page: str) -> str:
    """The text of a page without its markup."""
    return re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.S)


def test_a_guest_reads_the_catalogue_and_a_product_in_plain_words(browser: Browser, product: ProductVersion) -> None:
    listed = chinese(browser.page("/products"))
    assert "税易贷" in listed
    assert "枣庄测试银行" in listed
    page = browser.page(f"/products/{product.product_id}")
    shown = chinese(page)
    assert "经营满24个月" in shown
    assert "纳税信用级别为A或B" in shown
    assert shown.count("须经您授权查询") == 1
    assert "10 万元 – 500 万元" in shown
    assert "/enterprise/needs/new" in page


def test_the_first_page_counts_products_and_lenders(browser: Browser, product: ProductVersion) -> None:
    assert "1" in chinese(browser.page("/"))
    browser.submit("/language", {"locale": "en", "next": "/"})
    assert "1 products of 1 lenders" in browser.page("/")


@pytest.mark.parametrize("role", sorted(HUMAN_ROLES))
def test_every_role_reads_a_product_and_is_offered_what_it_can_do(
    browser: Browser, factory: Factory, product: ProductVersion, role: Role
) -> None:
    if role is Role.ENTERPRISE_MEMBER:
        user = factory.member_of(factory.enterprise())
    elif role in INSTITUTION_ROLES:
        user = factory.user(role, institution_id=product.institution_id)
    else:
        user = factory.user(role)
    factory.session.commit()
    browser.log_in(user.username, PASSWORD)
    page = browser.page(f"/products/{product.product_id}")
    assert ("/enterprise/needs/new" in page) == (role is Role.ENTERPRISE_MEMBER)
    assert (f"/institution/products/{product.product_id}" in page) == (role in INSTITUTION_ROLES)


def test_filters_that_cannot_be_read_say_so_and_the_rest_still_counts(
    browser: Browser, product: ProductVersion
) -> None:
    page = browser.page("/products?amount=viel&term=48")
    assert 'id="error-amount"' in page
    assert 'value="viel"' in page
    assert "没有符合条件的产品" in page


def test_an_empty_catalogue_says_what_to_do(browser: Browser) -> None:
    assert "/enterprise/needs/new" in browser.page("/products")
    assert "没有这么多页" not in browser.page("/products?page=7")


def test_a_page_beyond_the_end_leads_back(browser: Browser, product: ProductVersion) -> None:
    assert "没有这么多页" in browser.page("/products?page=7")
    browser.page("/products?page=-3")
    browser.page("/products?page=99999999999999")


def test_old_versions_stay_readable_and_lead_to_the_one_in_force(
    browser: Browser, factory: Factory, product: ProductVersion, now: datetime
) -> None:
    product.state = "superseded"
    factory.session.flush()
    newer = ProductVersion(**product.model_dump(exclude={"id", "version", "state", "rate_min"}))
    newer.version, newer.state, newer.rate_min = 2, "published", Decimal("3.1")
    factory.session.add(newer)
    factory.session.commit()
    old = browser.page(f"/products/{product.product_id}/versions/1")
    assert "3.45%" in old
    assert f'href="/products/{product.product_id}"' in old
    assert "/enterprise/needs/new" not in old
    assert "3.10%" in browser.page(f"/products/{product.product_id}")


def test_what_does_not_exist_and_what_is_a_draft_give_the_same_answer(browser: Browser, factory: Factory) -> None:
    draft = factory.product(factory.institution(), state="draft", published_at=None)
    factory.session.commit()
    for path in (
        f"/products/{draft.product_id}",
        f"/products/{draft.product_id}/versions/1",
        f"/products/{some_id()}",
        "/products/1",
    ):
        browser.page(path, status=404)


def test_the_export_holds_the_list_and_runs_nothing(browser: Browser, factory: Factory) -> None:
    factory.product(factory.institution(), name="=1+1")
    factory.session.commit()
    answer = browser.get("/products/export?q=1")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, row = answer.content.decode("utf-8-sig").splitlines()
    assert header.startswith("产品,代码,金融机构")
    assert row.startswith("'=1+1,")
    assert ",10,500,3,36," in row


@pytest.fixture
def statements(connection: Connection) -> Callable[[Callable[[], object]], int]:
    def count(act: Callable[[], object]) -> int:
        seen: list[str] = []

        def note(*given: object) -> None:
            seen.append(str(given[2]))

        event.listen(connection, "before_cursor_execute", note)
        try:
            act()
        finally:
            event.remove(connection, "before_cursor_execute", note)
        return len(seen)

    return count


def test_the_catalogue_asks_the_database_as_often_for_twenty_products_as_for_one(
    browser: Browser,
    factory: Factory,
    product: ProductVersion,
    statements: Callable[[Callable[[], object]], int],
) -> None:
    one = statements(lambda: browser.page("/products"))
    bank = factory.institution()
    for _number in range(19):
        factory.product(bank)
    factory.session.commit()
    assert statements(lambda: browser.page("/products")) == one
