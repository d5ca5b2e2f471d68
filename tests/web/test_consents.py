"""An enterprise gives, reads back and takes back consents, and sees who has read its data."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from tests.conftest import Sessions
from tests.consent_scene import ConsentScene
from tests.factories import PASSWORD, Factory, actor_of
from tests.web.conftest import Browser
from xinyidai.consents.commands import AskForConsent
from xinyidai.consents.models import Consent, ConsentRequest
from xinyidai.consents.reads import log_read
from xinyidai.consents.types import ConsentPurpose
from xinyidai.core.actor import SYSTEM
from xinyidai.core.i18n import use_locale
from xinyidai.credit.sharing import ask_to_share


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> ConsentScene:
    return ConsentScene(factory, sessions, now)


@pytest.fixture
def member(scene: ConsentScene, browser: Browser) -> Browser:
    browser.log_in(scene.member_user.username, PASSWORD)
    return browser


def form(scene: ConsentScene, **changes: object) -> dict[str, object]:
    return {
        "purpose": "financing",
        "institution_id": str(scene.banks[0].id),
        "datasets": ["tax_levy", "social_insurance"],
        "valid_until": str(scene.today + timedelta(days=90)),
        "wording_version": "2026-01-01",
        "agreed": "true",
        **changes,
    }


def consents(scene: ConsentScene) -> list[Consent]:
    with scene.sessions.as_(SYSTEM) as session:
        return list(session.exec(select(Consent).order_by("given_at", "id")))


def read_once(scene: ConsentScene, datasets: list[str], consent: Consent | None = None, bank: int = 0) -> None:
    officer = scene.officers[bank]
    with scene.sessions.as_(officer) as session:
        consent_id = consent.id if consent else None
        log_read(
            session,
            officer,
            scene.enterprise.id,
            "lead",
            datasets,
            ConsentPurpose.FINANCING,
            scene.now,
            consent_id=consent_id,
        )
        session.commit()


def test_without_a_consent_the_page_says_what_one_is_good_for(member: Browser) -> None:
    assert "您还没有授权" in member.page("/enterprise/consents")


def test_what_for_and_to_whom_come_first(scene: ConsentScene, member: Browser) -> None:
    page = member.page("/enterprise/consents/new")
    assert "数据用于什么" in page
    assert scene.banks[2].name in page
    assert "请在列出的金融机构中选择" in member.page("/enterprise/consents/new?purpose=financing")
    assert "数据用于什么" in member.page("/enterprise/consents/new?purpose=ranking2&institution_id=x")


def test_nothing_is_ticked_beforehand_and_the_words_stand_on_the_page(scene: ConsentScene, member: Browser) -> None:
    page = member.page(f"/enterprise/consents/new?purpose=financing&institution_id={scene.banks[0].id}")
    assert "checked" not in page
    assert "仅用于审查本企业的融资申请" in page
    assert "可回答：近12个月纳税" in page or "可回答：近12个月" in page
    assert 'value="2027-03-17"' in page


def test_a_consent_given_on_the_page_has_a_receipt(scene: ConsentScene, member: Browser) -> None:
    receipt = member.submit("/enterprise/consents/new", form(scene))
    [consent] = consents(scene)
    assert receipt == f"/enterprise/consents/{consent.id}"
    page = member.page(receipt)
    for said in (
        consent.number,
        scene.banks[0].name,
        "2026年6月16日",
        "税款征收",
        "社会保险",
        "授权书版本：2026-01-01",
    ):
        assert said in page
    assert consent.number in member.page("/enterprise/consents")


def test_for_the_platform_no_lender_is_named(scene: ConsentScene, member: Browser) -> None:
    back = f"/enterprise/needs/{scene.need.id}"
    where = member.submit("/enterprise/consents/new", form(scene, purpose="ranking", institution_id="", back=back))
    assert where == back
    [consent] = consents(scene)
    assert consent.institution_id is None


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/x"])
def test_the_way_back_never_leads_off_the_site(scene: ConsentScene, member: Browser, back: str) -> None:
    assert member.submit("/enterprise/consents/new", form(scene, back=back)).startswith("/enterprise/consents/")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"agreed": ""}, "请阅读授权书"),
        ({"datasets": []}, "请至少选择一项"),
        ({"valid_until": "2028-01-01"}, "12个月以内的日期"),
        ({"valid_until": "soon"}, "field-valid_until"),
        ({"datasets": ["admin_penalty"]}, "请在列出的数据中选择"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(
    scene: ConsentScene, member: Browser, changes: dict[str, object], said: str
) -> None:
    page = member.submit("/enterprise/consents/new", form(scene, **changes), status=422)
    assert said in page
    assert scene.banks[0].name in page
    assert consents(scene) == []


def test_a_form_without_purpose_begins_anew(scene: ConsentScene, member: Browser) -> None:
    assert member.submit("/enterprise/consents/new", form(scene, purpose="other")) == "/enterprise/consents/new"


def test_revoking_says_its_consequences_and_what_stays_open(scene: ConsentScene, member: Browser) -> None:
    first = scene.give("tax_levy", "gas_supply")
    second = scene.give("tax_levy")
    page = member.page(f"/enterprise/consents/{first.id}/revoke")
    assert f"{scene.banks[0].name}从现在起不能再通过平台查看" in page
    assert f"依据授权{second.number}，以下数据仍可查看：税款征收" in page
    member.submit(f"/enterprise/consents/{first.id}/revoke", {})
    assert "企业已撤回" in member.page("/enterprise/consents?status=ended")
    assert first.number not in member.page("/enterprise/consents?status=in_force")
    # A second click, or an old page, changes nothing.
    member.submit(f"/enterprise/consents/{first.id}/revoke", {})
    assert member.get(f"/enterprise/consents/{first.id}/revoke", follow_redirects=False).status_code == 303


def test_the_consents_of_another_enterprise_are_not_there(scene: ConsentScene, member: Browser) -> None:
    other = scene.factory.enterprise()
    stranger = actor_of(scene.factory.member_of(other))
    scene.factory.session.commit()
    own, scene.member = scene.member, stranger
    foreign = scene.give("tax_levy")
    scene.member = own
    for path in (f"/enterprise/consents/{foreign.id}", f"/enterprise/consents/{foreign.id}/revoke"):
        assert member.get(path).status_code == 404
    assert foreign.number not in member.page("/enterprise/consents")


def test_the_list_is_searched_and_exported(scene: ConsentScene, member: Browser) -> None:
    one, two = scene.give("tax_levy", bank=0), scene.give("tax_levy", bank=1)
    page = member.page(f"/enterprise/consents?q={two.number}")
    assert two.number in page
    assert one.number not in page
    assert "没有符合条件的授权" in member.page("/enterprise/consents?q=none")
    exported = member.get("/enterprise/consents/export").text
    assert one.number in exported
    assert "审批融资申请" in exported


def test_a_lenders_wish_is_shown_and_answered_either_way(scene: ConsentScene, member: Browser) -> None:
    for bank in (0, 1):
        with scene.sessions.as_(scene.officers[bank]) as session:
            command = AskForConsent(datasets=("tax_levy", "water_supply"))
            lead = scene.leads[bank].id
            ask_to_share(session, scene.officers[bank], scene.enterprise.id, lead, "面业贷", command, scene.now)
            session.commit()
    with scene.sessions.as_(SYSTEM) as session:
        wishes = {one.institution_id: one.id for one in session.exec(select(ConsentRequest))}
    assert "金融机构的授权请求" in member.page("/enterprise/consents")
    wish = wishes[scene.banks[0].id]
    page = member.page(f"/enterprise/consents/requests/{wish}")
    assert scene.banks[0].name in page
    assert "供水" in page
    asked = f"/enterprise/consents/new?purpose=financing&institution_id={scene.banks[0].id}&wish={wish}"
    page = member.page(asked)
    assert 'value="water_supply"' in page
    assert 'value="gas_supply"' not in page
    member.submit("/enterprise/consents/new", form(scene, datasets=["tax_levy"], wish=str(wish)))
    member.submit(f"/enterprise/consents/requests/{wishes[scene.banks[1].id]}/decline", {})
    assert "金融机构的授权请求" not in member.page("/enterprise/consents")
    with scene.sessions.as_(SYSTEM) as session:
        assert {one.answer for one in session.exec(select(ConsentRequest))} == {"given", "declined"}


def test_nobody_has_looked_yet(member: Browser) -> None:
    assert "还没有人看过您的数据" in member.page("/enterprise/data-reads")


def test_each_look_names_institution_and_role_but_no_person(scene: ConsentScene, member: Browser) -> None:
    consent = scene.give("tax_levy")
    read_once(scene, ["tax_levy"], consent)
    read_once(scene, ["admin_penalty", "judgment"])
    page = member.page("/enterprise/data-reads")
    assert scene.banks[0].name in page
    assert scene.officer_users[0].display_name not in page
    assert consent.number in page
    assert "无需授权" in page
    assert "审批融资申请" in page


def test_looks_are_filtered_and_exported(scene: ConsentScene, member: Browser) -> None:
    read_once(scene, ["tax_levy"], bank=0)
    read_once(scene, ["water_supply"], bank=1)
    assert "1 " in member.page(f"/enterprise/data-reads?who={scene.banks[0].id}")
    rows = member.get(f"/enterprise/data-reads/export?who={scene.banks[1].id}").text
    assert "供水" in rows
    assert "税款征收" not in rows
    assert "税款征收" in member.get("/enterprise/data-reads/export?kind=tax").text
    assert "没有符合条件的记录" in member.page("/enterprise/data-reads?kind=gas")
    assert "没有符合条件的记录" in member.page(f"/enterprise/data-reads?until={scene.today - timedelta(days=1)}")
    assert scene.banks[0].name in member.page(
        f"/enterprise/data-reads?since={scene.today}&until={scene.today}&who=x&kind=y&page=abc"
    )


def test_the_looks_are_paged(scene: ConsentScene, member: Browser) -> None:
    for _ in range(21):
        read_once(scene, ["judgment"])
    assert 'rel="next"' in member.page("/enterprise/data-reads")
    assert member.page("/enterprise/data-reads?page=2").count("公开信息") >= 1


def test_a_lender_has_no_page_of_consents(scene: ConsentScene, browser: Browser) -> None:
    browser.log_in(scene.officer_users[0].username, PASSWORD)
    assert browser.get("/enterprise/consents").status_code in (403, 404)


@pytest.mark.parametrize("path", ["", "/new", "/new?purpose=ranking"])
def test_every_page_speaks_english_too(scene: ConsentScene, member: Browser, path: str) -> None:
    member.cookies["xyd_locale"] = "en"
    with use_locale("en"):
        assert "onsent" in member.page(f"/enterprise/consents{path}")
