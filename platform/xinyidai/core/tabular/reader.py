"""The one door: open a delivered file, whatever it is."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from xinyidai.core.i18n import N_
from xinyidai.core.tabular import sniff
from xinyidai.core.tabular.delimited import Block, DelimitedReader, Run
from xinyidai.core.tabular.jsonlines import JsonLinesReader
from xinyidai.core.tabular.rows import FileProblem, Progress, Reject, Row
from xinyidai.core.tabular.xlsx import XlsxReader

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_UNPACKED_RATIO = 200
_RATIO_COUNTS_FROM = 64 * 1024**2
_SAMPLE_CHARACTERS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Layout:
    """What the file turned out to be."""

    kind: str
    """``csv`` (any delimiter), ``xlsx`` or ``jsonl``."""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    gzipped: bool = False


class Table:
    """An open file: its header and, iterated once, its rows and rejects in the order of the file."""

    def __init__(self, layout: Layout, reader: DelimitedReader | JsonLinesReader | XlsxReader, progress: Progress):
        self.layout = layout
        self.header = reader.header
        self._reader = reader
        self._progress = progress

    def __iter__(self) -> Iterator[Row | Reject]:
        return iter(self._reader)

    def blocks(self, plain: str = "") -> Iterator[Run | Block | Row | Reject]:
        """The same content, once: of CSV files, whatever can be taken as it stands comes in blocks of lines.

        Lines that fit the pattern ``plain`` come many in one text; see ``DelimitedReader.blocks``.
        """
        return self._reader.blocks(plain) if isinstance(self._reader, DelimitedReader) else iter(self._reader)

    @property
    def progress(self) -> float:
        """How much of the file has been read, from 0 to 1, for a progress bar; coarse for workbooks."""
        return self._progress()


@contextmanager
def open_table(path: Path, *, sheet: str | None = None) -> Iterator[Table]:
    """Open a table by its content. ``sheet`` chooses one where a workbook has several with content.

    Raises FileProblem, here or while rows are read, for a file that is no table, is damaged as a whole, or
    would unpack to something monstrous. Memory stays flat but for the shared strings of a workbook.
    """
    with ExitStack() as open_files:
        delivery = _Delivery(path, open_files)
        head = delivery.open_raw().read(sniff.HEAD_BYTES)
        sniff.refuse_foreign_kinds(head)
        if head.startswith(sniff.ZIP_MAGIC):
            workbook = XlsxReader(delivery.open_raw(), sheet)
            open_files.callback(workbook.close)
            yield Table(Layout("xlsx", sheet=workbook.sheet), workbook, delivery.progress)
        else:
            yield _text_table(delivery, gzipped=head.startswith(sniff.GZIP_MAGIC))


def _text_table(delivery: "_Delivery", *, gzipped: bool) -> Table:
    if gzipped:
        head = delivery.open_bytes(gzipped).read(sniff.HEAD_BYTES)
        sniff.refuse_foreign_kinds(head)
        if head.startswith((sniff.ZIP_MAGIC, sniff.GZIP_MAGIC)):
            raise FileProblem(N_("The file is packed twice. Please unpack it once."))
    encoding = sniff.detect_encoding(delivery.open_bytes(gzipped))

    def open_text() -> TextIO:
        return delivery.open_text(gzipped, encoding)

    sample = open_text().read(_SAMPLE_CHARACTERS)
    sniff.refuse_foreign_text(sample)
    if sniff.is_json_lines(sample):
        layout = Layout("jsonl", encoding, gzipped=gzipped)
        return Table(layout, JsonLinesReader(open_text, encoding), delivery.progress)
    delimiter = sniff.detect_delimiter(io.StringIO(sample, newline="").readlines())
    layout = Layout("csv", encoding, delimiter, gzipped=gzipped)
    return Table(layout, DelimitedReader(open_text(), encoding, delimiter), delivery.progress)


class _Delivery:
    """The file on disk, opened anew for each pass over it; all are closed together."""

    def __init__(self, path: Path, open_files: ExitStack) -> None:
        self._path = path
        self._size = max(path.stat().st_size, 1)
        self._open_files = open_files
        self._latest: BinaryIO | None = None

    def open_raw(self) -> BinaryIO:
        self._latest = self._open_files.enter_context(self._path.open("rb"))
        return self._latest

    def open_bytes(self, gzipped: bool) -> BinaryIO:
        if not gzipped:
            return self.open_raw()
        return self._open_files.enter_context(io.BufferedReader(_Unpacked(self.open_raw(), self._size), 256 * 1024))

    def open_text(self, gzipped: bool, encoding: str) -> TextIO:
        # Undecodable bytes become U+FFFD, which every row is searched for; newline="" keeps line ends inside quotes.
        stream = io.TextIOWrapper(self.open_bytes(gzipped), encoding=encoding, errors="replace", newline="")
        return self._open_files.enter_context(stream)

    def progress(self) -> float:
        if self._latest is None or self._latest.closed:
            return 1.0
        return min(self._latest.tell() / self._size, 1.0)


class _Unpacked(io.RawIOBase):
    """The content of a gzip file, refused when it grows beyond measure or turns out to be cut off."""

    def __init__(self, packed: BinaryIO, packed_size: int) -> None:
        self._gzip = gzip.GzipFile(fileobj=packed)
        self._most = max(_RATIO_COUNTS_FROM, MOST_UNPACKED_RATIO * packed_size)
        self._seen = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        try:
            chunk = self._gzip.read(len(view))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FileProblem(N_("The packed file is cut off or damaged. Please deliver it again.")) from error
        self._seen += len(chunk)
        if self._seen > self._most:
            raise FileProblem(N_("The packed file unpacks to far more than a table needs. It was not read further."))
        view[: len(chunk)] = chunk
        return len(chunk)
