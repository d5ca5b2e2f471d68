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
# The row of an unknown fact: it rules nothing out.
UNKNOWN_SLOT = 0


class Shelf:
    """Rows and where they are: `slots[axis][key]` is a row's place in `rows`, -1 where it is not made yet.

    The last entry of each, where UNKNOWN_KEY finds it, is UNKNOWN_SLOT. A shelf
    only ever grows, so that it may be read while another thread adds to it, as
    long as `rows` is read after the slots.
    """

    def __init__(self, axes: int, everything: Words) -> None:
        self.rows = everything.copy()
        self.used = 1
        self.slots = [np.zeros(1, np.int32) for _ in range(axes)]


class RowStore:
    """Makes rows when they are first asked for."""

    def __init__(self, plans: Sequence[AxisPlan], products: int) -> None:
        self._plans, self._products = plans, products
        self._everything = to_words(np.ones((1, products), bool))
        self._lock = Lock()
        self._shelf = Shelf(len(plans), self._everything)

    def shelf(self) -> Shelf:
        """The shelf to use for one block of needs; a new one where the last has become too long."""
        with self._lock:
            if self._shelf.used * self._everything.nbytes > STORE_BYTES:
                self._shelf = Shelf(len(self._plans), self._everything)
            return self._shelf

    def slots(self, shelf: Shelf, at: int, keys: Keys) -> Int32s:
        """The place of each key's row, made where need be."""
        with self._lock:
            size = self._plans[at].axis.size()
            known = shelf.slots[at]
            if len(known) <= size:
                grown = np.full(size + 1, -1, np.int32)
                grown[: len(known) - 1] = known[:-1]
                grown[UNKNOWN_KEY] = UNKNOWN_SLOT
                known = shelf.slots[at] = grown
            slots = known[keys]
            if (slots < 0).any():
                missing = np.unique(keys[slots < 0])
                known[missing] = self._make(shelf, at, missing)
                slots = known[keys]
            return slots

    def _make(self, shelf: Shelf, at: int, keys: Keys) -> Int32s:
        first = shelf.used
        shelf.used += len(keys)
        if shelf.used > len(shelf.rows):
            grown = np.zeros((max(shelf.used, 2 * len(shelf.rows)), self._everything.shape[1]), np.uint64)
            grown[:first] = shelf.rows[:first]
            shelf.rows = grown
        batch = max(1, _BATCH_CELLS // max(self._products, 1))
        for start in range(0, len(keys), batch):
            made = self._plans[at].passing(keys[start : start + batch], self._products)
            shelf.rows[first + start : first + start + len(made)] = made
        return np.arange(first, shelf.used, dtype=np.int32)
