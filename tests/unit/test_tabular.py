"""Delimited text and JSON Lines as departments deliver them; every row here is made up."""

import codecs
import contextlib
import gzip
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xinyidai.core.tabular import Block, FileProblem, Layout, Reject, Row, Run, open_table
from xinyidai.core.tabular.delimited import DelimitedReader
from xinyidai.core.tabular.rows import stripped

HEADER = ["企业名称", "统一社会信用代码", "经营范围"]
ROWS = [
    ["枣庄云杉纺织有限公司", "91370400TE5T000163", "纺织品，服装销售"],
    ["淄博白鹭陶瓷厂", "91370300MATE5T017M", "陶瓷、耐火材料\n依法须经批准的项目除外"],
    ["海东高原牛羊肉合作社", "91630200MATE5T025Y", '"高原"牌牛肉, 羊肉'],
]


def as_csv(rows: Sequence[Sequence[str]], *, delimiter: str = ",", end: str = "\r\n") -> str:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if set(cell) & {delimiter, '"', "\r", "\n"} else cell

    return "".join(delimiter.join(map(quoted, row)) + end for row in rows)


def read(folder: Path, content: bytes | str, name: str = "delivery.dat") -> tuple[Layout, list[Row | Reject]]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    with open_table(path) as table:
        return table.layout, list(table)


def rows_of(found: list[Row | Reject]) -> list[list[str]]:
    assert all(isinstance(item, Row) for item in found), found
    return [list(item.cells.values()) for item in found if isinstance(item, Row)]


def problem_of(folder: Path, content: bytes | str) -> str:
    with pytest.raises(FileProblem) as caught:
        read(folder, content)
    assert caught.value.said.zh != caught.value.said.en
    return caught.value.said.en


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize(
    ("mark", "encoding", "detected"),
    [
        (b"", "utf-8", "utf-8"),
        (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
        (b"", "gb18030", "gb18030"),
        (b"", "gbk", "gb18030"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
        (b"", "utf-16-le", "utf-16-le"),
        (b"", "utf-16-be", "utf-16-be"),
    ],
)
def test_the_same_rows_come_out_of_every_encoding_delimiter_and_line_end(
    tmp_path: Path, mark: bytes, encoding: str, detected: str, delimiter: str, end: str
) -> None:
    text = as_csv([HEADER, *ROWS], delimiter=delimiter, end=end)
    layout, found = read(tmp_path, mark + text.encode(encoding))
    assert (layout.kind, layout.encoding, layout.delimiter) == ("csv", detected, delimiter)
    assert rows_of(found) == ROWS
    assert [item.line for item in found] == [2, 3, 5]
    packed, found_packed = read(tmp_path, gzip.compress(mark + text.encode(encoding)))
    assert packed.gzipped
    assert found_packed == found


def test_gb18030_appears_only_late_in_an_otherwise_plain_file(tmp_path: Path) -> None:
    plain = [["name", "code"]] + [[f"plant {number}", "x"] for number in range(20_000)]
    layout, found = read(tmp_path, as_csv([*plain, ["云杉厂", "y"]]).encode("gb18030"))
    assert layout.encoding == "gb18030"
    assert rows_of(found)[-1] == ["云杉厂", "y"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
def test_a_file_cut_off_in_the_middle_of_a_character_rejects_that_row_and_keeps_the_others(
    tmp_path: Path, encoding: str
) -> None:
    whole = as_csv([HEADER, *ROWS[:1], ["滕州新桥机械厂", "91370400TE5T000163", "机床"]]).encode(encoding)
    cut = whole[: whole.index("床".encode(encoding)) + 1]
    _, found = read(tmp_path, cut)
    assert isinstance(found[0], Row)
    assert isinstance(found[1], Reject)
    assert (found[1].line, found[1].field, found[1].value) == (3, "经营范围", "机\ufffd")
    assert encoding.upper() in found[1].reason_en
    assert "编码" in found[1].reason_zh


def test_a_row_cut_off_between_fields_is_rejected_for_its_width(tmp_path: Path) -> None:
    _, found = read(tmp_path, as_csv([HEADER, ROWS[0]]) + "周村织布厂,9137")
    assert isinstance(found[1], Reject)
    assert found[1].reason_en == "the row has 2 fields where the header has 3"
    assert found[1].value == "周村织布厂|9137"


def test_damaged_bytes_spoil_one_row_and_not_the_guess_of_the_encoding(tmp_path: Path) -> None:
    lines = as_csv([HEADER, *[ROWS[0]] * 30]).encode("utf-8").split(b"\r\n")
    lines[10] = lines[10].replace("纺".encode(), b"\xb7\xc4", 1)
    layout, found = read(tmp_path, b"\r\n".join(lines))
    assert layout.encoding == "utf-8"
    assert [item.line for item in found if isinstance(item, Reject)] == [11]
    assert len(found) == 30


def test_the_dialect_of_a_tab_after_the_date_and_an_empty_last_field_is_read(tmp_path: Path) -> None:
    text = "发布日期,1年期(%),5年期(%)\n2026-01-20\t,3,3.5,\n2025-12-22\t,3.1,3.6,\n"
    layout, found = read(tmp_path, text)
    assert layout.delimiter == ","
    assert rows_of(found) == [["2026-01-20", "3", "3.5"], ["2025-12-22", "3.1", "3.6"]]


def test_commas_inside_the_titles_of_a_tab_file_do_not_decide_the_delimiter(tmp_path: Path) -> None:
    layout, found = read(tmp_path, "名称\t金额(元,含税,不含运费)\n云杉厂\t12\n白鹭厂\t13\n")
    assert layout.delimiter == "\t"
    assert rows_of(found) == [["云杉厂", "12"], ["白鹭厂", "13"]]


def test_the_delimiter_line_of_a_spreadsheet_program_is_not_the_header(tmp_path: Path) -> None:
    _, found = read(tmp_path, "sep=;\r\na;b\r\n1;2\r\n")
    assert found == [Row(3, {"a": "1", "b": "2"})]


def test_extra_fields_reject_the_row_only_where_they_hold_something(tmp_path: Path) -> None:
    _, found = read(tmp_path, "a,b\n1,2,, ,\n1,2,3\n1\n")
    assert found[0] == Row(2, {"a": "1", "b": "2"})
    assert [(item.line, isinstance(item, Reject)) for item in found] == [(2, False), (3, True), (4, True)]


def test_blank_lines_hold_nothing_and_are_not_rows(tmp_path: Path) -> None:
    _, found = read(tmp_path, "\n\na,b\n\n1,2\n,\n \n3,4\n\x1a")
    assert [(item.line, list(item.cells.values())) for item in found if isinstance(item, Row)] == [
        (5, ["1", "2"]),
        (8, ["3", "4"]),
    ]
    assert len(found) == 2


def test_a_stray_quotation_mark_costs_its_own_row_and_no_other(tmp_path: Path) -> None:
    text = 'a,b\n1,2\n"3,4\n5,6\n7,"ok, still"\n9,10\n"11,12\n13,14\n'
    _, found = read(tmp_path, text)
    assert [(item.line, isinstance(item, Row)) for item in found] == [
        (2, True),
        (3, False),
        (4, True),
        (5, True),
        (6, True),
        (7, False),
        (8, True),
    ]
    rejects = [item for item in found if isinstance(item, Reject)]
    assert [item.value for item in rejects] == ['"3,4', '"11,12']


def test_quotation_marks_inside_plain_text_are_text(tmp_path: Path) -> None:
    _, found = read(tmp_path, 'a,b\n生产"红杉"牌布,2\n"红杉"牌,3\n')
    assert found[0] == Row(2, {"a": '生产"红杉"牌布', "b": "2"})
    # Reading the second as text would drop its marks: the sender has to quote it properly.
    assert isinstance(found[1], Reject)


def test_a_nul_and_text_that_was_damaged_earlier_are_rejected_with_their_field(tmp_path: Path) -> None:
    _, found = read(tmp_path, "名称,住所\n云杉厂,枣庄\0市\n白鹭厂,淄\ufffd市\n青松厂,海东市\n" + "松厂,路\n" * 20)
    assert [(item.line, item.field) for item in found if isinstance(item, Reject)] == [(2, "住所"), (3, "住所")]
    assert len(found) == 23


def test_a_line_without_end_is_one_reject(tmp_path: Path) -> None:
    _, found = read(tmp_path, "a,b\n" + "x" * 2_500_000 + "\n1,2\n")
    assert isinstance(found[0], Reject)
    assert len(found[0].value) < 300
    assert found[1:] == [Row(3, {"a": "1", "b": "2"})]


def test_a_header_alone_is_a_table_of_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b")[1] == []


def test_unnamed_columns_are_called_by_their_number(tmp_path: Path) -> None:
    assert read(tmp_path, "a,,b,,\n1,2,3,,\n")[1] == [Row(2, {"a": "1", "#2": "2", "b": "3"})]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        ("\n" * 9000, "no line of column titles"),
        (codecs.BOM_UTF8, "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel"),
        (b"%PDF-1.7\n...", "not a table"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "not a table"),
        (bytes(range(256)) * 40, "not a table"),
        ("<html><table><tr><td>名称</td></tr></table></html>", "web page"),
        ('[{"a": 1}]', "JSON array"),
        ("a,b,a\n1,2,3\n", "more than once"),
        ('"a,b\n1,2\n', "damaged"),
        ("二〇二四年企业名录\n名称,代码\n云杉厂,1\n", "heading"),
        ("二〇二四年企业名录,,\n名称,代码,住所\n云杉厂,1,枣庄\n", "heading"),
        (gzip.compress(gzip.compress(b"a,b\n", mtime=0), mtime=0), "packed twice"),
        (gzip.compress(as_csv([HEADER, *ROWS * 50]).encode())[:200], "cut off"),
        ("名称,代码\n".encode("gbk") + bytes([0xFF, 0xFE, 0xFF, 0x20]) * 200, "cannot be recognised"),
    ],
)
def test_a_file_that_is_no_table_says_what_it_is(tmp_path: Path, content: bytes | str, words: str) -> None:
    assert words in problem_of(tmp_path, content)


def test_a_packed_bomb_is_not_unpacked_to_the_end(tmp_path: Path) -> None:
    assert "far more" in problem_of(tmp_path, gzip.compress(b"a,b\n" + (b"1," + b"2" * 900_000 + b"\n") * 80, 1))


def test_progress_runs_from_nothing_to_all(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text(as_csv([HEADER, *ROWS * 20_000]), encoding="utf-8")
    with open_table(path) as table:
        seen = [table.progress for _ in table]
    assert seen == sorted(seen)
    assert seen[0] < 0.3
    assert seen[-1] == 1.0


def test_json_lines_keep_the_text_of_numbers(tmp_path: Path) -> None:
    layout, found = read(
        tmp_path,
        '{"名称": "云杉厂", "代码": "1", "资产": 12.50}\n'
        "\n"
        '{"名称": "白鹭厂", "人数": 913704000000000001, "注": null, "在业": true}\n',
    )
    assert layout.kind == "jsonl"
    assert found == [
        Row(1, {"名称": "云杉厂", "代码": "1", "资产": "12.50", "人数": "", "注": "", "在业": ""}),
        Row(3, {"名称": "白鹭厂", "代码": "", "资产": "", "人数": "913704000000000001", "注": "", "在业": "true"}),
    ]


@pytest.mark.parametrize(
    ("line", "field", "words"),
    [
        ('{"a": 1', "", "complete JSON object"),
        ('{"a": NaN}', "", "complete JSON object"),
        ("[1]", "", "complete JSON object"),
        ("7", "", "complete JSON object"),
        ("[" * 5000, "", "complete JSON object"),
        ('{"a": 1, "a": 2}', "a", "twice"),
        ('{"a": {"x": 1}}', "a", "list or an object"),
        ('{"a": "\\ud83d"}', "a", "damaged"),
    ],
)
def test_a_bad_json_line_is_one_reject(tmp_path: Path, line: str, field: str, words: str) -> None:
    _, found = read(tmp_path, f'{{"a": "1"}}\n{line}\n{{"a": "2"}}\n')
    assert [isinstance(item, Row) for item in found] == [True, False, True]
    assert isinstance(found[1], Reject)
    assert (found[1].line, found[1].field) == (2, field)
    assert words in found[1].reason_en
    assert found[1].reason_zh != found[1].reason_en


def test_a_json_key_that_appears_very_late_is_reported(tmp_path: Path) -> None:
    _, found = read(tmp_path, '{"a": "1"}\n' * 10_000 + '{"a": "1", "b": "2"}\n')
    assert isinstance(found[-1], Reject)
    assert (found[-1].field, found[-1].value) == ("b", "2")


cells = st.text(
    st.characters(codec="gb18030", exclude_characters="\ufffd", exclude_categories=["Cs", "Cc"]), max_size=12
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=8), st.sampled_from(["utf-8", "gb18030"]))
def test_whatever_is_written_comes_back(tmp_path: Path, rows: list[list[str]], encoding: str) -> None:
    _, found = read(tmp_path, as_csv([HEADER, *rows]).encode(encoding))
    kept = [[stripped(cell) for cell in row] for row in rows]
    assert rows_of(found) == [row for row in kept if any(row)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text('a",', max_size=8), max_size=8))
def test_nothing_vanishes_however_the_quotation_marks_stand(tmp_path: Path, lines: list[str]) -> None:
    _, found = read(tmp_path, "b,c\n" + "".join(line + "\n" for line in lines))
    came_out = "".join("".join(item.cells.values()) if isinstance(item, Row) else item.value for item in found)
    assert came_out.count("a") == "".join(lines).count("a")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.binary(max_size=400), st.binary(max_size=60))
def test_no_bytes_crash_it(tmp_path: Path, head: bytes, tail: bytes) -> None:
    for content in (head, as_csv([HEADER, *ROWS]).encode("gb18030") + tail, head + gzip.compress(tail)):
        with contextlib.suppress(FileProblem):
            read(tmp_path, content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.lists(st.text('a,"\r\n\x00\ufffd 中', max_size=12), max_size=12).map("\n".join),
    block=st.integers(1, 40),
    plain=st.sampled_from(["", "[a中]*+,[a中]++", '[^,"\r\n\0\ufffd]{0,9}+,[^,"\r\n\0\ufffd]*+']),
)
def test_blocks_hold_the_same_rows_and_rejects_as_row_by_row(
    monkeypatch: pytest.MonkeyPatch, text: str, block: int, plain: str
) -> None:
    def reader() -> DelimitedReader:
        return DelimitedReader(io.StringIO("a,b\n" + text, newline=""), "utf-8", ",")

    monkeypatch.setattr("xinyidai.core.tabular.delimited.BLOCK_CHARACTERS", block)
    found: list[Row | Reject] = []
    for item in reader().blocks(plain):
        if isinstance(item, Run):
            lines = item.text.removesuffix("\n").split("\n")
            assert len(lines) == item.count
            item = Block(item.line, lines)
        found += unfolded(item) if isinstance(item, Block) else [item]
    assert found == list(reader())


def unfolded(block: Block) -> list[Row]:
    numbered = enumerate(block.lines, start=block.line)
    rows = [Row(line, dict(zip(("a", "b"), map(stripped, one.split(",")), strict=True))) for line, one in numbered]
    return [row for row in rows if any(row.cells.values())]
