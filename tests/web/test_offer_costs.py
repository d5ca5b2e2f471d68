"""Fees, cost sheets, comparison, and the two kinds of offers, over HTTP."""

import re
from datetime import datetime
from decimal import Decimal

import pytest
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import PASSWORD, Factory
from tests.lending_scene import LendingScene
from tests.web.conftest import Browser
from xinyidai.core.actor import SYSTEM
from xinyidai.lending.models import Offer, OfferFee, RiskPool, RiskShare
from xinyidai.messages.models import Message

FEE = {
    "fee_kind_1": "appraisal",
    "fee_value_1": "1",
    "fee_basis_1": "percent",
    "fee_payee_1": "枣庄评估事务所",
    "fee_due_1": "upfront",
    "fee_method_1": "deducted",
}


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


@pytest.fixture
def officer(scene: LendingScene, browser: Browser) -> Browser:
    browser.log_in(scene.officer_users[0].username, PASSWORD)
    return browser


@pytest.fixture
def member(scene: LendingScene, another_browser: Browser) -> Browser:
    another_browser.log_in(scene.member_user.username, PASSWORD)
    return another_browser


def make_offer(scene: LendingScene, officer: Browser, **fields: object) -> str:
    """Over the form, from an untaken lead; the offer's id."""
    lead = f"/institution/leads/{scene.leads[0].id}"
    officer.submit(f"{lead}/accept", {})
    officer.submit(f"{lead}/offer", {**scene.offer_form(), **fields})
    return str(next(iter(scene.state()["offers"])))


def told(scene: LendingScene) -> list[str]:
    with scene.sessions.as_(SYSTEM) as session:
        return list(session.exec(select(Message.kind).order_by(Message.id)))  # type: ignore[arg-type]


def sheet_of(page: str) -> str:
    """What is printed, without the link back and the menus that differ by reader."""
    body = page[page.index("<h1") : page.index("xy-sheet-foot")]
    return re.sub(r"\s+", " ", body)


def test_the_cost_sheet_of_both_sides_is_the_same_to_the_fen(
    scene: LendingScene, officer: Browser, member: Browser
) -> None:
    offer_id = make_offer(scene, officer, amount_wan="100", annual_rate="3.45", **FEE)
    theirs = officer.page(f"/institution/offers/{offer_id}/cost-sheet")
    ours = member.page(f"/enterprise/offers/{offer_id}/cost-sheet")
    assert sheet_of(theirs) == sheet_of(ours)
    for figure in (
        "84,898.82",
        "84,898.83",
        "18,785.85",
        "28,785.85",
        "990,000.00",
        "5.32%",
        "5.46%",
        "枣庄评估事务所",
    ):
        assert figure in ours
    for day in ("2026-03-18", "2026-04-18", "2027-03-18"):
        assert f">{day}<" in ours
    member.submit("/language", {"locale": "en", "next": "/"})
    assert "All-in rate a year, nominal" in member.page(f"/enterprise/offers/{offer_id}/cost-sheet")


@pytest.mark.parametrize(
    "mode", ["equal_principal", "interest_monthly", "interest_quarterly", "bullet", "revolving", "by_stages"]
)
def test_every_repayment_mode_has_a_sheet_that_says_what_it_knows(
    scene: LendingScene, officer: Browser, factory: Factory, mode: str
) -> None:
    scene.products[0].repayment_modes = [mode]
    factory._save(scene.products[0])
    factory.session.commit()
    offer_id = make_offer(scene, officer, amount_wan="100", annual_rate="3.45", repayment_mode=mode)
    page = officer.page(f"/institution/offers/{offer_id}/cost-sheet")
    if mode == "by_stages":
        assert "以合同为准" in page
        assert "data-chart" not in page
    else:
        assert {"equal_principal": "18,687.50"}.get(mode, "34,500.00") in page
    assert ("最高成本" in page) is (mode == "revolving")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fee_value_1", "-1"),
        ("fee_value_1", "0"),
        ("fee_value_1", "40"),
        ("fee_value_1", "很多"),
        ("fee_value_1", ""),
        ("fee_payee_1", ""),
        ("fee_kind_1", "bribe"),
        ("fee_due_1", "never"),
        ("fee_due_1", "monthly"),  # kept back from the payout
    ],
)
def test_a_wrong_fee_is_told_at_its_own_field_and_nothing_is_offered(
    scene: LendingScene, officer: Browser, field: str, value: str
) -> None:
    lead = f"/institution/leads/{scene.leads[0].id}"
    officer.submit(f"{lead}/accept", {})
    before = scene.state()
    page = officer.submit(f"{lead}/offer", {**scene.offer_form(), **FEE, field: value}, status=422)
    assert set(re.findall(r'id="error-(\w+)"', page)) == {field}
    assert "枣庄评估事务所" in page or field == "fee_payee_1"
    assert scene.state() == before


def test_fees_that_eat_up_the_loan_are_refused(scene: LendingScene, officer: Browser) -> None:
    lead = f"/institution/leads/{scene.leads[0].id}"
    officer.submit(f"{lead}/accept", {})
    form = {**scene.offer_form(), **FEE, "fee_basis_1": "yuan", "fee_value_1": "800000"}
    assert 'id="error-fees"' in officer.submit(f"{lead}/offer", form, status=422)


def test_an_indicative_offer_looks_different_and_cannot_be_accepted(
    scene: LendingScene, officer: Browser, member: Browser
) -> None:
    offer_id = make_offer(scene, officer, kind="indicative", **FEE)
    path = f"/enterprise/offers/{offer_id}"
    page = member.page(path)
    assert "意向报价" in page
    assert f"{path}/accept" not in page
    assert member.get(f"{path}/accept", follow_redirects=False).headers["location"] == path
    before = scene.state()
    assert "不具约束力" in member.submit(f"{path}/accept", {}, status=409)
    assert scene.state() == before
    # Asked twice is asked once.
    member.submit(f"{path}/ask-binding", {})
    member.submit(f"{path}/ask-binding", {})
    assert told(scene).count("lending.binding_asked") == 1

    form = officer.page(f"/institution/offers/{offer_id}/make-binding")
    assert "枣庄评估事务所" in form
    officer.submit(f"/institution/offers/{offer_id}/make-binding", {**scene.offer_form(annual_rate="4.1"), **FEE})
    state = scene.state()
    assert state["leads"][0] == "offered"
    firm = next(str(key) for key, status in state["offers"].items() if status == "open")
    assert sorted(state["offers"].values()) == ["open", "replaced"]
    # Both old pages answer with the present state.
    officer.submit(f"/institution/offers/{offer_id}/make-binding", scene.offer_form(), status=409)
    member.submit(f"{path}/ask-binding", {}, status=409)
    member.submit(f"/enterprise/offers/{firm}/ask-binding", {}, status=409)
    assert scene.state() == state
    member.submit(f"/enterprise/offers/{firm}/accept", {})
    assert scene.state()["leads"][0] == "offer_accepted"
    assert "lending.offer_accepted" in told(scene)


def test_the_database_itself_accepts_no_indicative_offer(
    scene: LendingScene, officer: Browser, factory: Factory
) -> None:
    offer = factory.session.get_one(Offer, make_offer(scene, officer, kind="indicative"))
    offer.status, offer.decided_at = "accepted", scene.now
    with pytest.raises(Exception, match="only_binding_is_accepted"):
        factory.session.flush()


def test_offers_stand_side_by_side_and_the_best_of_each_line_is_marked(
    scene: LendingScene, officer: Browser, member: Browser
) -> None:
    path = f"/enterprise/needs/{scene.need.id}/offers"
    assert "暂无有效报价" in member.page(path)
    # Cheap by its rate, dear by its fee.
    make_offer(scene, officer, annual_rate="3.5", **{**FEE, "fee_value_1": "2"})
    plain = scene.offer(1, annual_rate="4.5")
    page = member.page(path)
    best = {
        label: re.findall(r'data-label="([^"]+)" class="is-best"', row)
        for label, row in re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', page, re.DOTALL)
    }
    first, second = (bank.name for bank in scene.banks)
    assert best["年利率"] == [first]
    assert best["综合年化成本率"] == best["利息与费用合计"] == best["费用"] == [second]
    assert best["贷款金额"] == best["有效期至"] == []
    assert path in member.page(f"/enterprise/needs/{scene.need.id}")
    member.submit(f"/enterprise/offers/{plain}/accept", {})
    assert sorted(scene.state()["offers"].values()) == ["accepted", "declined"]
    assert "lending.other_offer_taken" in told(scene)
    assert "已关闭的报价" in member.page(path)


def test_offers_of_other_amounts_are_not_compared_in_yuan(scene: LendingScene, member: Browser) -> None:
    scene.offer(0, amount_wan="50")
    scene.offer(1, amount_wan="80")
    page = member.page(f"/enterprise/needs/{scene.need.id}/offers")
    assert "不能直接比较" in page
    assert page.count('class="is-best"') == 1


def test_offers_paid_back_in_other_ways_have_no_best_cost_and_show_what_is_due_at_the_end(
    scene: LendingScene, member: Browser, factory: Factory
) -> None:
    scene.products[1].repayment_modes = ["interest_monthly"]
    factory._save(scene.products[1])
    factory.session.commit()
    scene.offer(0)
    scene.offer(1, repayment_mode="interest_monthly")
    page = member.page(f"/enterprise/needs/{scene.need.id}/offers")
    assert "还款方式不同" in page
    assert "802,900.00 元" in page  # 80 万元 and the interest of the last month
    assert "is-best" not in page


def test_another_enterprises_comparison_and_sheets_do_not_exist(
    scene: LendingScene, officer: Browser, member: Browser, factory: Factory
) -> None:
    other = LendingScene(factory, scene.sessions, scene.now)
    offer_id = other.offer()
    for path in (f"/enterprise/needs/{other.need.id}/offers", f"/enterprise/offers/{offer_id}/cost-sheet"):
        member.page(path, status=404)
    member.submit(f"/enterprise/offers/{offer_id}/ask-binding", {}, status=404)
    officer.page(f"/institution/offers/{offer_id}/cost-sheet", status=404)
    officer.page(f"/institution/offers/{offer_id}/make-binding", status=404)
    officer.submit(f"/institution/offers/{offer_id}/make-binding", other.offer_form(), status=404)


def test_a_guarantor_and_a_pool_bear_their_shares_and_appear_with_fee_in_the_sheet(
    scene: LendingScene, officer: Browser, factory: Factory
) -> None:
    guarantor = factory.institution(kind="guarantor", name="枣庄测试融资担保公司")
    pool = factory._save(
        RiskPool(
            name="市级风险补偿资金池",
            capital=Decimal(30_000_000),
            ratio_cap=Decimal(30),
            valid_from=scene.today,
            source="测试文件",
            created_at=scene.now,
        )
    )
    factory.session.commit()
    lead = f"/institution/leads/{scene.leads[0].id}"
    officer.submit(f"{lead}/accept", {})
    assert "市级风险补偿资金池" in officer.page(f"{lead}/offer")
    risk = {"guarantor_id": guarantor.id, "guarantor_share": "50", "guarantor_fee": "1", "pool_id": pool.id}
    form = {**scene.offer_form(guarantee_mode="guarantee"), **risk, "pool_share": "20"}
    before = scene.state()
    for wrong, at in (
        ({"pool_share": "31"}, "pool_share"),
        ({"pool_share": "25", "guarantor_share": "80"}, "pool_share"),
        ({"pool_share": ""}, "pool_share"),
        ({"guarantor_share": ""}, "guarantor_share"),
        ({"guarantor_share": "101"}, "guarantor_share"),
        ({"guarantor_id": scene.banks[1].id}, "guarantor_id"),
        ({"guarantor_id": ""}, "guarantor_id"),
        ({"pool_id": guarantor.id}, "pool_id"),
        ({"guarantee_mode": "credit"}, "guarantor_id"),
    ):
        assert f'id="error-{at}"' in officer.submit(f"{lead}/offer", {**form, **wrong}, status=422)
    assert scene.state() == before
    officer.submit(f"{lead}/offer", form)
    with scene.sessions.as_(SYSTEM) as session:
        assert sorted(share.share for share in session.exec(select(RiskShare))) == [20, 50]
        fee = session.exec(select(OfferFee)).one()
        assert (fee.kind, fee.payee, fee.due) == ("guarantee", guarantor.name, "yearly")
    offer_id = next(iter(scene.state()["offers"]))
    sheet = officer.page(f"/institution/offers/{offer_id}/cost-sheet")
    bank = scene.banks[0].name
    for words in ("8,000.00", "枣庄测试融资担保公司 50%", "市级风险补偿资金池 20%", f"{bank} 30%"):
        assert words in re.sub("<[^>]+>", "", sheet)
    assert "lending.guarantor_named" in told(scene)


def test_making_an_offer_binding_takes_over_who_shares_the_risk(
    scene: LendingScene, officer: Browser, factory: Factory
) -> None:
    guarantor = factory.institution(kind="guarantor", name="枣庄测试融资担保公司")
    pool = factory._save(
        RiskPool(
            name="市级风险补偿资金池",
            capital=Decimal(30_000_000),
            ratio_cap=Decimal(30),
            valid_from=scene.today,
            source="测试文件",
            created_at=scene.now,
        )
    )
    factory.session.commit()
    risk = {"guarantor_id": guarantor.id, "guarantor_share": "50", "guarantor_fee": "1.2", "pool_id": pool.id}
    offer_id = make_offer(scene, officer, kind="indicative", guarantee_mode="guarantee", pool_share="20", **risk, **FEE)
    form = officer.page(f"/institution/offers/{offer_id}/make-binding")
    for name, value in (("guarantor_share", "50"), ("guarantor_fee", "1.2"), ("pool_share", "20")):
        assert re.search(rf'name="{name}"[^>]* value="{re.escape(value)}"', form), name
    assert f'<option value="{guarantor.id}" selected>' in form
    assert f'<option value="{pool.id}" selected>' in form
    # The guarantor's fee stands in its own field and not among the others a second time.
    assert re.search(r'name="fee_payee_1"[^>]* value="枣庄评估事务所"', form)
    assert re.search(r'name="fee_payee_2"[^>]* value=""', form)
