"""A stored run gives the same bytes, whatever version came after it."""

import json
from pathlib import Path

import pytest
from hypothesis import given

from matching import NeedTable, ProductTable, freeze, rank, replay, run_bytes
from matching.replay import joined
from tests.matching import markets
from tests.matching.samples import need, product, with_facts

RUNS = Path(__file__).parent / "runs"


@pytest.mark.parametrize("path", sorted(RUNS.glob("*.json")), ids=lambda path: path.stem)
def test_a_run_of_an_earlier_version_gives_the_same_bytes(path: Path) -> None:
    run = json.loads(path.read_text(encoding="utf-8"))
    assert len(run["lines"]) > 0
    assert replay(run) == run_bytes(run)


def test_runs_of_earlier_versions_are_kept() -> None:
    assert any(RUNS.glob("*.json"))


@given(markets.needs(), markets.products())
def test_any_run_survives_its_way_through_json(needs: markets.Records, products: markets.Records) -> None:
    result = rank(NeedTable.from_records(needs), ProductTable.from_records(products), top=5)
    run = json.loads(json.dumps(freeze(result, 5, "2026-11-01")))
    assert replay(run) == run_bytes(run)
    assert run_bytes(run) == joined(json.dumps(record, ensure_ascii=False) for record in result.records())


def test_a_changed_fact_changes_the_bytes() -> None:
    needs = NeedTable.from_records([need()])
    run = freeze(rank(needs, ProductTable.from_records([product()])), 10, "2026-11-01")
    run["needs"][0]["amount"] = 4_500_000
    assert replay(run) != run_bytes(run)


def test_an_unknown_format_or_version_is_refused() -> None:
    run = freeze(rank(NeedTable.from_records([with_facts()]), ProductTable.from_records([product()])), 10, "x")
    with pytest.raises(LookupError, match="matching-run/0"):
        replay(run | {"format": "matching-run/0"})
    with pytest.raises(LookupError, match="1999"):
        replay(run | {"weights": "1999-01-01"})
