"""One way to page, sort and filter a list, for every list that can grow."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

PAGE_SIZE = 20
MAX_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What the reader asked for. ``sort`` is a column name, with ``-`` in front for descending."""

    page: int = 1
    size: int = PAGE_SIZE
    sort: str = ""
    search: str = ""

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of rows and how many there are in all."""

    rows: list[T]
    total: int
    page: int
    size: int
    sort: str = ""

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def order_by(
    sort: str, columns: dict[str, str], default: str, *, id_column: str = "id", nulls_last: bool = True
) -> str:
    """The ORDER BY text for ``sort``: only declared columns can be named; the id always decides last.

    ``columns`` maps public names to SQL expressions; ``default`` is one of the names, with its ``-``. Columns that are
    never null should say so with ``nulls_last=False``: an index can then give the order in both directions.
    """
    name = sort.lstrip("-")
    if name not in columns:
        sort, name = default, default.lstrip("-")
    direction = ("desc" if sort.startswith("-") else "asc") + (" nulls last" if nulls_last else "")
    return f"{columns[name]} {direction}, {id_column} {direction}"
