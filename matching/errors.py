"""What is wrong with a record, said so that its author can put it right."""

from collections.abc import Sequence
from typing import NamedTuple


class FieldError(NamedTuple):
    """One field of one record, and why it cannot be used.

    `field` is a path such as ``facts.tax_grade`` or ``criteria[2].value``; the
    whole record is ``record``.
    """

    field: str
    reason: str


class RecordError(NamedTuple):
    """A record left out. `line` counts from 1, in a file and in a list alike."""

    file: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.reason}"


class InvalidRecords(ValueError):
    """Raised where records were refused and the caller gave no list to collect them in."""

    def __init__(self, errors: Sequence[RecordError]) -> None:
        self.errors = list(errors)
        shown = "\n".join(map(str, self.errors[:20]))
        more = f"\n… and {len(self.errors) - 20} more" if len(self.errors) > 20 else ""
        super().__init__(f"{len(self.errors)} error(s) in the records\n{shown}{more}")
