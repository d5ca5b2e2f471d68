"""Conditions of a lender's search, asked of enterprises by the engine that ranks: yes, no, or not to be told."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from matching import NeedTable, backtest
from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum
from xinyidai.leads.facts import Fact
from xinyidai.products.fact_catalogue import CATALOGUE
from xinyidai.products.facts import Source

Criteria = Sequence[Mapping[str, Any]]


class Answer(LabelledEnum):
    """What the conditions say to an enterprise that is shown; one that fails is not shown."""

    MET = "met", N_("all conditions met")
    UNKNOWN = "unknown", N_("cannot be told")


class Answers(NamedTuple):
    met: set[UUID]
    unknown: set[UUID]


SEARCHABLE = tuple(name for name, fact in CATALOGUE.items() if fact.source is not Source.STATEMENT)
"""Facts that can be searched by. What an enterprise states in a need belongs to that need."""

# The engine asks needs about a product. Here both are empty shells around the conditions and the facts.
_ANYTHING = {
    "id": "screen",
    "institution": "screen",
    "name": "",
    "amount": {"min": 0, "max": 1},
    "term": {"min": 0, "max": 1},
    "annual_rate": {"min": 0, "max": 100},
    "guarantees": ["credit"],
}
_SHELL = {"amount": 1, "term": 1, "max_rate": 100, "guarantees": ["credit"]}


def answers(criteria: Criteria, facts: Mapping[UUID, Mapping[str, Fact]]) -> Answers:
    """Who meets all criteria, and who fails none but leaves one open. Criteria must be checked before."""
    if not facts or not criteria:
        return Answers(set(facts), set())
    ids, asked = list(facts), asked_facts(criteria)
    table = NeedTable.from_records(
        [{"id": str(one), **_SHELL, "facts": {name: facts[one].get(name) for name in asked}} for one in ids]
    )
    found = backtest({**_ANYTHING, "criteria": [dict(one) for one in criteria]}, table)
    return Answers(
        {ids[row] for row in found.eligible.tolist()},
        {ids[row] for row in found.conditional.tolist()},
    )


def both(first: Answers, second: Answers) -> Answers:
    """The answers to two sets of criteria as to all of them; ``second`` was asked of those whom the first left."""
    met = first.met & second.met
    return Answers(met, (second.met | second.unknown) - met)


def asked_facts(criteria: Criteria) -> list[str]:
    """Names, each once, in the order of the conditions."""
    return list(dict.fromkeys(one["fact"] for one in criteria))


def from_credit_data(names: Iterable[str]) -> list[str]:
    """Those that rest on data sets whose reading is logged, beyond the registry."""
    return [name for name in names if CATALOGUE[name].datasets]
