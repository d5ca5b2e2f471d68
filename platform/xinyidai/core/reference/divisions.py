"""Administrative divisions of China, GB/T 2260: provinces, cities, counties and districts of today.

Codes have six digits (``370000``, ``370400``, ``370402``). Two- and four-digit forms are understood.
Names are Chinese in both languages; the standard has no others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from types import MappingProxyType

from xinyidai.core.reference.tables import read_table

# Rungs that only hold the table together: the districts under them belong to the province directly.
_PSEUDO_CITIES = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}


class Level(IntEnum):
    PROVINCE = 1
    CITY = 2
    AREA = 3


@dataclass(frozen=True, slots=True)
class Division:
    code: str
    name: str
    level: Level

    @property
    def stem(self) -> str:
        """The code without its closing zeros: the prefix that all divisions below share."""
        return self.code[: 2 * self.level]

    @property
    def is_pseudo(self) -> bool:
        return self.level is Level.CITY and self.name in _PSEUDO_CITIES


@cache
def table() -> Mapping[str, Division]:
    """All divisions by six-digit code, in order of code."""
    found: dict[str, Division] = {}
    for name, level in (("provinces", Level.PROVINCE), ("cities", Level.CITY), ("areas", Level.AREA)):
        for row in read_table(f"divisions_{name}.csv"):
            # Cities without districts (441900 东莞市) stand in both files; the city is the one kept.
            code = row["code"].ljust(6, "0")
            found.setdefault(code, Division(code, row["name"], level))
    return MappingProxyType(dict(sorted(found.items())))


@cache
def _children() -> Mapping[str, tuple[Division, ...]]:
    below: dict[str, list[Division]] = {}
    for division in table().values():
        below.setdefault(division.stem[:-2], []).append(division)
    return MappingProxyType({parent: tuple(divisions) for parent, divisions in below.items()})


def find(code: str) -> Division | None:
    return table().get(code.ljust(6, "0")) if len(code) in (2, 4, 6) else None


def is_known(code: str) -> bool:
    return find(code) is not None


def name_of(code: str) -> str:
    """The division's own name; an unknown code is shown as it is rather than guessed."""
    division = find(code)
    return division.name if division else code


def children(code: str = "") -> tuple[Division, ...]:
    """The divisions directly below; without a code, the provinces."""
    if not code:
        return _children()[""]
    division = find(code)
    return _children().get(division.stem, ()) if division else ()


def path(code: str) -> tuple[Division, ...]:
    """From the province down to the division itself: 山东省, 枣庄市, 市中区; empty for an unknown code."""
    division = find(code)
    if division is None:
        return ()
    rungs = (find(division.stem[:length]) for length in range(2, 2 * division.level + 1, 2))
    return tuple(rung for rung in rungs if rung is not None and (rung == division or not rung.is_pseudo))


def full_name(code: str, separator: str = "") -> str:
    """The names along the path in one line: 山东省枣庄市市中区."""
    return separator.join(division.name for division in path(code)) or code
