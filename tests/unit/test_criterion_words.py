"""Conditions said in words, in both languages."""

from decimal import Decimal
from typing import Any

import pytest

from matching import check_criteria
from xinyidai.core.i18n import use_locale
from xinyidai.products.criteria import criteria_errors
from xinyidai.products.criterion_words import Criterion, amount_in_words, criterion_in_words, failed_in_words, reasons
from xinyidai.products.fact_catalogue import CATALOGUE, KINDS
from xinyidai.products.facts import Fact

SENTENCES: list[tuple[Criterion, str, str]] = [
    (
        {"fact": "months_in_business", "op": ">=", "value": 24},
        "经营满24个月",
        "in business for at least 24 months",
    ),
    (
        {"fact": "months_in_business", "op": "between", "value": [3, 60]},
        "经营3至60个月",
        "in business for 3 to 60 months",
    ),
    (
        {"fact": "tax_paid_12m", "op": ">=", "value": 50_000},
        "近12个月纳税额不低于5万元",
        "tax paid in the last 12 months: at least CNY 50,000",
    ),
    ({"fact": "employees", "op": "between", "value": [1, 200]}, "从业人数1至200人", "employees: 1 to 200 persons"),
    (
        {"fact": "region", "op": "prefix_in", "value": ["3704", "370303"]},
        "注册地在枣庄市或淄博市张店区",
        "registered in 枣庄市 or 淄博市张店区",
    ),
    (
        {"fact": "industry", "op": "prefix_in", "value": ["C", "I65"]},
        "所属行业为制造业或软件和信息技术服务业",
        "in the industry Manufacturing or Software and information technology services",
    ),
    (
        {"fact": "industry", "op": "prefix_in", "value": list("ABCDEFGHILMNOPQRST")},
        "除金融业或房地产业外的各行业",
        "in any industry except Finance or Real estate",
    ),
    ({"fact": "size", "op": "in", "value": ["micro", "small"]}, "企业规模为微型或小型", "size class: micro or small"),
    ({"fact": "size", "op": "not_in", "value": ["large"]}, "企业规模不为大型", "size class: not large"),
    (
        {"fact": "tax_grade", "op": "in", "value": ["A", "B", "M"]},
        "纳税信用级别为A、B或M",
        "tax credit grade: A, B or M",
    ),
    (
        {"fact": "penalties_36m", "op": "<=", "value": 0},
        "近36个月无行政处罚",
        "no administrative penalty in the last 36 months",
    ),
    (
        {"fact": "penalties_36m", "op": "<=", "value": 1},
        "近36个月行政处罚次数不超过1次",
        "administrative penalties in the last 36 months: at most once",
    ),
    (
        {"fact": "dishonest_debtor", "op": "is", "value": False},
        "非失信被执行人",
        "not on the courts' list of dishonest judgment debtors",
    ),
    (
        {"fact": "labels", "op": "any_of", "value": ["high_tech", "tech_sme"]},
        "具备以下资质之一：高新技术企业或科技型中小企业",
        "holds one of these titles: high-tech enterprise or technology-based small or medium enterprise",
    ),
    (
        {"fact": "max_rate", "op": ">=", "value": 3.45},
        "可接受的年利率不低于3.45%",
        "a rate of 3.45% or more is accepted",
    ),
    ({"fact": "no_longer_known", "op": ">=", "value": 3}, "no_longer_known不低于3", "no_longer_known: at least 3"),
]


@pytest.mark.parametrize(("criterion", "zh", "en"), SENTENCES)
def test_a_condition_reads_as_a_person_would_say_it(criterion: Criterion, zh: str, en: str) -> None:
    with use_locale("zh_CN"):
        assert criterion_in_words(criterion) == zh
    with use_locale("en"):
        assert criterion_in_words(criterion) == en


def sample(fact: Fact, op: str) -> Any:
    if fact.kind == "number":
        return [12, 24] if op == "between" else 12
    if fact.kind == "boolean":
        return False
    assert fact.choices
    return [value for value, _label in fact.choices()][-2:]


@pytest.mark.parametrize(("fact", "op"), [(fact, op) for fact in CATALOGUE.values() for op in fact.allowed_ops])
def test_every_fact_can_be_asked_for_in_every_way_it_allows(fact: Fact, op: str) -> None:
    criterion = {"fact": fact.name, "op": op, "value": sample(fact, op)}
    assert check_criteria([criterion], KINDS) == []
    assert criteria_errors([criterion]) == {}
    with use_locale("en"):
        english = criterion_in_words(criterion)
    with use_locale("zh_CN"):
        assert criterion_in_words(criterion) != english


def test_a_failed_condition_says_what_was_found() -> None:
    with use_locale("en"):
        short = failed_in_words({"fact": "months_in_business", "op": ">=", "value": 24, "actual": 11})
        no_title = failed_in_words({"fact": "labels", "op": "any_of", "value": ["high_tech"], "actual": []})
        amount = failed_in_words({"fact": "amount", "op": "between", "value": [1e5, 5e6], "actual": 8e6})
    assert (short.text, short.detail) == ("in business for at least 24 months", "found: 11 months")
    assert no_title.detail == "found: none"
    assert (amount.text, amount.detail) == ("amount of CNY 100,000 to CNY 5,000,000", "found: CNY 8,000,000")


def test_amounts_in_chinese_take_the_unit_that_a_person_would_say() -> None:
    with use_locale("zh_CN"):
        said = [amount_in_words(Decimal(yuan)) for yuan in ("5000", "12345.60", "500000", "120000000")]
    assert said == ["5,000元", "1.23456万元", "50万元", "1.2亿元"]


def test_the_conditions_of_a_product_are_sorted_into_met_not_met_and_not_known() -> None:
    record = {
        "amount": {"min": 100_000, "max": 500_000},
        "term": {"min": 3, "max": 36},
        "annual_rate": {"min": 3.45, "max": 5.2},
        "guarantees": ["credit"],
        "criteria": [
            {"fact": "months_in_business", "op": ">=", "value": 24},
            {"fact": "months_in_business", "op": "<=", "value": 120},
            {"fact": "tax_grade", "op": "in", "value": ["A"]},
        ],
    }
    failed = [{"fact": "months_in_business", "op": ">=", "value": 24.0, "actual": 12}]
    with use_locale("en"):
        found = reasons(record, failed, ["tax_grade"])
        met = [one.text for one in found.passed]
    assert [one.text for one in found.failed] == ["in business for at least 24 months"]
    assert [one.text for one in found.unknown] == ["tax credit grade: A"]
    assert "consent" in found.unknown[0].hint or "agree" in found.unknown[0].hint
    assert len(found.met) == len(met) == 5
    assert "in business for at most 120 months" in met


@pytest.mark.parametrize(
    "criterion",
    [
        {"fact": "shoe_size", "op": ">=", "value": 3},
        {"fact": "size", "op": ">=", "value": 3},
        {"fact": "size", "op": "in", "value": ["gigantic"]},
        {"fact": "size", "op": "in", "value": []},
        {"fact": "size", "op": "in", "value": ["small", "small"]},
        {"fact": "region", "op": "in", "value": ["370402"]},
        {"fact": "region", "op": "prefix_in", "value": ["370400"]},
        {"fact": "region", "op": "prefix_in", "value": ["999999"]},
        {"fact": "industry", "op": "prefix_in", "value": ["A2614"]},
        {"fact": "employees", "op": ">=", "value": -1},
        {"fact": "employees", "op": ">=", "value": 2.5},
        {"fact": "credit_score", "op": ">=", "value": 1200},
        {"fact": "employees", "op": "between", "value": [30, 10]},
        {"fact": "employees", "op": ">=", "value": float("nan")},
        {"fact": "dishonest_debtor", "op": "is", "value": "no"},
        {"fact": "size", "op": "in", "value": ["small"], "weight": 2},
        {"fact": "size"},
        "size is small",
    ],
)
def test_a_condition_nobody_could_judge_is_refused_at_its_row(criterion: Any) -> None:
    good = {"fact": "size", "op": "in", "value": ["small"]}
    assert list(criteria_errors([good, criterion])) == ["criteria-1"]
