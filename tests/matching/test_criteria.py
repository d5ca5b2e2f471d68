"""What each criterion means, op by op."""

import pytest

from tests.matching.samples import asking, explained, need, product, with_facts

PASS, FAIL, UNKNOWN = "eligible", "ineligible", "conditional"

CASES = [
    ("in", ["a", "b"], "a", PASS),
    ("in", ["a", "b"], "A", FAIL),
    ("in", [], "a", FAIL),
    ("not_in", ["a"], "b", PASS),
    ("not_in", ["a"], "a", FAIL),
    ("not_in", [], "a", PASS),
    ("prefix_in", ["3704", "37"], "370402", PASS),
    ("prefix_in", ["3704"], "370302", FAIL),
    ("prefix_in", ["370402"], "3704", FAIL),
    ("prefix_in", [""], "", PASS),
    ("prefix_in", [], "3704", FAIL),
    (">=", 24, 24, PASS),
    (">=", 24, 23.999, FAIL),
    ("<=", 0.01, 0.01, PASS),
    ("<=", 0.01, 0.02, FAIL),
    ("between", [1, 2], 1, PASS),
    ("between", [1, 2], 2, PASS),
    ("between", [1, 2], 2.0000001, FAIL),
    ("between", [2, 2], 2, PASS),
    ("is", True, True, PASS),
    ("is", False, True, FAIL),
    ("any_of", ["a", "b"], ["c", "b"], PASS),
    ("any_of", ["a"], ["c"], FAIL),
    ("any_of", ["a"], [], FAIL),
    ("any_of", [], ["a"], FAIL),
    ("none_of", ["a"], ["c"], PASS),
    ("none_of", ["a"], ["a", "c"], FAIL),
    ("none_of", ["a"], [], PASS),
    ("none_of", [], ["a"], PASS),
]


@pytest.mark.parametrize(("op", "value", "fact", "verdict"), CASES)
def test_a_known_fact_passes_or_fails(op: str, value: object, fact: object, verdict: str) -> None:
    said = explained(need(facts={"x": fact}), asking(("x", op, value)))
    assert said["verdict"] == verdict
    expected = [{"fact": "x", "op": op, "value": value, "actual": fact}] if verdict == FAIL else []
    assert said["failed"] == expected


@pytest.mark.parametrize("facts", [{}, {"x": None}])
@pytest.mark.parametrize(("op", "value"), sorted({(op, str(value)): (op, value) for op, value, *_ in CASES}.items()))
def test_an_absent_or_null_fact_is_unknown_for_every_op(
    facts: dict[str, None], op: tuple[str, str], value: tuple[str, object]
) -> None:
    said = explained(need(facts=facts), asking(("x", *value)))
    assert (said["verdict"], said["unknown"], said["failed"]) == (UNKNOWN, ["x"], [])


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"amount": 100000, "term": 3}, []),
        ({"amount": 5000000, "term": 36}, []),
        ({"amount": 99999.99}, [{"fact": "amount", "op": "between", "value": [100000, 5000000], "actual": 99999.99}]),
        ({"term": 37}, [{"fact": "term", "op": "between", "value": [3, 36], "actual": 37}]),
        ({"max_rate": 3.45}, []),
        ({"max_rate": 3.44}, [{"fact": "max_rate", "op": ">=", "value": 3.45, "actual": 3.44}]),
        ({"max_rate": None}, []),
        ({"guarantees": []}, []),
    ],
)
def test_the_built_in_criteria_hold_on_their_bounds(changes: dict[str, object], failed: list[object]) -> None:
    assert explained(need(**changes), product(criteria=[]))["failed"] == failed


def test_a_product_that_wants_a_mortgage_is_closed_to_who_offers_none() -> None:
    said = explained(need(guarantees=["pledge"]), product(criteria=[], guarantees=["mortgage"]))
    assert said["failed"] == [{"fact": "guarantees", "op": "any_of", "value": ["mortgage"], "actual": ["pledge"]}]


def test_a_failure_outweighs_what_is_unknown() -> None:
    said = explained(with_facts(months_in_business=12), product())
    assert said["verdict"] == FAIL
    assert said["unknown"] == ["tax_grade"]
    assert [failure["fact"] for failure in said["failed"]] == ["months_in_business"]


def test_several_criteria_on_one_fact_each_count() -> None:
    both = asking(("x", ">=", 10), ("x", "<=", 20))
    assert explained(need(facts={"x": 15}), both)["verdict"] == PASS
    assert explained(need(facts={"x": 25}), both)["failed"] == [{"fact": "x", "op": "<=", "value": 20, "actual": 25}]
    assert explained(need(facts={}), both)["unknown"] == ["x"]


def test_a_fact_named_like_a_built_in_is_a_fact_of_its_own() -> None:
    said = explained(need(facts={"amount": 1}), asking(("amount", ">=", 2)))
    assert said["failed"] == [{"fact": "amount", "op": ">=", "value": 2, "actual": 1}]
