"""A factory owner with a telephone: from a wish to an accepted offer, and the other lender told."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine
from sqlmodel import select

from tests.browser.test_main_job import PHONE, Person
from tests.factories import Factory, actor_of
from tests.web.gallery.serving import assets_are_there
from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.validation import parse
from xinyidai.leads.claims import claim_need
from xinyidai.leads.models import Lead
from xinyidai.leads.papers import record_contact
from xinyidai.leads.service import accept_lead
from xinyidai.leads.thread.service import WritePost, write_post
from xinyidai.lending.commands import MakeOffer
from xinyidai.lending.services import make_offer
from xinyidai.needs.models import Need

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets_are_there(), reason="page assets are not fetched (run ./xyd once)"),
]

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
OFFER = {
    "amount_wan": "80",
    "term_months": "12",
    "guarantee_mode": "credit",
    "repayment_mode": "equal_instalment",
    "valid_until": "2026-04-15",
}
APPRAISAL = {"kind": "appraisal", "payee": "示范市评估有限公司", "yuan": "3000"}


@dataclass(frozen=True, slots=True)
class Lenders:
    """Two banks: the owner asks one, the other comes by itself. ``as_`` lets an officer act."""

    owner: str
    asked: Actor
    other: Actor
    as_: Callable[[Actor], AbstractContextManager[ActorSession]]
    now: datetime

    def answer_and_ask(self) -> None:
        """The bank that was asked takes its lead and has a question; the other finds the need in the pool."""
        with self.as_(SYSTEM) as session:
            need_id = session.exec(select(Need.id)).one()
        with self.as_(self.asked) as session:
            lead_id = session.exec(select(Lead.id)).one()
            accept_lead(session, self.asked, lead_id, self.now)
            record_contact(session, self.asked, lead_id, self.now)
            write_post(session, self.asked, lead_id, WritePost(text="请提交营业执照。"), [], self.now)
        with self.as_(self.other) as session:
            claim_need(session, self.other, need_id, self.now)

    def offer(self) -> None:
        """The dearer rate is the cheaper loan: the other's offer carries a fee."""
        self._offer(self.asked, annual_rate="3.85")
        self._offer(self.other, annual_rate="3.65", fees=[APPRAISAL])

    def _offer(self, officer: Actor, **terms: object) -> UUID:
        with self.as_(officer) as session:
            lead_id = session.exec(select(Lead.id)).one()
            return make_offer(session, officer, lead_id, parse(MakeOffer, {**OFFER, **terms}), self.now).id


@pytest.fixture
def lenders(own_engine: Engine, now: datetime) -> Lenders:
    with unit_of_work(own_engine, SYSTEM) as session:
        factory = Factory(session, now)
        asked, other = factory.institution(name="示范市商业银行"), factory.institution(name="示范农村商业银行")
        factory.product(asked, name="面业贷", rate_min="3.40")
        factory.product(other, name="税信贷", rate_min="3.40")
        return Lenders(
            owner=factory.member_of(factory.enterprise(name="枣庄长寿面业有限公司")).username,
            asked=actor_of(factory.officer_of(asked)),
            other=actor_of(factory.officer_of(other)),
            as_=lambda actor: unit_of_work(own_engine, actor),
            now=now,
        )


def test_an_owner_finds_the_cheaper_of_two_loans_on_a_telephone(
    chromium: Browser, site: str, pictures: Path, lenders: Lenders, tmp_path: Path
) -> None:
    owner = Person(chromium, site, pictures, lenders.owner, width=PHONE, locale="en")
    post_a_need_open_to_claims(owner)
    apply_with_consent(owner)
    lenders.answer_and_ask()
    answer_with_a_paper(owner, tmp_path)
    lenders.offer()
    compare_and_accept(owner)
    see_the_other_lead_closed(owner)
    read_the_messages(owner)


def post_a_need_open_to_claims(owner: Person) -> None:
    page = owner.page
    owner.open("/enterprise/needs/new")
    page.fill("[name=amount_wan]", "80")
    page.fill("[name=term_months]", "12")
    page.select_option("[name=purpose]", "working_capital")
    owner.click("Save and go on")
    page.check("[name=guarantees][value=guarantee]")
    page.check("[name=has_existing_loans][value=false]")
    owner.click("Save and go on")
    page.check("[name=applicant_role][value=legal_rep]")
    page.fill("[name=contact_name]", "周建国")
    page.fill("[name=contact_phone]", "13800000000")
    owner.click("Save and go on")
    page.check("[name=open_to_claims]")
    page.check("[name=truth_stated]")
    owner.click("Post the need")
    expect(page.locator(".xy-matches > li")).to_have_count(2, timeout=20_000)


def apply_with_consent(owner: Person) -> None:
    page = owner.page
    course = page.locator(".xy-card", has_text="Course of this need")
    expect(course).to_contain_text("You posted the need.")
    page.locator(".xy-matches > li", has_text="面业贷").locator("[name=product_ids]").check()
    page.get_by_text("Let the lenders you apply to read some of your data").click()
    page.check("[name=share][value=tax]")
    owner.picture("apply-with-consent")
    owner.click("Apply for the ticked products")
    expect(page.locator(".xy-applications")).to_contain_text("示范市商业银行")
    expect(page.locator(".xy-now-box")).to_contain_text("It is the lender's turn")
    owner.open("/enterprise/consents")
    expect(page.locator("main")).to_contain_text("示范市商业银行")
    owner.picture("consented")


def answer_with_a_paper(owner: Person, folder: Path) -> None:
    page = owner.page
    licence = folder / "营业执照.pdf"
    licence.write_bytes(PDF)
    owner.open("/enterprise/needs")
    page.locator("main tbody a").first.click()
    asked = page.locator(".xy-applications > li", has_text="示范市商业银行")
    expect(asked.locator(".xy-unread")).to_contain_text("1")
    expect(page.locator(".xy-applications > li", has_text="示范农村商业银行")).to_be_visible()
    owner.picture("two-lenders")
    asked.get_by_role("link", name="Questions and answers").click()
    expect(page.locator(".xy-thread")).to_contain_text("请提交营业执照。")
    page.fill("[name=text]", "附上，请查收。")
    page.set_input_files("[name=files]", licence)
    owner.click("Send")
    expect(page.locator(".xy-thread")).to_contain_text("营业执照.pdf")
    owner.picture("thread")
    page.locator(".xy-crumbs a").last.click()


def compare_and_accept(owner: Person) -> None:
    page = owner.page
    page.reload()
    owner.click("Compare the offers")
    table = page.locator(".xy-compare")
    best = table.get_by_role("row", name="All-in rate a year").locator(".is-best")
    expect(best).to_have_attribute("data-label", "示范市商业银行")
    expect(table).to_contain_text("示范市评估有限公司")
    owner.picture("compared")
    table.get_by_role("link", name="Cost sheet").first.click()
    expect(page.locator("body")).to_contain_text("What it costs in all")
    owner.picture("cost-sheet")
    page.go_back()
    owner.click("示范市商业银行")
    owner.click("Accept this offer")
    owner.click("Yes, accept it")
    expect(page.locator("main")).to_contain_text("You have accepted this offer.")


def see_the_other_lead_closed(owner: Person) -> None:
    page = owner.page
    page.locator(".xy-crumbs a").last.click()
    other = page.locator(".xy-applications > li", has_text="示范农村商业银行")
    expect(other.locator(".xy-application-state")).to_contain_text("no agreement")
    expect(page.locator(".xy-applications > li", has_text="示范市商业银行")).to_contain_text("offer accepted")
    owner.picture("accepted")


def read_the_messages(owner: Person) -> None:
    page = owner.page
    page.get_by_role("banner").get_by_role("link", name="Messages").click()
    expect(page.locator(".xy-messages")).to_contain_text("示范农村商业银行")
    expect(page.locator(".xy-message.is-unread").first).to_be_visible()
    owner.picture("messages")
    page.locator(".xy-message", has_text="示范市商业银行").first.get_by_role("button", name="Open").click()
    expect(page.locator("h1")).to_be_visible()
    owner.open("/messages")
    owner.click("Mark all as read")
    expect(page.locator(".xy-message.is-unread")).to_have_count(0)
