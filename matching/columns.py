"""One fact of all needs, as an array."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.records import Fact, Kind

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class NumberColumn:
    """`values`: float64, one for each need, NaN where unknown (a NaN is never a fact)."""

    values: Floats

    def known(self) -> Mask:
        return ~np.isnan(self.values)

    def fact(self, row: int) -> Fact:
        value = float(self.values[row])
        return None if value != value else value

    def take(self, rows: Index) -> "NumberColumn":
        return NumberColumn(self.values[rows])


@dataclass(frozen=True)
class CodedColumn:
    """Strings, booleans or lists. `codes`: int32 positions in `categories`, -1 where unknown."""

    codes: Codes
    categories: Sequence[Any]

    def known(self) -> Mask:
        return self.codes >= 0

    def fact(self, row: int) -> Fact:
        code = int(self.codes[row])
        fact: Fact = None if code < 0 else self.categories[code]
        return fact

    def take(self, rows: Index) -> "CodedColumn":
        """A few rows keep only the categories they use, so that a small table is quick to look up."""
        codes = self.codes[rows]
        if len(codes) >= len(self.categories):
            return CodedColumn(codes, self.categories)
        used = np.unique(codes[codes >= 0])
        renumbered = np.where(codes < 0, -1, np.searchsorted(used, codes)).astype(np.int32)
        return CodedColumn(renumbered, [self.categories[code] for code in used])


Column = NumberColumn | CodedColumn


class ColumnBuilder:
    """Gathers the known values of one fact, row by row, in a few bytes each."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._rows = array("q")
        self._numbers = array("d")
        self._codes = array("i")
        self._code_of: dict[Any, int] = {}

    def add(self, row: int, fact: Any) -> None:
        self._rows.append(row)
        if self.kind == "number":
            self._numbers.append(fact)
        else:
            self._codes.append(self._code_of.setdefault(fact, len(self._code_of)))

    def build(self, length: int) -> Column:
        return NumberColumn(self.numbers(length)) if self.kind == "number" else self.coded(length)

    def numbers(self, length: int) -> Floats:
        values = np.full(length, np.nan)
        values[np.asarray(self._rows)] = self._numbers
        return values

    def coded(self, length: int) -> CodedColumn:
        codes = np.full(length, -1, np.int32)
        codes[np.asarray(self._rows)] = self._codes
        return CodedColumn(codes, list(self._code_of))
