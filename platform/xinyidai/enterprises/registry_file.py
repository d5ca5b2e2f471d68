"""A registry extract as a stream of rows, each code once.

Where a code stands in several rows of one file, the last row that can be accepted counts; each earlier one
comes out as ``Superseded`` and names the line that took its place. So importing a file twice changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from xinyidai.core.bilingual import say
from xinyidai.core.i18n import N_
from xinyidai.core.tabular import Layout, Reject, Row, Table, open_table
from xinyidai.enterprises.registry_columns import Columns, recognise
from xinyidai.enterprises.registry_rows import RegistryRow, read_row


@dataclass(frozen=True, slots=True)
class Superseded(Reject):
    """A good row that a later one of the same code replaces."""


class RegistryFile:
    """Iterate once: accepted rows in the order of the file, those of repeated codes at the end."""

    def __init__(
        self, table: Table, columns: Columns, repeated: frozenset[str], today: date, confirmed: Callable[[str], bool]
    ) -> None:
        self._table = table
        self._columns = columns
        self._repeated = repeated
        self._today = today
        self._confirmed = confirmed

    @property
    def layout(self) -> Layout:
        return self._table.layout

    @property
    def unused_titles(self) -> tuple[str, ...]:
        """Columns of the file that are not read: shown, so that nobody believes they were."""
        return self._columns.unused

    @property
    def progress(self) -> float:
        return self._table.progress

    def __iter__(self) -> Iterator[RegistryRow | Reject]:
        held: dict[str, RegistryRow] = {}
        for item in self._table:
            found = (
                read_row(item, self._columns, today=self._today, confirmed=self._confirmed)
                if isinstance(item, Row)
                else [item]
            )
            if isinstance(found, list):
                yield from found
            elif found.usci not in self._repeated:
                yield found
            else:
                earlier = held.pop(found.usci, None)
                if earlier is not None:
                    yield self._superseded(earlier, found.line)
                held[found.usci] = found
        yield from held.values()

    def _superseded(self, earlier: RegistryRow, later_line: int) -> Superseded:
        reason = say(N_("the same code stands again in line %(line)s, which counts"), line=later_line)
        return Superseded(earlier.line, self._columns.titles["usci"], earlier.usci, reason)


def _nobody(_code: str) -> bool:
    return False


@contextmanager
def open_registry(
    path: Path, *, today: date, sheet: str | None = None, confirmed: Callable[[str], bool] = _nobody
) -> Iterator[RegistryFile]:
    """Open a registry extract; the file is read twice, first for the codes that repeat.

    ``today`` is the business date; ``confirmed`` says of a code whether the registry has vouched for it. Raises
    FileProblem where the file is no table or no registry extract.
    """
    with open_table(path, sheet=sheet) as table:
        columns = recognise(table.header)
        codes = Counter(columns.text(item.cells, "usci") for item in table if isinstance(item, Row))
    repeated = frozenset(code for code, count in codes.items() if count > 1)
    with open_table(path, sheet=sheet) as table:
        yield RegistryFile(table, columns, repeated, today, confirmed)
