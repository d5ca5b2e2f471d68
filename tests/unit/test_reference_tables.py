from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyidai.core.i18n import use_locale
from xinyidai.core.reference import divisions, industries, lpr


def test_the_tables_have_the_counts_of_their_sources() -> None:
    levels = [division.level for division in divisions.table().values()]
    lengths = [len(code) for code in industries.table()]
    assert [levels.count(level) for level in divisions.Level] == [31, 342, 2978 - 3]
    assert [lengths.count(length) for length in (1, 3, 4, 5)] == [20, 97, 473, 1381]
    assert len(lpr.history()) == 85


def test_a_division_is_known_by_two_four_and_six_digits() -> None:
    assert divisions.name_of("370402") == "市中区"
    assert divisions.name_of("3704") == divisions.name_of("370400") == "枣庄市"
    assert divisions.name_of("37") == divisions.name_of("370000") == "山东省"


@pytest.mark.parametrize("code", ["", "3", "370", "37040", "3704022", "632100", "000000", "ab", "３７０４０２"])
def test_an_unknown_division_is_shown_as_it_is(code: str) -> None:
    assert not divisions.is_known(code)
    assert divisions.name_of(code) == code
    assert divisions.path(code) == ()
    assert divisions.full_name(code) == code


def test_the_path_runs_from_the_province_down() -> None:
    assert divisions.full_name("370402", "/") == "山东省/枣庄市/市中区"
    assert divisions.full_name("370400") == "山东省枣庄市"


def test_the_path_leaves_out_rungs_that_only_hold_the_table_together() -> None:
    assert divisions.full_name("110101", "/") == "北京市/东城区"
    assert divisions.full_name("659001", "/") == "新疆维吾尔自治区/石河子市"


def test_children_are_the_rung_below() -> None:
    assert [division.code for division in divisions.children("3704")] == [
        "370402", "370403", "370404", "370405", "370406", "370481",
    ]  # fmt: skip
    assert divisions.children("370400") == divisions.children("3704")
    assert len(divisions.children()) == 31
    assert len(divisions.children("37")) == 16
    assert divisions.children("370402") == ()


def test_a_city_without_districts_is_a_city() -> None:
    assert divisions.table()["441900"].level is divisions.Level.CITY
    assert divisions.full_name("441900") == "广东省东莞市"
    assert divisions.children("441900") == ()


@given(st.sampled_from(sorted(divisions.table())))
def test_every_division_is_a_child_of_its_parent(code: str) -> None:
    division = divisions.table()[code]
    assert division in divisions.children(division.stem[:-2])
    assert divisions.path(code)[-1] == division


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2614", "C2614"),
        ("c2614", "C2614"),
        (" C 2614 ", "C2614"),
        ("Ｃ２６１４", "C2614"),
        ("26", "C26"),
        ("C", "C"),
        ("制造业", "C"),
        ("C-制造业", "C"),
        ("C26 化学原料和化学制品制造业", "C26"),
        ("农、林、牧、渔业", "A"),
        ("A2614", None),
        ("C26 食品制造业", None),
        ("C9999", None),
        ("9", None),
        ("", None),
        ("化工", None),
    ],
)
def test_industry_codes_get_their_section_letter(text: str, code: str | None) -> None:
    assert industries.normalise(text) == code


def test_a_title_shared_by_parent_and_only_child_means_the_child() -> None:
    assert industries.normalise("教育") == "P83"
    assert industries.normalise("物业管理") == "K7020"
    # here the group has siblings, so the wider meaning stands
    assert industries.normalise("燃气生产和供应业") == "D45"


@given(st.sampled_from(sorted(industries.table())))
def test_every_code_normalises_to_itself_with_and_without_its_letter(code: str) -> None:
    assert industries.normalise(code) == code
    assert len(code) == 1 or industries.normalise(code[1:]) == code
    assert industries.path(code)[-1].code == code


@given(st.text())
def test_normalising_any_text_gives_a_known_code_or_none(text: str) -> None:
    code = industries.normalise(text)
    assert code is None or industries.is_known(code)


def test_titles_come_in_both_languages_where_the_standard_is_translated() -> None:
    with use_locale("en"):
        assert industries.name_of("C") == "Manufacturing"
        assert industries.name_of("C26") == "Manufacture of raw chemical materials and chemical products"
        assert industries.name_of("C2614") == "有机化学原料制造"
    assert industries.name_of("C") == "制造业"
    assert industries.name_of("X1") == "X1"
    assert all(section.name_en for section in industries.sections())


def test_children_of_an_industry_are_one_rung_below() -> None:
    assert [industry.code for industry in industries.children("F")] == ["F51", "F52"]
    assert [industry.code for industry in industries.children("K70")] == ["K701", "K702", "K703", "K704", "K709"]
    assert industries.children("K7010") == ()


def test_the_lpr_in_force_is_the_last_one_published() -> None:
    assert lpr.in_force_on(date(2019, 8, 19)) is None
    first = lpr.in_force_on(date(2019, 8, 20))
    assert first is not None
    assert (first.one_year, first.five_year) == (Decimal("4.25"), Decimal("4.85"))
    assert lpr.in_force_on(date(2019, 9, 19)) == first
    later = lpr.in_force_on(date(2030, 1, 1))
    assert later == lpr.history()[-1]
