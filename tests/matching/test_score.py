"""The score: a sum of named contributions, from weights that say why."""

import json
from typing import Any

import pytest

from matching import COMPONENTS, load_weights, weights_versions
from matching.weights import FOLDER, read_weights
from tests.matching.samples import asking, explained, need, product, ranked, with_facts

RECORD = {"received": 40, "answered": 36, "approved": 27, "median_days": 4}


def contributions(one_need: dict[str, Any], one_product: dict[str, Any]) -> dict[str, float]:
    parts: dict[str, float] = explained(one_need, one_product)["contributions"]
    return parts


def test_contributions_by_hand() -> None:
    parts = contributions(
        need(amount=200000, term=4, guarantees=["mortgage"], facts={"x": 30, "y": 4}),
        asking(
            *[("x", ">=", 24), ("y", "between", [0, 10]), ("z", "<=", 5)],
            amount={"min": 100000, "max": 250000},
            guarantees=["mortgage"],
            annual_rate={"min": 3, "max": 5},
            institution_record=RECORD,
        ),
    )
    assert parts == {
        "cost": 20.0,  # 25 × (12 − 4) / (12 − 2)
        "likelihood": pytest.approx(25 * (0.6 * (0.25 + 0.8 + 0.5) / 3 + 0.4 * 37 / 56), abs=1e-6),
        "speed": 10.0,  # 12 × (30 − 5) / 30
        "amount_fit": 2.5,  # a quarter of the amount is left below the ceiling
        "term_fit": 2.666667,  # a third above the floor of 3 months
        "collateral": 2.4,
        "record": pytest.approx(8 * 46 / 60, abs=1e-6),
    }


def test_the_score_is_the_sum_of_its_contributions() -> None:
    said = explained(need(), product(institution_record=RECORD))
    assert list(said["contributions"]) == list(COMPONENTS)
    assert said["score"] == round(sum(said["contributions"].values()), 6)


def test_a_perfect_pair_scores_100() -> None:
    said = explained(
        need(facts={"x": 10}),
        asking(
            ("x", ">=", 1),
            annual_rate={"min": 1, "max": 2},
            decision_days=0,
            institution_record={"received": 10**14, "answered": 10**14, "approved": 10**14},
        ),
    )
    assert said["score"] == 100


def test_what_is_not_known_takes_its_neutral_value_and_is_named() -> None:
    said = explained(need(facts={}), asking(("x", ">=", 1), decision_days=None, guarantees=["gold"]))
    assert said["neutral"] == ["likelihood", "speed", "record"]
    assert [said["contributions"][name] for name in said["neutral"]] == [12.5, 6, 4]
    said = explained(need(facts={}, guarantees=["gold"]), asking(("x", ">=", 1), guarantees=["gold"]))
    assert (said["contributions"]["collateral"], said["neutral"]) == (6, ["likelihood", "collateral", "record"])
    known = asking(("x", ">=", 1), institution_record=RECORD)
    assert explained(need(facts={"x": 2}), known)["neutral"] == []


def test_an_institution_slower_than_it_promises_is_scored_by_what_it_does() -> None:
    slow = product(decision_days=2, institution_record=RECORD | {"median_days": 15})
    assert contributions(need(), slow)["speed"] == 6


def test_the_easiest_guarantee_of_both_sides_counts() -> None:
    assert contributions(need(), product(guarantees=["mortgage", "guarantee"]))["collateral"] == 7.2
    assert contributions(need(), product(guarantees=["mortgage", "credit"]))["collateral"] == 12
    assert contributions(need(), product(guarantees=["mortgage"]))["collateral"] == 0


def test_eligible_goes_before_conditional_then_score_then_id() -> None:
    products = [
        product(id="unknown-but-cheap", annual_rate={"min": 1, "max": 1}),
        asking(("size", "in", ["small"]), id="b"),
        asking(("size", "in", ["small"]), id="a"),
        asking(("size", "in", ["small"]), id="slower", decision_days=6),
        asking(("size", "in", ["micro"]), id="closed"),
    ]
    order = ["a", "b", "slower", "unknown-but-cheap"]
    assert [record["product"] for record in ranked([need()], products)] == order
    assert [record["product"] for record in ranked([need()], products[::-1])] == order
    assert [record["product"] for record in ranked([need()], products, top=2)] == order[:2]


def test_margins_reach_over_the_whole_range_of_numbers() -> None:
    largest = 1.7976931348623157e308
    for criterion in (("x", ">=", -largest), ("x", "between", [-largest, largest]), ("x", ">=", 5e-324)):
        said = explained(with_facts(x=largest), asking(criterion))
        assert 0 <= said["contributions"]["likelihood"] <= 25


def test_every_version_of_the_weights_sums_to_one_and_gives_reasons() -> None:
    assert weights_versions()
    for version in weights_versions():
        weights = load_weights(version)
        assert weights.version == version
        assert sum(weights.points.values()) == 100_000_000


def test_weights_that_break_the_contract_are_refused() -> None:
    raw = json.loads((FOLDER / f"weights-{weights_versions()[-1]}.json").read_text(encoding="utf-8"))
    raw["weights"]["cost"]["weight"] = 0.26
    with pytest.raises(ValueError, match="sum to 1"):
        read_weights(json.dumps(raw))
    raw["weights"]["cost"] = {"weight": 0.25, "why": ""}
    with pytest.raises(ValueError, match="cost has no reason"):
        read_weights(json.dumps(raw))
    with pytest.raises(LookupError, match="1999"):
        load_weights("1999-01-01")


def test_every_weight_on_file_says_why_and_how_much() -> None:
    for version in weights_versions():
        weights = load_weights(version)
        assert all(weights.reasons[name] for name in COMPONENTS)
        assert sum(weights.maximum(name) for name in COMPONENTS) == 100
