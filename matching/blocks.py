"""A block of needs, brought into the form that the compiled products are searched with."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.axes import UNKNOWN_KEY, Keys
from matching.columns import CodedColumn, Column, Index, NumberColumn
from matching.compiled import Compiled
from matching.kernels import code_slots, number_slots
from matching.plans import AxisPlan, Words
from matching.rows import Shelf
from matching.tables import NeedTable

Int32s = NDArray[np.int32]
Floats = NDArray[np.float64]
_EASE_CELLS = 2**24


class Block(NamedTuple):
    """m needs. The products that a need's facts do not rule out are the AND of `rows[slots[i]]`.

    Those of them that ask for a fact it does not have are in `asking[axis]` for
    some axis where its slot is UNKNOWN_SLOT. `ease[ease_of[i]]` are the
    collateral contributions of all products, `values` (m × number facts) the
    numbers that thresholds ask for, NaN where unknown.
    """

    slots: Int32s
    rows: Words
    asking: Words
    amount: Floats
    term: Floats
    ease_of: Int32s
    ease: Int32s
    values: Floats


class Keyring:
    """The needs of a table as seen by compiled products. Categories are looked up once, needs block by block.

    `fast` has the loops run as machine code; the result is the same.
    """

    def __init__(self, needs: NeedTable, products: Compiled, *, fast: bool = False) -> None:
        self._needs, self._products, self._fast = needs, products, fast
        self._columns = [_column(needs, plan) for plan in products.plans]
        with products.lock:
            self._category_keys = [
                _category_keys(plan, column) for plan, column in zip(products.plans, self._columns, strict=True)
            ]
            self._ease = products.ease_table() if products.plans[3].axis.size() < _EASE_CELLS // len(products) else None

    def keys(self, at: int, rows: Index | slice) -> Keys:
        """The keys of these needs on one axis."""
        column = self._columns[at]
        if column is None:
            return np.full(len(self._needs.amount[rows]), UNKNOWN_KEY, np.int64)
        if isinstance(column, CodedColumn):
            return self._category_keys[at][column.codes[rows]]
        return self._products.plans[at].number_axis().keys(column.values[rows])

    def block(self, rows: Index | slice) -> Block:
        needs, products = self._needs, self._products
        amount = needs.amount[rows]
        shelf = products.store.shelf()
        slots = np.empty((len(amount), len(products.plans)), np.int32)
        for at in range(len(products.plans)):
            if not (self._fast and self._quick_slots(shelf, at, rows, slots)):
                slots[:, at] = products.store.slots(shelf, at, self.keys(at, rows))
        ease_of, ease = self._eases(rows)
        return Block(
            slots=slots,
            rows=shelf.rows,
            asking=products.asking,
            amount=amount,
            term=needs.term[rows],
            ease_of=ease_of,
            ease=ease,
            values=self._values(rows, len(amount)),
        )

    def _quick_slots(self, shelf: Shelf, at: int, rows: Index | slice, slots: Int32s) -> bool:
        """Look the rows up without a lock; False where one of them has still to be made."""
        column, known = self._columns[at], shelf.slots[at]
        if len(known) <= self._products.plans[at].axis.size():
            return False
        if isinstance(column, NumberColumn):
            thresholds = self._products.plans[at].number_axis().thresholds
            return number_slots(column.values[rows], thresholds, known, slots, at)
        if isinstance(column, CodedColumn):
            return code_slots(column.codes[rows], known[self._category_keys[at]], slots, at)
        slots[:, at] = known[UNKNOWN_KEY]
        return True

    def _eases(self, rows: Index | slice) -> tuple[Int32s, Int32s]:
        keys = self.keys(3, rows)
        if self._ease is not None:
            return keys.astype(np.int32), self._ease
        offered, ease_of = np.unique(keys, return_inverse=True)
        return ease_of.astype(np.int32), np.stack([self._products.ease(int(key)) for key in offered])

    def _values(self, rows: Index | slice, length: int) -> Floats:
        values = np.empty((length, len(self._products.number_facts)))
        for at, name in enumerate(self._products.number_facts):
            column = self._needs.facts.get((name, "number"))
            values[:, at] = column.values[rows] if isinstance(column, NumberColumn) else np.nan
        return values


def _column(needs: NeedTable, plan: AxisPlan) -> Column | None:
    if not plan.builtin:
        return needs.facts.get((plan.name, plan.kind))
    if plan.name == "guarantees":
        return needs.guarantees
    numbers = {"amount": needs.amount, "term": needs.term, "max_rate": needs.max_rate}
    return NumberColumn(numbers[plan.name])


def _category_keys(plan: AxisPlan, column: Column | None) -> Keys:
    """The key of each category, and at the end, where code -1 finds it, that of unknown."""
    if not isinstance(column, CodedColumn):
        return np.empty(0, np.int64)
    return np.append(plan.category_axis().category_keys(column.categories), UNKNOWN_KEY)
