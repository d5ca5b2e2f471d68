import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin

from xinyidai.core.pinyin import LONGEST_KEY, sort_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("枣庄云杉（集团）有限公司", "zao3 zhuang1 yun2 shan1 ji2 tuan2 you3 xian4 gong1 si1"),
        ("重庆银行", "chong2 qing4 yin2 hang2"),
        ("市中区", "shi4 zhong1 qu1"),
        ("ABC 3号绿厂", "abc 3 hao4 lv4 chang3"),
        ("", ""),
        ("——", ""),
    ],
)
def test_the_key_is_pinyin_syllable_by_syllable(name: str, key: str) -> None:
    assert sort_key(name) == key


def test_names_sort_as_in_a_directory() -> None:
    names = ["淄博白鹭陶瓷厂", "枣庄云杉厂", "海东高原合作社", "阿里饭店", "枣庄矿业", "安康药房", "3M厂"]
    assert sorted(names, key=sort_key) == [
        "3M厂", "阿里饭店", "安康药房", "海东高原合作社", "枣庄矿业", "枣庄云杉厂", "淄博白鹭陶瓷厂",
    ]  # fmt: skip


def test_it_agrees_with_the_library_on_ordinary_names() -> None:
    names = [
        "中国建设银行股份有限公司淄博分行",
        "铜川市音乐家协会",
        "重型机械厂",
        "长征药业",
        "行唐县会计学校",
    ]
    for name in names:
        expected = lazy_pinyin(name, style=Style.TONE3, neutral_tone_with_five=True)
        assert sort_key(name) == " ".join(expected)


def test_a_city_is_not_taken_for_its_mayor() -> None:
    assert sort_key("淄博市长江机电") == "zi1 bo2 shi4 chang2 jiang1 ji1 dian4"


@given(st.text())
def test_every_key_is_plain_ascii_of_bounded_length(name: str) -> None:
    key = sort_key(name)
    assert key.isascii()
    assert len(key) <= LONGEST_KEY


def test_a_city_of_names_is_keyed_in_seconds() -> None:
    sort_key("热身")
    started = time.perf_counter()
    for number in range(6_000):
        sort_key(f"淄博市云杉纺织印染{number}有限责任公司")
    assert time.perf_counter() - started < 2
