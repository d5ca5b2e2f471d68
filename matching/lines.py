"""JSON Lines, read strictly: what is not one JSON object in UTF-8 is named, never repaired."""

import json
from collections.abc import Iterator
from pathlib import Path

from matching.errors import FieldError

_BOM = b"\xef\xbb\xbf"


def read_lines(path: Path) -> Iterator[tuple[int, object]]:
    """(line number, object) of each line; a list of FieldError stands for a line that cannot be read.

    Lines of blanks hold no record and are passed over; a byte-order mark at the
    very start belongs to the file, not to its first record.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            content = line.removeprefix(_BOM) if number == 1 else line
            if not content.isspace() and content:
                yield number, parse_line(content)


def parse_line(line: bytes) -> object:
    """The value of one line, or a list of one FieldError."""
    try:
        return _decode(line.decode("utf-8").strip(" \t\r\n"))
    except UnicodeDecodeError as error:
        return [FieldError("record", f"is not UTF-8: byte {error.start + 1} of the line is {line[error.start]:#04x}")]
    except RecursionError:
        return [FieldError("record", "is not JSON: nested too deeply")]
    except json.JSONDecodeError as error:
        return [FieldError("record", f"is not JSON: {error.msg} at character {error.colno}")]
    except _Repeated as error:
        return [FieldError(str(error), "is there twice in one object")]
    except ValueError as error:
        return [FieldError("record", f"is not JSON: {error}")]


class _Repeated(ValueError):
    """A key that an object holds twice: whichever value were taken, the other would be dropped."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Repeated(next(name for name in names if names.count(name) > 1))
    return found


# NaN and Infinity are let through here, so that the check of their field can name it.
_decode = json.JSONDecoder(object_pairs_hook=_unique).decode
