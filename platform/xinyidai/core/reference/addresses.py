"""Which division an address lies in, from the names it is written with.

Only what stands in the address (and in the province, city and county columns beside it) counts: a credit
code names the registration authority of its time and is never asked. Old names of upgraded counties are
understood by their stem within the same city (乐都县 is today's 乐都区).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from xinyidai.core.reference import divisions
from xinyidai.core.reference.divisions import Division, Level

_PEOPLE = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|"
    "柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|"
    "塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各"
)
_AUTONOMOUS = re.compile(rf"(?:(?:{_PEOPLE})族)*(?:维吾尔)?自治(?:区|州|县|旗)$")
_KIND = re.compile(r"(?:省|市|地区|盟|林区|特区|矿区|新区|区|县|旗)$")
_AREA_KINDS = ("区", "县", "市", "旗")
_CITY_KINDS = ("市", "地区", "自治州", "州", "盟")
# A street named after a place does not lie in it: 博山路, 临淄大道, 周村南路.
_STREET_FOLLOWS = re.compile(r"[东西南北中一二三四五六七八九十]{0,2}(?:路|街|大街|大道|道|巷|镇|乡|村|庄)")


@cache
def stem_of(name: str) -> str:
    """The name without its kind: 枣庄市 → 枣庄, 民和回族土族自治县 → 民和, 新疆维吾尔自治区 → 新疆."""
    stem = _AUTONOMOUS.sub("", name)
    if stem == name:
        stem = _KIND.sub("", name)
    return stem or name


def locate(address: str, *, province: str = "", city: str = "", county: str = "") -> Division | None:
    """The county, or else the city, of an address; None where not even the city is certain.

    ``province``, ``city`` and ``county`` are what columns beside the address say; they bound the search, and a
    name is only looked for inside them. Provinces alone are not returned: a product for one city of the
    province could then be refused to a firm that may well lie in it.
    """
    text = _plain(address)
    home_province, text = _province(text, _plain(province))
    province_code = home_province.code if home_province else ""
    home_city = _by_name(_plain(city), province_code) or _city_at_start(text, province_code)
    if home_city is None:
        return _by_county_alone(text, province_code)
    return _by_name(_plain(county), home_city.code) or _area(_behind_city(text, home_city), home_city.code) or home_city


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@cache
def _by_name(name: str, parent: str) -> Division | None:
    """The one division below ``parent`` of that full name, or of that stem."""
    if not name:
        return None
    pool = divisions.children(parent) if len(parent.rstrip("0")) > 2 else _cities(parent)
    return _only_one(division for division in pool if division.name == name) or _only_one(
        division for division in pool if stem_of(division.name) == stem_of(name)
    )


def _only_one(found: Iterable[Division]) -> Division | None:
    different = list(dict.fromkeys(found))
    return different[0] if len(different) == 1 else None


def _province(text: str, column: str) -> tuple[Division | None, str]:
    """The province, and the address behind its name."""
    stated = _only_one(one for one in divisions.children() if column and column in (one.name, stem_of(one.name)))
    for division in (stated,) if stated else divisions.children():
        if text.startswith(division.name):
            return division, text[len(division.name) :]
        stem = stem_of(division.name)
        # 吉林市, 海南藏族自治州: cities that share the stem of a province.
        if text.startswith(stem) and not text.startswith(_CITY_KINDS, len(stem)):
            return division, text[len(stem) :]
    return stated, text


@cache
def _cities(province: str) -> tuple[Division, ...]:
    provinces = [province] if province else [division.code for division in divisions.children()]
    return tuple(city for code in provinces for city in divisions.children(code) if not city.is_pseudo)


@cache
def _city_names(city: Division) -> tuple[str, ...]:
    """Full name, the stem with every kind of city behind it, and the stem alone at the end."""
    stem = stem_of(city.name)
    kinds = tuple(stem + kind for kind in _CITY_KINDS) if len(stem) > 1 else ()
    return (*dict.fromkeys((city.name, *kinds)), stem)


@cache
def _cities_by_name(province: str) -> Mapping[str, tuple[Division, ...]]:
    found: dict[str, tuple[Division, ...]] = {}
    for city in _cities(province):
        for name in _city_names(city):
            found[name] = (*found.get(name, ()), city)
    return MappingProxyType(found)


def _city_at_start(text: str, province: str) -> Division | None:
    """The city an address begins with; by its bare stem only where one of its counties follows (淄博博山区…)."""
    by_name = _cities_by_name(province)
    named = [(name, city) for length in range(2, 12) for name in [text[:length]] for city in by_name.get(name, ())]
    full = [city for name, city in named if name != stem_of(city.name)]
    if full:
        return _only_one(full)
    return _only_one(city for name, city in named if _area([text[len(name) :]], city.code))


def _behind_city(text: str, city: Division) -> list[str]:
    """The address read from behind the city's name in every way it may be meant.

    As it stands only where the city is not written out: 塔城地区 names no 塔城市, but 通化县 does name itself.
    """
    names = [name for name in _city_names(city) if text.startswith(name)]
    starts = [text[len(name) :] for name in names]
    return starts if set(names) - {stem_of(city.name)} else [*starts, text]


def _area(starts: list[str], city: str) -> Division | None:
    """By the longest name at the start of the address; else by the only full name inside it."""
    spellings = _spellings(city)
    found = [name for start in starts for name in spellings if start.startswith(name)]
    if found:
        return spellings[max(found, key=len)]
    for stem, division in _bare_stems(city).items():
        if any(start.startswith(stem) and not _STREET_FOLLOWS.match(start[len(stem) :]) for start in starts):
            return division
    inside = (area for area in divisions.children(city) if len(area.name) > 2 and area.name in starts[0])
    return _only_one(inside)


@cache
def _spellings(city: str) -> Mapping[str, Division]:
    """Full names, and stems with any kind of area behind them, where only one area is meant."""
    areas = divisions.children(city)
    spelled: dict[str, set[Division]] = {}
    for division in areas:
        stem = stem_of(division.name)
        for name in {stem + kind for kind in _AREA_KINDS} if len(stem) > 1 else set():
            spelled.setdefault(name, set()).add(division)
    unambiguous = {name: next(iter(meant)) for name, meant in spelled.items() if len(meant) == 1}
    return MappingProxyType(unambiguous | {division.name: division for division in areas})


@cache
def _bare_stems(city: str) -> Mapping[str, Division]:
    """博山 for 博山区; not 市中 for 市中区, whose words occur in any address."""
    stems = {stem_of(division.name): division for division in divisions.children(city)}
    return MappingProxyType({stem: one for stem, one in stems.items() if len(stem) > 1 and stem not in _common_stems()})


@cache
def _common_stems() -> frozenset[str]:
    stems = [stem_of(division.name) for division in divisions.table().values() if division.level is Level.AREA]
    return frozenset(stem for stem in stems if stems.count(stem) > 1)


def _by_county_alone(text: str, province: str) -> Division | None:
    """An address that begins with a county's full name, if only one is called so; two characters only in a province."""
    by_name = _counties_by_name(province)
    found = [by_name[text[:length]] for length in range(2 if province else 3, 16) if text[:length] in by_name]
    return _only_one(found[-1]) if found else None


@cache
def _counties_by_name(province: str) -> Mapping[str, tuple[Division, ...]]:
    found: dict[str, tuple[Division, ...]] = {}
    for division in divisions.table().values():
        if division.level is Level.AREA and division.code.startswith(province[:2]):
            found[division.name] = (*found.get(division.name, ()), division)
    return MappingProxyType(found)
