"""The pages on which an enterprise posts a need, sees what fits, applies, and follows it."""

import csv
import io
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Connection, event
from sqlmodel import select

from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.core.db import ActorSession
from xinyidai.leads.models import Lead
from xinyidai.leads.ranking import rank_need
from xinyidai.needs.models import Need
from xinyidai.web.enterprise.needs import TOP_PRODUCTS

MONEY = {"amount_wan": "80", "term_months": "12", "purpose": "working_capital", "purpose_note": "面粉和纸箱"}
SECURITY = {"guarantees": ["credit", "guarantee"], "max_rate": "5.5", "has_existing_loans": "false"}
APPLICANT = {"applicant_role": "legal_rep", "contact_name": "王小明", "contact_phone": "13800000000"}


class Firm:
    """A noodle factory whose owner is logged in, in a city with three products."""

    def __init__(self, factory: Factory, browser: Browser) -> None:
        self.factory, self.browser = factory, browser
        self.session = factory.session
        self.enterprise = factory.enterprise()
        self.owner = factory.member_of(self.enterprise)
        self.bank = factory.institution()
        young = {"fact": "months_in_business", "op": ">=", "value": 24}
        old = {"fact": "months_in_business", "op": ">=", "value": 240}
        tax = {"fact": "tax_grade", "op": "in", "value": ["A", "B"]}
        self.fit = factory.product(self.bank, name="面条贷", criteria=[young])
        self.perhaps = factory.product(self.bank, name="纳税贷", criteria=[tax])
        self.shut = factory.product(self.bank, name="老字号贷", criteria=[old])
        self.session.commit()
        browser.log_in(self.owner.username, PASSWORD)

    def draft(self, *, steps: int = 3) -> str:
        """A draft with that many steps done; the address of the next."""
        at = self.browser.submit("/enterprise/needs/new", MONEY)
        for values in (SECURITY, APPLICANT)[: steps - 1]:
            at = self.browser.submit(at, dict(values))
        return at

    def ranked(self, now: datetime, **fields: object) -> Need:
        need = self.factory.need(self.enterprise, **fields)
        rank_need(self.session, need.id, now)
        self.session.commit()
        return need


@pytest.fixture
def firm(factory: Factory, browser: Browser) -> Firm:
    return Firm(factory, browser)


def needs(session: ActorSession) -> list[Need]:
    session.commit()  # the next transaction says anew who asks
    session.expire_all()
    return list(session.exec(select(Need)))


def test_a_need_is_posted_in_four_steps_and_its_page_waits_for_the_ranking(firm: Firm, session: ActorSession) -> None:
    at = firm.draft()
    assert at.endswith("step=4")
    page = firm.browser.page(at)
    assert all(text in page for text in ("80 万元", "12 个月", "面粉和纸箱", "王小明", "5.5%"))
    (draft,) = needs(session)
    home = firm.browser.submit(at, {"seen": draft.updated_at.isoformat(), "truth_stated": "true"})
    assert home == f"/enterprise/needs/{draft.id}"
    shown = firm.browser.page(home)
    assert f'hx-get="{home}/ranking"' in shown
    assert "HX-Refresh" not in firm.browser.get(f"{home}/ranking").headers


def test_the_waiting_page_is_told_when_the_ranking_is_there(firm: Firm, now: datetime) -> None:
    need = firm.ranked(now)
    assert firm.browser.get(f"/enterprise/needs/{need.id}/ranking").headers["HX-Refresh"] == "true"


def test_looking_at_the_empty_form_writes_nothing(firm: Firm, session: ActorSession) -> None:
    assert "/enterprise/needs/new" in firm.browser.page("/enterprise/needs")
    firm.browser.page("/enterprise/needs/new")
    assert needs(session) == []


def test_bad_input_keeps_everything_as_it_was_typed_and_saves_nothing(firm: Firm, session: ActorSession) -> None:
    typed = {**MONEY, "amount_wan": "八十", "term_months": "12.5", "purpose": ""}
    page = firm.browser.submit("/enterprise/needs/new", typed, status=422)
    for kept in ('value="八十"', 'value="12.5"', "面粉和纸箱", "#field-amount_wan", "#field-term_months"):
        assert kept in page
    assert needs(session) == []


def test_a_broker_is_told_that_brokers_cannot_post(firm: Firm) -> None:
    at = firm.draft(steps=2)
    page = firm.browser.submit(at, {**APPLICANT, "applicant_role": "broker"}, status=422)
    assert "中介" in page
    assert 'value="broker" checked' in page


def test_one_click_goes_on_with_the_draft(firm: Firm, session: ActorSession) -> None:
    assert firm.browser.submit("/enterprise/needs/new", {"amount_wan": "80", "act": "later"}) == "/enterprise/needs"
    (draft,) = needs(session)
    answer = firm.browser.get("/enterprise/needs/new", follow_redirects=False)
    assert answer.headers["location"] == f"/enterprise/needs/{draft.id}/edit?step=1"
    assert 'value="80"' in firm.browser.page(answer.headers["location"])


def test_nobody_gets_past_a_step_that_is_not_complete(firm: Firm, session: ActorSession) -> None:
    firm.browser.submit("/enterprise/needs/new", {"amount_wan": "80", "act": "later"})
    (draft,) = needs(session)
    assert "amount_wan" in firm.browser.page(f"/enterprise/needs/{draft.id}/edit?step=4")


def test_a_double_click_posts_one_need(firm: Firm, session: ActorSession) -> None:
    at = firm.draft()
    stated = {"truth_stated": "true"}
    home = firm.browser.submit(at, stated)
    assert firm.browser.submit(at, stated) == home
    assert [need.status for need in needs(session)] == ["published"]


def test_a_second_start_is_the_same_draft(firm: Firm, session: ActorSession) -> None:
    first = firm.browser.submit("/enterprise/needs/new", MONEY)
    assert firm.browser.submit("/enterprise/needs/new", {**MONEY, "amount_wan": "90"}) == first
    assert [need.amount for need in needs(session)] == [Decimal(900_000)]


def test_a_tab_left_open_cannot_change_a_posted_need(firm: Firm, session: ActorSession) -> None:
    at = firm.draft()
    (draft,) = needs(session)
    firm.browser.submit(at, {"truth_stated": "true"})
    firm.browser.submit(f"/enterprise/needs/{draft.id}/edit?step=1", {**MONEY, "amount_wan": "900"}, status=409)
    assert [need.amount for need in needs(session)] == [Decimal(800_000)]


def test_a_tab_that_shows_an_older_draft_cannot_post_it(firm: Firm, session: ActorSession, now: datetime) -> None:
    at = firm.draft()
    older = (now - timedelta(minutes=5)).isoformat()
    page = firm.browser.submit(at, {"seen": older, "truth_stated": "true"}, status=422)
    assert "另一个窗口" in page
    assert [need.status for need in needs(session)] == ["draft"]


def test_a_similar_need_is_warned_of_and_can_still_be_posted(firm: Firm, now: datetime) -> None:
    number = firm.ranked(now).number
    at = firm.draft()
    assert str(number) in firm.browser.page(at)
    assert "#field-post_anyway" in firm.browser.submit(at, {"truth_stated": "true"}, status=422)
    firm.browser.submit(at, {"truth_stated": "true", "post_anyway": "true"})


def test_a_draft_is_discarded_after_a_question(firm: Firm, session: ActorSession) -> None:
    firm.draft(steps=1)
    home = f"/enterprise/needs/{needs(session)[0].id}"
    firm.browser.page(f"{home}/discard")
    assert len(needs(session)) == 1
    firm.browser.submit(f"{home}/discard", {})
    session.expunge_all()
    assert needs(session) == []
    firm.browser.page(f"{home}/edit", status=404)


def test_the_page_ranks_and_explains(firm: Firm, now: datetime) -> None:
    need = firm.ranked(now)
    page = firm.browser.page(f"/enterprise/needs/{need.id}")
    assert page.index("面条贷") < page.index("纳税贷")
    assert "老字号贷" not in page
    everything = firm.browser.page(f"/enterprise/needs/{need.id}/products")
    assert "老字号贷" in everything
    shut = firm.browser.page(f"/enterprise/needs/{need.id}/products?verdict=ineligible")
    assert "老字号贷" in shut
    assert "面条贷" not in shut


@pytest.mark.parametrize("which", ["fit", "perhaps", "shut"])
def test_every_product_is_explained_on_its_own_page(firm: Firm, now: datetime, which: str) -> None:
    need = firm.ranked(now)
    version = getattr(firm, which)
    page = firm.browser.page(f"/enterprise/needs/{need.id}/products/{version.product_id}")
    marks = {"fit": "is-passed", "perhaps": "is-unknown", "shut": "is-failed"}
    assert f'xy-reason-group {marks[which]}"' in page
    assert ("xy-whys" in page) == (which != "shut")


def test_applying_sends_leads_and_the_page_says_who_acts_next(firm: Firm, session: ActorSession, now: datetime) -> None:
    need = firm.ranked(now)
    home = f"/enterprise/needs/{need.id}"
    chosen = [str(firm.fit.product_id), str(firm.perhaps.product_id)]
    assert firm.browser.submit(f"{home}/apply", {"product_ids": chosen}) == home
    leads = session.exec(select(Lead)).all()
    assert {str(lead.product_id) for lead in leads} == set(chosen)
    page = firm.browser.page(home)
    assert "xy-applications" in page
    assert firm.bank.name in page
    assert 'name="product_ids"' not in page


@pytest.mark.parametrize("chosen", ["none", "shut", "six"])
def test_an_impossible_choice_is_refused_at_the_list(
    firm: Firm, session: ActorSession, now: datetime, chosen: str
) -> None:
    if chosen == "six":
        for _ in range(6):
            firm.factory.product(firm.bank)
    need = firm.ranked(now)
    products = {
        "none": [],
        "shut": [str(firm.shut.product_id)],
        "six": [str(one) for one in open_products(session, need)][:6],
    }[chosen]
    page = firm.browser.submit(f"/enterprise/needs/{need.id}/apply", {"product_ids": products}, status=422)
    assert "#field-product_ids" in page
    assert session.exec(select(Lead)).all() == []
    # The page lists the best five; whoever asks for six has not ticked them there.
    assert page.count(" checked") == (TOP_PRODUCTS if chosen == "six" else 0)


def open_products(session: ActorSession, need: Need) -> list[UUID]:
    from xinyidai.leads.models import MatchResult, MatchRun  # noqa: PLC0415

    rows = session.exec(select(MatchResult).join(MatchRun).where(MatchRun.need_id == need.id))
    return [row.product_id for row in rows if row.rank]


def test_applying_twice_for_one_product_is_said_and_not_done(firm: Firm, session: ActorSession, now: datetime) -> None:
    need = firm.ranked(now)
    again = {"product_ids": [str(firm.fit.product_id)]}
    firm.browser.submit(f"/enterprise/needs/{need.id}/apply", again)
    page = firm.browser.submit(f"/enterprise/needs/{need.id}/apply", again, status=422)
    assert "已申请" in page
    assert len(session.exec(select(Lead)).all()) == 1


def test_a_refusal_shows_its_reason_in_words(firm: Firm, now: datetime) -> None:
    need = firm.ranked(now)
    firm.factory.lead(need, firm.fit, status="declined", reason="too_young", reason_note="开业不足", closed_at=now)
    firm.session.commit()
    page = firm.browser.page(f"/enterprise/needs/{need.id}")
    assert "经营年限不足" in page or "经营时间" in page
    assert "开业不足" in page


def test_a_need_is_withdrawn_after_a_question(firm: Firm, session: ActorSession, now: datetime) -> None:
    need = firm.ranked(now)
    home = f"/enterprise/needs/{need.id}"
    firm.browser.submit(f"{home}/apply", {"product_ids": [str(firm.fit.product_id)]})
    firm.browser.page(f"{home}/withdraw")
    assert [row.status for row in needs(session)] == ["published"]
    firm.browser.submit(f"{home}/withdraw", {})
    assert [row.status for row in needs(session)] == ["withdrawn"]
    assert session.exec(select(Lead.status)).all() == ["withdrawn"]
    firm.browser.page(home)
    firm.browser.submit(f"{home}/withdraw", {}, status=409)


def test_one_application_is_taken_back_and_the_product_can_be_chosen_again(
    firm: Firm, session: ActorSession, now: datetime
) -> None:
    need = firm.ranked(now)
    home = f"/enterprise/needs/{need.id}"
    firm.browser.submit(f"{home}/apply", {"product_ids": [str(firm.fit.product_id)]})
    lead = session.exec(select(Lead)).one()
    firm.browser.page(f"{home}/applications/{lead.id}/withdraw")
    firm.browser.submit(f"{home}/applications/{lead.id}/withdraw", {})
    firm.browser.page(f"{home}/applications/{lead.id}/withdraw", status=404)
    assert str(firm.fit.product_id) in firm.browser.page(home).split("xy-match-form")[1]


def test_another_enterprises_need_is_not_found_on_any_page(
    firm: Firm, factory: Factory, another_browser: Browser, now: datetime
) -> None:
    stranger = factory.member_of(factory.enterprise())
    need = firm.ranked(now)
    lead = factory.lead(need, firm.fit)
    firm.session.commit()
    draft_at = firm.draft(steps=1)
    another_browser.log_in(stranger.username, PASSWORD)
    home = f"/enterprise/needs/{need.id}"
    for path in (
        home,
        f"{home}/ranking",
        f"{home}/withdraw",
        f"{home}/products",
        f"{home}/products/export",
        f"{home}/products/{firm.fit.product_id}",
        f"{home}/applications/{lead.id}/withdraw",
        f"{home}/edit",
        draft_at,
        draft_at.replace("edit?step=2", "discard"),
    ):
        another_browser.page(path, status=404)
    for path, data in (
        (f"{home}/apply", {"product_ids": [str(firm.fit.product_id)]}),
        (f"{home}/withdraw", {}),
        (f"{home}/applications/{lead.id}/withdraw", {}),
        (draft_at, dict(SECURITY)),
        (draft_at.replace("step=2", "step=4"), {"truth_stated": "true"}),
        (draft_at.replace("edit?step=2", "discard"), {}),
    ):
        another_browser.submit(path, data, status=404)


def test_the_list_is_filtered_searched_sorted_and_exported_harmlessly(firm: Firm, now: datetime) -> None:
    firm.factory.need(firm.enterprise, number="XQ20260318-000001", purpose_note="=1+1")
    firm.factory.need(firm.enterprise, number="=HYPERLINK", status="withdrawn", closed_at=now, amount=Decimal(10_000))
    firm.session.commit()
    assert "XQ20260318-000001" not in firm.browser.page("/enterprise/needs?status=withdrawn")
    assert "HYPERLINK" not in firm.browser.page("/enterprise/needs?q=000001")
    cheapest = firm.browser.page("/enterprise/needs?sort=amount")
    assert cheapest.index("HYPERLINK") < cheapest.index("XQ20260318-000001")
    answer = firm.browser.get("/enterprise/needs/export?sort=amount")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[1][0] == "'=HYPERLINK"
    assert rows[1][2] == "1"
    assert len(rows) == 3


def test_the_ranking_is_exported(firm: Firm, now: datetime) -> None:
    need = firm.ranked(now)
    answer = firm.browser.get(f"/enterprise/needs/{need.id}/products/export")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == ["面条贷", "纳税贷", "老字号贷"]
    assert [row[0] for row in rows[1:]] == ["1", "2", ""]


def questions(connection: Connection, browser: Browser, path: str) -> int:
    asked: list[object] = []

    def note(*given: object) -> None:
        asked.append(given[2])

    event.listen(connection, "before_cursor_execute", note)
    browser.page(path)
    event.remove(connection, "before_cursor_execute", note)
    return len(asked)


def test_the_pages_ask_as_much_for_twenty_rows_as_for_one(firm: Firm, connection: Connection, now: datetime) -> None:
    need = firm.ranked(now)
    paths = ["/enterprise/needs", f"/enterprise/needs/{need.id}", f"/enterprise/needs/{need.id}/products"]
    firm.factory.lead(need, firm.fit)
    firm.session.commit()
    for path in paths:
        firm.browser.page(path)
    few = [questions(connection, firm.browser, path) for path in paths]
    for _ in range(20):
        version = firm.factory.product(firm.bank)
        firm.factory.lead(need, version)
        firm.factory.need(firm.enterprise)
    rank_need(firm.session, need.id, now + timedelta(minutes=1))
    firm.session.commit()
    assert [questions(connection, firm.browser, path) for path in paths] == few


def test_the_pages_speak_english_too(firm: Firm, now: datetime) -> None:
    need = firm.ranked(now)
    firm.browser.submit("/language", {"locale": "en", "next": "/"})
    page = firm.browser.page(f"/enterprise/needs/{need.id}")
    assert "Products for this need" in page
    assert "CNY 800,000" in page
