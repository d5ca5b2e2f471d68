"""An offer as the enterprise reads and answers it."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import html5lib
import pytest
from litestar import Litestar

from tests.conftest import Sessions
from tests.factories import PASSWORD, Factory
from tests.lending_scene import LendingScene
from tests.web.conftest import Browser
from xinyidai.core.i18n import use_locale
from xinyidai.lending.offer_queries import offers_of_need
from xinyidai.web.render import make_environment


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


@pytest.fixture
def member(scene: LendingScene, browser: Browser) -> Browser:
    browser.log_in(scene.member_user.username, PASSWORD)
    return browser


def test_the_instalment_is_the_one_of_the_domain_rules_to_the_fen(scene: LendingScene, member: Browser) -> None:
    page = member.page(f"/enterprise/offers/{scene.offer(amount_wan='100', annual_rate='3.45')}")
    for figure in ("84,898.82", "84,898.83", "18,785.85"):
        assert figure in page
    member.submit("/language", {"locale": "en", "next": "/"})
    assert "You pay CNY 84,898.82 every month for 12 months" in member.page(
        f"/enterprise/offers/{next(iter(scene.state()['offers']))}"
    )


def test_the_price_of_a_revolving_loan_is_said_by_the_day(
    scene: LendingScene, member: Browser, factory: Factory
) -> None:
    scene.products[0].repayment_modes = ["revolving", "interest_monthly", "interest_quarterly", "bullet", "by_stages"]
    factory._save(scene.products[0])
    factory.session.commit()
    revolving = member.page(f"/enterprise/offers/{scene.offer(annual_rate='3.6', repayment_mode='revolving')}")
    assert "每万元每天 1.00 元" in revolving
    assert "28,800.00" in revolving


def test_accepting_asks_first_and_happens_once(scene: LendingScene, member: Browser) -> None:
    path = f"/enterprise/offers/{scene.offer()}"
    scene.offer(1)
    page = member.page(f"{path}/accept")
    assert "1 份" in page
    assert "综合年化成本率" in page
    assert "利息与费用合计" in page
    assert member.submit(f"{path}/accept", {}) == path
    before = scene.state()
    member.submit(f"{path}/accept", {}, status=409)
    member.submit(f"{path}/decline", {"note": "x"}, status=409)
    for step in ("accept", "decline"):
        assert member.get(f"{path}/{step}", follow_redirects=False).headers["location"] == path
    assert scene.state() == before
    assert before["leads"] == ["offer_accepted", "no_deal"]


def test_a_declined_offer_tells_the_lender_why(scene: LendingScene, member: Browser, another_browser: Browser) -> None:
    path = f"/enterprise/offers/{scene.offer()}"
    member.page(f"{path}/decline")
    member.submit(f"{path}/decline", {"note": "利率偏高"})
    assert "企业未接受" in member.page(path)
    another_browser.log_in(scene.officer_users[0].username, PASSWORD)
    assert "利率偏高" in another_browser.page(f"/institution/leads/{scene.leads[0].id}")


def test_an_offer_past_its_last_day_cannot_be_answered(scene: LendingScene, browser: Browser, app: Litestar) -> None:
    path = f"/enterprise/offers/{scene.offer(valid_until=str(scene.today))}"
    app.state["clock"] = lambda: scene.now + timedelta(days=1)
    browser.log_in(scene.member_user.username, PASSWORD)
    assert "/accept" not in browser.page(path)
    assert browser.get(f"{path}/accept", follow_redirects=False).headers["location"] == path
    browser.submit(f"{path}/accept", {}, status=409)
    assert scene.state()["leads"][0] == "offered"


def test_another_enterprises_offer_does_not_exist(scene: LendingScene, member: Browser, factory: Factory) -> None:
    foreign = LendingScene(factory, scene.sessions, scene.now)
    offer_id = foreign.offer()
    for path in ("", "/accept", "/decline"):
        member.page(f"/enterprise/offers/{offer_id}{path}", status=404)
    for step in ("accept", "decline"):
        member.submit(f"/enterprise/offers/{offer_id}/{step}", {}, status=404)
    assert foreign.state()["leads"][0] == "offered"


def test_the_page_of_the_need_says_until_when_to_answer_an_offer(scene: LendingScene, member: Browser) -> None:
    scene.offer(0, valid_until=(scene.now + timedelta(days=9)).date())
    scene.offer(1, valid_until=(scene.now + timedelta(days=4)).date())
    page = member.page(f"/enterprise/needs/{scene.need.id}")
    soonest = "截止：4天后"
    assert soonest in page[page.index("xy-now-box") : page.index("</section>", page.index("xy-now-box"))]
    assert soonest in page[page.index("xy-timeline-title", page.index("办理进度")) :]
    assert "截止：2026年" in page[page.index("您的申请") : page.index("办理进度")]


def test_the_offers_of_a_need_stand_side_by_side_cheapest_first(scene: LendingScene, app: Litestar) -> None:
    dear, cheap = scene.offer(0, annual_rate="5.1"), scene.offer(1, annual_rate="3.5")
    with scene.sessions.as_(scene.member) as session:
        offers = offers_of_need(session, scene.need.id)
    assert [offer.id for offer in offers] == [cheap, dear]
    environment = make_environment(lambda: scene.now)
    template = environment.get_template("enterprise/needs/_offers.html")
    for locale in ("zh_CN", "en"):
        with use_locale(locale):
            for shown in (offers, []):
                html = template.render(page=SimpleNamespace(offers=shown), ui=SimpleNamespace(path="/", query=""))
                html5lib.HTMLParser(strict=True).parseFragment(html)
                assert html.count("<li") == len(shown)
