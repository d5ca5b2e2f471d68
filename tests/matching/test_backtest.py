"""What a draft would have reached, and what each criterion costs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import InvalidRecords, NeedTable, ProductTable, backtest
from matching.reference import judge
from tests.matching import markets
from tests.matching.samples import asking, need


def test_reach_who_funded_it_and_what_each_criterion_costs() -> None:
    facts: list[dict[str, Any]] = [
        {"months": 12, "size": "small"},
        {"months": 30, "size": "small"},
        {"months": 30, "size": "large"},
        {"months": 6, "size": "large"},
        {"size": "small"},
    ]
    needs = NeedTable.from_records([need(id=f"N{at}", facts=one) for at, one in enumerate(facts)])
    draft = asking(("months", ">=", 24), ("size", "in", ["small"]))
    said = backtest(draft, needs, {"N1": ["B1", "B2"], "N4": ["B1"], "N0": ["B3"]}).record()
    assert {name: said[name] for name in ("needs", "reach", "eligible", "conditional", "funded_needs", "funded")} == {
        "needs": 5,
        "reach": 2,
        "eligible": 1,
        "conditional": 1,
        "funded_needs": 2,
        "funded": {"B1": 2, "B2": 1},
    }
    months, size = said["criteria"][4:]
    assert months == {
        "fact": "months",
        "op": ">=",
        "value": 24,
        "builtin": False,
        "failed": 2,
        "unknown": 1,
        "alone": 1,
        "before": 5,
        "after": 3,
    }
    assert (size["failed"], size["alone"], size["before"], size["after"]) == (2, 1, 3, 2)


def test_a_need_with_a_fact_of_another_kind_is_not_reached() -> None:
    needs = NeedTable.from_records([need(facts={"months": "thirty"})])
    said = backtest(asking(("months", ">=", 24)), needs)
    assert (said.reach, said.criteria[4].failed, said.criteria[4].unknown) == (0, 1, 0)


def test_a_malformed_draft_is_refused() -> None:
    with pytest.raises(InvalidRecords, match="draft:1: criteria"):
        backtest(asking(("months", ">=", "24")), NeedTable.from_records([]))


@given(markets.needs(most=6), markets.products(st.just(1)))
def test_the_reach_is_what_the_plain_evaluator_judges(needs: markets.Records, products: markets.Records) -> None:
    table = NeedTable.from_records(needs)
    draft = ProductTable.from_records(products).products[0]
    said = backtest(products[0], table)
    judged = [judge(table.need(row), draft) for row in range(len(table))]
    verdicts = [one.verdict for one in judged]
    assert said.eligible.tolist() == [row for row, verdict in enumerate(verdicts) if verdict == "eligible"]
    assert said.conditional.tolist() == [row for row, verdict in enumerate(verdicts) if verdict == "conditional"]
    assert said.criteria[-1].after == said.reach
    for at, (criterion, cost) in enumerate(zip(draft.all_criteria(), said.criteria, strict=True)):
        assert cost.criterion == criterion
        assert (
            cost.alone == sum(one.failed == (criterion,) for one in judged) or draft.all_criteria().count(criterion) > 1
        )
        assert cost.failed == sum(criterion in one.failed for one in judged)
        assert cost.before == (said.criteria[at - 1].after if at else len(needs))
