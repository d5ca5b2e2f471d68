"""Needs and products coded for the other engines, in their favour.

Unknown facts are stored so that every test on them passes, categories are
single bits, region prefixes are numbers, and all that depends on a product
alone is a constant. None of this is counted in their times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching import Criterion, NeedTable, ProductTable, Weights
from matching.columns import CodedColumn, NumberColumn
from matching.compiled import Compiled, threshold
from matching.records import UNSECURED, Product
from xinyidai.cli.bench.matching_data import NUMBERS

Array = NDArray[Any]

FAR = 1e300
ALL_BITS = 2**31 - 1
UNKNOWN_REGION = 0
# Set on every need, so that a product which asks for no label has a mask to ask for too.
ALWAYS = 1 << 30
CODED = ("size", "tax_grade", "dishonest_debtor")


@dataclass(frozen=True)
class Test:
    """`column op value`: at_least, at_most, any_bit, no_bit, or in (a list of numbers)."""

    column: str
    op: str
    value: Any


@dataclass(frozen=True)
class CodedProduct:
    """`margins` are (fact, low, high, scale), an open side ±FAR; `ease` is by the need's guarantee code."""

    number: int
    tests: list[Test]
    margins: list[tuple[str, float, float, float]]
    asked_bits: int
    cost: int
    speed: int
    record: int
    approval: float
    ease: list[int]
    amount: tuple[float, float, float]
    term: tuple[float, float, float]


@dataclass(frozen=True)
class Market:
    """`needs` are columns; products are numbered by id."""

    needs: dict[str, Array]
    products: list[CodedProduct]
    weights: Weights

    def __len__(self) -> int:
        return len(self.needs["need"])


def code(needs: NeedTable, products: ProductTable, form: Compiled, weights: Weights) -> Market:
    guarantees = {kind: 1 << at for at, kind in enumerate(sorted({k for p in form.products for k in p.guarantees}))}
    sets = needs.guarantees.categories
    offered = [sum(guarantees.get(kind, 0) for kind in {*one, UNSECURED}) for one in sets]
    bits = {name: _bits(needs, name, products) for name in CODED}
    facts = ["region", "industry", *CODED, "labels", *NUMBERS]
    columns: dict[str, Array] = {
        "need": np.arange(len(needs), dtype=np.int32),
        "amount": needs.amount,
        "term": needs.term,
        "max_rate": np.minimum(needs.max_rate, FAR),
        "guarantees": np.array(offered, np.int32)[needs.guarantees.codes],
        "guarantee_code": needs.guarantees.codes.astype(np.int32),
        "unknown": _unknown_bits(needs, facts),
        **_regions(needs),
        "section": _section_bits(needs),
        **_label_bits(needs),
        **{name: column for name, (column, _) in bits.items()},
    }
    for name in NUMBERS:
        column = needs.facts[name, "number"]
        values = column.values if isinstance(column, NumberColumn) else np.empty(0)
        unknown = np.isnan(values)
        columns |= {
            name: values,
            f"{name}_hi": np.where(unknown, FAR, values),
            f"{name}_lo": np.where(unknown, -FAR, values),
        }
    coded_bits = {name: of for name, (_, of) in bits.items()}
    by_id = [form.products[place] for place in form.scoring.place_of]
    ease = [[int(form.ease(int(key))[place]) for key in _guarantee_keys(form, sets)] for place in form.scoring.place_of]
    coded = [_product(at, product, form, guarantees, coded_bits, facts, ease[at]) for at, product in enumerate(by_id)]
    return Market(columns, coded, weights)


def _guarantee_keys(form: Compiled, sets: Sequence[Any]) -> Array:
    return form.plans[3].category_axis().category_keys(sets)


def _coded(needs: NeedTable, name: str, kind: Any) -> CodedColumn:
    column = needs.facts[name, kind]
    if not isinstance(column, CodedColumn):
        raise TypeError(f"{name} is no category")
    return column


def _bits(needs: NeedTable, name: str, products: ProductTable) -> tuple[Array, dict[Any, int]]:
    column = _coded(needs, name, products.kinds[name])
    bit_of = {category: 1 << at for at, category in enumerate(column.categories)}
    return np.append([*bit_of.values()], ALL_BITS)[column.codes].astype(np.int32), bit_of


def _unknown_bits(needs: NeedTable, facts: list[str]) -> Array:
    bits = np.zeros(len(needs), np.int32)
    for (name, _), column in needs.facts.items():
        if name in facts:
            bits[~column.known()] |= 1 << facts.index(name)
    return bits


def _regions(needs: NeedTable) -> dict[str, Array]:
    column = _coded(needs, "region", "string")
    codes = np.array([*map(int, column.categories), UNKNOWN_REGION], np.int32)[column.codes]
    return {"region6": codes, "region4": codes // 100, "region2": codes // 10_000}


def _section_bits(needs: NeedTable) -> Array:
    column = _coded(needs, "industry", "string")
    bits = [1 << (ord(category[0]) - ord("A")) for category in column.categories]
    return np.array([*bits, ALL_BITS], np.int32)[column.codes]


def _label_bits(needs: NeedTable) -> dict[str, Array]:
    column = _coded(needs, "labels", "list")
    bits = [sum(_label_bit(one) for one in category) for category in column.categories]
    return {
        "labels_any": np.array([*bits, ALL_BITS], np.int32)[column.codes] | ALWAYS,
        "labels_none": np.array([*bits, 0], np.int32)[column.codes],
    }


def _label_bit(label: str) -> int:
    known = ["agricultural_leader", "green", "high_tech", "specialised_new", "tech_sme", "none"]
    return 1 << known.index(label)


def _product(
    number: int,
    product: Product,
    form: Compiled,
    guarantees: dict[str, int],
    bits: dict[str, dict[Any, int]],
    facts: list[str],
    ease: list[int],
) -> CodedProduct:
    place = int(form.scoring.place_of[number])
    tests = [
        Test("amount", "at_least", product.amount.min),
        Test("amount", "at_most", product.amount.max),
        Test("term", "at_least", product.term.min),
        Test("term", "at_most", product.term.max),
        Test("max_rate", "at_least", product.annual_rate.min),
        Test("guarantees", "any_bit", sum(guarantees[kind] for kind in set(product.guarantees))),
    ]
    margins = []
    for criterion in product.criteria:
        tests += _tests(criterion, bits)
        if criterion.kind == "number":
            low, high, scale = threshold(criterion)
            margins.append((criterion.fact, max(low, -FAR), min(high, FAR), scale))
    return CodedProduct(
        number=number,
        # The most selective first, where an engine keeps to the order given.
        tests=sorted(tests, key=lambda test: test.column not in ("region6", "region4", "region2", "section", "size")),
        margins=margins,
        asked_bits=sum(1 << facts.index(name) for name in {criterion.fact for criterion in product.criteria}),
        cost=int(form.scoring.cost[place]),
        speed=int(form.scoring.speed[place]),
        record=int(form.scoring.record[place]),
        approval=float(form.scoring.approval[place]),
        ease=ease,
        amount=tuple(form.scoring.amount[:, place].tolist()),
        term=tuple(form.scoring.term[:, place].tolist()),
    )


def _tests(criterion: Criterion, bits: dict[str, dict[Any, int]]) -> list[Test]:
    name, value = criterion.fact, criterion.value
    values: Any = value if isinstance(value, tuple) else (value,)
    if name == "region":
        return [Test(f"region{len(values[0])}", "in", sorted({UNKNOWN_REGION, *map(int, values)}))]
    if name == "industry":
        return [Test("section", "any_bit", sum(1 << (ord(letter) - ord("A")) for letter in values))]
    if name == "labels":
        any_of = criterion.op == "any_of"
        mask = sum(_label_bit(one) for one in values)
        return [Test("labels_any", "any_bit", mask) if any_of else Test("labels_none", "no_bit", mask)]
    if name in bits:
        return [Test(name, "any_bit", sum(bits[name].get(one, 0) for one in values))]
    low, high, _ = threshold(criterion)
    above, below = Test(f"{name}_hi", "at_least", low), Test(f"{name}_lo", "at_most", high)
    return [above] if criterion.op == ">=" else [below] if criterion.op == "<=" else [above, below]
