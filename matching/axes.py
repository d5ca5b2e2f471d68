"""An axis is one fact as the products see it: values that no criterion can tell apart share a key.

A number is told apart by the thresholds alone, a string by the values and
prefixes that criteria mention, a list by its mentioned members. So a table of
any size falls on few keys, and each criterion's outcome is known once per key.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.columns import Floats, Mask
from matching.records import UNSECURED, Criterion, Kind

Keys = NDArray[np.int64]
UNKNOWN_KEY = -1
_MET_AT_MOST = 200_000


class NumberAxis:
    """Key 2i lies between thresholds i-1 and i, key 2i+1 on threshold i."""

    def __init__(self, criteria: Sequence[Criterion]) -> None:
        bounds = [threshold_bounds(criterion) for criterion in criteria]
        self._low = np.array([low for low, _ in bounds])
        self._high = np.array([high for _, high in bounds])
        mentioned = np.concatenate([self._low, self._high])
        self.thresholds = np.unique(mentioned[np.isfinite(mentioned)])
        self._low_key = self.keys(self._low)
        self._high_key = self.keys(self._high)

    def keys(self, values: Floats) -> Keys:
        """The key of each value, UNKNOWN_KEY for NaN."""
        place = np.searchsorted(self.thresholds, values)
        on = np.append(self.thresholds, np.nan)[place] == values
        keys: Keys = 2 * place + on
        keys[np.isnan(values)] = UNKNOWN_KEY
        return keys

    def size(self) -> int:
        """How many keys there are."""
        return 2 * len(self.thresholds) + 1

    def outcomes(self, keys: Keys) -> Mask:
        """Whether each criterion (second axis) passes at each key (first axis)."""
        column = keys[:, None]
        return (column >= self._low_key) & (column <= self._high_key)


def threshold_bounds(criterion: Criterion) -> tuple[float, float]:
    """A numeric criterion as low ≤ x ≤ high, infinite where it leaves a side open."""
    value: Any = criterion.value
    if criterion.op == "between":
        return value[0], value[1]
    return (value, np.inf) if criterion.op == ">=" else (-np.inf, value)


class CategoryAxis:
    """Keys for the categories of a coded column, numbered as they are first met."""

    def __init__(self) -> None:
        self._key_of: dict[Any, int] = {}
        # The key of each category met lately: tables of needs hold the same ones again and again.
        self._met: dict[Any, int] = {}

    def category_keys(self, categories: Sequence[Any]) -> Keys:
        return np.array([self._key(one) for one in categories], np.int64)

    def _key(self, category: Any) -> int:
        key = self._met.get(category)
        if key is None:
            if len(self._met) >= _MET_AT_MOST:
                self._met.clear()
            key = self._met[category] = self._key_of.setdefault(self._mark(category), len(self._key_of))
        return key

    def size(self) -> int:
        return len(self._key_of)

    def _mark(self, category: Any) -> Any:
        """What the criteria can see of a category."""
        raise NotImplementedError

    def outcomes(self, keys: Keys) -> Mask:
        raise NotImplementedError


class StringAxis(CategoryAxis):
    """A mark is the value itself if a criterion names it, and the longest prefix named that it starts with."""

    def __init__(self, criteria: Sequence[Criterion]) -> None:
        super().__init__()
        by_prefix = np.array([criterion.op == "prefix_in" for criterion in criteria])
        self._negated = np.array([criterion.op == "not_in" for criterion in criteria])
        self._values, exact = _membership(criteria, ~by_prefix)
        self._prefixes, starts = _membership(criteria, by_prefix)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes}, reverse=True)
        # Shorter prefixes of a prefix match wherever it does; lengths ascending, so each inherits in full.
        for prefix in sorted(self._prefixes, key=len):
            parent = self._longest(prefix, below=len(prefix))
            if parent >= 0:
                starts[self._prefixes[prefix]] |= starts[parent]
        self._exact, self._starts = exact, starts

    def _longest(self, text: str, below: int | None = None) -> int:
        for length in self._lengths:
            if length <= len(text) and (below is None or length < below):
                found = self._prefixes.get(text[:length], -1)
                if found >= 0:
                    return found
        return -1

    def _mark(self, category: str) -> tuple[int, int]:
        return self._values.get(category, -1), self._longest(category)

    def outcomes(self, keys: Keys) -> Mask:
        marks = np.array(list(self._key_of), np.int64).reshape(-1, 2)[keys]
        # The last row of each matrix is all False and answers for -1.
        passing: Mask = (self._exact[marks[:, 0]] ^ self._negated) | self._starts[marks[:, 1]]
        return passing


class ListAxis(CategoryAxis):
    """A mark is the set of members that criteria name. `always` are members that every list has."""

    def __init__(self, criteria: Sequence[Criterion], always: Sequence[str] = ()) -> None:
        super().__init__()
        self._negated = np.array([criterion.op == "none_of" for criterion in criteria])
        self._always = always
        self._values, self._members = _membership(criteria, np.ones(len(criteria), bool))

    def _mark(self, category: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(sorted({self._values[one] for one in (*category, *self._always) if one in self._values}))

    def members(self, key: int) -> tuple[str, ...]:
        """Those members of a list with this key that criteria name."""
        names = list(self._values)
        return tuple(names[member] for member in list(self._key_of)[key])

    def outcomes(self, keys: Keys) -> Mask:
        marks = list(self._key_of)
        shared = np.array([self._members[list(marks[key])].any(axis=0) for key in keys]).reshape(len(keys), -1)
        passing: Mask = shared ^ self._negated
        return passing


class BooleanAxis(CategoryAxis):
    def __init__(self, criteria: Sequence[Criterion]) -> None:
        super().__init__()
        self._wanted = np.array([criterion.value for criterion in criteria])

    def _mark(self, category: bool) -> bool:
        return category

    def outcomes(self, keys: Keys) -> Mask:
        passing: Mask = np.array(list(self._key_of))[keys][:, None] == self._wanted
        return passing


def _membership(criteria: Sequence[Criterion], chosen: Mask) -> tuple[dict[str, int], Mask]:
    """Every value that the chosen criteria name, numbered, and which criterion names it; one more row, all False."""
    named: dict[str, int] = {}
    cells = []
    for position, criterion in enumerate(criteria):
        value = criterion.value
        for one in value if chosen[position] and isinstance(value, tuple) else ():
            cells.append((named.setdefault(str(one), len(named)), position))
    matrix = np.zeros((len(named) + 1, len(criteria)), bool)
    if cells:
        rows, columns = zip(*cells, strict=True)
        matrix[rows, columns] = True
    return named, matrix


Axis = NumberAxis | CategoryAxis


def make_axis(kind: Kind, criteria: Sequence[Criterion]) -> Axis:
    if kind == "number":
        return NumberAxis(criteria)
    if kind == "string":
        return StringAxis(criteria)
    if kind == "boolean":
        return BooleanAxis(criteria)
    return ListAxis(criteria, [UNSECURED] if criteria[0].builtin else [])
