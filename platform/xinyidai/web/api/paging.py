"""Cursor paging: a page, and a cursor for the next one that stays right while rows are added."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import N_

T = TypeVar("T")
PAGE_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """``next_cursor`` is that of the following page; null on the last one."""

    items: list[T]
    next_cursor: str | None


def number_of(cursor: str | None) -> int | None:
    """A cursor that is a number; raises InvalidInput for any other."""
    if cursor is None:
        return None
    if not cursor.isdecimal() or len(cursor) > 18:
        raise InvalidInput({"cursor": N_("This is no cursor of ours. Please take the one of the last answer.")})
    return int(cursor)
