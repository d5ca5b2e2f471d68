"""The contract's two records, to be varied by each test."""

from typing import Any

from matching import NeedTable, ProductTable, explain, rank


def product(**changes: Any) -> dict[str, Any]:
    return {
        "id": "P1",
        "institution": "B1",
        "name": "税易贷",
        "amount": {"min": 100000, "max": 5000000},
        "term": {"min": 3, "max": 36},
        "annual_rate": {"min": 3.45, "max": 5.2},
        "guarantees": ["credit", "guarantee"],
        "decision_days": 5,
        "criteria": [
            {"fact": "region", "op": "prefix_in", "value": ["3704"]},
            {"fact": "industry", "op": "prefix_in", "value": ["C", "I65"]},
            {"fact": "size", "op": "in", "value": ["micro", "small"]},
            {"fact": "months_in_business", "op": ">=", "value": 24},
            {"fact": "tax_grade", "op": "in", "value": ["A", "B", "M"]},
            {"fact": "tax_paid_12m", "op": ">=", "value": 50000},
            {"fact": "dishonest_debtor", "op": "is", "value": False},
            {"fact": "labels", "op": "any_of", "value": ["specialised_new", "high_tech"]},
        ],
    } | changes


def need(**changes: Any) -> dict[str, Any]:
    return {
        "id": "N1",
        "amount": 800000,
        "term": 12,
        "max_rate": 5.0,
        "guarantees": ["guarantee"],
        "facts": {
            "region": "370402",
            "industry": "C2614",
            "size": "small",
            "months_in_business": 40,
            "tax_grade": None,
            "tax_paid_12m": 120000,
            "dishonest_debtor": False,
            "labels": ["high_tech"],
            "credit_score": 702,
        },
    } | changes


def with_facts(**facts: Any) -> dict[str, Any]:
    base = need()
    return base | {"facts": base["facts"] | facts}


def asking(*criteria: tuple[str, str, Any], **changes: Any) -> dict[str, Any]:
    """A product with these criteria alone."""
    stated = [{"fact": fact, "op": op, "value": value} for fact, op, value in criteria]
    return product(criteria=stated, **changes)


def explained(one_need: dict[str, Any], one_product: dict[str, Any]) -> dict[str, Any]:
    records = explain(NeedTable.from_records([one_need]), ProductTable.from_records([one_product])).records()
    assert len(records) == 1
    return records[0]


def ranked(needs: list[dict[str, Any]], products: list[dict[str, Any]], top: int = 10) -> list[dict[str, Any]]:
    return rank(NeedTable.from_records(needs), ProductTable.from_records(products), top).records()
