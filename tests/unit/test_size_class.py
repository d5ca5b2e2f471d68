from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyidai.core.reference import industries
from xinyidai.enterprises.size_class import assess, group_of, groups, size_class
from xinyidai.enterprises.types import SizeClass

ASCENDING = [SizeClass.MICRO, SizeClass.SMALL, SizeClass.MEDIUM, SizeClass.LARGE]


def size(industry: str, x: int | None = None, y: str | None = None, z: str | None = None) -> str:
    revenue = None if y is None else Decimal(y)
    total_assets = None if z is None else Decimal(z)
    return size_class(industry, employees=x, revenue=revenue, total_assets=total_assets).value


@pytest.mark.parametrize(
    ("industry", "x", "y", "z", "expected"),
    [
        ("C1311", 300, "2000", None, "medium"),
        ("C1311", 299, "2000", None, "small"),
        ("C1311", 1000, "39999", None, "medium"),
        ("C1311", 1000, "40000", None, "large"),
        ("C1311", 1200, "299", None, "micro"),
        ("A0111", None, "50", None, "small"),
        ("A0111", None, "49.99", None, "micro"),
        ("F5111", 5, "1000", None, "small"),
        ("F5111", 5, "999.99", None, "micro"),
        ("M7310", 10, None, None, "small"),
        ("M7310", 9, None, None, "micro"),
        ("Q8411", None, None, None, "not_classifiable"),
        ("K7040", 500, "90000", None, "not_classifiable"),
        ("G5311", None, None, None, "not_classifiable"),
        ("J6620", None, None, None, "not_classifiable"),
        ("G5920", 150, "1000", None, "medium"),
        ("G5920", 200, "30000", None, "large"),
        ("G5910", 250, "3000", None, "small"),
        ("I6311", 100, "50000", None, "medium"),
        ("I6311", 2000, "100000", None, "large"),
        ("K7010", None, "200000", "9999", "medium"),
        ("L7211", 300, None, "119999", "medium"),
        ("L7211", 300, None, "120000", "large"),
        ("Q8512", 100, None, None, "medium"),
    ],
)
def test_the_published_vectors(industry: str, x: int | None, y: str | None, z: str | None, expected: str) -> None:
    assert size(industry, x, y, z) == expected


def test_the_table_holds_sixteen_groups_in_thirty_rows_and_seven_uncovered() -> None:
    covered = [group for group in groups().values() if group.is_classifiable]
    assert len(covered) == 16
    assert sum(len(group.limits) for group in covered) == 30
    assert len(groups()) - len(covered) == 7


@pytest.mark.parametrize(
    ("key", "indicator"), [(group.key, indicator) for group in groups().values() for indicator in group.limits]
)
def test_every_lower_limit_belongs_to_the_class_above_it(key: str, indicator: str) -> None:
    limits = groups()[key].limits[indicator]
    just_below = Decimal("0.000001")
    for limit, above, below in [
        (limits.large, SizeClass.LARGE, SizeClass.MEDIUM),
        (limits.medium, SizeClass.MEDIUM, SizeClass.SMALL),
        (limits.small, SizeClass.SMALL, SizeClass.MICRO),
    ]:
        assert limits.class_of(limit) is above
        assert limits.class_of(limit - just_below) is below


def test_every_class_of_the_standard_falls_into_exactly_one_group() -> None:
    classes = [code for code in industries.table() if len(code) == 5]
    assert len(classes) == 1381
    for code in classes:
        claims = [group.key for group in groups().values() if any(code.startswith(p) for p in group.prefixes)]
        assert len(claims) == 1, (code, claims)
        found = group_of(code)
        assert found is not None
        assert found.key == claims[0]


@pytest.mark.parametrize(
    "industry", ["G", "G59", "K", "K70", "F", "H", "I", "Q", "", "1311", "c13", "C1", "Z99", "C13111"]
)
def test_a_code_that_does_not_decide_the_group_leaves_the_size_unknown(industry: str) -> None:
    assert size(industry, 100, "1000", "1000") == "unknown"
    assert size_class(None, employees=1) is SizeClass.UNKNOWN


@pytest.mark.parametrize(("industry", "key"), [("C", "industry"), ("P", "education"), ("M", "other_listed")])
def test_a_section_decides_where_all_below_it_agree(industry: str, key: str) -> None:
    found = group_of(industry)
    assert found is not None
    assert found.key == key


def test_an_unknown_indicator_makes_the_class_unknown_and_is_named() -> None:
    assessment = assess("C1311", employees=3)
    assert assessment.size is SizeClass.UNKNOWN
    assert assessment.missing == ("Y",)
    assert assessment.by_indicator == {"X": SizeClass.MICRO}


def test_an_indicator_the_row_does_not_ask_for_is_not_missed() -> None:
    assert size("A0111", y="500") == "medium"
    assert size("A0111", x=1, y="500", z="0") == "medium"


@pytest.mark.parametrize("revenue", ["-1", "NaN", "Infinity"])
def test_an_impossible_figure_is_an_error_and_not_a_class(revenue: str) -> None:
    with pytest.raises(ValueError, match="indicator Y"):
        size("C1311", 10, revenue)


amounts = st.decimals(0, 300_000, places=2)


@given(
    st.sampled_from(["C1311", "F5211", "G5920", "I6510", "K7020"]), st.integers(0, 3000), amounts, st.integers(0, 500)
)
def test_growing_never_makes_a_firm_smaller(industry: str, x: int, y: Decimal, growth: int) -> None:
    before = size_class(industry, employees=x, revenue=y)
    assert ASCENDING.index(size_class(industry, employees=x + growth, revenue=y)) >= ASCENDING.index(before)
    assert ASCENDING.index(size_class(industry, employees=x, revenue=y + growth)) >= ASCENDING.index(before)


@given(st.integers(0, 3000), amounts)
def test_the_class_reaches_the_limits_of_all_indicators_and_the_next_one_does_not(x: int, y: Decimal) -> None:
    """The rule as it is worded, against the smallest-of-the-classes form that the code uses."""
    limits = groups()["industry"].limits

    def reaches(name: str) -> bool:
        return bool(x >= getattr(limits["X"], name) and y >= getattr(limits["Y"], name))

    worded = next((name for name in ("large", "medium", "small") if reaches(name)), "micro")
    assert size_class("C1311", employees=x, revenue=y).value == worded
