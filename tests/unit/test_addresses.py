from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.real_data import real_file
from xinyidai.core.reference import divisions
from xinyidai.core.reference.addresses import locate, stem_of
from xinyidai.core.tabular import Row, open_table


def place(address: str, province: str = "", city: str = "", county: str = "") -> str | None:
    found = locate(address, province=province, city=city, county=county)
    return found.code if found else None


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("枣庄市", "枣庄"),
        ("民和回族土族自治县", "民和"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("新疆维吾尔自治区", "新疆"),
        ("内蒙古自治区", "内蒙古"),
        ("大兴安岭地区", "大兴安岭"),
        ("浦东新区", "浦东"),
        ("龙胜各族自治县", "龙胜"),
    ],
)
def test_the_stem_is_the_name_without_its_kind(name: str, stem: str) -> None:
    assert stem_of(name) == stem


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("山东省枣庄市市中区光明路8号", "370402"),
        ("山东枣庄滕州市学院路8号", "370481"),
        ("枣庄市中区光明路8号", "370402"),
        ("枣庄市中心街8号", "370400"),
        ("山 东 省 淄博市 博山区", "370304"),
        ("淄博博山福山镇", "370304"),
        ("淄博市临淄路8号", "370300"),
        ("淄博市张店中心路8号", "370303"),
        ("淄博高新区鲁泰大道8号", None),
        ("淄博市高新区鲁泰大道8号", "370300"),
        ("博山区源泉镇", "370304"),
        ("青海省海东地区乐都县碾伯镇", "630202"),
        ("青海省海东市化隆县巴燕镇", "630224"),
        ("青海省海南州共和县", "632521"),
        ("吉林省吉林市船营区", "220204"),
        ("上海市浦东新区张江路", "310115"),
        ("北京朝阳区", "110105"),
        ("朝阳市双塔区", "211302"),
        ("朝阳市朝阳县", "211321"),
        ("新疆塔城地区某路8号", "654200"),
        ("新疆石河子市", "659001"),
        ("东莞市长安镇", "441900"),
        ("鼓楼区中山路", None),
        ("海东路8号", None),
        ("山东省", None),
        ("路北8号", None),
        ("", None),
    ],
)
def test_an_address_is_placed_by_the_names_in_it(address: str, code: str | None) -> None:
    assert place(address) == code


@pytest.mark.parametrize(
    ("address", "city", "code"),
    [
        ("市中区光明路8号", "枣庄", "370402"),
        ("市中区光明路8号", "济南市", "370103"),
        ("白塔镇小村8号", "淄博", "370300"),
        ("齐鲁石化院内(临淄区)", "淄博", "370305"),
        ("张店区与周村区交界", "淄博", "370303"),
        ("路北（张店区、周村区之间）", "淄博", "370300"),
        ("周村南路8号", "淄博", "370300"),
        ("", "海东", "630200"),
    ],
)
def test_the_columns_beside_the_address_bound_the_search(address: str, city: str, code: str) -> None:
    assert place(address, city=city) == code


def test_a_county_column_decides_alone() -> None:
    assert place("中心街8号", "山东", "枣庄", "滕州") == "370481"
    assert place("中心街8号", "山东", "枣庄", "台儿庄区") == "370405"
    assert place("中心街8号", "山东", "枣庄", "无此区") == "370400"


@pytest.mark.parametrize("rest", ["", "某路8号"])
def test_the_full_name_of_every_city_and_county_leads_back_to_it(rest: str) -> None:
    for code, division in divisions.table().items():
        if division.level is not divisions.Level.PROVINCE and not division.is_pseudo:
            assert place(divisions.full_name(code) + rest) == code


@given(st.text(), st.text(max_size=4), st.text(max_size=4))
def test_no_text_makes_it_raise(address: str, city: str, county: str) -> None:
    found = locate(address, city=city, county=county)
    assert found is None or divisions.is_known(found.code)


def test_the_real_addresses_are_placed_in_their_city_and_mostly_in_their_county() -> None:
    outcome: Counter[str] = Counter()
    with open_table(real_file("cn_enterprise/enterprises_4cities.csv.gz")) as table:
        for row in table:
            assert isinstance(row, Row)
            city = row.cells["地区"]
            found = locate(row.cells["注册地址"], province=row.cells["所在省份"], city=city)
            assert found is not None
            assert divisions.name_of(found.code[:4]) == city + "市"
            outcome[found.level.name] += 1
    assert outcome["AREA"] > 0.85 * outcome.total()
