"""The financial office in the browser: every figure opens into rows that add up to it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, event
from sqlmodel import select

from tests.factories import PASSWORD, Factory, some_id
from tests.ledger import Ledger
from tests.web.conftest import Browser
from tests.web.office_pages import (
    WAN,
    cards,
    export,
    foot,
    number_in,
    parsed,
    rows_with_links,
    said,
    summed,
    with_class,
)
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.db import ActorSession
from xinyidai.lending.models import Disbursement
from xinyidai.statistics.dimensions import Dimension
from xinyidai.statistics.queries.public import public_figures, refresh_public_figures
from xinyidai.web.office import credit_lines, disbursements, institutions, needs, overview

LISTS = ("/office/disbursements", "/office/credit-lines", "/office/needs", "/office/institutions")
PAGES = ("/office", *(f"/office/by/{dimension.value}" for dimension in Dimension), *LISTS)
AMOUNT = "金额（万元）"


class Office:
    """A small city with money in it, and its readers."""

    def __init__(self, browser: Browser, factory: Factory) -> None:
        self.browser, self.factory, self.ledger = browser, factory, Ledger(factory)

    def city(self) -> list[Disbursement]:
        """Two banks and one for trials, three districts, four months, a payout taken back. Answers the payouts."""
        make = self.factory
        products = [make.product(make.institution()), make.product(make.institution())]
        trial = make.product(make.institution(is_test=True))
        firms = [
            make.enterprise(),
            make.enterprise(region_code="370481", size_class="micro", industry_code="A0111"),
            make.enterprise(region_code=None, size_class=None, industry_code=None),
        ]
        payouts = []
        for number, firm in enumerate(firms):
            for product, guarantee in zip(products, ("credit", "mortgage"), strict=True):
                line = self.ledger.line(product, firm, guarantee_mode=guarantee, approved_on=date(2025, 11, 3 + number))
                for month in range(number + 1):
                    day = date(2025, 12, 30) + timedelta(days=25 * month)
                    payouts.append(self.ledger.pay(line, 10_100 * (number + 2 * month + 1), day))
        self.ledger.reverse(payouts[-1])
        self.ledger.pay(self.ledger.line(trial, firms[0]), 990_000, date(2026, 1, 5))
        make.need(firms[0])
        make.lead(make.need(firms[1]), products[0])
        make.session.commit()
        return payouts

    def enter(self, role: Role = Role.OFFICE_AUDITOR, **fields: object) -> Browser:
        user = self.factory.user(role, **fields)
        self.factory.session.commit()
        self.browser.log_in(user.username, PASSWORD)
        return self.browser


@pytest.fixture
def office(browser: Browser, factory: Factory) -> Office:
    return Office(browser, factory)


PERIODS = ["", "from=2026-01-10&to=2026-03-31", "region=370481"]


@pytest.mark.parametrize("query", PERIODS)
def test_every_line_of_every_breakdown_opens_rows_that_add_up_to_it(office: Office, query: str) -> None:
    office.city()
    browser = office.enter()
    for dimension in Dimension:
        href = f"/office/by/{dimension.value}?{query}"
        root = parsed(browser.page(href))
        lines = [line for line in rows_with_links(root) if len(line.values) == 5]
        *parts, whole = lines or [None]
        assert sum((number_in(line.values[0]) for line in parts), Decimal(0)) == (
            number_in(whole.values[0]) if whole else 0
        )
        for line in lines:
            behind = export(browser, line.href)
            assert summed(behind, AMOUNT) == number_in(line.values[0]) * WAN, (dimension, line)
            assert len(behind) == number_in(line.values[2]) + number_in(line.values[3])
            assert line.values[0] in foot(browser, line.href) or not behind


@pytest.mark.parametrize("query", PERIODS)
def test_every_chart_of_the_overview_opens_rows_that_add_up_to_it(office: Office, query: str) -> None:
    office.city()
    browser = office.enter()
    lines = rows_with_links(parsed(browser.page(f"/office?{query}")))
    assert len(lines) >= 3
    for line in lines:
        assert summed(export(browser, line.href), AMOUNT) == number_in(line.values[0]) * WAN, line


@pytest.mark.parametrize("query", PERIODS)
def test_every_headline_figure_is_the_sum_of_the_rows_it_opens(office: Office, query: str) -> None:
    office.city()
    browser = office.enter()
    found = cards(parsed(browser.page(f"/office?{query}")))
    paid = export(browser, found["已放款"].href)
    assert number_in(found["已放款"].values[1]) == summed(paid, AMOUNT)
    standing = [row for row in paid if not row["备注"]]
    assert number_in(found["获贷企业"].values[0]) == len({row["企业"] for row in standing})
    assert number_in(found["已放款机构"].values[0]) == len({row["机构"] for row in standing})
    if standing:
        credit = summed(export(browser, found["信用贷款占比"].href), AMOUNT)
        assert number_in(found["信用贷款占比"].values[0]) == round(credit / summed(paid, AMOUNT) * 100, 1)
        weighted = sum(Decimal(row[AMOUNT]) * Decimal(row["年利率（%）"]) for row in paid)
        assert number_in(found["平均利率"].values[0]) == round(weighted * WAN / summed(paid, AMOUNT), 2)
    assert number_in(found["发布需求"].values[0]) == len(export(browser, found["发布需求"].href))
    assert number_in(found["授信"].values[0]) == len(export(browser, found["授信"].href))


@pytest.mark.parametrize("query", PERIODS)
def test_every_stage_of_the_funnel_opens_what_it_counts(office: Office, query: str) -> None:
    office.city()
    browser = office.enter()
    root = parsed(browser.page(f"/office?{query}"))
    table = next(table for table in root.iter("table") if said(table.find("caption")) == "从需求到放款")
    body = table.find("tbody")
    assert body is not None
    columns = {
        "/office/needs": "申请金额（万元）",
        "/office/credit-lines": "授信额度（万元）",
        "/office/disbursements": AMOUNT,
    }
    own = {"已获授信": "授信金额（万元）", "放款": "已放款（万元）"}
    for row in body.findall("tr"):
        head = row.find("th")
        stage = next((part.strip() for part in head.itertext() if part.strip()), "") if head is not None else ""
        cells = row.findall("td")
        for count, amount in (cells[:2], cells[2:]):
            link = next(count.iter("a"), None)
            assert link is not None
            href = str(link.get("href"))
            behind = export(browser, href)
            path = href.partition("?")[0]
            column = own.get(stage, columns[path]) if path == "/office/needs" else columns[path]
            assert number_in(said(amount)) == number_in(said_in_wan(summed(behind, column))), (stage, href)
            counted = [one for one in behind if not one.get("备注")] if path == "/office/disbursements" else behind
            assert number_in(said(count)) == len(counted), (stage, href)


def said_in_wan(yuan: Decimal) -> str:
    return f"{yuan / WAN:,.2f}" if yuan >= WAN else f"{yuan:,.2f}"


def test_an_institutions_figures_open_its_own_rows(office: Office) -> None:
    office.city()
    browser = office.enter()
    root = parsed(browser.page("/office/institutions?days=all"))
    body = next(root.iter("tbody"))
    assert len(body.findall("tr")) == 2
    for row in body.findall("tr"):
        links = {str(link.get("href")): said(link) for link in row.iter("a")}
        (granted, limit), (paid, amount), (_credit, share) = links.items()
        assert summed(export(browser, granted), "授信额度（万元）") == number_in(limit) * WAN
        assert summed(export(browser, paid), AMOUNT) == number_in(amount) * WAN
        assert share in ("100.0%", "0.0%")


def test_an_empty_city_shows_zeros_with_units(office: Office) -> None:
    browser = office.enter()
    found = cards(parsed(browser.page("/office")))
    assert found["已放款"].values == ("0 元", "0.00 元")
    assert found["获贷企业"].values[0] == "0 家企业"
    assert found["平均利率"].values[0].startswith("—")
    for path in PAGES:
        browser.page(path)
        assert browser.get(f"{path}/export").status_code == (404 if path == "/office" else 200)


@pytest.mark.parametrize("role", [Role.OFFICE_STAFF, Role.OFFICE_AUDITOR, Role.ADMINISTRATOR])
def test_the_office_reads_every_page_in_both_languages(office: Office, role: Role) -> None:
    payouts = office.city()
    browser = office.enter(role)
    for locale in ("zh_CN", "en"):
        browser.submit("/language", {"locale": locale, "next": "/office"})
        for path in (*PAGES, f"/office/disbursements/{payouts[-1].id}", f"/office/needs/{payouts[-1].need_id}"):
            browser.page(path)


def test_pages_of_the_office_only_read() -> None:
    routes = [
        route for module in (overview, disbursements, credit_lines, needs, institutions) for route in module.ROUTES
    ]
    assert {method for route in routes for method in route.http_methods} == {"GET"}


@pytest.mark.parametrize("lender", [True, False])
def test_lenders_and_enterprises_find_nothing_there(office: Office, lender: bool) -> None:
    payouts = office.city()
    if lender:
        browser = office.enter(Role.INSTITUTION_OFFICER, institution_id=payouts[0].institution_id)
    else:
        browser = office.enter(Role.ENTERPRISE_MEMBER, enterprise_id=payouts[0].enterprise_id)
    for path in (*PAGES, f"/office/disbursements/{payouts[0].id}", f"/office/needs/{payouts[0].need_id}"):
        browser.page(path, status=404)


def test_a_guest_is_sent_to_the_login(browser: Browser) -> None:
    for path in PAGES:
        assert browser.get(path, follow_redirects=False).headers["location"].startswith("/login")


def test_district_staff_see_their_district_and_are_told_so(office: Office) -> None:
    payouts = office.city()
    browser = office.enter(Role.OFFICE_STAFF, region="370481")
    page = browser.page("/office")
    assert "滕州市数据" in page
    rows = export(browser, "/office/disbursements")
    assert {row["区县"] for row in rows} == {"滕州市"}
    assert number_in(cards(parsed(page))["已放款"].values[1]) == summed(rows, AMOUNT)
    browser.page(f"/office/disbursements/{payouts[0].id}", status=404)
    browser.page(f"/office/needs/{payouts[0].need_id}", status=404)
    browser.page(f"/office/disbursements/{some_id()}", status=404)


def test_a_payout_leads_back_to_its_need_step_by_step(office: Office) -> None:
    payouts = office.city()
    browser = office.enter()
    page = browser.page(f"/office/disbursements/{payouts[-1].id}")
    steps = [
        said(next(step.iter("h2")))
        for step in with_class(parsed(page), "xy-chain")[0].findall("li")
        if step.find("section")
    ]
    assert steps == ["放款", "授信", "报价", "申请", "需求"]
    assert "本笔放款已冲销" in page
    assert f"/office/needs/{payouts[-1].need_id}" in page
    assert "放款登记" in page


def test_the_audit_trail_is_not_shown_to_other_staff(office: Office) -> None:
    payouts = office.city()
    page = office.enter(Role.OFFICE_STAFF).page(f"/office/disbursements/{payouts[0].id}")
    assert "放款登记" not in page
    assert "审计记录仅对金融办审计人员和系统管理员开放" in page


def test_filters_narrow_search_finds_and_order_holds(office: Office) -> None:
    office.city()
    browser = office.enter()
    amounts = [Decimal(row[AMOUNT]) for row in export(browser, "/office/disbursements?sort=-amount")]
    assert amounts == sorted(amounts, reverse=True)
    first = export(browser, "/office/disbursements")[0]
    found = export(browser, f"/office/disbursements?search={first['企业'][-6:]}")
    assert {row["企业"] for row in found} == {first["企业"]}
    assert [row["放款流水号"] for row in export(browser, "/office/disbursements?search=FK-00002")] == ["FK-00002"]
    assert export(browser, "/office/disbursements?search=%25") == []
    assert len(export(browser, "/office/needs?status=published")) == 2


@pytest.mark.parametrize("query", ["from=2026-13-01", "from=yesterday", "region=x", "institution=7", "section=c3"])
def test_a_filter_that_cannot_be_read_shows_no_figure(office: Office, query: str) -> None:
    office.city()
    browser = office.enter()
    page = browser.page(f"/office/disbursements?{query}", status=422)
    assert with_class(parsed(page), "xy-error-summary")
    assert not with_class(parsed(page), "xy-total")
    assert browser.get(f"/office/disbursements/export?{query}").status_code == 422
    assert browser.get(f"/office?{query}").status_code == 422


def test_a_period_that_ends_before_it_begins_is_told_at_the_field(office: Office) -> None:
    page = office.enter().page("/office?from=2026-02-01&to=2026-01-01", status=422)
    assert "结束日期早于开始日期" in page
    assert 'value="2026-02-01"' in page


def test_a_name_that_looks_like_a_formula_is_harmless_in_the_file(office: Office, factory: Factory) -> None:
    line = office.ledger.line(factory.product(factory.institution()), factory.enterprise(name="=cmd|'/c calc'!A0"))
    office.ledger.pay(line, 10_000, date(2026, 1, 5))
    factory.session.commit()
    assert export(office.enter(), "/office/disbursements")[0]["企业"].startswith("'=")


def test_as_many_statements_for_twenty_rows_as_for_one(
    office: Office, factory: Factory, connection: Connection
) -> None:
    product = factory.product(factory.institution())
    office.ledger.pay(office.ledger.line(product, factory.enterprise()), 10_000, date(2026, 1, 5))
    browser = office.enter()
    few = {path: statements(connection, browser, path) for path in PAGES}
    with ActorSession(connection, SYSTEM) as session:
        factory.session = office.ledger.session = session
        for _ in range(20):
            line = office.ledger.line(factory.product(factory.institution()), factory.enterprise())
            office.ledger.pay(line, 10_000, date(2026, 1, 5))
        session.commit()
    assert {path: statements(connection, browser, path) for path in PAGES} == few


def statements(connection: Connection, browser: Browser, path: str) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    browser.page(path)
    event.remove(connection, "before_cursor_execute", note)
    return len(seen)


def fund(office: Office, factory: Factory, count: int) -> None:
    product = factory.product(factory.institution())
    for _ in range(count):
        office.ledger.pay(office.ledger.line(product, factory.enterprise()), 200_000, date(2026, 1, 5))
    factory.session.commit()


def test_the_first_page_tells_nothing_of_a_handful_of_firms(
    office: Office, factory: Factory, session: ActorSession, now: datetime
) -> None:
    fund(office, factory, 4)
    refresh_public_figures(session, now)
    session.commit()
    assert with_class(parsed(office.browser.page("/")), "xy-stat") == []


def test_the_first_page_shows_four_figures_to_everybody(
    office: Office, factory: Factory, session: ActorSession, now: datetime
) -> None:
    fund(office, factory, 5)
    factory.product(factory.institution(is_test=True))
    refresh_public_figures(session, now)
    session.commit()
    found = {
        said(with_class(card, "xy-stat-label")[0]): said(with_class(card, "xy-stat-value")[0])
        for card in with_class(parsed(office.browser.page("/")), "xy-stat")
    }
    assert found == {"累计放款": "100 万元", "获贷企业": "5 家企业", "发布需求": "5 条需求", "在售产品": "1 款产品"}


def test_public_figures_go_away_when_too_few_are_left_and_rest_in_between(
    office: Office, factory: Factory, session: ActorSession, now: datetime
) -> None:
    fund(office, factory, 5)
    assert refresh_public_figures(session, now) == 1
    assert refresh_public_figures(session, now + timedelta(minutes=9)) == 0
    office.ledger.reverse(session.exec(select(Disbursement)).first())
    assert refresh_public_figures(session, now + timedelta(minutes=10)) == 1
    assert public_figures(session) is None
