"""The officer's page of a lead shows what is open and consented to, says what could be, and every look is logged."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from tests.conftest import Sessions
from tests.consent_scene import INSURED, REVENUE, ConsentScene
from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.consents.models import ConsentRequest, CreditRead
from xinyidai.consents.requests import decline_request
from xinyidai.consents.service import revoke_consent
from xinyidai.core.actor import SYSTEM
from xinyidai.credit.indicators.given import LOAN_BALANCE, OVERDUE, Given, give
from xinyidai.credit.scoring.service import recompute_scores
from xinyidai.leads.models import Lead


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> ConsentScene:
    made = ConsentScene(factory, sessions, now)
    made.figures(REVENUE, [2_000_000.0] * 3 + [None] + [1_000_000.0] * 10)
    made.figures(INSURED, [33.0] * 12 + [30.0])
    made.event(
        "admin_penalty", on=now.date() - timedelta(days=40), document_no="枣市监罚〔2026〕1号",
        payload={"violation_type": "标签违法", "fine_amount": "5000", "penalty_category": ["fine"]},
    )  # fmt: skip
    made.event("judgment", key="2", document_no="(2025)鲁04民初9号", repaired_at=now)
    return made


@pytest.fixture
def officer(scene: ConsentScene, browser: Browser) -> Browser:
    browser.log_in(scene.officer_users[0].username, PASSWORD)
    return browser


def reads(scene: ConsentScene) -> list[CreditRead]:
    with scene.sessions.as_(SYSTEM) as session:
        return list(session.exec(select(CreditRead).order_by("at", "id")))


def address(scene: ConsentScene, bank: int = 0) -> str:
    return f"/institution/leads/{scene.leads[bank].id}"


def test_without_consent_only_open_and_displayed_records_stand_there(scene: ConsentScene, officer: Browser) -> None:
    page = officer.page(address(scene))
    assert "枣市监罚〔2026〕1号" in page
    assert "5,000 元" in page
    assert "鲁04民初9号" not in page  # repaired
    assert "销售收入" not in page
    assert "未授权贵机构查看" in page
    [read] = reads(scene)
    assert (read.datasets, read.consent_id, read.lead_id) == (["admin_penalty"], None, scene.leads[0].id)
    assert (read.institution_id, read.user_id) == (scene.banks[0].id, scene.officer_users[0].id)


def test_what_is_consented_to_stands_there_with_its_gaps(scene: ConsentScene, officer: Browser) -> None:
    consent = scene.give("tax_monthly_summary", "water_supply")
    page = officer.page(address(scene))
    assert consent.number in page
    assert "2,000,000 元" in page
    assert "2025年11月" in page
    assert "参保人数" not in page
    assert "尚未收到数据：未知" in page  # water was opened, and nothing came
    assert sorted((read.datasets, read.consent_id) for read in reads(scene)) == [
        (["admin_penalty"], None),
        (["tax_monthly_summary", "water_supply"], consent.id),
    ]


def test_a_year_with_a_gap_has_no_sum(scene: ConsentScene, officer: Browser) -> None:
    scene.give("tax_monthly_summary", "social_insurance")
    page = officer.page(address(scene))
    assert "21,000,000" not in page.replace(" ", "")
    assert "10.0%" in page  # 33 insured against 30 a year before


def test_every_look_is_logged_also_the_second(scene: ConsentScene, officer: Browser) -> None:
    scene.give("social_insurance")
    for _ in range(2):
        officer.page(address(scene))
    assert len(reads(scene)) == 4


def test_after_revoking_the_page_is_shut(scene: ConsentScene, officer: Browser) -> None:
    consent = scene.give("social_insurance")
    assert "参保人数" in officer.page(address(scene))
    with scene.sessions.as_(scene.member) as session:
        revoke_consent(session, scene.member, consent.id, scene.now)
        session.commit()
    page = officer.page(address(scene))
    assert "参保人数" not in page
    assert consent.number not in page


def test_what_the_enterprise_owes_here_is_shown_and_counted_under_a_consent_of_its_own(
    scene: ConsentScene, officer: Browser
) -> None:
    with scene.sessions.as_(SYSTEM) as session:
        owed = [
            Given(scene.enterprise.id, LOAN_BALANCE, Decimal("12345678.50"), scene.today),
            Given(scene.enterprise.id, OVERDUE, Decimal(2), scene.today),
        ]
        give(session, owed)
        recompute_scores(session, scene.today, [scene.enterprise.id], now=scene.now)
        session.commit()
    scene.give("tax_monthly_summary", "social_insurance")
    page = officer.page(address(scene))
    assert "12,345,678.5" not in page
    assert "近12个月平台融资逾期 2" not in page
    assert 'value="platform_loans"' in page  # can be asked for
    consent = scene.give("platform_loan")
    page = officer.page(address(scene))
    assert "贷款余额：12,345,678.5 元" in page
    assert "近12个月逾期次数：2 次" in page
    assert "近12个月平台融资逾期 2" in page
    assert "本平台" in page
    assert (["platform_loan"], consent.id) in [(read.datasets, read.consent_id) for read in reads(scene)]
    with scene.sessions.as_(scene.member) as session:
        revoke_consent(session, scene.member, consent.id, scene.now)
        session.commit()
    page = officer.page(address(scene))
    assert "12,345,678.5" not in page
    assert "近12个月平台融资逾期 2" not in page


def test_no_loan_here_says_nothing_of_loans_elsewhere(scene: ConsentScene, officer: Browser) -> None:
    scene.give("platform_loan")
    assert "其他渠道的贷款情况未知" in officer.page(address(scene))


def test_the_officer_of_another_bank_has_neither_the_page_nor_the_data(
    scene: ConsentScene, another_browser: Browser
) -> None:
    scene.give("social_insurance")
    another_browser.log_in(scene.officer_users[1].username, PASSWORD)
    assert another_browser.get(address(scene)).status_code == 404
    assert "参保人数" not in another_browser.page(address(scene, bank=1))


def test_a_lead_that_ended_without_a_loan_shows_no_data_and_logs_no_look(scene: ConsentScene, officer: Browser) -> None:
    scene.give("social_insurance")
    officer.submit(f"{address(scene)}/decline", {"reason": "no_security"})
    page = officer.page(address(scene))
    assert "公共信用信息</h2>" not in page
    assert "参保人数" not in page
    assert reads(scene) == []


def test_an_officer_asks_and_does_not_nag(scene: ConsentScene, officer: Browser) -> None:
    officer.submit(f"{address(scene)}/ask-consent", {"families": ["tax", "gas"]})
    with scene.sessions.as_(SYSTEM) as session:
        [wish] = session.exec(select(ConsentRequest)).all()
    assert {"tax_levy", "gas_supply"} <= set(wish.datasets)
    page = officer.page(address(scene))
    assert "请企业授权" not in page
    assert "一周后可再次请求" in page
    officer.submit(f"{address(scene)}/ask-consent", {"families": ["tax"]}, status=409)
    with scene.sessions.as_(scene.member) as own:
        decline_request(own, scene.member, wish.id, scene.now)
        own.commit()
    assert "企业未同意" in officer.page(address(scene))


def test_asking_for_nothing_is_said(scene: ConsentScene, officer: Browser) -> None:
    officer.submit(f"{address(scene)}/ask-consent", {})
    assert "请勾选需要查看的数据" in officer.page(address(scene))
    with scene.sessions.as_(SYSTEM) as session:
        assert session.exec(select(ConsentRequest)).all() == []


def test_nobody_asks_about_the_lead_of_another_bank(scene: ConsentScene, officer: Browser) -> None:
    officer.submit(f"{address(scene, bank=1)}/ask-consent", {"families": ["tax"]}, status=404)


def test_the_page_speaks_english_too(scene: ConsentScene, officer: Browser) -> None:
    scene.give("tax_monthly_summary")
    officer.cookies["xyd_locale"] = "en"
    page = officer.page(address(scene))
    assert "sales revenue" in page
    assert "Not opened to you" in page


def test_a_closed_lead_of_somebody_elses_choice_asks_for_nothing(scene: ConsentScene, officer: Browser) -> None:
    with scene.sessions.as_(SYSTEM) as session:
        lead = session.get_one(Lead, scene.leads[0].id)
        lead.status, lead.accepted_at, lead.closed_at = "funded", scene.now, scene.now
        session.add(lead)
        session.commit()
    assert "请企业授权" not in officer.page(address(scene))
    officer.submit(f"{address(scene)}/ask-consent", {"families": ["tax"]}, status=409)


def test_the_score_is_the_one_over_what_is_open_to_the_lender(scene: ConsentScene, officer: Browser) -> None:
    for dataset in ("dishonest_debtor", "admin_penalty"):
        scene.deliver(dataset)
    with scene.sessions.as_(SYSTEM) as session:
        recompute_scores(session, scene.today, [scene.enterprise.id], now=scene.now)
        session.commit()
    shut = officer.page(address(scene))
    assert "信用画像" in shut
    assert "未共享" in shut or "未授权" in shut
    assert {"dishonest_debtor", "admin_penalty"} <= set(reads(scene)[0].datasets)
    scene.give("social_insurance")
    assert reads(scene)[0].consent_id is None
    opened = officer.page(address(scene))
    assert shut != opened
    assert "social_insurance" in {code for read in reads(scene) for code in read.datasets}
