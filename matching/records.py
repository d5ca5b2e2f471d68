"""The vocabulary of the contract: needs, products, criteria, verdicts.

Amounts are in yuan, terms in months, rates in percent a year, times to a
decision in days. Every number is a float64 that holds its input exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["number", "string", "boolean", "list"]
Verdict = Literal["eligible", "conditional", "ineligible"]
Fact = float | str | bool | tuple[str, ...] | None
Value = float | bool | tuple[str, ...] | tuple[float, float]

# An op says what kind of fact it can be asked of.
KIND_OF_OP: Final[Mapping[str, Kind]] = {
    "in": "string",
    "not_in": "string",
    "prefix_in": "string",
    ">=": "number",
    "<=": "number",
    "between": "number",
    "is": "boolean",
    "any_of": "list",
    "none_of": "list",
}
KIND_NAMES: Final[Mapping[Kind, str]] = {
    "number": "a number",
    "string": "a string",
    "boolean": "true or false",
    "list": "a list of strings",
}

# Best first: the order in which a need's products are listed.
VERDICTS: Final[tuple[Verdict, ...]] = ("eligible", "conditional", "ineligible")

# Open to everybody, so that no need has to name it.
UNSECURED: Final = "credit"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition. `builtin` ones ask the need itself, the others its facts.

    `value` is a float for ``>=`` and ``<=``, (low, high) for ``between``, a
    bool for ``is``, and a tuple of strings for all others.
    """

    fact: str
    op: str
    value: Value
    builtin: bool = False

    @property
    def kind(self) -> Kind:
        return KIND_OF_OP[self.op]


@dataclass(frozen=True, slots=True)
class Range:
    min: float
    max: float


@dataclass(frozen=True, slots=True)
class InstitutionRecord:
    """How an institution has dealt with the needs it received so far: counts, and days."""

    received: float
    answered: float
    approved: float
    median_days: float | None = None


@dataclass(frozen=True, slots=True)
class Product:
    id: str
    institution: str
    name: str
    amount: Range
    term: Range
    annual_rate: Range
    guarantees: tuple[str, ...]
    decision_days: float | None
    criteria: tuple[Criterion, ...]
    institution_record: InstitutionRecord | None = None

    def all_criteria(self) -> tuple[Criterion, ...]:
        """The four that every product has, then the stated ones as written."""
        return (
            Criterion("amount", "between", (self.amount.min, self.amount.max), builtin=True),
            Criterion("term", "between", (self.term.min, self.term.max), builtin=True),
            Criterion("max_rate", ">=", self.annual_rate.min, builtin=True),
            Criterion("guarantees", "any_of", self.guarantees, builtin=True),
            *self.criteria,
        )


@dataclass(frozen=True, slots=True)
class Need:
    """`facts` holds known facts only: absent and null are the same, unknown."""

    id: str
    amount: float
    term: float
    max_rate: float | None
    guarantees: tuple[str, ...]
    facts: Mapping[str, Fact]


def kind_of(fact: Fact) -> Kind | None:
    """The kind of a fact, None for unknown."""
    if fact is None:
        return None
    if isinstance(fact, bool):
        return "boolean"
    if isinstance(fact, str):
        return "string"
    return "list" if isinstance(fact, tuple) else "number"


def plain(value: Fact | Value) -> object:
    """A value as JSON writes it: whole numbers without a point, lists as lists."""
    if isinstance(value, tuple):
        return [plain(member) for member in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value
