"""Tables of checked records: what `rank`, `explain` and `nearest` work on."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike

from matching import columnar
from matching.checks import Problems
from matching.columns import CodedColumn, Column, ColumnBuilder, Floats, Index, Mask
from matching.errors import FieldError, RecordError
from matching.intake import Intake
from matching.parse import parse_need, parse_product
from matching.records import KIND_NAMES, KIND_OF_OP, Fact, Kind, Need, Product, kind_of

Numbered = Iterable[tuple[int, object]]
FactKey = tuple[str, Kind]


@dataclass(frozen=True, eq=False)
class NeedTable:
    """Needs as columns of equal length n, in the order given.

    `amount` (yuan), `term` (months) and `max_rate` (percent a year, infinite
    where there is no limit) are float64 arrays; `guarantees` is a coded column
    of tuples; `facts` maps (name, kind) to a column. `lines` are the numbers
    by which errors name a need.
    """

    ids: Sequence[str]
    amount: Floats
    term: Floats
    max_rate: Floats
    guarantees: CodedColumn
    facts: Mapping[FactKey, Column]
    lines: Index
    source: str = "needs"

    @classmethod
    def from_records(
        cls, records: Iterable[object], *, rejected: list[RecordError] | None = None, source: str = "needs"
    ) -> Self:
        """Needs from objects shaped as the contract's JSON.

        A malformed record is left out and its errors are appended to `rejected`;
        without such a list InvalidRecords is raised, naming all of them.
        """
        return cls.from_numbered(enumerate(records, 1), rejected=rejected, source=source)

    @classmethod
    def from_numbered(
        cls, records: Numbered, *, rejected: list[RecordError] | None = None, source: str = "needs"
    ) -> Self:
        """As `from_records`, from (line, record) pairs; a record that is a list of FieldError was unreadable."""
        intake = Intake(source)
        builder = _NeedBuilder()
        for line, raw in records:
            problems: Problems = _unreadable(raw)
            need = None if problems else parse_need(raw, problems)
            if need is None:
                intake.refuse(line, problems)
            elif intake.is_new(need.id, line):
                builder.add(need, line)
        intake.settle(rejected)
        return cls(**builder.columns(), source=source)

    @classmethod
    def from_columns(
        cls,
        *,
        ids: Sequence[str],
        amount: ArrayLike,
        term: ArrayLike,
        guarantees: Sequence[Sequence[str]] | CodedColumn,
        facts: Mapping[str, object],
        max_rate: ArrayLike | None = None,
        unknown: Mapping[str, ArrayLike] | None = None,
        rejected: list[RecordError] | None = None,
        source: str = "needs",
    ) -> Self:
        """Needs from n ids and arrays of length n.

        `amount` and `term` are numbers; `max_rate` too, NaN where there is no limit.
        `facts` maps names to an array of numbers, of booleans or of strings, a
        sequence of lists of strings, or a ready CodedColumn; None among strings and
        lists, a masked entry of a masked array, and True in the mask `unknown[name]`
        all mean unknown. Errors are treated as in `from_records`; the line is the
        place from 1. Raises ValueError for a column of another length and TypeError
        for one that holds something else.
        """
        intake = Intake(source)
        columns = columnar.read(intake, ids, amount, term, max_rate, guarantees, facts, unknown or {})
        intake.settle(rejected)
        return cls(**columns, source=source)

    def __len__(self) -> int:
        return len(self.ids)

    def need(self, row: int) -> Need:
        limit = float(self.max_rate[row])
        facts = {name: fact for (name, _), column in self.facts.items() if (fact := column.fact(row)) is not None}
        return Need(
            id=self.ids[row],
            amount=float(self.amount[row]),
            term=float(self.term[row]),
            max_rate=None if limit == np.inf else limit,
            guarantees=self.guarantees_of(row),
            facts=facts,
        )

    def known_facts(self, row: int) -> list[str]:
        return [name for (name, _), column in self.facts.items() if column.fact(row) is not None]

    def guarantees_of(self, row: int) -> tuple[str, ...]:
        guarantees = self.guarantees.fact(row)
        return guarantees if isinstance(guarantees, tuple) else ()

    def take(self, rows: Index) -> "NeedTable":
        """The needs at these positions, in that order."""
        return NeedTable(
            ids=[self.ids[row] for row in rows],
            amount=self.amount[rows],
            term=self.term[rows],
            max_rate=self.max_rate[rows],
            guarantees=self.guarantees.take(rows),
            facts={key: column.take(rows) for key, column in self.facts.items()},
            lines=self.lines[rows],
            source=self.source,
        )

    def fitting(self, kinds: Mapping[str, Kind]) -> tuple[Mask | None, list[RecordError]]:
        """Which needs hold every fact in the kind that the products ask for, and errors for the others.

        None stands for all of them.
        """
        fits: Mask | None = None
        errors = []
        for (name, kind), column in self.facts.items():
            wanted = kinds.get(name, kind)
            if wanted == kind:
                continue
            wrong = column.known()
            fits = ~wrong if fits is None else fits & ~wrong
            reason = f"is {KIND_NAMES[kind]}, but products ask for {KIND_NAMES[wanted]}"
            errors += [
                RecordError(self.source, int(self.lines[row]), f"facts.{name}", reason) for row in np.flatnonzero(wrong)
            ]
        return fits, sorted(errors, key=lambda error: error.line)


class _NeedBuilder:
    def __init__(self) -> None:
        self.ids: list[str] = []
        self.lines: list[int] = []
        self.scalars = {name: ColumnBuilder("number") for name in ("amount", "term", "max_rate")}
        self.guarantees = ColumnBuilder("list")
        self.facts: dict[FactKey, ColumnBuilder] = {}

    def add(self, need: Need, line: int) -> None:
        row = len(self.ids)
        self.ids.append(need.id)
        self.lines.append(line)
        self.scalars["amount"].add(row, need.amount)
        self.scalars["term"].add(row, need.term)
        self.scalars["max_rate"].add(row, np.inf if need.max_rate is None else need.max_rate)
        self.guarantees.add(row, need.guarantees)
        for name, fact in need.facts.items():
            self._column(name, fact).add(row, fact)

    def _column(self, name: str, fact: Fact) -> ColumnBuilder:
        kind = kind_of(fact)
        if kind is None:
            raise TypeError(f"{name}: an unknown fact has no column")
        column = self.facts.get((name, kind))
        if column is None:
            column = self.facts[name, kind] = ColumnBuilder(kind)
        return column

    def columns(self) -> dict[str, Any]:
        length = len(self.ids)
        return {
            "ids": self.ids,
            "lines": np.array(self.lines, np.int64),
            **{name: builder.numbers(length) for name, builder in self.scalars.items()},
            "guarantees": self.guarantees.coded(length),
            "facts": {key: builder.build(length) for key, builder in self.facts.items()},
        }


@dataclass(frozen=True, eq=False)
class ProductTable:
    """Products, in the order given. `kinds` says what kind of each fact their criteria ask for."""

    products: Sequence[Product]
    kinds: Mapping[str, Kind]
    source: str = "products"
    # Compiled forms by weights version: an optimisation, never part of the meaning.
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_records(
        cls, records: Iterable[object], *, rejected: list[RecordError] | None = None, source: str = "products"
    ) -> Self:
        """Products from objects shaped as the contract's JSON; errors as in `NeedTable.from_records`.

        Where products ask one fact for different kinds, those that ask for the kind that
        fewer products use are refused.
        """
        return cls.from_numbered(enumerate(records, 1), rejected=rejected, source=source)

    @classmethod
    def from_numbered(
        cls, records: Numbered, *, rejected: list[RecordError] | None = None, source: str = "products"
    ) -> Self:
        """As `from_records`, from (line, record) pairs; a record that is a list of FieldError was unreadable."""
        intake = Intake(source)
        parsed: list[tuple[int, Product]] = []
        for line, raw in records:
            problems: Problems = _unreadable(raw)
            product = None if problems else parse_product(raw, problems)
            if product is None:
                intake.refuse(line, problems)
            elif intake.is_new(product.id, line):
                parsed.append((line, product))
        kinds = _kinds([product for _, product in parsed])
        kept = []
        for line, product in parsed:
            odd = list(_odd_kinds(product, kinds))
            if odd:
                intake.refuse(line, odd)
            else:
                kept.append(product)
        intake.settle(rejected)
        return cls(kept, kinds if len(kept) == len(parsed) else _kinds(kept), source)

    def __len__(self) -> int:
        return len(self.products)

    def positions(self) -> Mapping[str, int]:
        """The position of each product by its id."""
        found: Mapping[str, int] | None = self.cache.get("positions")
        if found is None:
            found = self.cache["positions"] = {product.id: at for at, product in enumerate(self.products)}
        return found

    def position(self, product_id: str) -> int:
        """Raises KeyError where there is no such product."""
        return self.positions()[product_id]

    def replaced(self, changed: "ProductTable", removed: Collection[str] = ()) -> "ProductTable":
        """This table with the changed products in the place of theirs, new ones at the end, and the removed gone.

        Raises ValueError where a changed product asks a fact for another kind than this table does.
        """
        new = {product.id: product for product in changed.products}
        kept = [new.pop(one.id, one) for one in self.products if one.id not in removed]
        odd = [name for name, kind in changed.kinds.items() if self.kinds.get(name, kind) != kind]
        if odd:
            raise ValueError(f"changed products ask for another kind of {', '.join(odd)} than this table")
        return ProductTable([*kept, *new.values()], {**self.kinds, **changed.kinds}, self.source)


# Which of two kinds stands where as many products use the one as the other.
_KIND_ORDER: Final[tuple[Kind, ...]] = ("number", "string", "boolean", "list")


def _kinds(products: Sequence[Product]) -> dict[str, Kind]:
    """The kind of each fact that most products ask for: a rule that the order of products cannot change."""
    votes: dict[str, Counter[Kind]] = {}
    for product in products:
        # One product asks a fact for one kind.
        for name, op in {criterion.fact: criterion.op for criterion in product.criteria}.items():
            counted = votes.get(name)
            if counted is None:
                counted = votes[name] = Counter()
            counted[KIND_OF_OP[op]] += 1
    return {name: max(_KIND_ORDER, key=lambda kind, count=count: count[kind]) for name, count in votes.items()}  # type: ignore[misc]


def _odd_kinds(product: Product, kinds: Mapping[str, Kind]) -> Iterator[FieldError]:
    for position, criterion in enumerate(product.criteria):
        wanted = kinds[criterion.fact]
        if criterion.kind != wanted:
            reason = (
                f"asks {criterion.fact} for {KIND_NAMES[criterion.kind]}, but most products for {KIND_NAMES[wanted]}"
            )
            yield FieldError(f"criteria[{position}].op", reason)


def _unreadable(raw: object) -> Problems:
    return raw if isinstance(raw, list) and raw and isinstance(raw[0], FieldError) else []
