"""A block of needs, brought into the form that the compiled products are searched with."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

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
# Bytes of memory and of the cache.
_PAGE, _LINE = 4096, 64


class Block(NamedTuple):
    """What decides which products are open to m needs: those that a need's facts do not rule out, the AND of its rows.

    Need i has `rows[slots[i, axis]]` on each axis. Products that ask for a fact it does not have are in
    `asking[axis]` of an axis where its slot is UNKNOWN_SLOT.
    """

    slots: Int32s
    rows: Words
    asking: Words


class Facts(NamedTuple):
    """What decides how m needs score.

    `ease[ease_of[i]]` are the collateral contributions of all products, `numbers` (number facts × m) what thresholds
    ask for, NaN where unknown.
    """

    amount: Floats
    term: Floats
    ease_of: Int32s
    ease: Int32s
    numbers: Floats


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
        products = self._products
        shelf = products.store.shelf()
        length = len(self._needs.amount[rows])
        slots = by_row(len(products.plans), length, np.int32)[:, :length]
        for at, row in enumerate(slots):
            if not (self._fast and self._quick_slots(shelf, at, rows, row)):
                row[:] = products.store.slots(shelf, at, self.keys(at, rows))
        return Block(slots=slots.T, rows=shelf.rows, asking=products.asking)

    def facts(self, rows: Index | slice) -> Facts:
        amount = self._needs.amount[rows]
        ease_of, ease = self._eases(rows)
        return Facts(
            amount=amount,
            term=self._needs.term[rows],
            ease_of=ease_of,
            ease=ease,
            numbers=self._numbers(rows, len(amount)),
        )

    def _quick_slots(self, shelf: Shelf, at: int, rows: Index | slice, slots: Int32s) -> bool:
        """Look the rows up without a lock; False where one of them has still to be made."""
        column, known = self._columns[at], shelf.slots[at]
        if len(known) <= self._products.plans[at].axis.size():
            return False
        if isinstance(column, NumberColumn):
            thresholds = self._products.plans[at].number_axis().thresholds
            return number_slots(column.values[rows], thresholds, known, slots)
        if isinstance(column, CodedColumn):
            return code_slots(column.codes[rows], known[self._category_keys[at]], slots)
        slots[:] = known[UNKNOWN_KEY]
        return True

    def _eases(self, rows: Index | slice) -> tuple[Int32s, Int32s]:
        keys = self.keys(3, rows)
        if self._ease is not None:
            return keys.astype(np.int32), self._ease
        offered, ease_of = np.unique(keys, return_inverse=True)
        return ease_of.astype(np.int32), np.stack([self._products.ease(int(key)) for key in offered])

    def _numbers(self, rows: Index | slice, length: int) -> Floats:
        numbers = by_row(len(self._products.number_facts), length, np.float64)
        for name, row in zip(self._products.number_facts, numbers, strict=True):
            column = self._needs.facts.get((name, "number"))
            row[:length] = column.values[rows] if isinstance(column, NumberColumn) else np.nan
        return numbers


def by_row(rows: int, length: int, kind: DTypeLike) -> NDArray[Any]:
    """An empty array of so many rows, to be read column by column.

    Each row begins at another place within a page: the processor's cache has room for few lines at one and the same.
    """
    item = np.dtype(kind).itemsize
    stride = (length * item // _PAGE + 1) * _PAGE + 3 * _LINE
    return np.empty((rows, stride // item), kind)


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
