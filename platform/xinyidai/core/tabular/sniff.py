"""What a file is, by its bytes: kind, encoding, delimiter. File names and extensions are not asked."""

import codecs
import csv
from collections.abc import Sequence
from typing import BinaryIO

from xinyidai.core.i18n import N_
from xinyidai.core.tabular.rows import REPLACEMENT, FileProblem

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_OTHER_MAGIC = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"PK\x05\x06", b"BM\x00", b"GIF8")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TEXT_CONTROLS = frozenset(b"\t\n\v\f\r\x1a")
DELIMITERS = (",", "\t", ";")

HEAD_BYTES = 4096
MOST_BYTES_SEEN = 16 * 1024 * 1024
_CHUNK = 1024 * 1024
_SAMPLE_LINES = 20


def refuse_foreign_kinds(head: bytes) -> None:
    """Kinds of file that people deliver as tables and that are none."""
    if len(head) < HEAD_BYTES and not head.strip(b"\0 \t\r\n" + codecs.BOM_UTF8):
        raise FileProblem(N_("The file is empty."))
    if head.startswith(_OLE_MAGIC):
        raise FileProblem(
            N_("This is an old Excel file (.xls) or one with a password. Please save it as .xlsx without a password.")
        )
    if head.startswith(_OTHER_MAGIC):
        raise FileProblem(N_("This file is not a table. Please deliver CSV, XLSX or JSON Lines."))


def detect_encoding(stream: BinaryIO) -> str:
    """Encoding of a text by its byte-order mark, else by what its first 16 MiB decode to.

    Without a mark: UTF-16 shows in NUL bytes on one side of every ASCII character; UTF-8 is recognised by its own
    redundancy even where a few bytes are damaged; what remains is GB18030, which contains GBK and GB2312.
    """
    head = stream.read(_CHUNK)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        return _unmarked_utf16(head)
    utf8, gb18030 = _Trial("utf-8"), _Trial("gb18030")
    seen = 0
    while head and seen < MOST_BYTES_SEEN:
        seen += len(head)
        utf8.feed(head)
        gb18030.feed(head)
        head = stream.read(_CHUNK)
    if not head:
        utf8.close()
        gb18030.close()
    if utf8.damaged * 10 <= utf8.foreign:
        return "utf-8"
    if gb18030.damaged * 10 > gb18030.foreign:
        raise FileProblem(
            N_("The encoding of the file cannot be recognised. Please deliver UTF-8, GB18030 (GBK) or UTF-16.")
        )
    return "gb18030"


class _Trial:
    """Decodes with one encoding and counts characters beyond ASCII, and places where bytes formed none."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self.foreign = 0
        self.damaged = 0

    def feed(self, chunk: bytes, final: bool = False) -> None:
        text = self._decoder.decode(chunk, final)
        damaged = text.count(REPLACEMENT)
        self.damaged += damaged
        self.foreign += len(text) - len(text.encode("ascii", "ignore")) - damaged

    def close(self) -> None:
        self.feed(b"", final=True)


def _unmarked_utf16(head: bytes) -> str:
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) >= len(head) // 100 and min(even, odd) * 10 <= max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    if even + odd <= 2 + len(head) // 1000:
        # A stray NUL in a text: the rows that hold it are rejected one by one.
        return _encoding_with_stray_nul(head)
    raise FileProblem(N_("This file is not a table. Please deliver CSV, XLSX or JSON Lines."))


def _encoding_with_stray_nul(head: bytes) -> str:
    trial = _Trial("utf-8")
    trial.feed(head)
    return "utf-8" if trial.damaged * 10 <= trial.foreign else "gb18030"


def refuse_foreign_text(sample: str) -> None:
    """Texts that are no tables: web pages saved as .xls, JSON arrays, programs' own data."""
    start = sample.lstrip("\ufeff \t\r\n")[:1]
    if start == "<":
        raise FileProblem(N_("This is a web page or XML, not a table. Please export it as CSV or XLSX."))
    if start == "[":
        raise FileProblem(N_("This is one JSON array. Please deliver JSON Lines: one object on each line."))
    controls = sum(ord(character) < 32 and ord(character) not in _TEXT_CONTROLS for character in sample)
    if controls * 50 > len(sample):
        raise FileProblem(N_("This file is not a table. Please deliver CSV, XLSX or JSON Lines."))


def is_json_lines(sample: str) -> bool:
    return sample.lstrip("\ufeff \t\r\n").startswith("{")


def detect_delimiter(lines: Sequence[str]) -> str:
    """The delimiter under which most of the first lines are as wide as the header; then the one that cuts it finest."""

    def score(delimiter: str) -> tuple[int, int, int]:
        widths = [len(row) for row in csv.reader(lines[:_SAMPLE_LINES], delimiter=delimiter) if row]
        if not widths:
            return (0, 0, 0)
        return (widths.count(widths[0]) if widths[0] > 1 else 0, widths[0], max(widths))

    return max(DELIMITERS, key=score)
