"""Reading of delivered files, row by row: CSV, TSV, XLSX, JSON Lines, plain or gzipped, in the encodings that arrive.

Files are known by their content, never by their name. A row that cannot be read becomes a ``Reject`` with its
line, field, value and reason; a file that cannot be read as a whole is a ``FileProblem``. Nothing is lost in silence.
"""

from xinyidai.core.tabular.delimited import Block, Run
from xinyidai.core.tabular.reader import Layout, Table, open_table
from xinyidai.core.tabular.rows import FileProblem, Reject, Row

__all__ = ["Block", "FileProblem", "Layout", "Reject", "Row", "Run", "Table", "open_table"]
