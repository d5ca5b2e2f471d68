"""Registry extracts of every shape; all rows are made up, the real ones are only counted."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.real_data import real_file
from xinyidai.core.tabular import FileProblem, Reject, Row
from xinyidai.core.usci import synthetic
from xinyidai.enterprises.registry_columns import TITLES, recognise
from xinyidai.enterprises.registry_file import Superseded, open_registry
from xinyidai.enterprises.registry_rows import RegistryRow, read_row
from xinyidai.enterprises.registry_values import LONG_TERM, clean_name, parse_count, parse_date, parse_status
from xinyidai.enterprises.types import RegistrationStatus, SizeClass, SubjectKind

TODAY = date(2026, 11, 22)
GOOD = {"统一社会信用代码": "91370400TE5T000163", "企业名称": "枣庄云杉纺织有限公司"}


def nobody(_code: str) -> bool:
    return False


def read(cells: dict[str, str], confirmed: Callable[[str], bool] = nobody) -> RegistryRow | list[Reject]:
    all_cells = GOOD | cells
    return read_row(Row(7, all_cells), recognise(list(all_cells)), today=TODAY, confirmed=confirmed)


def accepted(**cells: str) -> RegistryRow:
    found = read(cells)
    assert isinstance(found, RegistryRow), found
    return found


def rejected(**cells: str) -> Reject:
    found = read(cells)
    assert isinstance(found, list)
    (reject,) = found
    assert reject.line == 7
    assert reject.reason_zh != reject.reason_en
    return reject


def noted(field: str, value: str) -> RegistryRow:
    """A row that is accepted without the value of one column, and says so."""
    found = accepted(**{field: value})
    (note,) = found.notes
    assert (note.line, note.field, note.value) == (7, field, value)
    assert note.reason_zh != note.reason_en
    return found


def test_a_whole_row_is_read() -> None:
    row = accepted(
        **{
            "成立日期": "2015年3月2日",
            "注册资本（万元）": "1,200.50",
            "企业类型": "有限责任公司",
            "经营范围": "纺织品销售",
            "住所": "山东省枣庄市市中区光明路8号",
            "行业代码": "1711",
            "登记状态": "存续（在营、开业、在册）",
            "从业人数（人）": "42",
            "营业收入(万元)": "2300",
            "资产总额(单位：元)": "15000000",
            "法定代表人": "某某",
            "核准日期": "2024/05/06",
            "营业期限自": "20150302",
            "营业期限至": "9999-09-09",
            "登记机关": "枣庄市市中区市场监督管理局",
        }
    )
    assert row == RegistryRow(
        line=7,
        usci="91370400TE5T000163",
        subject_kind=SubjectKind.ENTERPRISE,
        name="枣庄云杉纺织有限公司",
        established_on=date(2015, 3, 2),
        registered_capital=row.registered_capital,
        entity_type="有限责任公司",
        business_scope="纺织品销售",
        address="山东省枣庄市市中区光明路8号",
        region_code="370402",
        registration_division="370400",
        industry="C1711",
        status=RegistrationStatus.EXISTING,
        employees=42,
        revenue_wan=Decimal(2300),
        total_assets_wan=Decimal(1500),
        legal_representative="某某",
        approved_on=date(2024, 5, 6),
        term_from=date(2015, 3, 2),
        term_to=None,
        is_long_term=True,
        registration_authority="枣庄市市中区市场监督管理局",
        registry_confirmed=False,
    )
    assert row.registered_capital.yuan == Decimal("12005000")
    assert row.size is SizeClass.SMALL


def test_code_and_name_alone_are_enough_and_the_rest_is_unknown() -> None:
    row = accepted()
    assert (row.established_on, row.region_code, row.industry, row.status, row.employees) == (None,) * 5
    assert row.registered_capital.amount is None
    assert row.size is SizeClass.UNKNOWN
    assert row.notes == ()


@pytest.mark.parametrize("placeholder", ["", "无", "/", "-", "N/A", "n/a", "—", "NULL", "－", "暂无"])
def test_placeholders_are_nothing(placeholder: str) -> None:
    row = accepted(
        **dict.fromkeys(
            ["成立日期", "注册资本", "住所", "所属行业", "从业人数", "登记状态", "营业收入", "行政区划"], placeholder
        )
    )
    assert (row.established_on, row.address, row.industry, row.employees, row.status) == (None,) * 5
    assert row.notes == ()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "no unified social credit code"),
        ("/", "no unified social credit code"),
        ("370400000000001", "old registration number of 15 digits"),
        ("91370400TE5T000164", "should be 3"),
        ("91370400TE5T000173", "character 17"),
        ("91370400te5t000163", "small letter"),
        ("91350200M0001T5T4A", "registry's confirmation"),
    ],
)
def test_a_wrong_code_rejects_the_row_with_its_exact_reason(code: str, words: str) -> None:
    reject = rejected(统一社会信用代码=code)
    assert reject.field == "统一社会信用代码"
    assert words in reject.reason_en


def test_an_identity_number_in_the_code_column_is_rejected_and_masked() -> None:
    reject = rejected(统一社会信用代码="11010519491231002X")
    assert "identity number" in reject.reason_en
    assert reject.value == "110************02X"


def test_a_legacy_code_passes_when_the_registry_vouches_for_it() -> None:
    legacy = "91350200M0001T5T4A"
    by_column = read({"统一社会信用代码": legacy, "登记机关确认": "是"})
    by_list = read({"统一社会信用代码": legacy}, {legacy}.__contains__)
    assert isinstance(by_column, RegistryRow)
    assert isinstance(by_list, RegistryRow)
    assert by_column.registry_confirmed
    assert by_list.registry_confirmed


def test_all_reasons_of_one_row_are_told_at_once() -> None:
    found = read({"统一社会信用代码": "1", "企业名称": "", "成立日期": "昨天"})
    assert isinstance(found, list)
    assert [reject.field for reject in found] == ["统一社会信用代码", "企业名称", "成立日期"]


@pytest.mark.parametrize(
    "text", ["2015-02-30", "02/03/2015", "15-3-2", "42065", "2015-3/2", "9999-09-09", "2027-01-01", "1066-01-01"]
)
def test_a_date_of_establishment_that_is_none_rejects_the_row(text: str) -> None:
    assert rejected(成立日期=text).field == "成立日期"


def test_every_other_unreadable_value_is_left_unknown_and_noted() -> None:
    assert noted("注册资本", "若干万元").registered_capital.amount is None
    assert noted("营业收入", "2300").revenue_wan is None
    assert noted("资产总额", "80万美元").total_assets_wan is None
    assert noted("从业人数", "约50").employees is None
    assert noted("从业人数", "-3").employees is None
    assert noted("登记状态", "正常").status is None
    assert noted("所属行业", "化工之类").industry is None
    assert noted("核准日期", "二零一五年").approved_on is None
    assert noted("营业期限自", "2099-12-31").term_from is None
    assert noted("行政区划", "632123").region_code is None
    assert noted("住所", "光明路8号").region_code is None


def test_the_region_comes_from_columns_and_address_and_never_from_the_code() -> None:
    assert accepted().region_code is None
    assert accepted(住所="海东地区乐都县碾伯镇").region_code == "630202"
    assert accepted(住所="光明路8号", 所在省份="山东", 地区="淄博").region_code == "370300"
    assert accepted(住所="市中区光明路8号", 地区="枣庄").region_code == "370402"
    assert accepted(行政区划="370402").region_code == "370402"
    assert accepted(行政区划="370402001002").region_code == "370402"
    assert accepted(行政区划="3704").region_code == "370400"
    assert accepted(行政区划="枣庄市", 住所="枣庄市山亭区桑村镇").region_code == "370406"
    assert accepted(行政区划="枣庄市滕州市", 住所="枣庄市山亭区桑村镇").region_code == "370481"
    assert accepted(行政区划="632123", 住所="青海省海东市乐都区").region_code == "630202"
    assert accepted(地区="370300").region_code == "370300"
    assert accepted(住所="海东市乐都区").registration_division == "370400"


def test_the_finest_readable_industry_column_counts() -> None:
    assert accepted(行业门类="C", 所属行业="纺织业", 行业代码="1711").industry == "C1711"
    assert accepted(行业门类="C", 所属行业="纺织业").industry == "C17"
    unreadable = accepted(行业门类="C", 行业代码="1799999")
    assert unreadable.industry == "C"
    assert [note.value for note in unreadable.notes] == ["1799999"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (" 枣庄 云杉 (集团) 有限公司 ", "枣庄云杉（集团）有限公司"),
        ("ＡＢＣ纺织３厂", "ABC纺织3厂"),
        ("Acme  Textile 云杉厂", "Acme Textile云杉厂"),
        ("云杉·白鹭厂", "云杉·白鹭厂"),
        ("福\ufa1a厂", "福祥厂"),
    ],
)
def test_a_name_has_one_stored_form(written: str, name: str) -> None:
    assert clean_name(written) == name
    assert clean_name(name) == name


@pytest.mark.parametrize(
    "text",
    ["2015-03-02", "2015/3/2", "2015.03.02", "20150302", "2015年3月2日", "2015年03月02", "２０１５－０３－０２",
     "2015-03-02 00:00:00", "2015-03-02T08:30:00.000Z", " 2015-3-2 08:30 "],
)  # fmt: skip
def test_dates_in_the_notations_of_registries(text: str) -> None:
    assert parse_date(text) == date(2015, 3, 2)


@pytest.mark.parametrize("text", ["9999-09-09", "99990909", "2099-12-31", "9999年12月31日", "长期", "永久"])
def test_sentinel_dates_mean_long_term(text: str) -> None:
    assert parse_date(text) is LONG_TERM


@given(st.dates(date(1800, 1, 1), date(2090, 1, 1)))
def test_every_date_is_read_back(day: date) -> None:
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day:%Y%m%d}") == day


@pytest.mark.parametrize(
    ("text", "count"),
    [("42", 42), ("1,200人", 1200), ("42.0", 42), ("0", 0), ("42.5", None), ("1,20", None), ("一百", None)],
)
def test_persons_are_whole_numbers(text: str, count: int | None) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("存续", "existing"), ("在业", "operating"), ("开业", "operating"), ("吊销，未注销", "revoked"),
        ("已吊销", "revoked"),
        ("吊销，已注销", "cancelled"), ("注销", "cancelled"), ("迁出", "moved_out"), ("停业", "suspended"),
        ("清算", "liquidating"), ("歇业", "dormant"), ("责令关闭", "ordered_closed"), ("撤销", "annulled"),
        ("existing", "existing"), ("正常", None), ("", None),
    ],
)  # fmt: skip
def test_status_words_with_their_additions(text: str, status: str | None) -> None:
    assert parse_status(text) == status


@pytest.mark.parametrize("field", TITLES)
def test_every_title_leads_to_one_field_only(field: str) -> None:
    for title in TITLES[field].split():
        claims = [other for other in TITLES if title in TITLES[other].split()]
        assert claims == [field]


def test_titles_are_recognised_with_marks_units_and_blanks() -> None:
    columns = recognise(
        [
            "*统一社会信用代码",
            " 企业 名称",
            "注册资本(人民币万元)",
            "从业人数（必填）",
            "营业收入（单位：万元）",
            "备注",
        ]
    )
    assert set(columns.titles) == {"usci", "name", "registered_capital", "employees", "revenue"}
    assert columns.units["registered_capital"] == "万元人民币"
    assert columns.units["revenue"] == "万元"
    assert columns.unused == ("备注",)


def test_english_titles_carry_the_units_of_the_catalogue() -> None:
    columns = recognise(["usci", "name", "registered_capital", "revenue_wan"])
    assert columns.units["registered_capital"] == columns.units["revenue"] == "万元"


def test_a_missing_or_a_doubled_column_is_a_problem_of_the_file() -> None:
    with pytest.raises(FileProblem, match="“企业名称” is missing"):
        recognise(["统一社会信用代码", "住所"])
    with pytest.raises(FileProblem, match="“注册资本” and “注册资金” mean the same"):
        recognise(["统一社会信用代码", "名称", "注册资本", "注册资金"])


def write(folder: Path, *lines: str) -> Path:
    path = folder / "registry.csv"
    path.write_text("名称,统一社会信用代码,成立日期\n" + "\n".join(lines) + "\n", encoding="gb18030")
    return path


def read_file(path: Path) -> list[RegistryRow | Reject]:
    with open_registry(path, today=TODAY) as registry:
        return list(registry)


def test_of_a_repeated_code_the_last_good_row_counts_and_the_others_are_reported(tmp_path: Path) -> None:
    first, second = synthetic("370400", 1), synthetic("370400", 2)
    found = read_file(
        write(
            tmp_path,
            f"云杉一厂,{first},2001-01-01",
            f"白鹭厂,{second},2001-01-01",
            f"云杉二厂,{first},2002-01-01",
            f"云杉三厂,{first},昨天",
        )
    )
    assert [(row.line, row.name) for row in found if isinstance(row, RegistryRow)] == [(3, "白鹭厂"), (4, "云杉二厂")]
    superseded = [item for item in found if isinstance(item, Superseded)]
    assert [(item.line, item.value) for item in superseded] == [(2, first)]
    assert superseded[0].reason_en == "the same code stands again in line 4, which counts"
    assert [item.line for item in found if isinstance(item, Reject) and not isinstance(item, Superseded)] == [5]


def test_every_row_of_a_file_comes_out_once(tmp_path: Path) -> None:
    lines = [f"云杉{number}厂,{synthetic('370400', number % 50)},2001-01-01" for number in range(120)]
    found = read_file(write(tmp_path, *lines, "残行"))
    assert sorted(item.line for item in found) == list(range(2, 123))
    assert Counter(type(item).__name__ for item in found) == {"RegistryRow": 50, "Superseded": 70, "Reject": 1}


def test_unused_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "registry.csv"
    path.write_text(f"名称,统一社会信用代码,来源\n云杉厂,{synthetic('370400', 1)},甲\n", encoding="utf-8")
    with open_registry(path, today=TODAY) as registry:
        assert registry.unused_titles == ("来源",)
        assert registry.layout.encoding == "utf-8"
        assert len(list(registry)) == 1
        assert registry.progress == 1.0


def test_the_real_register_is_read_but_for_the_one_wrong_code() -> None:
    found = read_file(real_file("cn_enterprise/enterprises_4cities.csv.gz"))
    rejects = [item for item in found if isinstance(item, Reject)]
    rows = [item for item in found if isinstance(item, RegistryRow)]
    assert len(rows) == 5726
    assert [(reject.line, reject.field) for reject in rejects] == [(633, "统一社会信用代码")]
    assert "small letter" in rejects[0].reason_en
    assert all(row.region_code and row.established_on for row in rows)
    assert [note for row in rows for note in row.notes] == []


@pytest.mark.parametrize(
    ("name", "accepted_rows", "rejected_lines"),
    [
        ("enterprises_gbk_crlf.csv", 299, [242]),
        ("enterprises_utf8_bom.csv", 60, []),
        ("enterprises_gbk_truncated_midchar.csv", 9, [11]),
    ],
)
def test_the_hostile_files_lose_no_row_in_silence(name: str, accepted_rows: int, rejected_lines: list[int]) -> None:
    found = read_file(real_file(f"hostile/{name}"))
    assert [item.line for item in found if isinstance(item, Reject)] == rejected_lines
    assert len(found) - len(rejected_lines) == accepted_rows
    assert sorted(item.line for item in found) == list(range(2, 2 + len(found)))


def test_a_table_that_is_no_registry_says_which_columns_are_missing() -> None:
    with pytest.raises(FileProblem, match="no registry extract"):
        read_file(real_file("hostile/lpr_tab_trailing_comma.csv"))
