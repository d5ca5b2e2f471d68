"""The one SQL text that computes every indicator: for the whole city, or with a filter, for some enterprises.

Passes over the data: one over each partition of observations that has indicators (tax, staff, utilities, trade, market
reports, research), one more over twelve months of electricity, which must be summed over meters first, and one over the
records.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.indicators.figures import EDGES, electricity_by_month, families
from xinyidai.credit.indicators.formulas import formulas, veto_conditions
from xinyidai.credit.indicators.load import scorecard
from xinyidai.credit.indicators.model import Scorecard
from xinyidai.credit.indicators.records import newest_amounts, records
from xinyidai.credit.indicators.types import State
from xinyidai.credit.types import DatasetKind


class Whose(StrEnum):
    """Whom a statement computes. Where the whole city is meant, nothing is filtered; the text is otherwise the same."""

    EVERYBODY = "true"
    SOME = "{id} = any(:who)"
    ONE = "{id} = :who"
    """Its plan is the same for whomever, so that the server need not make it anew each time."""


_FILTERED = {
    "subject": "o.enterprise_id",
    "events": "e.enterprise_id",
    "enterprises": "b.id",
    "whose": "g.enterprise_id",
}


@dataclass(frozen=True, slots=True)
class Context:
    """What is the same for every enterprise: the day, and which lists have been delivered and how long ago."""

    as_of: date
    known: tuple[str, ...]
    """Lists of which at least one delivery stands."""
    outdated: tuple[int, ...] = ()
    """Numbers of indicators whose list was delivered, but too long ago."""
    delivered_on: Mapping[str, date] = field(default_factory=dict)
    """Day of the last delivery of each list; does not enter the values."""

    def parameters(self, card: Scorecard) -> dict[str, object]:
        as_of = self.as_of
        due_year = as_of.year - (1 if (as_of.month, as_of.day) > (6, 30) else 2)
        fresh = {one.fresh_months for one in card.indicators if one.fresh_months}
        return {
            "as_of": as_of,
            "as_of_text": as_of.isoformat(),
            "due_year": due_year,
            "reports_after": date(due_year - 3, 12, 1),
            "reports_until": date(due_year, 12, 1),
            "known": list(self.known),
            "outdated": list(self.outdated),
            **{f"since_{months}": months_back(as_of, months) for months in (6, 12, 24, 36)},
            **{f"m{months}": months_before(as_of, months) for months in EDGES},
            **{f"fresh_{months}": months_before(as_of, months) for months in fresh},
        }


def months_before(day: date, months: int) -> date:
    """The first day of the month so many months before."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def months_back(day: date, months: int) -> date:
    """The same day so many months before, or the last of that month where it has fewer days."""
    first = months_before(day, months)
    last = months_before(first, -1) - timedelta(days=1)
    return min(first + timedelta(days=day.day - 1), last)


@cache
def values_sql(whose: Whose) -> str:
    """Columns ``enterprise_id``, ``values`` numeric[86], ``states`` smallint[86], ``dates`` date[86], ``vetoes``."""
    card = scorecard()
    known = formulas(card)
    numbers = [one.number for one in card.indicators]
    valued = ",\n    ".join(
        f"({known[one.code].value})::numeric as v{one.number}, ({known[one.code].date})::date as d{one.number}"
        for one in card.indicators
    )
    states = ", ".join(_state(one.number, one.fresh_months) for one in card.indicators)
    fresh_months = {one.number: one.fresh_months for one in card.indicators}
    vetoes = ", ".join(
        f"case when {condition} and ({_state(number, fresh_months[number])}) = {State.PRESENT:d} then {number} end"
        for number, condition in veto_conditions(card).items()
    )
    text = f"""with {_sources(card)}, valued as materialized (
  select b.id as enterprise_id, coalesce(r.wage_listed, 0) as wage_listed,
    coalesce(r.commitments_broken_badly, 0) as commitments_broken_badly,
    {valued}
  from enterprises b {_joins()}
  where {{enterprises}}
)
select enterprise_id, array[{_listed("v", numbers)}] as values, array[{states}]::smallint[] as states,
  array[{_listed("d", numbers)}] as dates, array_remove(array[{vetoes}], null)::smallint[] as vetoes
from valued"""  # noqa: S608 - constants
    for name, column in _FILTERED.items():
        text = text.replace(f"{{{name}}}", whose.format(id=column))
    return text


def _listed(letter: str, numbers: list[int]) -> str:
    return ", ".join(f"{letter}{number}" for number in numbers)


def _state(number: int, fresh_months: int) -> str:
    stale = f"d{number} < :fresh_{fresh_months} or {number} = any(:outdated)" if fresh_months else "false"
    return f"case when v{number} is null then {State.MISSING:d} when {stale} then {State.STALE:d} else 0 end"


def _sources(card: Scorecard) -> str:
    kinds = sorted(code for code in card.lists if catalogue().datasets[code].kind is DatasetKind.EVENTS)
    given = ", ".join(
        f"max(g.value) filter (where g.indicator = {number}) as g{number},"
        f" max(g.as_of) filter (where g.indicator = {number}) as d{number}"
        for number in _given(card)
    )
    return ",\n".join((
        *(family.sql() for family in families()),
        electricity_by_month(),
        records(kinds),
        newest_amounts(),
        f"given as materialized (select g.enterprise_id, {given} from credit_given_values g"  # noqa: S608
        " where g.as_of <= :as_of and {whose} group by g.enterprise_id)",
    ))  # fmt: skip


def _given(card: Scorecard) -> list[int]:
    return [one.number for one in card.indicators if one.formula.startswith("given")]


def _joins() -> str:
    names = [*(family.name for family in families()), "swings", "arrears", "guarantees", "given"]
    joins = [f"left join {name} on {name}.enterprise_id = b.id" for name in names]
    return "\n  ".join(("left join records r on r.enterprise_id = b.id", *joins))
