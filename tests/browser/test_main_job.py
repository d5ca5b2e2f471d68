"""The main job, from need to money, as four people walk through it in a real browser."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from sqlalchemy import Engine

from tests.factories import PASSWORD, Factory
from tests.web.gallery.serving import assets_are_there
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.db import unit_of_work

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets_are_there(), reason="page assets are not fetched (run ./xyd once)"),
]

PHONE, DESK = 360, 1440


@dataclass(frozen=True, slots=True)
class Town:
    """Who is in the story, by username."""

    owner: str
    officer: str
    office: str


@pytest.fixture
def town(own_engine: Engine, now: datetime) -> Town:
    with unit_of_work(own_engine, SYSTEM) as session:
        factory = Factory(session, now)
        bank, rival = factory.institution(name="示范市商业银行"), factory.institution(name="示范农村商业银行")
        factory.product(bank, name="面业贷", criteria=[{"fact": "industry", "op": "prefix_in", "value": ["C14"]}])
        unknown = [{"fact": "tax_grade", "op": "in", "value": ["A", "B", "M"]}]
        factory.product(rival, name="税信贷", criteria=unknown, rate_min=Decimal("3.10"))
        factory.product(rival, name="大户贷", amount_min=Decimal(50_000_000), amount_max=Decimal(90_000_000))
        factory_owner = factory.member_of(factory.enterprise(name="枣庄长寿面业有限公司"))
        return Town(factory_owner.username, factory.officer_of(bank).username, factory.user(Role.OFFICE_STAFF).username)


class Person:
    """Somebody at a browser of their own, in one language and at one width."""

    def __init__(self, chromium: Browser, site: str, pictures: Path, username: str, *, width: int, locale: str) -> None:
        self._context = chromium.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        self._context.add_cookies([{"name": "xyd_locale", "value": locale, "url": site}])
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(15_000)
        self._faults: list[str] = []
        self.page.on("pageerror", lambda error: self._faults.append(str(error)))
        self.page.on("console", self._note)
        self._site, self._pictures, self._name = site, pictures, f"{username}-{width}-{locale}"
        self._taken = 0
        self.page.goto(f"{site}/login")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.locator("main form button").first.click()

    def _note(self, line: ConsoleMessage) -> None:
        # Refused input answers 422, which the browser's console calls a failure.
        if line.type == "error" and "422" not in line.text:
            self._faults.append(line.text)

    def picture(self, what: str) -> None:
        """Keep what the person sees, and hold the page to its width and to a quiet console."""
        self._taken += 1
        self.page.screenshot(path=self._pictures / f"{self._name}-{self._taken:02}-{what}.png", full_page=True)
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{what} is {wide} px wider than the window"
        assert self._faults == [], what

    def click(self, name: str) -> None:
        self.page.get_by_role("link", name=name).or_(self.page.get_by_role("button", name=name)).first.click()

    def open(self, path: str) -> None:
        self.page.goto(f"{self._site}{path}")


def test_from_need_to_money(chromium: Browser, site: str, pictures: Path, town: Town) -> None:
    office = Person(chromium, site, pictures, town.office, width=DESK, locale="en")
    office.picture("before")
    expect(office.page.locator("main")).not_to_contain_text("CNY 500,000")

    owner = Person(chromium, site, pictures, town.owner, width=PHONE, locale="en")
    post_the_need(owner)
    see_why_and_apply(owner)

    officer = Person(chromium, site, pictures, town.officer, width=DESK, locale="en")
    take_the_lead_and_offer(officer)
    accept_the_offer(owner)
    grant_and_pay_out(officer)

    owner.open("/enterprise/needs")
    expect(owner.page.locator("main")).to_contain_text("disbursed")
    office.open("/office")
    expect(office.page.locator("main")).to_contain_text("CNY 500,000")
    office.picture("after")
    office.open("/office/disbursements")
    expect(office.page.locator("main")).to_contain_text("枣庄长寿面业有限公司")
    expect(office.page.locator("main")).to_contain_text("FK-2026-001")
    office.picture("payouts")


def post_the_need(owner: Person) -> None:
    page = owner.page
    owner.picture("no-needs-yet")
    owner.open("/enterprise/needs/new")
    page.fill("[name=amount_wan]", "eighty")
    page.fill("[name=term_months]", "12")
    page.select_option("[name=purpose]", "working_capital")
    owner.click("Save and go on")
    # What cannot be read is said at the field, and stays as it was typed.
    expect(page.locator("[name=amount_wan]")).to_have_value("eighty")
    expect(page.locator("[name=amount_wan]")).to_have_attribute("aria-invalid", "true")
    owner.picture("not-a-number")
    page.fill("[name=amount_wan]", "80")
    owner.click("Save and go on")
    page.check("[name=guarantees][value=guarantee]")
    page.check("[name=has_existing_loans][value=false]")
    owner.click("Save and go on")
    page.check("[name=applicant_role][value=legal_rep]")
    page.fill("[name=contact_name]", "周建国")
    page.fill("[name=contact_phone]", "13800000000")
    owner.click("Save and go on")
    page.check("[name=truth_stated]")
    owner.picture("check")
    owner.click("Post the need")


def see_why_and_apply(owner: Person) -> None:
    page = owner.page
    # The ranking runs in the worker; the page shows it as soon as it is there.
    expect(page.locator(".xy-matches > li")).to_have_count(2, timeout=20_000)
    first, second = page.locator(".xy-matches > li").all()
    expect(first).to_contain_text("面业贷")
    expect(second).to_contain_text("税信贷")
    owner.picture("ranked")
    first.locator("[name=product_ids]").check()
    owner.click("Apply for the ticked products")
    expect(page.locator("main")).to_contain_text("示范市商业银行")
    owner.picture("applied")


def take_the_lead_and_offer(officer: Person) -> None:
    page = officer.page
    officer.picture("inbox")
    officer.click("枣庄长寿面业有限公司")
    officer.picture("lead")
    officer.click("Take this lead")
    officer.click("Make an offer")
    page.fill("[name=amount_wan]", "60")
    page.fill("[name=annual_rate]", "3.85")
    page.fill("[name=term_months]", "12")
    page.fill("[name=valid_until]", "2026-04-15")
    page.select_option("[name=guarantee_mode]", "credit")
    page.select_option("[name=repayment_mode]", "equal_instalment")
    officer.click("Make this offer")
    officer.picture("offered")


def accept_the_offer(owner: Person) -> None:
    owner.page.reload()
    owner.picture("offer-arrived")
    owner.click("Look at it and answer")
    owner.picture("offer")
    owner.click("Accept this offer")
    owner.click("Yes, accept it")


def grant_and_pay_out(officer: Person) -> None:
    page = officer.page
    page.reload()
    officer.click("Grant the credit line")
    page.fill("[name=amount_wan]", "60")
    page.fill("[name=contract_number]", "SX-2026-001")
    page.fill("[name=approved_on]", "2026-03-18")
    page.fill("[name=expires_on]", "2027-03-18")
    page.locator("main form button.btn-primary").first.click()
    page.fill("[name=amount_wan]", "60.01")
    page.fill("[name=paid_on]", "2026-03-18")
    page.fill("[name=external_reference]", "FK-2026-001")
    officer.click("Record the payout")
    # More than the line holds is refused, and nothing is recorded.
    expect(page.locator("[name=amount_wan]")).to_have_value("60.01")
    page.fill("[name=amount_wan]", "50")
    officer.click("Record the payout")
    expect(page.locator("main")).to_contain_text("FK-2026-001")
    officer.picture("paid")


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_first_pages_of_every_role_fit_their_window(
    chromium: Browser, site: str, pictures: Path, town: Town, width: int, locale: str
) -> None:
    for username in (town.owner, town.officer, town.office):
        person = Person(chromium, site, pictures, username, width=width, locale=locale)
        person.open("/start")
        person.picture("start")
        person.open("/products")
        person.picture("products")
