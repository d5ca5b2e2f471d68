"""Rows of the editor and the criteria behind them."""

from typing import Any

import pytest

from xinyidai.core.i18n import use_locale
from xinyidai.web.institution.condition_editor import Row, form_values, read_criteria, read_rows, row_views, rows_of

CITY = "3704"
CRITERIA: list[dict[str, Any]] = [
    {"fact": "region", "op": "prefix_in", "value": ["370402", "3703"]},
    {"fact": "industry", "op": "prefix_in", "value": ["C", "I65", "F5112"]},
    {"fact": "size", "op": "in", "value": ["micro", "small"]},
    {"fact": "months_in_business", "op": ">=", "value": 24},
    {"fact": "months_in_business", "op": "<=", "value": 120},
    {"fact": "annual_revenue", "op": "between", "value": [3_000_000, 20_000_000.5]},
    {"fact": "tax_paid_12m", "op": ">=", "value": 0},
    {"fact": "dishonest_debtor", "op": "is", "value": False},
    {"fact": "existing_loans", "op": "is", "value": True},
    {"fact": "labels", "op": "none_of", "value": ["high_tech"]},
]


def test_stored_criteria_come_back_unchanged_from_the_form() -> None:
    posted = form_values(rows_of(CRITERIA), CITY)
    read = read_criteria(read_rows(posted))
    assert read.errors == {}
    assert list(read.criteria) == CRITERIA


def test_amounts_are_typed_in_ten_thousands() -> None:
    assert form_values(rows_of(CRITERIA[5:6]), CITY)["criteria-0-low"] == "300"
    read = read_criteria([Row("tax_paid_12m", low="５,０００.５")])
    assert read.criteria == ({"fact": "tax_paid_12m", "op": ">=", "value": 50_005_000},)


def test_codes_may_be_written_as_names_or_with_closing_zeros() -> None:
    read = read_criteria([Row("industry", codes="食品制造业，2614、 c26"), Row("region", codes="370300, 370402")])
    assert [one["value"] for one in read.criteria] == [["C14", "C2614", "C26"], ["3703", "370402"]]


@pytest.mark.parametrize(
    "row",
    [
        Row("employees"),
        Row("employees", low="30", high="10"),
        Row("employees", low="many"),
        Row("employees", low="nan"),
        Row("employees", low="1e99"),
        Row("dishonest_debtor"),
        Row("size"),
        Row("region"),
    ],
)
def test_a_row_that_cannot_be_read_says_so_and_keeps_what_was_typed(row: Row) -> None:
    read = read_criteria([Row("employees", low="3"), row])
    assert list(read.errors) == ["criteria-1"]
    assert form_values([row], CITY)["criteria-0-low"] == row.low


def test_rows_of_facts_nobody_knows_are_dropped() -> None:
    assert read_rows({"criteria-0-fact": "shoe_size", "criteria-x-fact": "size", "criteria-7-fact": "size"}) == [
        Row("size")
    ]


def test_regions_are_offered_as_the_city_and_its_districts() -> None:
    with use_locale("zh_CN"):
        (view,) = row_views([Row("region")], CITY)
    assert view.choices[:2] == [("3704", "枣庄市"), ("370402", "市中区")]
    assert len(view.choices) == 7
