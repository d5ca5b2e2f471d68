"""Registry files of the shapes that arrive in practice, made of synthetic rows."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from xinyidai.core import usci

TITLES = ("企业名称", "统一社会信用代码", "注册日期", "注册资金", "所在省份", "地区", "注册地址")
ENCODINGS = {
    "gbk": ("gbk", "\r\n"),
    "utf8": ("utf-8", "\n"),
    "utf8-bom": ("utf-8-sig", "\r\n"),
    "utf16": ("utf-16", "\r\n"),
    "gb18030": ("gb18030", "\n"),
}


def code(number: int) -> str:
    return usci.synthetic("370402", number)


def row(number: int, **changes: str) -> list[str]:
    """A good row; ``changes`` by column title."""
    values = {
        "企业名称": f"枣庄测试面条{number}号有限公司",
        "统一社会信用代码": code(number),
        "注册日期": "2015-03-02",
        "注册资金": f"{100 + number}万人民币",
        "所在省份": "山东",
        "地区": "枣庄",
        "注册地址": f"山东省枣庄市市中区光明路{number}号",
    }
    return list({**values, **changes}.values())


def bad_check_character(number: int) -> str:
    right = code(number)
    return right[:17] + next(one for one in usci.ALPHABET if one != right[17])


def legacy_code() -> str:
    """An early code of Fujian: right but for its last character."""
    organisation = "M0000TE5"
    body = "91350200" + organisation
    body += usci.organisation_check_character(organisation)
    return body + next(one for one in usci.ALPHABET if one != usci.check_character(body))


def write_csv(
    path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf8", titles: Sequence[str] = TITLES
) -> Path:
    codec, line_end = ENCODINGS[encoding]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    writer.writerows([titles, *rows])
    path.write_bytes(text.getvalue().encode(codec))
    return path


def write_xlsx(path: Path, rows: Sequence[Sequence[object]], above: str = "") -> Path:
    """``above``: a heading over merged cells in the first row, as offices like them."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    if above:
        sheet.append([above])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(TITLES))
    for values in [TITLES, *rows]:
        sheet.append(list(values))
    book.save(path)
    return path
