"""What the engine says of needs and the products on sale: the ranked ones in order, the others with their reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matching import NeedTable, RecordError, Weights, explain, rank
from xinyidai.leads.products_on_sale import ProductsOnSale

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``results`` by need id; ``rejected`` names needs that these products cannot be asked about."""

    results: dict[str, list[Record]]
    rejected: Sequence[RecordError]


def evaluate(record: Record, on_sale: ProductsOnSale, weights: Weights) -> list[Record]:
    """One need's products: the ranked ones in order, then the ineligible ones with their reasons.

    Raises ValueError where a fact is of another kind than the products ask for: the catalogue of facts was broken.
    """
    found = evaluate_all([record], on_sale, weights)
    if found.rejected:
        raise ValueError(f"need {record['id']} cannot be ranked: {'; '.join(map(str, found.rejected))}")
    return found.results[record["id"]]


def evaluate_all(records: Sequence[Record], on_sale: ProductsOnSale, weights: Weights) -> Evaluation:
    """The same for many needs, with the engine asked once for all of them."""
    rejected: list[RecordError] = []
    needs, table = NeedTable.from_records(records, rejected=rejected), on_sale.table
    ranked = rank(needs, table, top=max(1, len(table)), weights=weights, workers=1)
    rejected += ranked.rejected
    refused = {records[error.line - 1]["id"] for error in rejected}
    results: dict[str, list[Record]] = {need: [] for need in needs.ids if need not in refused}
    for one in ranked.iter_records():
        results[one["need"]].append(_ranked(one, on_sale))
    for one in explain(needs, table, weights).iter_records():
        if one["verdict"] == "ineligible":
            results[one["need"]].append(_ineligible(one, on_sale))
    return Evaluation(results, rejected)


def _result(one: Record, on_sale: ProductsOnSale) -> Record:
    return {
        "product_id": one["product"],
        "institution_id": on_sale.institution_of(one["product"]),
        "product_version_id": on_sale.version_of(one["product"]),
        "verdict": one["verdict"],
        "unknown": one["unknown"],
    }


def _ranked(one: Record, on_sale: ProductsOnSale) -> Record:
    reasons = {"contributions": one["contributions"], "neutral": one["neutral"], "failed": []}
    return {**_result(one, on_sale), "rank": one["rank"], "score": one["score"], **reasons}


def _ineligible(one: Record, on_sale: ProductsOnSale) -> Record:
    return {
        **_result(one, on_sale),
        "rank": None,
        "score": None,
        "contributions": {},
        "neutral": [],
        "failed": one["failed"],
    }
