"""Files as they should never come: a clear answer each, no crash, no half batch, nothing lost in silence."""

import gzip
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.credit.conftest import TITLES, Deliveries, reasons
from tests.factories import Factory
from tests.real_data import real_file
from xinyidai.core.errors import InvalidInput
from xinyidai.core.tabular import FileProblem
from xinyidai.credit.catalogue import catalogue

HEADER = ",".join(TITLES)


def book(path: Path, rows: list[list[object]], merged: str = "") -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    workbook.save(path)
    return path


def plain_rows(usci: str | None, count: int) -> list[str]:
    return [f"{usci},{2000 + number // 12}{number % 12 + 1:02},{number},,1" for number in range(count)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_every_usual_encoding_is_read(deliveries: Deliveries, factory: Factory, encoding: str) -> None:
    path = deliveries.file([(factory.enterprise().usci, "2026年1月", "1", "", "1")], encoding=encoding)
    assert deliveries.take(path).batch.lines_taken == 1


def test_a_file_cut_off_in_the_middle_of_a_character_loses_no_line_in_silence(
    deliveries: Deliveries, factory: Factory
) -> None:
    usci = factory.enterprise().usci
    content = "\n".join([HEADER, *plain_rows(usci, 3), f"{usci},202601,１２"]).encode("gb18030")
    result = deliveries.take(deliveries.raw(content[:-1]))
    assert (result.batch.lines_read, result.batch.lines_taken, result.batch.lines_rejected) == (4, 3, 1)


def test_a_packed_file_that_is_cut_off_is_refused_whole(deliveries: Deliveries, factory: Factory) -> None:
    rows = "\n".join([HEADER, *plain_rows(factory.enterprise().usci, 300)]).encode()
    with pytest.raises(FileProblem):
        deliveries.take(deliveries.raw(gzip.compress(rows)[:-40]))


def test_a_workbook_with_merged_titles_is_refused(deliveries: Deliveries, tmp_path: Path) -> None:
    path = book(tmp_path / "merged.xlsx", [list(TITLES), ["x"] * 5], merged="A1:B1")
    with pytest.raises(FileProblem, match=r"(?i)merged"):
        deliveries.take(path)


@pytest.mark.parametrize("unit", ["", "市税务局", "本平台"])
def test_what_the_platform_works_out_itself_is_delivered_by_nobody(
    deliveries: Deliveries, factory: Factory, unit: str
) -> None:
    path = deliveries.file([(factory.enterprise().usci, "1000000", "0")], ("usci", "outstanding", "times_overdue"))
    with pytest.raises(InvalidInput, match="works these data out itself"):
        deliveries.take(path, "platform_loan", source_unit=unit)
    assert deliveries.count("credit_batches") == 0
    assert "platform_loan" not in {one.code for one in catalogue().of_unit(unit)}


def test_a_formula_in_a_cell_is_a_reject_and_not_evaluated(
    deliveries: Deliveries, factory: Factory, tmp_path: Path
) -> None:
    usci = factory.enterprise().usci
    rows: list[list[object]] = [list(TITLES), [usci, "202601", 5, None, 1], [usci, "202602", "=1+1", None, 1]]
    result = deliveries.take(book(tmp_path / "formula.xlsx", rows))
    assert [(line, field) for line, field, _reason in reasons(result)] == [(3, "销售收入")]
    assert "formula" in reasons(result)[0][2]


def test_an_archive_that_would_unpack_to_something_monstrous_is_refused(deliveries: Deliveries, tmp_path: Path) -> None:
    path = book(tmp_path / "bomb.xlsx", [list(TITLES)])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"0" * 50_000_000)
    with pytest.raises(FileProblem, match="MB"):
        deliveries.take(path)


def test_of_many_lines_every_tenth_being_wrong_exactly_those_are_rejected(
    deliveries: Deliveries, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xinyidai.credit.intake.staging.LINES_OF_A_CHUNK", 700)
    monkeypatch.setattr("xinyidai.core.tabular.delimited.BLOCK_CHARACTERS", 9_000)
    firms = [factory.enterprise().usci for _number in range(20)]
    lines = [line for usci in firms for line in plain_rows(usci, 150)]
    wrong = ["x,y", '"', "91370402MA3C1A2B3D,202001,1,,1", f"{firms[0]},209901,1,,1", f"{firms[0]},200001,1e9,,1"]
    for number in range(0, len(lines), 10):
        lines[number] = wrong[number // 10 % len(wrong)]
    result = deliveries.take(deliveries.raw("\n".join([HEADER, *lines]).encode()))
    batch = result.batch
    assert (batch.lines_read, batch.lines_taken, batch.lines_rejected) == (3000, 2700, 300)
    assert deliveries.count("(select distinct line from credit_rejects) lines") == 300
    assert batch.values_new == 5400


def test_blank_lines_and_windows_endings_change_nothing(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    lines = [HEADER, "", *plain_rows(usci, 2), ",,,,", "  ", *plain_rows(usci, 4)[2:], ""]
    result = deliveries.take(deliveries.raw("\r\n".join(lines).encode()))
    assert (result.batch.lines_read, result.batch.lines_taken) == (4, 4)


def test_json_lines_and_quoted_files_take_the_same_way(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    json = f'{{"usci": "{usci}", "stat_period": "202601", "sales_revenue": 12.5, "tax_total": 1}}'
    quoted = f'"{usci}","202602","1,000","","1"'
    assert deliveries.take(deliveries.raw(json.encode())).batch.values_new == 2
    assert deliveries.take(deliveries.raw(f"{HEADER}\n{quoted}\n".encode())).batch.values_new == 2
    assert sorted(deliveries.figures().values())[-1] == 1000


def test_a_cell_that_tries_to_be_sql_is_only_a_wrong_number(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    result = deliveries.take(deliveries.file([(usci, "202601", "1'); drop table users; --", "", "1")]))
    assert reasons(result) == [(2, "销售收入", "not a number")]


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"%PDF-1.7", b"<html></html>", b"[1, 2]"])
def test_what_is_no_table_is_refused_whole(deliveries: Deliveries, content: bytes) -> None:
    with pytest.raises(FileProblem):
        deliveries.take(deliveries.raw(content))
    assert deliveries.count("credit_batches") == 0


def test_a_code_that_fails_its_check_digit_is_rejected_with_the_digit_that_would_be_right(
    deliveries: Deliveries, factory: Factory
) -> None:
    usci = str(factory.enterprise().usci)
    wrong = usci[:-1] + ("0" if usci[-1] != "0" else "1")
    result = deliveries.take(deliveries.file([(wrong, "202601", "1", "", "1"), (usci, "202601", "2", "", "1")]))
    ((line, field, reason),) = reasons(result)
    assert (line, field) == (2, "统一社会信用代码")
    assert "check" in reason
    assert result.batch.lines_taken == 1


@pytest.mark.parametrize(
    ("amount", "kept"), [("1，234，567.50", "1234567.50"), ("１２３", "123"), ("1，5", None), ("12，34", None)]
)
def test_a_full_width_comma_separates_thousands_or_the_amount_is_refused(
    deliveries: Deliveries, factory: Factory, amount: str, kept: str | None
) -> None:
    usci = factory.enterprise().usci
    result = deliveries.take(deliveries.file([(usci, "202601", amount, "", "1")]))
    if kept is None:
        assert "could mean two numbers" in reasons(result)[0][2]
        assert deliveries.figures() == {}
    else:
        assert Decimal(kept) in deliveries.figures().values()


@pytest.mark.parametrize("encoding", ["big5", "shift_jis", "euc_kr"])
def test_a_file_of_another_encoding_gives_no_wrong_figure_in_silence(
    deliveries: Deliveries, factory: Factory, encoding: str
) -> None:
    usci = factory.enterprise().usci
    rows = f"信用代碼,月份\n{usci},202601\n".encode(encoding, errors="replace")
    with pytest.raises(FileProblem):
        deliveries.take(deliveries.raw(rows))
    assert deliveries.count("credit_batches") == 0


def test_lines_cut_off_in_the_middle_of_a_plain_file_lose_only_the_last(
    deliveries: Deliveries, factory: Factory
) -> None:
    content = "\n".join([HEADER, *plain_rows(factory.enterprise().usci, 5)]).encode()
    result = deliveries.take(deliveries.raw(content[:-5]))
    assert (result.batch.lines_read, result.batch.lines_taken, result.batch.lines_rejected) == (5, 4, 1)


def test_a_line_repeated_many_thousand_times_counts_once_and_each_repetition_is_said(
    deliveries: Deliveries, factory: Factory
) -> None:
    usci = factory.enterprise().usci
    lines = [f"{usci},202601,{number},2,1" for number in range(25_000)]
    batch = deliveries.take(deliveries.raw("\n".join([HEADER, *lines]).encode())).batch
    assert (batch.lines_read, batch.lines_taken, batch.lines_repeated) == (25_000, 1, 24_999)
    assert batch.values_new == 3
    assert 24_999 in deliveries.figures().values()


def test_a_packed_file_that_would_unpack_to_something_monstrous_is_not_read_further(
    deliveries: Deliveries, factory: Factory
) -> None:
    packed = gzip.compress(f"{HEADER}\n".encode() + b"," * 300_000_000, compresslevel=1)
    with pytest.raises(FileProblem, match="unpacks to far more"):
        deliveries.take(deliveries.raw(packed, "bomb.csv.gz"))
    assert deliveries.count("credit_observations") == 0


def test_a_quoted_line_that_is_plain_inside_is_taken_and_a_line_break_in_it_is_not_smuggled_through(
    deliveries: Deliveries, factory: Factory
) -> None:
    usci = factory.enterprise().usci
    rows = [f'"{usci}","202601","5","","1"', f'"{usci}","202602","5\n6","","1"']
    result = deliveries.take(deliveries.raw("\n".join([HEADER, *rows]).encode()))
    assert (result.batch.lines_taken, result.batch.lines_rejected) == (1, 1)


@pytest.mark.parametrize(
    "name",
    [
        "enterprises_gbk_crlf.csv",
        "enterprises_gbk_truncated_midchar.csv",
        "enterprises_utf8_bom.csv",
        "lpr_tab_trailing_comma.csv",
    ],
)
def test_real_files_that_belong_elsewhere_are_refused_whole_and_say_which_column(
    deliveries: Deliveries, name: str
) -> None:
    with pytest.raises(FileProblem, match="Nothing was taken in"):
        deliveries.take(real_file(f"hostile/{name}"))
    assert deliveries.count("credit_observations") == 0
