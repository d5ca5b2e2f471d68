"""When a product changes: the needs it touches, and their lists without compiling everything again."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching import NeedTable, ProductTable, affected, explain, moved, rank, rerank
from tests.matching import markets
from tests.matching.samples import asking, need, product, with_facts


@given(markets.needs(most=5), markets.products(st.integers(0, 5)))
def test_affected_needs_are_those_that_a_product_is_open_to(needs: markets.Records, products: markets.Records) -> None:
    table, product_table = NeedTable.from_records(needs), ProductTable.from_records(products)
    open_ = {one["need"] for one in explain(table, product_table).records() if one["verdict"] != "ineligible"}
    assert [table.ids[row] for row in affected(table, product_table)] == [id_ for id_ in table.ids if id_ in open_]


@given(
    markets.needs(most=4),
    markets.products(st.integers(0, 6)),
    st.lists(markets.product_bodies(), max_size=2),
    st.sets(st.integers(0, 5), max_size=2),
    st.integers(1, 8),
)
def test_reranking_says_what_ranking_all_anew_would_say(
    needs: markets.Records, products: markets.Records, bodies: markets.Records, gone: set[int], top: int
) -> None:
    table, before = NeedTable.from_records(needs), ProductTable.from_records(products)
    ids = [one["id"] for one in products[:1]] + ["new", "newer"]
    changed = ProductTable.from_records([{"id": ids[at], **body} for at, body in enumerate(bodies)])
    removed = {products[at]["id"] for at in gone if at < len(products)} - set(ids)
    again = rerank(table, before, changed, top, removed=removed)
    anew = rank(table, before.replaced(changed, removed), top)
    for column in ("need", "product", "rank", "verdict", "millionths", "contributions"):
        assert np.array_equal(getattr(again, column), getattr(anew, column))


def test_a_changed_product_keeps_its_place_in_the_table() -> None:
    before = ProductTable.from_records([product(id="a"), product(id="b"), product(id="c")])
    after = before.replaced(ProductTable.from_records([product(id="b", name="new"), product(id="d")]), ["c"])
    assert [(one.id, one.name) for one in after.products] == [("a", "税易贷"), ("b", "new"), ("d", "税易贷")]
    assert [one["product"] for one in rerank(NeedTable.from_records([need()]), before, before).records()] == list("abc")


@given(markets.needs(most=3), markets.needs(most=3), markets.products(st.integers(0, 6)))
def test_needs_that_have_not_moved_keep_every_list(
    needs: markets.Records, others: markets.Records, products: markets.Records
) -> None:
    later = [{**other, "id": one["id"]} for one, other in zip(needs, others, strict=False)]
    before, after = NeedTable.from_records(needs[: len(later)]), NeedTable.from_records(later)
    table = ProductTable.from_records(products)
    moved_ids = {before.ids[row] for row in moved(before, after, table)}
    lists = [
        [one for one in rank(state, table, max(1, len(table))).records() if one["need"] not in moved_ids]
        for state in (before, after)
    ]
    assert lists[0] == lists[1]
    verdicts = [
        [(one["need"], one["product"], one["verdict"]) for one in explain(state, table).records()]
        for state in (before, after)
    ]
    still = [[one for one in said if one[0] not in moved_ids] for said in verdicts]
    assert still[0] == still[1]


def test_a_need_has_not_moved_while_no_product_can_tell() -> None:
    table = ProductTable.from_records([asking(("industry", "prefix_in", ["C"]), ("tax_paid_12m", ">=", 50_000))])
    states = [
        with_facts(industry=industry, tax_paid_12m=paid, size=size)
        for industry, paid, size in [("C26", 60_000, "small"), ("C14", 60_000, "large"), ("C26", 60_001, "small")]
    ]
    first, same, more = (NeedTable.from_records([state]) for state in states)
    assert (list(moved(first, same, table)), list(moved(first, more, table))) == ([], [0])
