"""Figures, times and names as a person says them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from xinyidai.web import formats

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)  # 14:30 in Shanghai


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        (Decimal("800000"), "80 万元", "CNY 800,000"),
        (Decimal("800000.00"), "80 万元", "CNY 800,000"),
        (Decimal("10000"), "1 万元", "CNY 10,000"),
        (Decimal("9999.99"), "9,999.99 元", "CNY 9,999.99"),
        (Decimal("9999.999"), "1 万元", "CNY 10,000"),
        (Decimal("1234567"), "123.46 万元", "CNY 1.23m"),
        (Decimal("125000000"), "1.25 亿元", "CNY 125m"),
        (Decimal("38400000000"), "384 亿元", "CNY 38.4bn"),
        (Decimal("-30000"), "-3 万元", "CNY -30,000"),
        (Decimal("0"), "0 元", "CNY 0"),
        (0, "0 元", "CNY 0"),
        (None, "—", "—"),
    ],
)
def test_an_amount_takes_the_unit_in_which_it_is_said(amount: Decimal | None, zh: str, en: str) -> None:
    assert formats.wan(amount, "zh_CN") == zh
    assert formats.wan(amount, "en") == en


def test_a_column_in_wan_shows_bare_numbers() -> None:
    assert formats.wan_number(Decimal("12345678.90")) == "1,234.57"
    assert formats.wan_number(None) == "—"


def test_an_exact_amount_keeps_its_fen() -> None:
    assert formats.yuan(Decimal("800000"), "zh_CN") == "800,000.00 元"
    assert formats.yuan(Decimal("0.005"), "en") == "CNY 0.01"
    assert formats.yuan(None, "en") == "—"


def test_a_rate_is_held_in_percent_and_a_share_in_parts_of_one() -> None:
    assert formats.percent(Decimal("3.45")) == "3.45%"
    assert formats.percent(4) == "4.00%"
    assert formats.share(0.345) == "34.5%"
    assert formats.share(Decimal(1)) == "100.0%"  # a column of shares stands in line
    assert formats.percent(None) == formats.share(None) == "—"


def test_zero_is_shown_as_zero_and_the_unknown_as_a_dash() -> None:
    assert formats.number(0) == "0"
    assert formats.number(-0.001) == "0"
    assert formats.number(61357) == "61,357"
    assert formats.number(None) == "—"


def test_the_stretches_of_a_bar_lie_end_to_end_and_a_negative_value_takes_no_room() -> None:
    assert formats.stretches([10, 40.5, -5, 0, 20], 100, 1000) == [
        (0.0, 100.0),
        (100.0, 405.0),
        (505.0, 0.0),
        (505.0, 0.0),
        (505.0, 200.0),
    ]


def test_a_term_is_counted_in_months() -> None:
    assert formats.months(36, "zh_CN") == "36 个月"
    assert formats.months(1, "en") == "1 month"
    assert formats.months(36, "en") == "36 months"
    assert formats.months(None, "en") == "—"


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        (date(2026, 11, 22), "今天", "today"),
        (date(2026, 11, 23), "明天", "tomorrow"),
        (date(2026, 11, 21), "昨天", "yesterday"),
        (date(2026, 11, 25), "3天后", "in 3 days"),
        (date(2026, 11, 15), "7天前", "7 days ago"),
        (date(2026, 11, 30), "2026年11月30日", "30 November 2026"),
        (date(2025, 1, 2), "2025年1月2日", "2 January 2025"),
        (None, "—", "—"),
    ],
)
def test_a_near_day_is_said_by_distance_and_a_far_one_in_full(day: date | None, zh: str, en: str) -> None:
    assert formats.date_said(day, "zh_CN", NOW) == zh
    assert formats.date_said(day, "en", NOW) == en


def test_the_day_of_a_moment_is_the_day_in_shanghai() -> None:
    late_in_utc = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert formats.date_said(late_in_utc, "zh_CN", NOW) == "明天"
    assert formats.date_full(late_in_utc, "en") == "23 November 2026"


@pytest.mark.parametrize(
    ("moment", "zh", "en"),
    [
        (datetime(2026, 11, 22, 6, 29, 30, tzinfo=UTC), "刚刚", "just now"),
        (datetime(2026, 11, 22, 6, 29, tzinfo=UTC), "1分钟前", "1 minute ago"),
        (datetime(2026, 11, 22, 5, 40, tzinfo=UTC), "50分钟前", "50 minutes ago"),
        (datetime(2026, 11, 22, 1, 5, tzinfo=UTC), "今天 09:05", "today 09:05"),
        (datetime(2026, 11, 21, 10, 0, tzinfo=UTC), "昨天 18:00", "yesterday 18:00"),
        (datetime(2026, 11, 23, 1, 0, tzinfo=UTC), "明天 09:00", "tomorrow 09:00"),
        (datetime(2026, 10, 1, 1, 0, tzinfo=UTC), "2026年10月1日 09:00", "1 October 2026, 09:00"),
        (None, "—", "—"),
    ],
)
def test_a_moment_is_said_as_its_distance_suggests(moment: datetime | None, zh: str, en: str) -> None:
    assert formats.datetime_said(moment, "zh_CN", NOW) == zh
    assert formats.datetime_said(moment, "en", NOW) == en


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        formats.datetime_said(datetime(2026, 11, 22, 14, 0), "zh_CN", NOW)  # noqa: DTZ001 - the mistake under test


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("王小明", "王*明"),
        ("欧阳小明", "欧**明"),
        ("李", "李*"),
        ("John Smith", "J*** S***"),
        ("", "—"),
    ],
)
def test_a_masked_name_hides_its_middle(name: str, masked: str) -> None:
    assert formats.mask_name(name) == masked


@pytest.mark.parametrize(
    ("code", "masked"),
    [
        ("91370402MA3C12340X", "9137**********340X"),
        ("13812345678", "138****5678"),
        ("1234567", "*******"),
        ("", "—"),
    ],
)
def test_a_masked_code_keeps_its_length_and_hides_its_middle(code: str, masked: str) -> None:
    assert formats.mask_code(code) == masked
    assert not code or len(formats.mask_code(code)) == len(code)


def test_what_is_printed_names_day_and_clock_and_a_version_its_day_only() -> None:
    assert formats.moment_full(NOW, "zh_CN") == "2026年11月22日 14:30"
    assert formats.moment_full(NOW, "en") == "22 November 2026 14:30"
    assert formats.version_said("2026-11-26/4a396064") == "2026-11-26"


def test_the_filters_follow_the_language_and_the_moment_of_the_request() -> None:
    spoken = "zh_CN"
    filters = formats.template_filters(lambda: spoken, lambda: NOW)
    assert filters["wan"](Decimal("800000")) == "80 万元"
    assert filters["date_said"](date(2026, 11, 23)) == "明天"
    spoken = "en"
    assert filters["wan"](Decimal("800000")) == "CNY 800,000"
