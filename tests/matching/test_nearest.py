"""Counterfactuals: the smallest change that opens a product, in facts that can be changed."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from matching import NeedTable, ProductTable, changes_versions, load_changes, nearest
from matching.changes import changed
from matching.nearest import opening
from matching.reference import judge
from tests.matching import markets
from tests.matching.samples import asking, need, product, with_facts


def found(one_need: dict[str, Any], *products: dict[str, Any], top: int = 9) -> list[dict[str, Any]]:
    return nearest(NeedTable.from_records([one_need]), ProductTable.from_records(list(products)), top).records()


def test_months_in_business_are_counted_in_words_and_numbers() -> None:
    said = found(with_facts(months_in_business=12, tax_grade="A"), product())
    assert [one["changes"] for one in said] == [
        [
            {
                "fact": "months_in_business",
                "from": 12,
                "to": 24,
                "by": 12,
                "size": 1.0,
                "words": {"en": "12 more months in business", "zh": "再经营12个月"},
            }
        ]
    ]
    assert (said[0]["verdict"], said[0]["rank"]) == ("eligible", 1)


def test_the_amount_may_go_down_to_what_the_product_gives() -> None:
    said = found(need(amount=800000), asking(amount={"min": 0, "max": 500000}))
    assert said[0]["changes"][0]["words"] == {"en": "amount at most 500000", "zh": "金额不超过500000元"}
    assert said[0]["changes"][0]["size"] == 0.75


def test_several_criteria_on_one_fact_are_met_by_one_change() -> None:
    both = asking(("insured_persons", ">=", 5), ("insured_persons", "between", [7.5, 20]))
    said = found(need(facts={"insured_persons": 2}), both)
    assert [(one["to"], one["by"]) for one in said[0]["changes"]] == [(8, 6)]
    impossible = asking(("insured_persons", ">=", 5), ("insured_persons", "<=", 3))
    assert found(need(facts={"insured_persons": 2}), impossible) == []


def test_all_that_a_product_fails_on_is_changed_jointly() -> None:
    wide = asking(("months_in_business", ">=", 24), ("tax_grade", "in", ["A"]), term={"min": 24, "max": 36})
    said = found(need(term=12, facts={"months_in_business": 20, "tax_grade": "M"}), wide)
    assert [(one["fact"], one["from"], one["to"]) for one in said[0]["changes"]] == [
        ("term", 12, 24),
        ("months_in_business", 20, 24),
        ("tax_grade", "M", "A"),
    ]


def test_what_nobody_can_or_should_change_is_never_proposed() -> None:
    facts = {"region": "110101", "size": "large", "dishonest_debtor": True, "unheard_of": 1, "months_in_business": 90}
    for closed in (
        asking(("region", "prefix_in", ["3704"])),
        asking(("size", "in", ["small"])),
        asking(("dishonest_debtor", "is", False)),
        asking(("unheard_of", ">=", 2)),
        asking(("months_in_business", "<=", 60)),  # nobody grows younger
        asking(("months_in_business", ">=", 99), ("size", "in", ["small"])),
    ):
        assert found(need(facts=facts), closed) == []


def test_a_fact_named_like_a_built_in_is_not_taken_for_it() -> None:
    assert found(need(facts={"amount": 1}), asking(("amount", ">=", 2))) == []


def test_a_guarantee_or_a_title_may_be_added() -> None:
    said = found(need(guarantees=["pledge"]), product(criteria=[], guarantees=["mortgage", "guarantee"]))
    assert said[0]["changes"][0]["words"]["zh"] == "提供保证担保"
    assert said[0]["changes"][0]["to"] == ["pledge", "guarantee"]
    titled = asking(("labels", "any_of", ["specialised_new", "high_tech"]), ("labels", "none_of", ["high_tech"]))
    said = found(need(facts={"labels": []}), titled)
    assert said[0]["changes"][0]["words"]["en"] == "obtain the title of specialised and new enterprise"
    assert found(need(), product(criteria=[], guarantees=["gold"])) == []


def test_fewest_changes_come_first_then_the_smallest_then_the_better_product() -> None:
    facts = {"months_in_business": 12, "insured_persons": 1}
    products = [
        asking(("months_in_business", ">=", 13), ("insured_persons", ">=", 2), id="two small"),
        asking(("months_in_business", ">=", 36), id="far"),
        asking(("months_in_business", ">=", 24), id="near"),
        asking(("months_in_business", ">=", 24), id="near and quick", decision_days=1),
        asking(id="open"),
    ]
    said = found(need(facts=facts), *products)
    assert [one["product"] for one in said] == ["near and quick", "near", "far", "two small"]
    assert [one["rank"] for one in said] == [1, 2, 3, 4]
    assert [one["product"] for one in found(need(facts=facts), *products, top=1)] == ["near and quick"]


def test_what_is_unknown_stays_unknown_and_is_named() -> None:
    said = found(with_facts(months_in_business=12), product())
    assert (said[0]["verdict"], said[0]["unknown"]) == ("conditional", ["tax_grade"])


def test_every_entry_of_the_catalogue_gives_a_reason_and_both_languages() -> None:
    for version in changes_versions():
        for name, rule in load_changes(version).items():
            assert rule["why"], name
            assert rule["en"].keys() == rule["zh"].keys()


FACTS = ["months_in_business", "insured_persons", "credit_score", "loan_balance_to_revenue", "tax_paid_12m"]


@given(
    st.dictionaries(st.sampled_from(FACTS), st.sampled_from([0.0, 1.0, 2.5, 10.0, 700.0])),
    st.lists(st.tuples(st.sampled_from(FACTS), st.sampled_from([">=", "<="]), markets.number), max_size=4),
    markets.product_bodies(),
    markets.needs(most=1),
)
def test_the_changes_open_the_product_and_half_of_any_would_not(
    facts: dict[str, float], criteria: list[tuple[str, str, float]], body: dict[str, Any], needs: list[dict[str, Any]]
) -> None:
    stated = [{"fact": fact, "op": op, "value": value} for fact, op, value in criteria]
    products = ProductTable.from_records([{"id": "P", **body, "criteria": [*body["criteria"], *stated]}])
    for record in needs:
        table = NeedTable.from_records([record | {"facts": record["facts"] | facts}])
        one, closed = table.need(0), products.products[0]
        changes = opening(one, closed, load_changes())
        assert {(change.fact, change.builtin) for change in changes} <= {
            (failed.fact, failed.builtin) for failed in judge(one, closed).failed
        }
        said = nearest(table, products).records()
        assert [[change["fact"] for change in line["changes"]] for line in said] == (
            [[change.fact for change in changes]] if changes else []
        )
        if not changes:
            continue
        assert judge(changed(one, changes), closed).verdict != "ineligible"
        for at in range(len(changes)):
            left_out = changed(one, [*changes[:at], *changes[at + 1 :]])
            assert judge(left_out, closed).verdict == "ineligible"
