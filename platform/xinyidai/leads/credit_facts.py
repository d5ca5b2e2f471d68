"""Facts from public credit data, for many enterprises at once, as the matching contract wants them.

Only what the platform may use is read: open data sets, and those of the enterprise's consent for ranking. What is not
consented to, was not delivered, has gaps or is too old is left out: unknown, never zero and never "no".

A fact that is an indicator of the scorecard too is the indicator's value, so that the ranking and the credit picture
never say two different things. The others are read from figures and records here.
"""

from calendar import monthrange
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid
from sqlmodel import Session

from xinyidai.consents.queries import ranking_datasets
from xinyidai.core.clock import business_date
from xinyidai.credit.indicators import State, scorecard
from xinyidai.credit.known_data import Months, Record, displayed_records, last_received, monthly_figures
from xinyidai.credit.scoring.scorecard import Values, only, score
from xinyidai.leads.facts import Fact, plain_number
from xinyidai.products.fact_catalogue import CATALOGUE, TAX_GRADES

DEPOSITORS, ENERGY, WATER, GAS = 3201, 4111, 4013, 4213
_METRICS = {
    "provident_fund": (DEPOSITORS,),
    "electricity_supply": (ENERGY,),
    "water_supply": (WATER,),
    "gas_supply": (GAS,),
}
_RECORDS = ("tax_credit_grade",)
_LISTS = ("dishonest_debtor", "judgment_debtor", "admin_penalty", "abnormal_list", "tax_arrears")
_INDICATORS = {
    "tax_paid_12m": "tax_paid_12m",
    "declared_revenue_12m": "declared_revenue_12m",
    "social_insurance_headcount": "insured_persons",
    "social_insurance_months": "social_insurance_normal_months",
    "insured_persons_change_12m": "insured_persons_change_12m",
}
"""Fact → indicator of the scorecard."""
_SCORE = "credit_score"
MONTHS_READ = 16
"""A year up to the oldest month that is still fresh."""
LEAST_COVERAGE = Decimal("0.25")
"""Share of the indicators that must be known before a score is held against a lender's threshold (assumed): a score
over little lies near the neutral 600 and would pass for knowledge."""

_VALUES = text(
    "select enterprise_id, as_of, values, states, dates, vetoes from credit_indicators where enterprise_id = any(:ids)"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


@dataclass(frozen=True, slots=True)
class Known:
    """What may be used of one enterprise. ``delivered`` are the lists that came for the city lately enough."""

    as_of: date
    figures: Mapping[int, Months]
    records: Mapping[str, Sequence[Record]]
    delivered: frozenset[str]
    allowed: frozenset[str]
    values: Values | None
    """Indicators as they were last computed; None before the first computation."""

    def fresh(self, name: str, day: date) -> bool:
        """Whether the fact may still rest on something of ``day``."""
        days = CATALOGUE[name].fresh_days
        return days is None or (self.as_of - day).days <= days

    def newest(self, name: str, metric: int) -> date | None:
        """The newest month of a metric, if it is fresh enough for the fact."""
        month = max(self.figures.get(metric, {}), default=None)
        return month if month is not None and self.fresh(name, month_end(month)) else None


@dataclass(frozen=True, slots=True)
class Background:
    """What only the platform reads: which lists came for the city lately enough, and the indicators as computed."""

    delivered: frozenset[str]
    values: Mapping[UUID, Values]


def credit_facts(session: Session, enterprise_ids: Collection[UUID], as_of: date) -> dict[UUID, dict[str, Fact]]:
    """Known facts only, in the order of the catalogue, for every enterprise asked about; for the ranking."""
    ids = list(dict.fromkeys(enterprise_ids))
    return facts_under(session, ids, ranking_datasets(session, ids, as_of), as_of, background(session, ids, as_of))


def background(
    session: Session, enterprise_ids: Sequence[UUID], as_of: date, names: Collection[str] = CATALOGUE
) -> Background:
    """As far as these facts need it."""
    computed = any(name in names for name in (*_INDICATORS, _SCORE))
    return Background(_delivered_lists(session, as_of), _indicator_values(session, enterprise_ids) if computed else {})


def datasets_behind(name: str, allowed: frozenset[str]) -> frozenset[str]:
    """What a known fact was made from, for whoever may use the open data sets and ``allowed``; none: the registry."""
    if name == _SCORE:
        usable = [one for one in scorecard().indicators if one.consent_needed <= allowed]
        return frozenset(dataset.code for one in usable for dataset in one.datasets)
    if name in _INDICATORS:
        return frozenset(dataset.code for dataset in scorecard().by_code[_INDICATORS[name]].datasets)
    return frozenset(CATALOGUE[name].datasets)


def facts_under(
    session: Session,
    ids: Sequence[UUID],
    allowed: Mapping[UUID, frozenset[str]],
    as_of: date,
    behind: Background,
    names: Collection[str] = CATALOGUE,
) -> dict[UUID, dict[str, Fact]]:
    """Those of ``names`` that are known for whoever may use the open data sets and those ``allowed`` to it.

    Figures and records are read through ``session``: the database shows its actor no more than that either.
    """
    wanted = [name for name in CATALOGUE if name in names and name in _READERS]
    asked = {dataset for name in wanted for dataset in CATALOGUE[name].datasets}
    since = months_before(as_of.replace(day=1), MONTHS_READ)
    figures: dict[UUID, dict[int, Months]] = {}
    records: dict[UUID, dict[str, Sequence[Record]]] = {}
    for dataset, metrics in _METRICS.items():
        consenting = [one for one in ids if dataset in allowed.get(one, ())] if dataset in asked else []
        for enterprise_id, found in monthly_figures(session, metrics, consenting, since).items():
            figures.setdefault(enterprise_id, {}).update(found)
    for kind in asked.intersection(_RECORDS):
        consenting = [one for one in ids if kind in allowed.get(one, ())]
        for enterprise_id, kept in displayed_records(session, [kind], consenting, as_of).items():
            records.setdefault(enterprise_id, {}).update(kept)
    for enterprise_id, kept in displayed_records(session, asked.intersection(_LISTS), ids, as_of).items():
        records.setdefault(enterprise_id, {}).update(kept)
    return {
        one: _facts(
            Known(
                as_of=as_of,
                figures=figures.get(one, {}),
                records=records.get(one, {}),
                delivered=behind.delivered,
                allowed=allowed.get(one, frozenset()),
                values=behind.values.get(one),
            ),
            wanted,
        )
        for one in ids
    }


def _delivered_lists(session: Session, as_of: date) -> frozenset[str]:
    """Lists that came for the city within their freshness: on those, nothing means "not on the list"."""
    received = last_received(session, _LISTS)
    days = {dataset: fact.fresh_days or 0 for fact in CATALOGUE.values() for dataset in fact.datasets}
    return frozenset(
        dataset for dataset, at in received.items() if (as_of - business_date(at)) <= timedelta(days=days[dataset])
    )


def _indicator_values(session: Session, enterprise_ids: Sequence[UUID]) -> dict[UUID, Values]:
    rows = session.connection().execute(_VALUES, {"ids": list(enterprise_ids)})
    return {row[0]: Values(*row[1:]) for row in rows}


def _facts(known: Known, wanted: Sequence[str]) -> dict[str, Fact]:
    found = {name: _READERS[name](known, name) for name in wanted}
    return {name: fact for name, fact in found.items() if fact is not None}


def _tax_grade(known: Known, name: str) -> Fact | None:
    """Of the newest year that was graded; 31 December of that year is its day."""
    graded = {
        int(str(one.payload["evaluation_year"])): str(one.payload.get("grade"))
        for one in reversed(known.records.get("tax_credit_grade", ()))
        if one.payload.get("evaluation_year")
    }
    if not graded or not known.fresh(name, date(max(graded), 12, 31)):
        return None
    grade = graded[max(graded)]
    return grade if grade in TAX_GRADES else None


def _indicator(known: Known, name: str) -> Fact | None:
    """The value of the indicator that the fact is, where it counts and all it rests on may be used."""
    one = scorecard().by_code[_INDICATORS[name]]
    if known.values is None or not one.consent_needed <= known.allowed:
        return None
    value = known.values.values[one.number - 1]
    present = State(known.values.states[one.number - 1]) is State.PRESENT
    return plain_number(value) if present and value is not None else None


def _credit_score(known: Known, name: str) -> Fact | None:
    """Over open data and what may be used; unknown without the data sets that weigh most, and over too little."""
    if known.values is None or not set(CATALOGUE[name].datasets) <= known.allowed:
        return None
    found = score(scorecard(), known.values, only(known.allowed))
    return found.score if found.coverage >= LEAST_COVERAGE else None


def _year_of(known: Known, name: str, metric: int) -> Fact | None:
    """The sum of twelve months up to the newest; unknown where one of them is missing."""
    newest = known.newest(name, metric)
    if newest is None:
        return None
    months = [months_before(newest, back) for back in range(12)]
    of_metric = known.figures[metric]
    given = [of_metric[month] for month in months if month in of_metric]
    return plain_number(sum(given, Decimal(0))) if len(given) == 12 else None


def _now(known: Known, name: str, metric: int) -> Fact | None:
    newest = known.newest(name, metric)
    return None if newest is None else plain_number(known.figures[metric][newest])


def _on_list(known: Known, dataset: str) -> Fact | None:
    """Unknown where the list has not come for the city lately: nobody knows then who was taken off either."""
    if dataset not in known.delivered:
        return None
    return any(one.in_force(known.as_of) for one in known.records.get(dataset, ()))


def _penalties(known: Known, _name: str) -> Fact | None:
    if "admin_penalty" not in known.delivered:
        return None
    since = months_before(known.as_of, 36)
    days = [one.decided_on for one in known.records.get("admin_penalty", ())]
    return sum(day is not None and since < day <= known.as_of for day in days)


def _tax_arrears(known: Known, _name: str) -> Fact | None:
    """Named with a balance in the newest notice of a tax, if that is of the last two quarters."""
    if "tax_arrears" not in known.delivered:
        return None
    since = months_before(known.as_of, 6)
    newest: dict[object, Record] = {}
    for one in known.records.get("tax_arrears", ()):  # the newest first
        newest.setdefault(one.payload.get("tax_kind"), one)
    return any(
        one.decided_on is not None
        and one.decided_on > since
        and Decimal(str(one.payload.get("arrears_balance") or 0)) > 0
        for one in newest.values()
    )


_READERS: Mapping[str, Callable[[Known, str], Fact | None]] = {
    "tax_grade": _tax_grade,
    **dict.fromkeys(_INDICATORS, _indicator),
    _SCORE: _credit_score,
    "housing_fund_depositors": lambda known, name: _now(known, name, DEPOSITORS),
    "electricity_kwh_12m": lambda known, name: _year_of(known, name, ENERGY),
    "water_m3_12m": lambda known, name: _year_of(known, name, WATER),
    "gas_m3_12m": lambda known, name: _year_of(known, name, GAS),
    "dishonest_debtor": lambda known, _name: _on_list(known, "dishonest_debtor"),
    "judgment_debtor": lambda known, _name: _on_list(known, "judgment_debtor"),
    "penalties_36m": _penalties,
    "abnormal_list": lambda known, _name: _on_list(known, "abnormal_list"),
    "tax_arrears": _tax_arrears,
}


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_end(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])
