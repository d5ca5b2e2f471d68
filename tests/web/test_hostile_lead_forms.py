"""Forms that no page would send: every step from every state, by hand, twice, or from a page of yesterday."""

from datetime import date, datetime
from uuid import UUID, uuid4

import pytest

from tests.conftest import Sessions
from tests.factories import PASSWORD, Factory
from tests.leads_scene import LeadsScene
from tests.web.conftest import Browser
from xinyidai.leads.status import TRANSITIONS
from xinyidai.leads.types import LeadStatus

S = LeadStatus
LATER = "2026-04-20"
# Each step with a form that is right in itself, and where it would lead.
STEPS: dict[str, tuple[dict[str, object], LeadStatus]] = {
    "accept": ({}, S.ACCEPTED),
    "decline": ({"reason": "quota_exhausted"}, S.DECLINED),
    "contact": ({}, S.CONTACTED),
    "papers": ({"papers": "营业执照"}, S.PAPERS_REQUESTED),
    "papers-complete": ({}, S.PAPERS_COMPLETE),
    "refuse": ({"reason": "high_debt"}, S.REFUSED),
    "close": ({"outcome": "unreachable"}, S.UNREACHABLE),
    "offer": (
        {
            "kind": "binding",
            "amount_wan": "80",
            "annual_rate": "4.35",
            "term_months": "12",
            "guarantee_mode": "credit",
            "repayment_mode": "equal_instalment",
            "valid_until": LATER,
        },
        S.OFFERED,
    ),
}
# What the database asks of each state.
_TAKEN = ("accepted_at",)
_SPOKEN = ("accepted_at", "contacted_at")
MOMENTS = {
    S.ACCEPTED: _TAKEN,
    S.CONTACTED: _SPOKEN,
    S.PAPERS_REQUESTED: (*_SPOKEN, "papers_requested_at"),
    S.PAPERS_COMPLETE: (*_SPOKEN, "papers_complete_at"),
    S.OFFERED: _TAKEN,
    S.OFFER_ACCEPTED: _TAKEN,
    S.CREDIT_APPROVED: _TAKEN,
    S.DISBURSING: _TAKEN,
    S.FUNDED: (*_TAKEN, "closed_at"),
    S.DECLINED: ("closed_at",),
    S.EXPIRED: ("closed_at",),
    S.WITHDRAWN: ("closed_at",),
    S.REFUSED: (*_TAKEN, "closed_at"),
    S.NO_DEAL: (*_TAKEN, "closed_at"),
    S.UNREACHABLE: (*_TAKEN, "closed_at"),
}


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LeadsScene:
    return LeadsScene(factory, sessions, now, open_to_claims=True)


@pytest.fixture
def officer(scene: LeadsScene, browser: Browser) -> Browser:
    browser.log_in(scene.officer_users[0].username, PASSWORD)
    return browser


def lead_in(scene: LeadsScene, state: LeadStatus) -> UUID:
    fields: dict[str, object] = dict.fromkeys(MOMENTS.get(state, ()), scene.now)
    if state is S.PAPERS_REQUESTED:
        fields["paused_on"] = date(2026, 3, 18)
    if "accepted_at" in fields:
        fields["decide_by"] = date(2026, 4, 17)
    if state in (S.DECLINED, S.REFUSED):
        fields["reason"] = "high_debt"
    return scene.lead(status=state.value, **fields)


@pytest.mark.parametrize("state", sorted(set(S) - {S.SUGGESTED}))
def test_no_forged_step_leads_where_the_table_does_not(scene: LeadsScene, officer: Browser, state: LeadStatus) -> None:
    lead = lead_in(scene, state)
    for step, (form, to) in STEPS.items():
        if to in TRANSITIONS[state]:
            continue
        before = scene.stored(lead).model_dump()
        officer.submit(f"/institution/leads/{lead}/{step}", form, status=409)
        assert scene.stored(lead).model_dump() == before, step
        # Whoever reloads the page of the refusal comes to the lead as it is.
        answer = officer.get(f"/institution/leads/{lead}/{step}", follow_redirects=False)
        another_end = step == "close" and S.NO_DEAL in TRANSITIONS[state]
        assert another_end or answer.headers.get("location") == f"/institution/leads/{lead}", step


@pytest.mark.parametrize("step", sorted(STEPS))
def test_a_double_click_is_one_click_and_the_second_says_what_is(
    scene: LeadsScene, officer: Browser, step: str
) -> None:
    form, to = STEPS[step]
    state = next(one for one in (S.SENT, S.ACCEPTED, S.CONTACTED) if to in TRANSITIONS[one])
    lead = lead_in(scene, state)
    officer.submit(f"/institution/leads/{lead}/{step}", form)
    said = scene.messages("")
    officer.submit(f"/institution/leads/{lead}/{step}", form, status=409)
    assert scene.messages("") == said


NONSENSE = ["x", "0", "-1", "99999999999999999999", "1e9", "NaN", "Infinity", "<b>", "é" * 5000]


@pytest.mark.parametrize("field", sorted(STEPS["offer"][0]))
def test_nonsense_in_an_offer_is_named_at_its_field(scene: LeadsScene, officer: Browser, field: str) -> None:
    lead = lead_in(scene, S.ACCEPTED)
    for bad in NONSENSE:
        page = officer.submit(f"/institution/leads/{lead}/offer", {**STEPS["offer"][0], field: bad}, status=422)
        assert "has-error" in page or "is-invalid" in page, bad
    assert scene.status(lead) == "accepted"


def test_a_no_without_a_reason_is_no_answer(scene: LeadsScene, officer: Browser) -> None:
    lead = lead_in(scene, S.SENT)
    forms: list[dict[str, object]] = [
        {},
        {"reason": ""},
        {"reason": "because"},
        {"reason": "other"},
        {"reason": "other", "reason_note": "   "},
        {"reason": "high_debt", "reason_note": "长" * 501},
        {"reason": ["high_debt", "because"]},
    ]
    for form in forms:
        officer.submit(f"/institution/leads/{lead}/decline", form, status=422)
    assert scene.status(lead) == "sent"


def test_a_form_for_many_leads_moves_only_ones_own(scene: LeadsScene, officer: Browser) -> None:
    own, other = lead_in(scene, S.SENT), scene.lead(1)
    page = officer.submit(
        "/institution/leads/bulk",
        {"act": "accept", "ids": [str(own), str(other), str(uuid4()), "x", str(own)]},
        status=409,
    )
    assert scene.status(own) == "accepted"
    assert scene.status(other) == "sent"
    assert scene.banks[1].name not in page


def test_a_note_or_hand_over_that_is_sent_twice_is_kept_once(scene: LeadsScene, officer: Browser) -> None:
    lead = lead_in(scene, S.ACCEPTED)
    for _click in range(2):
        officer.submit(f"/institution/leads/{lead}/notes", {"text": "已约周五上门"})
    assert officer.page(f"/institution/leads/{lead}").count("已约周五上门") == 1
    form = {"user_id": str(scene.manager.user_id), "note": "请接手"}
    for _click in range(2):
        officer.submit(f"/institution/leads/{lead}/hand-over", form)
    assert scene.messages().count("leads.handed_over") == 1
    assert officer.page(f"/institution/leads/{lead}").count("请接手") == 1


def test_a_lead_is_handed_to_nobody_who_is_not_there(scene: LeadsScene, officer: Browser) -> None:
    lead = lead_in(scene, S.ACCEPTED)
    nobody = str(uuid4())
    forms: list[dict[str, object]] = [
        {},
        {"user_id": "x"},
        {"branch_id": "x"},
        {"user_id": nobody},
        {"branch_id": nobody},
        {"user_id": str(scene.officers[1].user_id)},
    ]
    for form in forms:
        officer.submit(f"/institution/leads/{lead}/hand-over", form, status=422)
    assert scene.stored(lead).officer_id is None


def test_a_claim_that_is_sent_twice_or_for_nothing_is_answered_on_the_pool(scene: LeadsScene, officer: Browser) -> None:
    address = f"/institution/pool/{scene.need.id}/claim"
    assert officer.submit(address, {}).startswith("/institution/leads/")
    assert officer.submit(address, {}) == "/institution/pool"
    assert officer.submit(f"/institution/pool/{uuid4()}/claim", {}) == "/institution/pool"
    assert officer.get(address, follow_redirects=False).headers.get("location") == "/institution/pool"
    assert len(scene.leads()) == 1


QUERIES = [
    "page=0", "page=-1", "page=99999999999999999999", "page=x", "sort=x", "sort=-", "sort=due;drop", "tab=x",
    "product=x", "q=%25%5C_%27", "q=" + "a" * 3000, "q=%00", "page=١", "route=x&within=x&mine=x", "tab=all&tab=taken",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/institution/leads", "/institution/pool"])
def test_addresses_typed_by_hand_still_open(scene: LeadsScene, officer: Browser, path: str) -> None:
    lead_in(scene, S.SENT)
    for query in QUERIES:
        assert officer.get(f"{path}?{query}").status_code == 200, query
        assert officer.get(f"{path}/export?{query}").status_code == 200, query
