"""The store of bit masks: one row for each key of each axis that some need has had so far."""

from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from matching.axes import UNKNOWN_KEY, Keys
from matching.plans import AxisPlan, Words, to_words

Int32s = NDArray[np.int32]

# Room for every key of a national table; beyond it the store starts afresh rather than grow for ever.
STORE_BYTES = 256 * 2**20
_BATCH_CELLS = 2**24


class RowStore:
    """Rows are made when first asked for. Row 0 is every product: what an unknown fact rules out is nothing."""

    def __init__(self, plans: Sequence[AxisPlan], products: int) -> None:
        self._plans, self._products = plans, products
        self._everything = to_words(np.ones((1, products), bool))
        self._lock = Lock()
        self._clear()

    def _clear(self) -> None:
        self._rows = self._everything.copy()
        self._used = 1
        # The slot of key k is slots[k]; that of UNKNOWN_KEY, -1, is the last entry: row 0.
        self._slots = [np.zeros(1, np.int32) for _ in self._plans]

    def lookup(self, keys: Sequence[Keys]) -> tuple[Int32s, Words]:
        """The row of each need (first axis) on each plan (second), and the rows.

        The rows returned stay valid whatever is asked for later.
        """
        slots = np.empty((len(keys[0]), len(keys)), np.int32)
        with self._lock:
            if self._used * self._everything.nbytes > STORE_BYTES:
                self._clear()
            for at in range(len(self._plans)):
                slots[:, at] = self._slots_of(at, keys[at])
            return slots, self._rows

    def _slots_of(self, at: int, keys: Keys) -> Int32s:
        known = self._slots[at]
        size = self._plans[at].axis.size()
        if len(known) <= size:
            grown = np.full(size + 1, -1, np.int32)
            grown[: len(known) - 1] = known[:-1]
            grown[UNKNOWN_KEY] = 0
            known = self._slots[at] = grown
        slots = known[keys]
        if (slots < 0).any():
            missing = np.unique(keys[slots < 0])
            known[missing] = self._make(at, missing)
            slots = known[keys]
        return slots

    def _make(self, at: int, keys: Keys) -> Int32s:
        first = self._used
        self._reserve(first + len(keys))
        batch = max(1, _BATCH_CELLS // max(self._products, 1))
        for start in range(0, len(keys), batch):
            made = self._plans[at].passing(keys[start : start + batch], self._products)
            self._rows[first + start : first + start + len(made)] = made
        self._used = first + len(keys)
        return np.arange(first, self._used, dtype=np.int32)

    def _reserve(self, count: int) -> None:
        if count > len(self._rows):
            # A new array: rows handed out before stay as they were.
            grown = np.zeros((max(count, 2 * len(self._rows)), self._everything.shape[1]), np.uint64)
            grown[: self._used] = self._rows[: self._used]
            self._rows = grown
