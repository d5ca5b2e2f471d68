import csv
import gzip
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.real_data import real_file
from xinyidai.enterprises.registered_capital import CapitalProblem, parse


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("120万人民币", "120", "CNY"),
        ("37.5万人民币", "37.5", "CNY"),
        ("410(万元人民币)", "410", "CNY"),
        ("12,000(万元人民币)", "12000", "CNY"),
        ("10,250.4321(万元人民币)", "10250.4321", "CNY"),
        ("45(万元)", "45", "CNY"),
        ("73.1200(万元)", "73.12", "CNY"),
        ("1,234,567.8(万元)", "1234567.8", "CNY"),
        ("200(万人民币元)", "200", "CNY"),
        ("17万人民币元", "17", "CNY"),
        ("60万元", "60", "CNY"),
        ("91.000518万元", "91.000518", "CNY"),
        ("3600万元人民币", "3600", "CNY"),
        ("0万人民币", "0", "CNY"),
        ("90(万美元)", "90", "USD"),
        ("1,101.2345(万美元)", "1101.2345", "USD"),
        ("77万美元", "77", "USD"),
        ("USD 80万", "80", "USD"),
        ("500万港元", "500", "HKD"),
        ("500万港币", "500", "HKD"),
        ("5000万日元", "5000", "JPY"),
        ("5000万日圆", "5000", "JPY"),
        ("20万欧元", "20", "EUR"),
        ("３００（万元人民币）", "300", "CNY"),
        ("１，２００．５０万元", "1200.5", "CNY"),
        ("人民币500万元", "500", "CNY"),
        ("人民币：500 万元整", "500", "CNY"),
        ("500萬圓", "500", "CNY"),
        ("1.2亿元", "12000", "CNY"),
        ("3百万元", "300", "CNY"),
        ("2千万元", "2000", "CNY"),
        ("5000000元", "500", "CNY"),
        ("5,000,000.50元人民币", "500.00005", "CNY"),
        ("80000美元", "8", "USD"),
        ("美元80万元", "80", "USD"),
    ],
)
def test_each_shape_is_read_into_ten_thousands_of_its_currency(text: str, amount: str, currency: str) -> None:
    capital = parse(text)
    assert (capital.amount, capital.currency, capital.problem) == (Decimal(amount), currency, None)
    assert capital.currency_stated
    assert capital.raw == text


@pytest.mark.parametrize("text", ["45(万)", "7,000(万)", "61.5000(万)", "3万", "8.1万", "1亿"])
def test_a_shape_without_a_currency_is_yuan_and_says_that_it_was_not_written(text: str) -> None:
    capital = parse(text)
    assert capital.currency == "CNY"
    assert not capital.currency_stated


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", CapitalProblem.NOT_GIVEN),
        (" / ", CapitalProblem.NOT_GIVEN),
        ("n/a", CapitalProblem.NOT_GIVEN),
        ("－", CapitalProblem.NOT_GIVEN),
        ("无", CapitalProblem.NOT_GIVEN),
        ("500", CapitalProblem.NO_UNIT),
        ("50人民币", CapitalProblem.NO_UNIT),
        ("RMB 50", CapitalProblem.NO_UNIT),
        ("壹佰万元", CapitalProblem.UNREADABLE),
        ("1,00万元", CapitalProblem.UNREADABLE),
        ("1,2345万元", CapitalProblem.UNREADABLE),
        ("1.2.3万元", CapitalProblem.UNREADABLE),
        ("-5万元", CapitalProblem.UNREADABLE),
        ("约500万元", CapitalProblem.UNREADABLE),
        ("100-200万元", CapitalProblem.UNREADABLE),
        ("5e3万元", CapitalProblem.UNREADABLE),
        ("٥万元", CapitalProblem.UNREADABLE),
        ("￥500万", CapitalProblem.UNREADABLE),
        ("人民币80万美元", CapitalProblem.TWO_CURRENCIES),
        ("9999999999999万元", CapitalProblem.TOO_LARGE),
    ],
)
def test_what_is_not_certain_is_unknown_with_its_reason_and_its_text(text: str, problem: CapitalProblem) -> None:
    capital = parse(text)
    assert (capital.amount, capital.currency, capital.problem) == (None, None, problem)
    assert capital.raw == text


def test_a_column_that_states_unit_or_currency_completes_a_bare_figure() -> None:
    assert parse("500", unit="万元").amount == 500
    assert parse("5000000", unit="元").amount == 500
    assert parse("5000000元", unit="万元").amount == 500
    assert parse("80", unit="万元", currency="美元").currency == "USD"
    assert parse("80", unit="万", currency="840").currency == "USD"
    assert parse("80万元", currency="-").currency == "CNY"
    assert parse("80万美元", currency="人民币").problem is CapitalProblem.TWO_CURRENCIES
    assert parse("80万", currency="贝壳").problem is CapitalProblem.UNKNOWN_CURRENCY


def test_only_yuan_is_told_in_yuan() -> None:
    assert parse("12.345678万元").yuan == Decimal("123456.78")
    assert parse("80万美元").yuan is None
    assert parse("?").yuan is None


@given(st.decimals(0, 10**9, places=4))
def test_a_written_amount_comes_back_exactly(amount: Decimal) -> None:
    assert parse(f"{amount:,.4f}(万元人民币)").amount == amount
    assert parse(f"{amount:f}万美元").amount == amount


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    capital = parse(text)
    assert (capital.amount is None) is (capital.problem is not None)
    assert capital.raw == text


def test_every_capital_of_the_real_register_is_read_or_known_to_be_missing() -> None:
    path = real_file("cn_enterprise/enterprises_4cities.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as source:
        read = [parse(row["注册资金"]) for row in csv.DictReader(source)]
    assert len(read) == 5727
    problems = Counter(capital.problem for capital in read if capital.problem)
    assert problems == {CapitalProblem.NOT_GIVEN: 1259}
    assert Counter(capital.currency for capital in read if capital.amount is not None) == {"CNY": 4429, "USD": 39}
