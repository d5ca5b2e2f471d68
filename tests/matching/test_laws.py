"""The laws of the contract, each on markets that Hypothesis makes up."""

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import Need, NeedTable, Product, ProductTable, explain, load_weights, narrow, rank
from matching.explaining import failure
from matching.kernels import AVAILABLE
from matching.records import VERDICTS
from matching.reference import judge, rank_one
from matching.results import RankResult, contributions_record
from matching.score import MILLION, neutral_components, score
from tests.matching import markets

Records = list[dict[str, Any]]
WEIGHTS = load_weights()
ENGINES = ["numba", "numpy"] if AVAILABLE else ["numpy"]


def tables(needs: Records, products: Records) -> tuple[NeedTable, ProductTable]:
    return NeedTable.from_records(needs), ProductTable.from_records(products)


def listing(result: RankResult) -> Records:
    return result.records()


def by_the_book(needs: NeedTable, products: ProductTable, top: int) -> Records:
    """What the plain evaluator ranks."""
    return [
        {
            "need": needs.ids[row],
            "product": pair.product.id,
            "rank": rank,
            "verdict": pair.judgement.verdict,
            "score": pair.scored.score / MILLION,
            "contributions": contributions_record(pair.scored.contributions),
            "unknown": list(pair.judgement.unknown),
            "neutral": neutral_components(pair.product, needs.need(row).facts, needs.need(row).guarantees, WEIGHTS),
        }
        for row in range(len(needs))
        for rank, pair in enumerate(rank_one(needs.need(row), products.products, top, WEIGHTS), 1)
    ]


@given(markets.needs(), markets.products(), st.sampled_from([1, 2, 10, 64, 200]))
def test_every_engine_ranks_as_the_plain_evaluator_does(needs: Records, products: Records, top: int) -> None:
    need_table, product_table = tables(needs, products)
    expected = by_the_book(need_table, product_table, top)
    for engine in ENGINES:
        assert rank(need_table, product_table, top, engine=engine).records() == expected
    # What is made for many products must say the same of few, and so must what is made for many open ones.
    for name in ("PRODUCTS", "crowded"):
        with mock.patch.object(narrow, name, 0 if name == "PRODUCTS" else lambda *_: True):
            assert rank(need_table, product_table, top).records() == expected


@given(markets.needs(), markets.products(st.sampled_from([0, 1, 2, 5, 5, 65])))
def test_every_pair_is_explained_as_the_plain_evaluator_judges_it(needs: Records, products: Records) -> None:
    need_table, product_table = tables(needs, products)
    said = explain(need_table, product_table).records()
    pairs = [
        (need_table.need(row), product)
        for row in range(len(need_table))
        for product in sorted(product_table.products, key=lambda one: one.id)
    ]
    assert said == [by_the_book_explained(need, product) for need, product in pairs]


def by_the_book_explained(need: Need, product: Product) -> dict[str, Any]:
    judgement, scored = judge(need, product), score(need, product, WEIGHTS)
    return {
        "need": need.id,
        "product": product.id,
        "verdict": judgement.verdict,
        "failed": [failure(need, criterion) for criterion in judgement.failed],
        "unknown": list(judgement.unknown),
        "score": scored.score / MILLION,
        "contributions": contributions_record(scored.contributions),
        "neutral": neutral_components(product, need.facts, need.guarantees, WEIGHTS),
    }


@given(markets.needs(), markets.products(st.integers(0, 5)), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_changes_nothing(needs: Records, products: Records, random: Any) -> None:
    first: dict[str, Records] = {record["id"]: [] for record in needs} | _grouped(
        rank(*tables(needs, products)).records()
    )
    for product in products:
        product["criteria"] = random.sample(product["criteria"], len(product["criteria"]))
    shuffled = random.sample(needs, len(needs)), random.sample(products, len(products))
    again: dict[str, Records] = {record["id"]: [] for record in needs} | _grouped(rank(*tables(*shuffled)).records())
    for lists in (first, again):
        for records in lists.values():
            for record in records:
                record["unknown"] = set(record["unknown"])
    assert first == again


def _grouped(records: Records) -> dict[str, Records]:
    groups: dict[str, Records] = {}
    for record in records:
        groups.setdefault(record["need"], []).append(record)
    return groups


@given(markets.needs(), markets.products(st.integers(1, 4)), markets.criteria(), st.data())
def test_adding_a_criterion_never_adds_an_eligible_pair(
    needs: Records, products: Records, criterion: dict[str, Any], data: st.DataObject
) -> None:
    before = _eligible(needs, products)
    changed = data.draw(st.sampled_from(range(len(products))))
    narrower = products[changed] | {"criteria": [*products[changed]["criteria"], criterion]}
    after = _eligible(needs, [*products[:changed], narrower, *products[changed + 1 :]])
    assert after <= before


def _eligible(needs: Records, products: Records) -> set[tuple[str, str]]:
    records = rank(*tables(needs, products), top=200).records()
    return {(one["need"], one["product"]) for one in records if one["verdict"] == "eligible"}


@given(markets.needs(most=1), markets.products(st.integers(1, 3)), st.data())
def test_learning_a_fact_that_passes_never_lowers_the_verdict(
    needs: Records, products: Records, data: st.DataObject
) -> None:
    for need in needs:
        name, kind = data.draw(st.sampled_from(sorted(markets.FACTS.items())))
        learnt = need | {"facts": need["facts"] | {name: data.draw(markets.OF_KIND[kind])}}
        if need["facts"].get(name) is not None:
            continue
        before, after = (explain(*tables([one], products)).records() for one in (need, learnt))
        for old, new in zip(before, after, strict=True):
            if all(failed["fact"] != name for failed in new["failed"]):
                assert VERDICTS.index(new["verdict"]) <= VERDICTS.index(old["verdict"])


@given(markets.needs(most=2), markets.product_bodies(), st.data())
def test_a_lower_rate_or_a_quicker_decision_never_lowers_the_score(
    needs: Records, body: dict[str, Any], data: st.DataObject
) -> None:
    before = {"id": "P", **body}
    rate = before["annual_rate"]
    lower = data.draw(st.floats(0, rate["min"]))
    changes: Records = [before | {"annual_rate": rate | {"min": lower}}]
    if before["decision_days"] is not None:
        changes.append(before | {"decision_days": data.draw(st.floats(0, before["decision_days"]))})
    old = explain(*tables(needs, [before])).records()
    for better in changes:
        for was, now in zip(old, explain(*tables(needs, [better])).records(), strict=True):
            assert now["score"] >= was["score"]


@given(markets.needs(most=4), markets.products(st.sampled_from([1, 5, 64, 65])), st.integers(1, 5))
def test_a_short_list_begins_a_long_one_and_scores_are_sums_from_0_to_100(
    needs: Records, products: Records, top: int
) -> None:
    need_table, product_table = tables(needs, products)
    every = rank(need_table, product_table, top=200)
    few = rank(need_table, product_table, top=top)
    kept = every.rank <= top
    for column in ("need", "product", "rank", "verdict", "millionths", "contributions"):
        assert np.array_equal(getattr(every, column)[kept], getattr(few, column))
    assert (every.contributions >= 0).all()
    assert (every.millionths == every.contributions.sum(axis=1)).all()
    assert (every.millionths <= 100 * MILLION).all()


def test_an_engine_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="engine must be"):
        rank(*tables([], []), engine="abacus")
    with pytest.raises(ValueError, match="top must be"):
        rank(*tables([], []), top=0)
