"""What the ranking knows of an enterprise from credit data: only what is consented to, whole and fresh enough."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from tests.consent_scene import ENERGY, INSURED, NORMAL_MONTHS, REVENUE, TAX_TOTAL, ConsentScene
from xinyidai.consents.service import revoke_consent
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.indicators import scorecard
from xinyidai.credit.indicators.given import OVERDUE, Given, give
from xinyidai.credit.scoring.queries import score_sheet
from xinyidai.credit.scoring.service import recompute_scores
from xinyidai.credit.sharing import families, sharable_numbers
from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.credit_facts import _READERS, credit_facts, datasets_behind, months_before
from xinyidai.leads.known_facts import known_facts
from xinyidai.leads.models import MatchRun
from xinyidai.leads.ranking import rank_need
from xinyidai.products.fact_catalogue import CATALOGUE

YEAR: list[float | None] = [10.0] * 12


def facts(scene: ConsentScene, session: ActorSession, as_of: date | None = None) -> Mapping[str, Any]:
    session.commit()
    return credit_facts(session, [scene.enterprise.id], as_of or scene.today)[scene.enterprise.id]


def everything(scene: ConsentScene) -> None:
    """All that the facts rest on, delivered whole up to last month."""
    for dataset in ("dishonest_debtor", "judgment_debtor", "admin_penalty", "abnormal_list", "tax_arrears"):
        scene.deliver(dataset)
    scene.figures(REVENUE, [1000.0] * 12)
    scene.figures(TAX_TOTAL, [30.0] * 12)
    scene.figures(INSURED, [33.0, *[30.0] * 12])
    scene.figures(NORMAL_MONTHS, [24.0])
    scene.figures(3201, [28.0])
    for metric in (ENERGY, 4013, 4213):
        for back in range(1, 13):
            scene.figure(metric, back, 5, part="1")
            scene.figure(metric, back, 7, part="2")
    scene.event("tax_credit_grade", key="2024", payload={"evaluation_year": "2024", "grade": "C"})
    scene.event("tax_credit_grade", key="2025", payload={"evaluation_year": "2025", "grade": "A"})
    compute(scene)


def compute(scene: ConsentScene) -> None:
    """As the worker does after a delivery, for this enterprise."""
    with scene.sessions.as_(SYSTEM) as session:
        recompute_scores(session, scene.today, [scene.enterprise.id], now=scene.now)
        session.commit()


ALL_BY_CONSENT = {
    "tax_grade": "A",
    "tax_paid_12m": 360,
    "declared_revenue_12m": 12_000,
    "social_insurance_headcount": 33,
    "social_insurance_months": 24,
    "insured_persons_change_12m": 10,
    "housing_fund_depositors": 28,
    "electricity_kwh_12m": 144,
    "water_m3_12m": 144,
    "gas_m3_12m": 144,
}
ALL_OPEN = {
    "dishonest_debtor": False,
    "judgment_debtor": False,
    "penalties_36m": 0,
    "abnormal_list": False,
    "tax_arrears": False,
}


def give_all(scene: ConsentScene) -> None:
    scene.give(*(code for family in families() for code in family.codes), bank=None)


def test_with_consent_every_fact_is_known_in_the_order_of_the_catalogue(
    scene: ConsentScene, session: ActorSession
) -> None:
    everything(scene)
    give_all(scene)
    found = facts(scene, session)
    score = found["credit_score"]
    assert found == ALL_BY_CONSENT | ALL_OPEN | {"credit_score": score}
    assert 500 < score < 1000
    assert list(found) == [name for name in CATALOGUE if name in found]


def test_without_consent_only_open_data_are_known(scene: ConsentScene, session: ActorSession) -> None:
    everything(scene)
    assert facts(scene, session) == ALL_OPEN


def test_a_lenders_consent_is_not_the_platforms(scene: ConsentScene, session: ActorSession) -> None:
    everything(scene)
    scene.give("tax_credit_grade", "social_insurance", bank=0)
    assert facts(scene, session) == ALL_OPEN


def test_after_revoking_the_facts_are_unknown_again(scene: ConsentScene, session: ActorSession) -> None:
    everything(scene)
    consent = scene.give("social_insurance", bank=None)
    assert facts(scene, session)["social_insurance_headcount"] == 33
    with scene.sessions.as_(scene.member) as own:
        revoke_consent(own, scene.member, consent.id, scene.now)
        own.commit()
    assert facts(scene, session) == ALL_OPEN


def test_the_day_after_the_consents_last_the_facts_are_unknown(scene: ConsentScene, session: ActorSession) -> None:
    everything(scene)
    scene.give("social_insurance", bank=None, valid_until=scene.today)
    assert "social_insurance_headcount" not in facts(scene, session, scene.today + timedelta(days=1))


def test_nothing_delivered_is_unknown_and_never_no(scene: ConsentScene, session: ActorSession) -> None:
    give_all(scene)
    assert facts(scene, session) == {}


@pytest.mark.parametrize(("days_ago", "known"), [(45, True), (46, False)])
def test_a_list_that_has_not_come_lately_says_nothing(
    scene: ConsentScene, session: ActorSession, days_ago: int, known: bool
) -> None:
    scene.deliver("dishonest_debtor", days_ago=days_ago)
    scene.event("dishonest_debtor")
    assert facts(scene, session) == ({"dishonest_debtor": True} if known else {})


def test_a_refused_delivery_is_none(scene: ConsentScene, session: ActorSession) -> None:
    batch = scene.deliver("dishonest_debtor")
    batch.status, batch.problem, batch.problem_values = "refused", "x", {}
    scene.factory.session.add(batch)
    assert facts(scene, session) == {}


def test_who_was_taken_off_a_list_is_not_on_it(scene: ConsentScene, session: ActorSession) -> None:
    for dataset in ("abnormal_list", "judgment_debtor", "dishonest_debtor"):
        scene.deliver(dataset)
    scene.event("abnormal_list", ends_on=scene.today)
    scene.event("judgment_debtor", ends_on=scene.today + timedelta(days=1))
    scene.event("dishonest_debtor", repaired_at=scene.now)
    assert facts(scene, session) == {"dishonest_debtor": False, "judgment_debtor": True, "abnormal_list": False}


def test_penalties_that_were_repaired_hidden_or_are_old_do_not_count(
    scene: ConsentScene, session: ActorSession
) -> None:
    scene.deliver("admin_penalty")
    scene.event("admin_penalty", key="counts", on=date(2023, 3, 19))
    scene.event("admin_penalty", key="old", on=date(2023, 3, 18))
    scene.event("admin_penalty", key="repaired", repaired_at=scene.now)
    scene.event("admin_penalty", key="hidden", display_until=scene.today)
    assert facts(scene, session) == {"penalties_36m": 1}


@pytest.mark.parametrize(
    ("balance", "on", "named"),
    [("12000", date(2026, 1, 5), True), ("0", date(2026, 1, 5), False), ("12000", date(2025, 9, 1), False)],
)
def test_tax_arrears_are_those_of_the_latest_notices(
    scene: ConsentScene, session: ActorSession, balance: str, on: date, named: bool
) -> None:
    scene.deliver("tax_arrears")
    scene.event("tax_arrears", on=on, payload={"arrears_balance": balance})
    assert facts(scene, session) == {"tax_arrears": named}


@pytest.mark.parametrize(
    ("newest", "known"),
    [(3, True), (4, False)],  # December ended 77 days before 18 March, November 108
)
def test_figures_that_are_too_old_are_unknown(
    scene: ConsentScene, session: ActorSession, newest: int, known: bool
) -> None:
    scene.give("electricity_supply", bank=None)
    scene.figures(ENERGY, YEAR, back=newest)
    assert facts(scene, session) == ({"electricity_kwh_12m": 120} if known else {})


def test_a_year_with_a_gap_is_unknown_rather_than_small(scene: ConsentScene, session: ActorSession) -> None:
    scene.give("electricity_supply", bank=None)
    scene.figures(ENERGY, [10, 10, 10, None, *[10.0] * 8])
    assert facts(scene, session) == {}


def test_facts_and_credit_picture_say_the_same(scene: ConsentScene, session: ActorSession) -> None:
    everything(scene)
    give_all(scene)
    found = facts(scene, session)
    sheet = score_sheet(session, scene.enterprise.id, frozenset(sharable_numbers()), scene.today)
    assert sheet is not None
    assert found["credit_score"] == sheet.score


def test_what_it_owes_here_counts_in_the_ranking_once_that_is_opened_and_what_was_ranked_stays(
    scene: ConsentScene, session: ActorSession
) -> None:
    everything(scene)
    scene.give(*sorted(set(sharable_numbers()) - {"platform_loan"}), bank=None)
    before = facts(scene, session)["credit_score"]
    give(session, [Given(scene.enterprise.id, OVERDUE, Decimal(3), scene.today)])
    compute(scene)
    assert facts(scene, session)["credit_score"] == before, "nobody has opened it"
    session.commit()
    first = session.get_one(MatchRun, rank_need(session, scene.need.id, scene.now))
    ranked = json.dumps(first.need_record)
    scene.give("platform_loan", bank=None)
    neutral = scorecard().by_code[OVERDUE].neutral
    assert facts(scene, session)["credit_score"] == before - neutral
    session.commit()
    second = session.get_one(MatchRun, rank_need(session, scene.need.id, scene.now))
    assert second.need_record["facts"]["credit_score"] == before - neutral  # type: ignore[index]
    assert json.dumps(session.get_one(MatchRun, first.id, populate_existing=True).need_record) == ranked
    assert "platform_loan" in datasets_behind("credit_score", frozenset({"platform_loan"}))


def test_a_score_over_little_is_unknown_rather_than_average(scene: ConsentScene, session: ActorSession) -> None:
    scene.give("tax_monthly_summary", "social_insurance", bank=None)
    scene.figures(REVENUE, [1000.0] * 12)
    compute(scene)
    found = facts(scene, session)
    assert found == {"declared_revenue_12m": 12_000}


def test_the_score_waits_for_the_data_sets_that_weigh_most(scene: ConsentScene, session: ActorSession) -> None:
    everything(scene)
    scene.give(*sorted(set(sharable_numbers()) - {"social_insurance"}), bank=None)
    assert "credit_score" not in facts(scene, session)


@pytest.mark.parametrize(("year", "known"), [("2024", True), ("2023", False)])
def test_an_old_tax_grade_is_unknown(scene: ConsentScene, session: ActorSession, year: str, known: bool) -> None:
    scene.give("tax_credit_grade", bank=None)
    scene.event("tax_credit_grade", payload={"evaluation_year": year, "grade": "B"})
    assert facts(scene, session) == ({"tax_grade": "B"} if known else {})


def test_many_enterprises_are_read_in_as_many_statements_as_one(scene: ConsentScene, session: ActorSession) -> None:
    everything(scene)
    give_all(scene)
    others: list[Enterprise] = [scene.factory.enterprise() for _ in range(5)]
    session.commit()
    counted: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *args: counted.append(args[2]))
    known_facts(session, [scene.enterprise], scene.today)
    one = len(counted)
    counted.clear()
    found = known_facts(session, [*others, scene.enterprise], scene.today)
    assert len(counted) == one <= 12
    assert "tax_grade" in found[scene.enterprise.id]
    assert "tax_grade" not in found[others[0].id]


def test_the_ranking_freezes_the_facts_as_they_stand_under_the_consents(
    scene: ConsentScene, session: ActorSession
) -> None:
    everything(scene)
    scene.give("tax_credit_grade", bank=None)
    session.commit()
    run = session.get_one(MatchRun, rank_need(session, scene.need.id, scene.now))
    frozen: Any = run.need_record["facts"]
    assert (frozen["tax_grade"], frozen["dishonest_debtor"], frozen["region"]) == ("A", False, "370402")
    assert "electricity_kwh_12m" not in frozen


def test_every_fact_of_the_catalogue_names_its_data_sets_and_how_fresh_they_must_be() -> None:
    from_data = {fact.name for fact in CATALOGUE.values() if fact.datasets}
    assert set(_READERS) <= from_data
    assert {name for name in from_data if CATALOGUE[name].fresh_days is None} == set()
    assert {code for fact in CATALOGUE.values() for code in fact.datasets} <= set(catalogue().datasets)
    assert CATALOGUE["tax_grade"].by_consent
    assert not CATALOGUE["dishonest_debtor"].by_consent


def test_months_are_counted_back_over_short_months() -> None:
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 1), 13) == date(2024, 12, 1)
