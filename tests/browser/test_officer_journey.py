"""An officer at a desk who uses the keys alone: from the inbox to money, the pool, a colleague, and the table."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from tests.browser.keyboard import Keyboard
from tests.browser.test_main_job import DESK, Person
from tests.factories import Factory, actor_of
from tests.web.gallery.serving import assets_are_there
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.db import unit_of_work
from xinyidai.leads.models import Lead
from xinyidai.leads.ranking import rank_need
from xinyidai.lending.offer_queries import offers_of_need
from xinyidai.lending.services import accept_offer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets_are_there(), reason="page assets are not fetched (run ./xyd once)"),
]

OURS, TO_HAND_ON, FOR_THE_TABLE = "枣庄长寿面业有限公司", "滕州锅饼食品有限公司", "薛城石榴饮品有限公司"


@dataclass(frozen=True, slots=True)
class Desk:
    """Three leads that wait for an answer and one need in the pool."""

    officer: str
    owner: Actor
    need_id: UUID
    leads: dict[str, UUID]
    engine: Engine
    now: datetime

    def owner_accepts(self) -> None:
        with unit_of_work(self.engine, self.owner) as session:
            (offer,) = offers_of_need(session, self.need_id)
            accept_offer(session, self.owner, offer.id, self.now)

    def status(self, name: str) -> str:
        with unit_of_work(self.engine, SYSTEM) as session:
            return session.get_one(Lead, self.leads[name]).status


@pytest.fixture
def desk(own_engine: Engine, now: datetime) -> Desk:
    with unit_of_work(own_engine, SYSTEM) as session:
        factory = Factory(session, now)
        bank = factory.institution(name="示范市商业银行")
        product = factory.product(bank, name="面业贷")
        owners = {name: factory.enterprise(name=name) for name in (OURS, TO_HAND_ON, FOR_THE_TABLE)}
        needs = {name: factory.need(owner) for name, owner in owners.items()}
        pooled = factory.need(factory.enterprise(name="山亭花椒调味品有限公司"), open_to_claims=True)
        rank_need(session, pooled.id, now)
        factory.user(Role.INSTITUTION_OFFICER, institution_id=bank.id, display_name="张敏")
        return Desk(
            officer=factory.officer_of(bank).username,
            owner=actor_of(factory.member_of(owners[OURS])),
            need_id=needs[OURS].id,
            leads={name: factory.lead(need, product).id for name, need in needs.items()},
            engine=own_engine,
            now=now,
        )


@pytest.fixture
def officer(chromium: Browser, site: str, pictures: Path, desk: Desk) -> Person:
    return Person(chromium, site, pictures, desk.officer, width=DESK, locale="en")


def main(page: Page, *texts: str) -> None:
    """Wait until the page says all of this."""
    for text in texts:
        expect(page.locator("main")).to_contain_text(text)


def test_a_lead_goes_from_the_inbox_to_money_with_the_keys_alone(officer: Person, desk: Desk) -> None:
    keys = Keyboard(officer.page)
    expect(officer.page.get_by_role("link", name="To answer 3")).to_be_visible()
    keys.follow(OURS)
    work_on_the_lead(officer, keys)
    offer_with_a_fee(officer, keys)
    desk.owner_accepts()
    officer.page.reload()
    grant_and_pay_in_two_tranches(officer, keys)
    reverse_the_second(officer, keys)


def work_on_the_lead(officer: Person, keys: Keyboard) -> None:
    keys.follow("Take this lead")
    main(officer.page, "Contact the enterprise by")
    keys.follow("I have spoken with the enterprise")
    main(officer.page, "enterprise contacted")
    keys.follow("Ask the enterprise for papers")
    keys.fill(papers="Tax return of last year")
    keys.follow("Ask the enterprise for papers")
    main(officer.page, "Your clock has stood still since", "Tax return of last year")
    officer.picture("papers-awaited")
    keys.follow("The papers are complete")
    main(officer.page, "Make an offer, or say why not, by")


def offer_with_a_fee(officer: Person, keys: Keyboard) -> None:
    page = officer.page
    keys.follow("Make an offer")
    keys.fill(amount_wan="60", annual_rate="3.85", term_months="12", valid_until="04152026")
    keys.fill(guarantee_mode="unsecured", repayment_mode="equal instalment")
    keys.fill(fee_kind_1="appraisal", fee_value_1="3000", fee_basis_1="yuan", fee_payee_1="Appraisers Ltd")
    officer.picture("offer-filled-in")
    keys.follow("Make this offer")
    main(page, "Your offer is with the enterprise.", "Appraisers Ltd", "CNY 3,000.00")
    officer.picture("offered")


def grant_and_pay_in_two_tranches(officer: Person, keys: Keyboard) -> None:
    page = officer.page
    keys.follow("Grant the credit line")
    keys.fill(amount_wan="60", contract_number="SX-2026-001", approved_on="03182026", expires_on="03182027")
    keys.follow("Grant the credit line")
    main(page, "Nothing paid out yet")
    keys.fill(amount_wan="40", paid_on="03182026", external_reference="FK-1")
    keys.follow("Record the payout")
    main(page, "FK-1", "CNY 200,000.00 is left of the line.")
    keys.fill(amount_wan="20", paid_on="03182026", external_reference="FK-2")
    keys.follow("Record the payout")
    main(page, "FK-2", "The line is paid out in full.")
    officer.picture("two-tranches")


def reverse_the_second(officer: Person, keys: Keyboard) -> None:
    page = officer.page
    keys.reach(page.get_by_role("row", name="FK-2").get_by_role("link", name="Reverse"))
    page.keyboard.press("Enter")
    keys.fill(reason="wrong account")
    keys.follow("Yes, reverse it")
    main(page, "wrong account", "reversed", "CNY 200,000.00 is left of the line.")
    officer.picture("reversed")


def test_a_need_from_the_pool_and_a_lead_for_a_colleague(officer: Person, desk: Desk) -> None:
    keys, page = Keyboard(officer.page), officer.page
    officer.open("/institution/pool")
    # Nobody's name stands in the pool; whoever takes the need up reads it.
    expect(page.locator("main")).not_to_contain_text("山亭花椒调味品有限公司")
    keys.follow("Claim this need")
    main(page, "山亭花椒调味品有限公司")
    officer.picture("taken-up")

    officer.open("/institution/leads")
    keys.follow(TO_HAND_ON)
    keys.follow("Hand over")
    keys.fill(user_id="张敏", note="Your branch knows them.")
    keys.follow("Hand over")
    main(page, "张敏", "Your branch knows them.")
    officer.picture("handed-over")


def test_a_table_comes_back_as_a_trial_and_for_real(officer: Person, desk: Desk, tmp_path: Path) -> None:
    keys, page = Keyboard(officer.page), officer.page
    officer.open("/institution/exchange")
    with page.expect_download() as download:
        keys.follow("CSV table")
    filled = tmp_path / "leads.csv"
    filled.write_text(filled_in(Path(download.value.path()).read_text("utf-8-sig"), FOR_THE_TABLE), "utf-8")

    keys.choose_file("file", filled)
    expect(page.locator("[name=trial]")).to_be_checked()
    keys.follow("Bring back")
    main(page, "This was a trial run: nothing was kept.", "No row was refused.")
    officer.picture("trial")
    assert desk.status(FOR_THE_TABLE) == "sent"

    keys.follow("Bring back another table")
    keys.choose_file("file", filled)
    keys.tick("[name=trial]")
    keys.follow("Bring back")
    main(page, "No row was refused.")
    officer.picture("for-real")
    assert desk.status(FOR_THE_TABLE) == "accepted"


def filled_in(table: str, enterprise: str) -> str:
    """The table as the bank sends it back: it takes the lead of this enterprise."""
    head, *rows = csv.reader(io.StringIO(table))
    answer = next(place for place, title in enumerate(head) if title.startswith("Answer ("))
    for row in rows:
        if enterprise in row:
            row[answer] = "accept"
    kept = io.StringIO()
    csv.writer(kept).writerows([head, *rows])
    return kept.getvalue()
