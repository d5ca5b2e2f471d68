"""Malformed records are refused by name, and the rest goes on."""

from typing import Any

import pytest

from matching import InvalidRecords, NeedTable, ProductTable, RecordError, check_criteria, rank
from tests.matching.samples import asking, need, product, with_facts


def refused_product(record: Any) -> list[tuple[str, str]]:
    rejected: list[RecordError] = []
    table = ProductTable.from_records([record], rejected=rejected)
    assert len(table) == (0 if rejected else 1)
    return [(error.field, error.reason) for error in rejected]


def refused_need(record: Any) -> list[tuple[str, str]]:
    rejected: list[RecordError] = []
    table = NeedTable.from_records([record], rejected=rejected)
    assert len(table) == (0 if rejected else 1)
    return [(error.field, error.reason) for error in rejected]


def criterion(**changes: Any) -> dict[str, Any]:
    return product(criteria=[{"fact": "x", "op": ">=", "value": 1} | changes])


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ([], "record"),
        ("text", "record"),
        (None, "record"),
        (product(id=""), "id"),
        (product(id=7), "id"),
        (product(id="\ud800"), "id"),
        (product(amount=5), "amount"),
        (product(amount={"min": 2, "max": 1}), "amount"),
        (product(amount={"min": True, "max": 2}), "amount.min"),
        (product(amount={"min": "1", "max": 2}), "amount.min"),
        (product(amount={"min": -1, "max": 2}), "amount.min"),
        (product(amount={"min": 1}), "amount.max"),
        (product(amount={"min": 1, "max": 2, "step": 1}), "amount.step"),
        (product(term={"min": 3, "max": float("inf")}), "term.max"),
        (product(annual_rate={"min": float("nan"), "max": 5}), "annual_rate.min"),
        (product(amount={"min": 0, "max": 10**400}), "amount.max"),
        (product(amount={"min": 0, "max": 2**53 + 1}), "amount.max"),
        (product(guarantees="credit"), "guarantees"),
        (product(guarantees=["credit", None]), "guarantees[1]"),
        (product(decision_days="5"), "decision_days"),
        (product(decision_days=-1), "decision_days"),
        (product(criteria=None), "criteria"),
        (product(criteria={}), "criteria"),
        (product(criteria=[3]), "criteria[0]"),
        (product(colour="red"), "colour"),
        ({key: value for key, value in product().items() if key != "criteria"}, "criteria"),
        (criterion(op="=="), "criteria[0].op"),
        (criterion(op=None), "criteria[0].op"),
        (criterion(op=["in"]), "criteria[0].op"),
        (criterion(fact=""), "criteria[0].fact"),
        (criterion(fact=1), "criteria[0].fact"),
        (criterion(value=True), "criteria[0].value"),
        (criterion(value="24"), "criteria[0].value"),
        (criterion(value=None), "criteria[0].value"),
        (criterion(op="between", value=[2, 1]), "criteria[0].value"),
        (criterion(op="between", value=[1]), "criteria[0].value"),
        (criterion(op="between", value=[1, float("nan")]), "criteria[0].value[1]"),
        (criterion(op="is", value=0), "criteria[0].value"),
        (criterion(op="in", value="A"), "criteria[0].value"),
        (criterion(op="in", value=["A", 1]), "criteria[0].value[1]"),
        (criterion(note="?"), "criteria[0].note"),
        (product(institution_record={"received": 1, "answered": 2, "approved": 0}), "institution_record.answered"),
        (product(institution_record={"received": 1, "answered": 1}), "institution_record.approved"),
    ],
)
def test_a_malformed_product_is_refused_with_its_field(record: Any, field: str) -> None:
    assert [name for name, _ in refused_product(record)] == [field]


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (need(id=None), "id"),
        (need(amount=None), "amount"),
        (need(amount=True), "amount"),
        (need(amount="800000"), "amount"),
        (need(amount=float("nan")), "amount"),
        (need(term=-3), "term"),
        (need(max_rate="5"), "max_rate"),
        (need(max_rate=float("inf")), "max_rate"),
        (need(guarantees=None), "guarantees"),
        (need(facts=None), "facts"),
        (need(facts=[]), "facts"),
        (need(facts={"x": {"deep": 1}}), "facts.x"),
        (need(facts={"x": [1]}), "facts.x[0]"),
        (need(facts={"x": ["a", None]}), "facts.x[1]"),
        (need(facts={"x": float("nan")}), "facts.x"),
        (need(facts={"x": -float("inf")}), "facts.x"),
        (need(facts={"x": 2**60 + 1}), "facts.x"),
        (need(facts={"x": "\udfff"}), "facts.x"),
        (need(facts={"\ud800": 1}), "facts"),
        (need(facts={1: 1}), "facts"),
        (need(max_rte=5), "max_rte"),
        ({"id": "N1"}, "amount"),
    ],
)
def test_a_malformed_need_is_refused_with_its_field(record: Any, field: str) -> None:
    assert refused_need(record)[0][0] == field


def test_records_at_the_edge_of_the_contract_are_taken() -> None:
    assert refused_product(product(criteria=[], guarantees=[], decision_days=None)) == []
    assert refused_product(asking(("x", "in", []), ("y", "prefix_in", [""]), ("z", "between", [1, 1]))) == []
    without_limit = {key: value for key, value in need(facts={}, guarantees=[]).items() if key != "max_rate"}
    assert refused_need(without_limit) == []
    assert refused_need(need(amount=0.01, facts={"x": [], "y": "", "z": 2**53, "信用": "好"})) == []


def test_every_problem_of_a_record_is_named() -> None:
    problems = refused_product(product(amount={"min": 2, "max": 1}, term=None, criteria=[{"fact": "x", "op": "~"}]))
    assert [field for field, _ in problems] == ["amount", "term", "criteria[0].value"]


def test_a_repeated_id_is_refused_and_the_first_stays() -> None:
    rejected: list[RecordError] = []
    table = NeedTable.from_records([need(amount=1), need(amount=2), need(id="N2")], rejected=rejected, source="f")
    assert rejected == [RecordError("f", 2, "id", "'N1' is repeated; line 1 has it already")]
    assert [table.need(row).amount for row in range(len(table))] == [1, 800000]


def test_without_a_list_to_collect_them_errors_are_raised() -> None:
    with pytest.raises(InvalidRecords, match=r"needs:2: term: must be a number") as caught:
        NeedTable.from_records([need(), need(id="N2", term="12")])
    assert len(caught.value.errors) == 1


def test_a_need_comes_back_out_of_its_table_as_it_went_in() -> None:
    table = NeedTable.from_records([with_facts(), need(id="N2", facts={"only": ["a", "b"]}, max_rate=None)])
    first, second = table.need(0), table.need(1)
    assert first.facts["months_in_business"] == 40
    assert "tax_grade" not in first.facts
    assert (second.max_rate, second.facts) == (None, {"only": ("a", "b")})


def test_a_fact_of_another_kind_than_the_products_ask_for_refuses_the_need() -> None:
    needs = NeedTable.from_records([need(), with_facts(months_in_business="forty") | {"id": "N2"}])
    result = rank(needs, ProductTable.from_records([product()]))
    assert [record["need"] for record in result.records()] == ["N1"]
    assert result.rejected == [
        RecordError("needs", 2, "facts.months_in_business", "is a string, but products ask for a number")
    ]


def test_a_fact_that_no_product_asks_for_may_be_of_any_kind() -> None:
    needs = NeedTable.from_records([with_facts(note="x"), with_facts(note=3) | {"id": "N2"}])
    assert rank(needs, ProductTable.from_records([product()])).rejected == []


def test_products_that_ask_a_fact_for_the_rarer_kind_are_refused_in_any_order() -> None:
    products = [asking(("x", ">=", 1), id="A"), asking(("x", "in", ["1"]), id="B"), asking(("x", "<=", 9), id="C")]
    for order in ([0, 1, 2], [1, 0, 2], [2, 0, 1]):
        rejected: list[RecordError] = []
        table = ProductTable.from_records([products[at] for at in order], rejected=rejected)
        assert sorted(one.id for one in table.products) == ["A", "C"]
        assert [(error.line, error.field) for error in rejected] == [(order.index(1) + 1, "criteria[0].op")]


def test_check_criteria_names_all_that_is_wrong_with_one_product() -> None:
    assert check_criteria([{"fact": "x", "op": "in", "value": ["a"]}]) == []
    problems = check_criteria(
        [{"fact": "x", "op": ">=", "value": "1"}, {"fact": "y", "op": "in", "value": []}, {"op": "in"}],
        kinds={"y": "number"},
    )
    assert [field for field, _ in problems] == [
        "criteria[0].value",
        "criteria[2].fact",
        "criteria[2].value",
        "criteria[1].op",
    ]
    assert check_criteria("no list") != []


def test_one_product_cannot_ask_a_fact_for_two_kinds() -> None:
    assert [field for field, _ in refused_product(asking(("x", ">=", 1), ("x", "in", ["1"])))] == ["criteria[1].op"]
