"""Conditions of products as sentences. Stands in until ``products`` has its own words for them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of ``components/reasons.html``: the condition, what was found, and what would make it known."""

    text: str
    detail: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Reasons:
    """How the conditions of one product came out for one need."""

    passed: list[Reason]
    failed: list[Reason]
    unknown: list[Reason]


def reasons(record: Mapping[str, Any], failed: Sequence[Mapping[str, Any]], unknown: Collection[str]) -> Reasons:
    amount, term = record["amount"], record["term"]
    stated = [
        {"fact": "amount", "op": "between", "value": [amount["min"], amount["max"]]},
        {"fact": "term", "op": "between", "value": [term["min"], term["max"]]},
        {"fact": "max_rate", "op": ">=", "value": record["annual_rate"]["min"]},
        {"fact": "guarantees", "op": "any_of", "value": list(record["guarantees"])},
        *record["criteria"],
    ]
    broken = [(one["fact"], one["op"], one["value"]) for one in failed]
    rest = [one for one in stated if (one["fact"], one["op"], one["value"]) not in broken]
    return Reasons(
        passed=[Reason(_say(one)) for one in rest if one["fact"] not in unknown],
        failed=[Reason(_say(one), str(one["actual"])) for one in failed],
        unknown=[Reason(_say(one)) for one in rest if one["fact"] in unknown],
    )


def _say(criterion: Mapping[str, Any]) -> str:
    return f"{criterion['fact']} {criterion['op']} {criterion['value']}"
