"""Which consent would answer what is unknown, and how many products that decides."""

from tests.consent_scene import ConsentScene
from xinyidai.consents.queries import consented_datasets
from xinyidai.core.db import ActorSession
from xinyidai.core.i18n import use_locale
from xinyidai.core.paging import ListRequest
from xinyidai.leads.match_queries import latest_ranking, ranked_products
from xinyidai.leads.ranking import rank_need
from xinyidai.leads.unlocks import Unlocks, count_unlocks, unlocks_of


def counted(*unknown: set[str], allowed: set[str] | None = None) -> Unlocks:
    return count_unlocks([frozenset(one) for one in unknown], frozenset(allowed or ()))


def per_family(found: Unlocks) -> dict[str, int]:
    return {one.data.family.value: one.products for one in found.families}


def test_a_product_that_waits_for_one_family_is_decided_by_it_alone() -> None:
    found = counted({"tax_grade"}, {"tax_grade", "tax_paid_12m"}, {"tax_grade", "electricity_kwh_12m"})
    assert per_family(found) == {"tax": 2, "electricity": 0}
    assert found.together == 3


def test_what_no_consent_can_answer_decides_nothing() -> None:
    found = counted({"tax_grade", "annual_revenue"}, {"dishonest_debtor"}, {"annual_revenue"})
    assert per_family(found) == {"tax": 0}
    assert found.together == 0


def test_what_is_allowed_already_is_not_asked_for_again() -> None:
    found = counted({"tax_grade"}, {"tax_paid_12m"}, allowed={"tax_credit_grade"})
    assert per_family(found) == {"tax": 1}
    assert found.datasets == ["tax_monthly_summary"]


def test_a_fact_of_two_families_needs_both() -> None:
    found = counted({"credit_score"})
    assert per_family(found) == {"tax": 0, "social_insurance": 0}
    assert found.together == 1
    assert per_family(counted({"credit_score"}, allowed={"social_insurance"})) == {"tax": 1}


def test_only_the_data_sets_that_answer_something_are_asked_for() -> None:
    assert counted({"tax_grade"}).datasets == ["tax_credit_grade"]
    assert counted().families == ()


def test_it_is_counted_from_what_the_engine_said(scene: ConsentScene, session: ActorSession) -> None:
    bank = scene.banks[0]
    for criteria in (
        [{"fact": "tax_grade", "op": "in", "value": ["A"]}],
        [{"fact": "tax_grade", "op": "in", "value": ["A"]}, {"fact": "months_in_business", "op": ">=", "value": 999}],
    ):
        scene.factory.product(bank, criteria=criteria)
    session.commit()
    rank_need(session, scene.need.id, scene.now)
    ranking = latest_ranking(session, scene.need.id)
    assert ranking is not None
    found = unlocks_of(session, scene.enterprise.id, ranking, scene.today)
    assert per_family(found) == {"tax": 1}  # the other fails anyway
    assert not found.comparing


def test_what_was_opened_and_is_still_unknown_waits_for_its_source(scene: ConsentScene, session: ActorSession) -> None:
    scene.factory.product(scene.banks[0], criteria=[{"fact": "tax_grade", "op": "in", "value": ["A"]}])
    session.commit()
    rank_need(session, scene.need.id, scene.now)
    ranking = latest_ranking(session, scene.need.id)
    assert ranking is not None

    def hints() -> set[str]:
        session.commit()
        opened = consented_datasets(session, scene.enterprise.id, None, scene.today)
        rows = ranked_products(session, scene.need.id, ranking, ListRequest(), opened).rows
        return {reason.hint for row in rows for reason in row.reasons.unknown}

    with use_locale("en"):
        assert hints() == {"Known once you agree to share the data of this source: tax authority."}
        scene.give("tax_credit_grade", bank=None)
        assert hints() == {"Not delivered yet by this source: tax authority."}
