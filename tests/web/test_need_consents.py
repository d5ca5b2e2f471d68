"""Consents along the way of a need: what would answer an unknown, and what goes with an application."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from tests.conftest import Sessions
from tests.consent_scene import ConsentScene
from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.consents.models import Consent
from xinyidai.core.actor import SYSTEM
from xinyidai.leads.models import Lead
from xinyidai.leads.ranking import rank_need
from xinyidai.outbox.models import OutboxJob


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> ConsentScene:
    """Two products wait for tax data, one for electricity as well."""
    made = ConsentScene(factory, sessions, now)
    grade = {"fact": "tax_grade", "op": "in", "value": ["A", "B"]}
    energy = {"fact": "electricity_kwh_12m", "op": ">=", "value": 1000}
    made.open_products = [  # type: ignore[attr-defined]
        factory.product(made.banks[2], criteria=[grade]),
        factory.product(made.banks[2], criteria=[grade, energy]),
    ]
    factory.session.commit()
    rank_need(factory.session, made.need.id, now)
    factory.session.commit()
    return made


@pytest.fixture
def member(scene: ConsentScene, browser: Browser) -> Browser:
    browser.log_in(scene.member_user.username, PASSWORD)
    return browser


def consents(scene: ConsentScene) -> list[Consent]:
    with scene.sessions.as_(SYSTEM) as session:
        return list(session.exec(select(Consent).order_by("given_at", "id")))


@pytest.mark.parametrize("path", ["", "/products"])
def test_the_need_says_which_consent_answers_what(scene: ConsentScene, member: Browser, path: str) -> None:
    page = member.page(f"/enterprise/needs/{scene.need.id}{path}")
    assert "还有2个产品可以得出明确结果" in page
    assert "仅凭这一项可使1个产品得出明确结果" in page
    assert "可回答：纳税信用级别" in page or "可回答：" in page


@pytest.mark.parametrize("path", ["", "/products", "/products/{product}"])
def test_a_consent_counts_up_to_its_last_day_even_where_nothing_has_ended_it_yet(
    scene: ConsentScene, member: Browser, path: str
) -> None:
    product = scene.open_products[0].product_id  # type: ignore[attr-defined]
    here = f"/enterprise/needs/{scene.need.id}{path.format(product=product)}"
    consent_id = scene.give("tax_credit_grade", bank=None, valid_until=scene.today).id
    assert "以下来源尚未提供数据：税务" in member.page(here)
    with scene.sessions.as_(SYSTEM) as session:
        consent = session.get_one(Consent, consent_id)
        consent.valid_from = consent.valid_until = scene.today - timedelta(days=1)
        session.commit()
    page = member.page(here)
    assert "以下来源尚未提供数据：税务" not in page
    assert "授权查询以下来源的数据后即可知晓：税务" in page


def test_one_tap_opens_the_data_for_the_ranking_and_starts_it_anew(scene: ConsentScene, member: Browser) -> None:
    here = f"/enterprise/needs/{scene.need.id}"
    form = {"datasets": ["tax_credit_grade"], "wording_version": "2026-01-01", "back": here}
    assert member.submit("/enterprise/consents/ranking", form) == here
    [consent] = consents(scene)
    assert (consent.purpose, consent.institution_id, consent.datasets) == ("ranking", None, ["tax_credit_grade"])
    with scene.sessions.as_(SYSTEM) as session:
        assert session.exec(select(OutboxJob).where(OutboxJob.name == "enterprises.facts_changed")).one()
    page = member.page(here)
    assert "用电数据" in page
    assert "还有" not in page.split("回答“未知”的条件")[1].split("</form>")[0]


def test_an_old_page_with_old_words_gives_nothing(scene: ConsentScene, member: Browser) -> None:
    form = {"datasets": ["tax_credit_grade"], "wording_version": "2020-01-01"}
    member.submit("/enterprise/consents/ranking", form, status=422)
    assert consents(scene) == []


def test_an_application_offers_consent_unticked_and_works_without(scene: ConsentScene, member: Browser) -> None:
    need = f"/enterprise/needs/{scene.need.id}"
    page = member.page(need)
    assert 'name="share" value="tax"' in page
    assert "checked" not in page
    product = scene.open_products[0].product_id  # type: ignore[attr-defined]
    assert "授权书全文" in member.page(f"{need}/products/{product}")
    member.submit(f"{need}/apply", {"product_ids": [str(product)]})
    assert consents(scene) == []


def test_what_is_ticked_goes_to_exactly_the_lenders_applied_to(scene: ConsentScene, member: Browser) -> None:
    products = [str(one.product_id) for one in scene.open_products]  # type: ignore[attr-defined]
    form = {"product_ids": products, "share": ["electricity", "nonsense"], "wording_version": "2026-01-01"}
    member.submit(f"/enterprise/needs/{scene.need.id}/apply", form)
    [consent] = consents(scene)  # two products of one lender are one consent
    assert (consent.institution_id, consent.datasets) == (scene.banks[2].id, ["electricity_supply"])
    assert consent.purpose == "financing"
    assert str(consent.valid_until) == "2026-09-17"


def test_a_refused_consent_leaves_no_application_behind(scene: ConsentScene, member: Browser) -> None:
    products = [str(scene.open_products[0].product_id)]  # type: ignore[attr-defined]
    form = {"product_ids": products, "share": ["tax"], "wording_version": "2020-01-01"}
    member.submit(f"/enterprise/needs/{scene.need.id}/apply", form, status=422)
    assert consents(scene) == []
    with scene.sessions.as_(SYSTEM) as session:
        assert len(session.exec(select(Lead)).all()) == len(scene.leads)
