"""Conditions as sentences, in the current language and with units.

One place says every condition: on the product's page, in the ranked list, on the lead's page, and in the differences
between versions.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xinyidai.core.i18n import N_, _, current_locale
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.reference import industries
from xinyidai.products.fact_catalogue import fact_label, find_fact
from xinyidai.products.facts import Fact, Unit

Criterion = Mapping[str, Any]
"""``{"fact": …, "op": …, "value": …}`` as the matching contract writes it; failed ones also carry ``actual``."""

_GENERAL = {
    ">=": N_("%(fact)s: at least %(value)s"),
    "<=": N_("%(fact)s: at most %(value)s"),
    "between": N_("%(fact)s: %(low)s to %(high)s"),
    "none": N_("%(fact)s: none"),
    "in": N_("%(fact)s: %(values)s"),
    "not_in": N_("%(fact)s: not %(values)s"),
    "prefix_in": N_("%(fact)s: within %(values)s"),
    "is true": N_("%(fact)s: yes"),
    "is false": N_("%(fact)s: no"),
    "any_of": N_("%(fact)s: at least one of %(values)s"),
    "none_of": N_("%(fact)s: none of %(values)s"),
}
_MEASURES = {
    Unit.MONTHS: (N_("%(number)s month"), N_("%(number)s months")),
    Unit.PERSONS: (N_("%(number)s person"), N_("%(number)s persons")),
    Unit.KWH: (N_("%(number)s kWh"), N_("%(number)s kWh")),
    Unit.CUBIC_METRES: (N_("%(number)s m³"), N_("%(number)s m³")),
    Unit.SHARE: (N_("%(number)s%%"), N_("%(number)s%%")),
    Unit.POINTS: (N_("%(number)s point"), N_("%(number)s points")),
    Unit.TIMES: (N_("once"), N_("%(number)s times")),
    Unit.PERCENT: (N_("%(number)s%%"), N_("%(number)s%%")),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of ``components/reasons.html``: the condition, what was found, and what would make it known."""

    text: str
    detail: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Reasons:
    """How the conditions of one product came out for one need. A list says how many are met; a page says which."""

    met: list[Criterion]
    failed: list[Reason]
    unknown: list[Reason]

    @property
    def passed(self) -> list[Reason]:
        return [Reason(criterion_in_words(one)) for one in self.met]


def criterion_in_words(criterion: Criterion) -> str:
    """经营满24个月, in business for at least 24 months. A fact that is no longer catalogued is named as written."""
    fact, op, value = find_fact(criterion["fact"]), criterion["op"], criterion["value"]
    key = _phrase_key(fact, op, value)
    message = (fact.phrases.get(key) if fact else None) or _GENERAL[key]
    values = {"fact": fact_label(criterion["fact"]), **_parts(fact, op, value)}
    return _(message, **values)


def criteria_in_words(criteria: Iterable[Criterion]) -> list[str]:
    return [criterion_in_words(one) for one in criteria]


def failed_in_words(failed: Criterion) -> Reason:
    """A condition that was not met, with what was found instead."""
    found = value_in_words(failed["fact"], failed.get("actual"))
    return Reason(criterion_in_words(failed), _("found: %(actual)s", actual=found) if found else "")


def unknown_in_words(criterion: Criterion, opened: Collection[str] = ()) -> Reason:
    """A condition that nobody can judge yet, and how its fact becomes known."""
    return Reason(criterion_in_words(criterion), hint=how_to_know(criterion["fact"], opened))


def how_to_know(name: str, opened: Collection[str] = ()) -> str:
    """What would make an unknown fact known; empty for one that is not catalogued.

    ``opened``: data sets that the enterprise has opened already; then nobody has to agree any more.
    """
    fact = find_fact(name)
    if fact is None:
        return ""
    if fact.by_consent and not set(fact.datasets) <= set(opened):
        return _("Known once you agree to share the data of this source: %(source)s.", source=fact.source.label)
    return _("Not delivered yet by this source: %(source)s.", source=fact.source.label)


def reasons(
    record: Mapping[str, Any], failed: Sequence[Criterion], unknown: Collection[str], opened: Collection[str] = ()
) -> Reasons:
    """Sort all conditions of a product record (as stored with the match run) into met, not met, not known.

    ``failed`` and ``unknown`` are what the engine said of the pair: criteria with ``actual``, and names of facts.
    ``opened`` are data sets that the enterprise lets the platform use.
    """
    broken = [(one["fact"], one["op"], _plain(one["value"])) for one in failed]
    stated = [*built_in_criteria(record), *record["criteria"]]
    rest = [one for one in stated if (one["fact"], one["op"], _plain(one["value"])) not in broken]
    return Reasons(
        met=[one for one in rest if one["fact"] not in unknown],
        failed=[failed_in_words(one) for one in failed],
        unknown=[unknown_in_words(one, opened) for one in rest if one["fact"] in unknown],
    )


def built_in_criteria(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The four conditions that every product has, in the form of stated ones."""
    amount, term = record["amount"], record["term"]
    return [
        {"fact": "amount", "op": "between", "value": [amount["min"], amount["max"]]},
        {"fact": "term", "op": "between", "value": [term["min"], term["max"]]},
        {"fact": "max_rate", "op": ">=", "value": record["annual_rate"]["min"]},
        {"fact": "guarantees", "op": "any_of", "value": list(record["guarantees"])},
    ]


def value_in_words(name: str, value: object) -> str:
    """A value of a fact with its unit; nothing for one that is not known."""
    fact = find_fact(name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float | Decimal):
        return _measure(fact, value)
    if isinstance(value, list | tuple):
        return _listed([fact.label_of(str(one)) if fact else str(one) for one in value], "and") or _("none")
    return fact.label_of(str(value)) if fact else str(value)


def _phrase_key(fact: Fact | None, op: str, value: Any) -> str:
    if op == "is":
        return "is true" if value else "is false"
    if op == "<=" and value == 0:
        return "none"
    return "all_but" if _excluded(fact, op, value) else op


def _parts(fact: Fact | None, op: str, value: Any) -> dict[str, str]:
    """What fills the placeholders of the sentence."""
    if op == "between":
        # The unit is said once, but 5万元 and 1.2亿元 differ in theirs.
        low = _measure(fact, value[0]) if fact and fact.unit is Unit.YUAN else _figure(Decimal(str(value[0])))
        return {"low": low, "high": _measure(fact, value[1])}
    if op in (">=", "<="):
        return {"value": _measure(fact, value)}
    if op == "is":
        return {}
    named = _excluded(fact, op, value) or value
    return {"values": _listed([fact.label_of(one) if fact else one for one in named], "or")}


def _excluded(fact: Fact | None, op: str, codes: Any) -> list[str]:
    """The industry sections left out where a list names most of the twenty: shorter to say; empty elsewhere."""
    if fact is None or fact.name != "industry" or op != "prefix_in":
        return []
    sections = {section.code for section in industries.sections()}
    if not set(codes) < sections or len(set(codes)) <= len(sections) // 2:
        return []
    return sorted(sections - set(codes))


def _listed(names: Sequence[str], word: str) -> str:
    """A、B或C; A, B or C."""
    if len(names) < 2:
        return "".join(names)
    head, last = _(", ").join(names[:-1]), names[-1]
    if word == "or":
        return _("%(head)s or %(last)s", head=head, last=last)
    return _("%(head)s and %(last)s", head=head, last=last)


def _measure(fact: Fact | None, value: float | Decimal) -> str:
    unit = fact.unit if fact else None
    number = Decimal(str(value))
    if unit is Unit.YUAN:
        return amount_in_words(number)
    if unit is None:
        return _figure(number)
    one, many = _MEASURES[unit]
    return _(one if number == 1 else many, number=_figure(number))


def amount_in_words(yuan: Decimal) -> str:
    """5万元, CNY 50,000: the two languages count in different units, so the words stand here."""
    if current_locale() != "zh_CN":
        return f"CNY {_figure(yuan)}"
    if abs(yuan) < 10_000:
        return f"{_figure(yuan)}元"
    wan = wan_from_yuan(yuan)
    return f"{_figure(wan / 10_000)}亿元" if abs(wan) >= 10_000 else f"{_figure(wan)}万元"


def _figure(number: Decimal) -> str:
    """Thousands separated, no zeros that say nothing: 12,000, 3.45."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _plain(value: Any) -> Any:
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
