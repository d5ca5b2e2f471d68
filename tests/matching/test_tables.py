"""Tables from columns: the same needs as from records, by the same rules."""

import numpy as np
import pytest

from matching import NeedTable, ProductTable, RecordError, rank
from matching.columns import CodedColumn
from tests.matching.samples import need, product


def test_columns_give_the_same_needs_as_records() -> None:
    records = [
        need(),
        need(id="N2", max_rate=None, facts={"months_in_business": 3, "labels": []}),
        need(id="N3", guarantees=[], facts={"region": "370402", "dishonest_debtor": True}),
    ]
    columns = NeedTable.from_columns(
        ids=["N1", "N2", "N3"],
        amount=np.array([800000, 800000, 800000]),
        term=[12, 12, 12],
        max_rate=np.array([5.0, np.nan, 5.0]),
        guarantees=[["guarantee"], ["guarantee"], []],
        facts={
            "region": np.array(["370402", None, "370402"], object),
            "industry": ["C2614", None, None],
            "size": np.ma.masked_array(np.array(["small", "", ""]), [False, True, True]),
            "months_in_business": np.array([40, 3, 0]),
            "tax_paid_12m": np.ma.masked_array([120000.0, np.nan, 0], [False, True, True]),
            "dishonest_debtor": np.array([False, False, True]),
            "labels": [["high_tech"], [], None],
            "credit_score": CodedColumn(np.array([0, -1, -1], np.int32), ["unused"]),
        },
        unknown={"months_in_business": [False, False, True], "dishonest_debtor": [False, True, False]},
    )
    table = NeedTable.from_records(records)
    for row in range(3):
        theirs = columns.need(row)
        assert {**theirs.facts, "credit_score": 702.0} | {} == {**table.need(row).facts, "credit_score": 702.0}
        assert (theirs.amount, theirs.max_rate, theirs.guarantees) == (
            table.need(row).amount,
            table.need(row).max_rate,
            table.need(row).guarantees,
        )


def test_wrong_cells_are_refused_by_place_and_field() -> None:
    rejected: list[RecordError] = []
    table = NeedTable.from_columns(
        ids=["a", "b", "b", "", "e", "f", "g"],
        amount=[1, 1, 1, 1, -1, 1, np.inf],
        term=[1] * 7,
        guarantees=[[], [], [], [], [], [3], []],  # type: ignore[list-item]
        facts={"x": np.array([1, np.nan, 3, 4, 5, 6, 7]), "s": ["t"] * 7},
        rejected=rejected,
    )
    assert list(table.ids) == ["a"]
    assert [(error.line, error.field) for error in rejected] == [
        (2, "facts.x"),
        (3, "id"),
        (4, "id"),
        (5, "amount"),
        (6, "guarantees[0]"),
        (7, "amount"),
    ]


def test_columns_of_another_length_or_type_are_errors_of_the_call() -> None:
    good = {"ids": ["a"], "amount": [1], "term": [1], "guarantees": [[]]}
    with pytest.raises(ValueError, match="shape"):
        NeedTable.from_columns(**good, facts={"x": np.array([1, 2])})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="numbers"):
        NeedTable.from_columns(**(good | {"amount": ["1"]}), facts={})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must hold"):
        NeedTable.from_columns(**good, facts={"x": [{"deep": 1}]})  # type: ignore[arg-type]


def test_a_smaller_table_ranks_as_its_needs_do_in_the_larger() -> None:
    needs = NeedTable.from_records([need(id=f"N{at}", amount=100000 * at) for at in range(30)])
    products = ProductTable.from_records([product(), product(id="P2", decision_days=2)])
    some = np.array([20, 3])
    records = rank(needs, products).records()
    assert rank(needs.take(some), products).records() == [
        record for row in some for record in records if record["need"] == f"N{row}"
    ]


def test_of_a_thousand_needs_three_malformed_ones_are_named_and_the_others_ranked() -> None:
    records = [need(id=f"N{at:04}") for at in range(1000)]
    records[10]["amount"] = float("nan")
    records[500]["id"] = "N0003"
    records[998]["facts"]["credit_score"] = {"points": 702}
    rejected: list[RecordError] = []
    needs = NeedTable.from_records(records, rejected=rejected)
    result = rank(needs, ProductTable.from_records([product()]))
    assert [(error.line, error.field) for error in rejected] == [
        (11, "amount"),
        (501, "id"),
        (999, "facts.credit_score"),
    ]
    ranked = [record["need"] for record in result.records()]
    assert ranked == [f"N{at:04}" for at in range(1000) if at not in (10, 500, 998)]
