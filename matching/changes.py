"""What can be changed about a need, by how much, and in which words: dated data and the smallest step."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any, Final

from matching.axes import threshold_bounds
from matching.records import UNSECURED, Criterion, Fact, Need, kind_of, plain
from matching.reference import passes
from matching.weights import FOLDER

_SMALLEST: Final = 0.01


@dataclass(frozen=True)
class Change:
    """`size` is in units of effort. `to` replaces the fact; `added` are the members that a list gains."""

    fact: str
    builtin: bool
    before: Fact
    to: Fact
    size: float
    english: str
    chinese: str

    def record(self) -> dict[str, Any]:
        numbers = {"from": plain(self.before), "to": plain(self.to)}
        if isinstance(self.before, float) and isinstance(self.to, float):
            numbers["by"] = plain(difference(self.before, self.to))
        words = {"en": self.english, "zh": self.chinese}
        return {"fact": self.fact, **numbers, "size": round(self.size, 6), "words": words}


def changes_versions() -> list[str]:
    """Every version of the catalogue of changes, oldest first."""
    return sorted(path.stem.removeprefix("changes-") for path in FOLDER.glob("changes-*.json"))


@cache
def load_changes(version: str | None = None) -> Mapping[str, Any]:
    """What may be proposed, by fact; by default the current version. Raises LookupError for an unknown one."""
    version = version or changes_versions()[-1]
    if version not in changes_versions():
        raise LookupError(f"no changes of version {version!r}; on file are {', '.join(changes_versions())}")
    raw = json.loads((FOLDER / f"changes-{version}.json").read_text(encoding="utf-8"))
    catalogue: Mapping[str, Any] = raw["changes"]
    return catalogue


_BUILT_IN = frozenset(("amount", "term", "max_rate", "guarantees"))


def rule_for(catalogue: Mapping[str, Any], name: str, *, builtin: bool) -> Mapping[str, Any] | None:
    """What the catalogue says of a fact, or of a built-in; a fact that happens to be named like one is not it."""
    rule: Mapping[str, Any] | None = catalogue.get(name) if (name in _BUILT_IN) == builtin else None
    return rule


def smallest_change(before: Fact, criteria: Sequence[Criterion], rule: Mapping[str, Any]) -> Change | None:
    """The smallest change of one fact that passes all of its criteria at once; None where the rule allows none."""
    if isinstance(before, float):
        found = _number(before, criteria, rule)
    elif rule["how"] == "step":
        found = _step(before, criteria, rule)
    elif rule["how"] == "become":
        found = (rule["to"], rule["size"], "become", {}) if rule["to"] != before else None
    else:
        found = _members(before, criteria, rule)
    if found is None or kind_of(found[0]) != criteria[0].kind:
        return None
    if not all(passes(one, _asked(one, found[0])) for one in criteria):
        return None
    to, size, direction, names = found
    if direction not in rule["en"]:
        return None
    first = criteria[0]
    by = difference(before, to) if isinstance(before, float) and isinstance(to, float) else 0.0
    words = [
        rule[language][direction].format(to=names.get(language) or shown(to), by=shown(abs(by)))
        for language in ("en", "zh")
    ]
    return Change(first.fact, first.builtin, before, to, size, *words)


# The new value, the effort, the word for the direction, and names for the value by language.
_Found = tuple[Any, float, str, Mapping[str, str]] | None


def _number(before: float, criteria: Sequence[Criterion], rule: Mapping[str, Any]) -> _Found:
    if criteria[0].kind != "number":
        return None
    bounds = [threshold_bounds(criterion) for criterion in criteria]
    low, high = max(low for low, _ in bounds), min(high for _, high in bounds)
    if rule.get("whole"):
        low = low if math.isinf(low) else float(math.ceil(low))
        high = high if math.isinf(high) else float(math.floor(high))
    if low > high:
        return None
    to, direction = (low, "up") if before < low else (high, "down")
    if rule["how"] not in ("either", direction):
        return None
    unit = rule["per"] * (max(abs(before), _SMALLEST) if rule.get("relative") else 1.0)
    return to, abs(to - before) / unit, direction, {}


def _step(before: Fact, criteria: Sequence[Criterion], rule: Mapping[str, Any]) -> _Found:
    order = rule["order"]
    if before not in order:
        return None
    for at in range(order.index(before) + 1, len(order)):
        if all(passes(one, order[at]) for one in criteria):
            return order[at], (at - order.index(before)) * rule["per"], "up", {}
    return None


def _members(before: Fact, criteria: Sequence[Criterion], rule: Mapping[str, Any]) -> _Found:
    """The cheapest set of members to add: fewest units, then in the order of the catalogue."""
    if not isinstance(before, tuple) or rule["how"] != "add":
        return None
    offered = [name for name in rule["members"] if name not in before]
    sets = [one for size in range(1, len(offered) + 1) for one in combinations(offered, size)]
    for added in sorted(sets, key=lambda one: sum(rule["members"][name] for name in one)):
        to = (*before, *added)
        if all(passes(one, _asked(one, to)) for one in criteria):
            names = {
                language: separator.join(rule["names"][name][at] for name in added)
                for at, (language, separator) in enumerate((("en", " and "), ("zh", "、")))
            }
            return to, sum(rule["members"][name] for name in added), "add", names
    return None


def _asked(criterion: Criterion, fact: Fact) -> Fact:
    unsecured = criterion.builtin and isinstance(fact, tuple)
    return (*fact, UNSECURED) if unsecured and isinstance(fact, tuple) else fact


def difference(before: float, to: float) -> float:
    """Without the dust of binary fractions, as a person would write it."""
    return round(to - before, 6)


def shown(value: Fact) -> str:
    """A number without exponent and without a point where it is whole."""
    if isinstance(value, float) and not isinstance(value, bool):
        return f"{round(value, 6):f}".rstrip("0").rstrip(".")
    return str(value)


def changed(need: Need, changes: Sequence[Change]) -> Need:
    """The need as it would be after these changes."""
    facts = {**need.facts, **{one.fact: one.to for one in changes if not one.builtin}}
    terms: dict[str, Any] = {one.fact: one.to for one in changes if one.builtin}
    return Need(
        id=need.id,
        amount=terms.get("amount", need.amount),
        term=terms.get("term", need.term),
        max_rate=terms.get("max_rate", need.max_rate),
        guarantees=terms.get("guarantees", need.guarantees),
        facts=facts,
    )
