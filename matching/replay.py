"""A match run kept whole, and worked out again to the same bytes."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from matching.engine import rank
from matching.records import Need, Product, Range, plain
from matching.results import RankResult
from matching.tables import NeedTable, ProductTable
from matching.weights import load_weights

FORMAT: Final = "matching-run/1"


def freeze(result: RankResult, top: int, as_of: str) -> dict[str, Any]:
    """All that a run rested on and what it said, as plain JSON.

    `as_of` is the caller's date of the facts, kept as given. Weights are kept by
    version: their files stay for ever.
    """
    return {
        "format": FORMAT,
        "as_of": as_of,
        "weights": result.weights.version,
        "top": top,
        "needs": [need_record(result.needs.need(row)) for row in range(len(result.needs))],
        "products": [product_record(product) for product in result.products.products],
        "lines": list(lines(result.iter_records())),
    }


def replay(run: Mapping[str, Any]) -> bytes:
    """The bytes of a frozen run, worked out anew: JSON Lines in UTF-8.

    Raises LookupError for weights or a format that this version does not know.
    """
    if run["format"] != FORMAT:
        raise LookupError(f"a run of format {run['format']!r} cannot be replayed; known is {FORMAT!r}")
    needs = NeedTable.from_records(run["needs"])
    products = ProductTable.from_records(run["products"])
    result = rank(needs, products, run["top"], load_weights(run["weights"]))
    return joined(lines(result.iter_records()))


def run_bytes(run: Mapping[str, Any]) -> bytes:
    """The bytes that a frozen run said at the time."""
    return joined(run["lines"])


def lines(records: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Records as the command writes them."""
    return map(json.JSONEncoder(ensure_ascii=False, check_circular=False).encode, records)


def joined(written: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in written).encode()


def need_record(need: Need) -> dict[str, Any]:
    """A need as the contract writes it; unknown facts are absent."""
    return {
        "id": need.id,
        "amount": plain(need.amount),
        "term": plain(need.term),
        "max_rate": plain(need.max_rate),
        "guarantees": list(need.guarantees),
        "facts": {name: plain(fact) for name, fact in need.facts.items()},
    }


def product_record(product: Product) -> dict[str, Any]:
    """A product as the contract writes it."""
    record = product.institution_record
    return {
        "id": product.id,
        "institution": product.institution,
        "name": product.name,
        "amount": _range(product.amount),
        "term": _range(product.term),
        "annual_rate": _range(product.annual_rate),
        "guarantees": list(product.guarantees),
        "decision_days": plain(product.decision_days),
        "criteria": [{"fact": one.fact, "op": one.op, "value": plain(one.value)} for one in product.criteria],
        "institution_record": record
        and {
            "received": plain(record.received),
            "answered": plain(record.answered),
            "approved": plain(record.approved),
            "median_days": plain(record.median_days),
        },
    }


def _range(one: Range) -> dict[str, object]:
    return {"min": plain(one.min), "max": plain(one.max)}
