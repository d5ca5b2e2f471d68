"""A block of needs, brought into the form that the compiled products are searched with."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.axes import UNKNOWN_KEY, Keys
from matching.columns import CodedColumn, Column, Index, NumberColumn
from matching.compiled import Compiled
from matching.plans import AxisPlan, Words
from matching.tables import NeedTable

Int32s = NDArray[np.int32]
Floats = NDArray[np.float64]
# Patterns of unknown facts are numbered in binary; more bits than this are folded.
_PATTERN_BITS = 60


class Block(NamedTuple):
    """m needs. Products that a need's facts do not rule out: the AND of `rows[slots[i]]`.

    Those of them that ask for a fact it does not have: also in `unknown[pattern[i]]`.
    `ease[ease_of[i]]` are the collateral contributions of all products, `values`
    (m × number facts) the numbers that thresholds ask for, NaN where unknown.
    """

    slots: Int32s
    rows: Words
    pattern: Int32s
    unknown: Words
    amount: Floats
    term: Floats
    ease_of: Int32s
    ease: Int32s
    values: Floats


class Keyring:
    """The keys of a table's needs on every axis. Categories are looked up once, needs block by block."""

    def __init__(self, needs: NeedTable, products: Compiled) -> None:
        self._needs, self._products = needs, products
        self._columns = [_column(needs, plan) for plan in products.plans]
        with products.lock:
            self._category_keys = [
                _category_keys(plan, column) for plan, column in zip(products.plans, self._columns, strict=True)
            ]

    def keys(self, rows: Index) -> list[Keys]:
        return [self._keys(at, rows) for at in range(len(self._columns))]

    def _keys(self, at: int, rows: Index) -> Keys:
        column = self._columns[at]
        if column is None:
            return np.full(len(rows), UNKNOWN_KEY, np.int64)
        if isinstance(column, CodedColumn):
            return self._category_keys[at][column.codes[rows]]
        return self._products.plans[at].number_axis().keys(column.values[rows])

    def block(self, rows: Index) -> Block:
        needs, products = self._needs, self._products
        keys = self.keys(rows)
        slots, masks = products.store.lookup(keys)
        pattern, unknown = _unknown(products.plans, keys, masks.shape[1])
        offered, ease_of = np.unique(keys[3], return_inverse=True)
        return Block(
            slots=slots,
            rows=masks,
            pattern=pattern,
            unknown=unknown,
            amount=needs.amount[rows],
            term=needs.term[rows],
            ease_of=ease_of.astype(np.int32),
            ease=np.stack([products.ease(int(key)) for key in offered]),
            values=self._values(rows),
        )

    def _values(self, rows: Index) -> Floats:
        values = np.full((len(rows), len(self._products.number_facts)), np.nan)
        for at, name in enumerate(self._products.number_facts):
            column = self._needs.facts.get((name, "number"))
            if isinstance(column, NumberColumn):
                values[:, at] = column.values[rows]
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


def _unknown(plans: Sequence[AxisPlan], keys: Sequence[Keys], width: int) -> tuple[Int32s, Words]:
    """For each need the number of its pattern of unknown facts; for each pattern the products that ask for one."""
    number = np.zeros(len(keys[0]), np.int64)
    bits = 0
    unknown = []
    for plan, of in zip(plans, keys, strict=True):
        missing = of == UNKNOWN_KEY
        if not missing.any():
            continue
        unknown.append((plan, missing))
        number = 2 * number + missing
        bits += 1
        if bits == _PATTERN_BITS:
            number = np.unique(number, return_inverse=True)[1]
            bits = int(number.max()).bit_length()
    _, first, pattern = np.unique(number, return_index=True, return_inverse=True)
    masks = np.zeros((len(first), width), np.uint64)
    for plan, missing in unknown:
        masks[missing[first]] |= plan.asking
    return pattern.astype(np.int32), masks
