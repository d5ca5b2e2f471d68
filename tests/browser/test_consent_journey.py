"""From a department's file to a figure that a lender reads, and back, as long as the enterprise allows."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from tests.browser.test_main_job import DESK, PHONE, Person
from tests.factories import Factory
from tests.web.gallery.serving import assets_are_there
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.db import unit_of_work
from xinyidai.leads.ranking import rank_need

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets_are_there(), reason="page assets are not fetched (run ./xyd once)"),
]

MONTHS = ("202503", "202504", "202505", "202506", "202507", "202508", "202509", "202510", "202511", "202512",
          "202601", "202602")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    clerk: str
    owner: str
    officer: str
    usci: str
    lead_id: UUID
    need_id: UUID


@pytest.fixture
def story(own_engine: Engine, now: datetime) -> Story:
    """A need that a bank has before it; one product on sale waits for the revenue declared for tax."""
    with unit_of_work(own_engine, SYSTEM) as session:
        factory = Factory(session, now)
        bank = factory.institution(name="示范市商业银行")
        asked = {"fact": "declared_revenue_12m", "op": ">=", "value": 5_000_000}
        factory.product(bank, name="流水贷", criteria=[asked])
        enterprise = factory.enterprise(name="枣庄长寿面业有限公司")
        need = factory.need(enterprise)
        lead = factory.lead(need, factory.product(bank, name="面业贷"))
        rank_need(session, need.id, now)
        return Story(
            clerk=factory.user(Role.SOURCE_CLERK, source_unit="市税务局").username,
            owner=factory.member_of(enterprise).username,
            officer=factory.officer_of(bank).username,
            usci=str(enterprise.usci),
            lead_id=lead.id,
            need_id=need.id,
        )


def test_a_file_is_read_by_a_lender_as_long_as_the_enterprise_allows(
    chromium: Browser, site: str, pictures: Path, story: Story, tmp_path: Path
) -> None:
    clerk = Person(chromium, site, pictures, story.clerk, width=DESK, locale="en")
    deliver(clerk, story, tmp_path)
    officer = Person(chromium, site, pictures, story.officer, width=DESK, locale="en")
    lead = f"/institution/leads/{story.lead_id}"
    officer.open(lead)
    expect(officer.page.locator("main")).to_contain_text("Not opened to you")
    expect(officer.page.locator("main")).not_to_contain_text("sales revenue")
    officer.page.check("[name=families][value=tax]")
    officer.click("Ask the enterprise for consent")
    officer.picture("asked")

    owner = Person(chromium, site, pictures, story.owner, width=PHONE, locale="en")
    see_the_score_with_its_reasons(owner)
    give_what_was_asked_for(owner)

    officer.open(lead)
    expect(officer.page.locator("main")).to_contain_text("sales revenue")
    expect(officer.page.locator("main")).to_contain_text("12,000,000")
    expect(officer.page.locator("main")).to_contain_text("Credit picture of this platform")
    expect(officer.page.locator(".xy-factors").first).to_contain_text("市税务局")
    officer.picture("opened")

    owner.open("/enterprise/data-reads")
    expect(owner.page.locator("main")).to_contain_text("示范市商业银行")
    owner.picture("who-looked")
    revoke(owner)

    officer.open(lead)
    expect(officer.page.locator("main")).to_contain_text("Not opened to you")
    expect(officer.page.locator("main")).not_to_contain_text("12,000,000")
    expect(officer.page.locator(".xy-factors").first).not_to_contain_text("市税务局")
    officer.picture("shut-again")


def deliver(clerk: Person, story: Story, folder: Path) -> None:
    lines = [f"{story.usci},{month},1000000,30000" for month in MONTHS]
    file = folder / "tax.csv"
    file.write_text("\n".join(["统一社会信用代码,统计时间,销售收入,税额总额", *lines]) + "\n")
    clerk.page.select_option("[name=dataset]", "tax_monthly_summary")
    clerk.page.set_input_files("[name=file]", file)
    clerk.page.get_by_role("button", name="Deliver").first.click()
    expect(clerk.page.locator("main")).to_contain_text("12")
    clerk.picture("delivered")


def see_the_score_with_its_reasons(owner: Person) -> None:
    """The worker computes it after the delivery."""
    score = owner.page.get_by_text("Credit picture of this platform").first
    for _ in range(20):
        owner.open("/enterprise/credit")
        if score.is_visible():
            break
        owner.page.wait_for_timeout(500)
    expect(score).to_be_visible()
    expect(owner.page.locator(".xy-factors").first).to_be_visible()
    owner.picture("own-score")


def give_what_was_asked_for(owner: Person) -> None:
    page = owner.page
    owner.open("/enterprise/consents")
    owner.picture("a-lender-asks")
    owner.click("Look and decide")
    owner.picture("the-wish")
    owner.click("Choose data and read the words")
    page.check("[name=datasets][value=tax_monthly_summary]")
    owner.click("Give this consent")
    # The words were not agreed to: nothing is given, and nothing is lost.
    expect(page.locator("[name=datasets][value=tax_monthly_summary]")).to_be_checked()
    owner.picture("not-agreed-yet")
    page.check("[name=agreed]")
    owner.click("Give this consent")
    expect(page.locator("main")).to_contain_text("SQ2026")
    owner.picture("receipt")


def revoke(owner: Person) -> None:
    owner.open("/enterprise/consents")
    owner.picture("consents")
    owner.page.locator("table").get_by_role("link", name="Revoke it").first.click()
    owner.picture("revoke")
    owner.click("Yes, revoke it")
    expect(owner.page.locator("main")).to_contain_text("revoked by the enterprise")


def test_one_tap_on_the_need_opens_data_for_the_ranking(
    chromium: Browser, site: str, pictures: Path, story: Story
) -> None:
    owner = Person(chromium, site, pictures, story.owner, width=PHONE, locale="zh_CN")
    owner.open(f"/enterprise/needs/{story.need_id}")
    owner.picture("what-is-unknown")
    owner.click("全部同意授权")
    expect(owner.page.locator("main")).not_to_contain_text("全部同意授权")
    owner.open("/enterprise/consents")
    expect(owner.page.locator("main")).to_contain_text("本平台")
    owner.picture("consents")


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_pages_of_consents_fit_their_window(
    chromium: Browser, site: str, pictures: Path, story: Story, width: int, locale: str
) -> None:
    owner = Person(chromium, site, pictures, story.owner, width=width, locale=locale)
    for name, path in (
        ("empty", "/enterprise/consents"),
        ("choose", "/enterprise/consents/new"),
        ("give", "/enterprise/consents/new?purpose=ranking"),
        ("reads", "/enterprise/data-reads"),
        ("need", f"/enterprise/needs/{story.need_id}"),
        ("need-products", f"/enterprise/needs/{story.need_id}/products"),
    ):
        owner.open(path)
        owner.picture(name)
    officer = Person(chromium, site, pictures, story.officer, width=width, locale=locale)
    officer.open(f"/institution/leads/{story.lead_id}")
    officer.picture("lead")
