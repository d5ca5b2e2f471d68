"""Workbooks as they arrive; every row here is made up."""

import io
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from xinyidai.core.tabular import FileProblem, Reject, Row, open_table

HEADER = ["企业名称", "统一社会信用代码", "成立日期", "从业人数"]
ROW = ["枣庄云杉纺织有限公司", "91370400TE5T000163", date(2015, 3, 2), 42]


def workbook(*rows: list[Any]) -> Workbook:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    return book


def read(folder: Path, book: Workbook | bytes, sheet: str | None = None) -> list[Row | Reject]:
    path = folder / "delivery.csv"  # the name lies; only the content counts
    if isinstance(book, bytes):
        path.write_bytes(book)
    else:
        book.save(path)
    with open_table(path, sheet=sheet) as table:
        assert table.layout.kind == "xlsx"
        return list(table)


def problem_of(folder: Path, book: Workbook | bytes) -> str:
    with pytest.raises(FileProblem) as caught:
        read(folder, book)
    assert caught.value.said.zh != caught.value.said.en
    return caught.value.said.en


def reject_of(folder: Path, value: object) -> Reject:
    kept, found = read(folder, workbook(HEADER, ROW, [*ROW[:3], value]))
    assert isinstance(kept, Row)
    assert isinstance(found, Reject)
    assert (found.line, found.field) == (3, "从业人数")
    assert found.reason_zh != found.reason_en
    return found


def test_cells_become_the_text_a_person_would_type(tmp_path: Path) -> None:
    moment = datetime(2015, 3, 2, 8, 30)  # noqa: DTZ001 - a sheet knows no time zones
    values = [" 云杉厂 ", 12, 12.5, 0.1 + 0.2, 1e-7, True, date(2015, 3, 2), moment, None]
    titles = [f"c{number}" for number in range(len(values))]
    (row,) = read(tmp_path, workbook(titles, values))
    assert isinstance(row, Row)
    assert list(row.cells.values()) == [
        "云杉厂", "12", "12.5", "0.3", "0.0000001", "true", "2015-03-02", "2015-03-02 08:30:00", "",
    ]  # fmt: skip


def test_lines_are_the_rows_of_the_sheet_and_blank_rows_are_none(tmp_path: Path) -> None:
    found = read(tmp_path, workbook([None], HEADER, ROW, [None], [" "], ROW[:1]))
    assert [item.line for item in found] == [3, 6]
    assert isinstance(found[1], Row)
    assert found[1].cells["统一社会信用代码"] == ""


def test_a_formula_is_reported_and_never_evaluated(tmp_path: Path) -> None:
    found = reject_of(tmp_path, '=HYPERLINK("http://example.invalid","42")')
    assert found.value.startswith("=HYPERLINK")
    assert "formula" in found.reason_en


def test_an_error_value_is_reported(tmp_path: Path) -> None:
    assert reject_of(tmp_path, "#REF!").value == "#REF!"


def test_a_code_typed_as_a_number_has_lost_its_end(tmp_path: Path) -> None:
    assert "15 digits" in reject_of(tmp_path, 913704000000000001).reason_en
    assert "15 digits" in reject_of(tmp_path, 9.13704e17).reason_en


def test_a_duration_is_reported(tmp_path: Path) -> None:
    assert "duration" in reject_of(tmp_path, timedelta(days=3)).reason_en


def test_a_value_beyond_the_last_title_rejects_the_row(tmp_path: Path) -> None:
    kept, found = read(tmp_path, workbook(HEADER, ROW, [*ROW, "?"]))
    assert isinstance(kept, Row)
    assert isinstance(found, Reject)
    assert found.reason_en == "the row has 5 fields where the header has 4"


def test_merged_column_titles_are_a_clear_error(tmp_path: Path) -> None:
    book = workbook(["企业信息", None, "成立日期", "从业人数"], ["名称", "代码", None, None], ROW)
    page = book.active
    assert page is not None
    page.merge_cells("A1:B1")
    assert "titles in row 1 are merged" in problem_of(tmp_path, book)


def test_a_merged_heading_above_the_titles_is_a_clear_error(tmp_path: Path) -> None:
    book = workbook(["二〇二四年企业名录"], HEADER, ROW)
    page = book.active
    assert page is not None
    page.merge_cells("A1:D1")
    assert "merged" in problem_of(tmp_path, book)
    page.unmerge_cells("A1:D1")
    assert "heading" in problem_of(tmp_path, book)


def test_merged_cells_reject_the_rows_they_touch_and_no_other(tmp_path: Path) -> None:
    book = workbook(HEADER, ROW, ROW, ROW, ROW)
    page = book.active
    assert page is not None
    page.merge_cells("A3:A4")
    found = read(tmp_path, book)
    assert [(item.line, isinstance(item, Row)) for item in found] == [(2, True), (3, False), (4, False), (5, True)]


def test_two_sheets_with_content_are_not_chosen_between(tmp_path: Path) -> None:
    book = workbook(HEADER, ROW)
    page = book.create_sheet("二季度")
    page.append(HEADER)
    page.append(ROW)
    assert "Sheet、二季度" in problem_of(tmp_path, book)
    assert len(read(tmp_path, book, sheet="二季度")) == 1


def test_empty_and_hidden_sheets_do_not_count(tmp_path: Path) -> None:
    book = workbook(HEADER, ROW)
    book.create_sheet("Sheet2")
    hidden = book.create_sheet("dictionary")
    hidden.append(["是", "否"])
    hidden.sheet_state = "hidden"
    assert len(read(tmp_path, book)) == 1


def test_a_workbook_without_content_is_empty(tmp_path: Path) -> None:
    assert "empty" in problem_of(tmp_path, Workbook())


def rewritten(book: Workbook, change: dict[str, bytes] | None = None, *, add: dict[str, bytes] | None = None) -> bytes:
    """The workbook's archive with some text in its first sheet replaced, or with parts added."""
    packed, out = io.BytesIO(), io.BytesIO()
    book.save(packed)
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                for old, new in (change or {}).items():
                    assert old.encode() in content
                    content = content.replace(old.encode(), new)
            target.writestr(name, content)
        for name, content in (add or {}).items():
            target.writestr(name, content)
    return out.getvalue()


def test_a_wrong_declared_dimension_cuts_nothing_off(tmp_path: Path) -> None:
    content = rewritten(workbook(HEADER, ROW, ROW), {'<dimension ref="A1:D3"': b'<dimension ref="A1:B2"'})
    found = read(tmp_path, content)
    assert [list(item.cells) for item in found if isinstance(item, Row)] == [HEADER, HEADER]


def test_a_zip_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    bomb = rewritten(workbook(HEADER, ROW), add={"xl/media/huge.xml": b" " * 60_000_000})
    assert len(bomb) < 200_000
    assert "would unpack to 57 MB" in problem_of(tmp_path, bomb)


def test_entity_declarations_are_refused(tmp_path: Path) -> None:
    content = rewritten(workbook(HEADER, ROW), {"<worksheet": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet'})
    assert "XML declarations" in problem_of(tmp_path, content)


def test_an_archive_that_is_no_workbook_says_so(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "a,b\n")
    assert "archive" in problem_of(tmp_path, packed.getvalue())


def test_a_workbook_cut_off_is_damaged(tmp_path: Path) -> None:
    packed = io.BytesIO()
    workbook(HEADER, *[ROW] * 100).save(packed)
    for length in (10, 500, len(packed.getvalue()) - 10):
        assert "damaged" in problem_of(tmp_path, packed.getvalue()[:length])


def test_a_sheet_that_breaks_off_in_the_middle_is_a_file_problem(tmp_path: Path) -> None:
    assert "damaged" in problem_of(tmp_path, rewritten(workbook(HEADER, *[ROW] * 1000), {"</sheetData>": b"<c"}))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=8))
def test_no_damage_to_a_workbook_crashes_it(tmp_path: Path, position: int, damage: bytes) -> None:
    packed = io.BytesIO()
    workbook(HEADER, ROW).save(packed)
    content = bytearray(packed.getvalue())
    content[position : position + len(damage)] = damage
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(content)
    try:
        with open_table(path) as table:
            found = list(table)
    except FileProblem:
        return
    assert all(isinstance(item, Row | Reject) for item in found)
