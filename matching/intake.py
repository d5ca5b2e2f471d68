"""Taking records in: which are refused, and what is said of them."""

from collections.abc import Iterable

from matching.errors import FieldError, InvalidRecords, RecordError


class Intake:
    """Takes numbered raw records in, one by one; refuses the malformed and the repeated."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.errors: list[RecordError] = []
        self.seen: dict[str, int] = {}

    def refuse(self, line: int, problems: Iterable[FieldError]) -> None:
        self.errors.extend(RecordError(self.source, line, *problem) for problem in problems)

    def is_new(self, record_id: str, line: int) -> bool:
        first = self.seen.setdefault(record_id, line)
        if first != line:
            self.refuse(line, [FieldError("id", f"{record_id!r} is repeated; line {first} has it already")])
        return first == line

    def settle(self, rejected: list[RecordError] | None) -> None:
        """Hand the errors over, or raise them where nobody asked for them."""
        self.errors.sort(key=lambda error: error.line)
        if rejected is not None:
            rejected.extend(self.errors)
        elif self.errors:
            raise InvalidRecords(self.errors)
