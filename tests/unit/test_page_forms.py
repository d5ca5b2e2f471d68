"""Small things every form and list page leans on."""

import pytest

from xinyidai.web.forms import FormState
from xinyidai.web.links import changed_query, query_pairs


def test_a_form_keeps_what_was_typed_even_when_it_is_nonsense() -> None:
    form = FormState({"amount": "eight hundred"}, {"amount": "Enter a number"})
    assert form.value("amount") == "eight hundred"
    assert form.error("amount") == "Enter a number"
    assert form.value("never_filled") == form.error("never_filled") == ""


@pytest.mark.parametrize(
    ("value", "option", "chosen"),
    [
        ("credit", "credit", True),
        (["credit", "pledge"], "pledge", True),
        (["credit", "pledge"], "mortgage", False),
        ("pledge", "led", False),
        (12, "12", True),
        (True, "true", True),
        (None, "", False),
    ],
)
def test_a_choice_stands_where_it_was_left(value: object, option: str, chosen: bool) -> None:
    assert FormState({"field": value}).chosen("field", option) is chosen


def test_sorting_anew_keeps_the_filters_and_forgets_the_page() -> None:
    assert changed_query("state=open&page=3&sort=name", sort="-amount", page=None) == "?state=open&sort=-amount"


def test_a_filter_with_several_values_keeps_them_all() -> None:
    assert changed_query("g=credit&g=pledge", page=2) == "?g=credit&g=pledge&page=2"


def test_clearing_everything_leads_to_the_bare_page() -> None:
    assert changed_query("q=x", q=None) == "?"


def test_chinese_in_a_query_survives_the_round_trip() -> None:
    assert query_pairs(changed_query("", q="税易贷", page=1)[1:], "page") == [("q", "税易贷")]
