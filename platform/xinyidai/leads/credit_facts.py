"""Facts from public credit data, for many enterprises at once, as the matching contract wants them.

Only what the platform may use is read: open data sets, and those of the enterprise's consent for ranking. What is not
consented to, was not delivered, has gaps or is too old is left out: unknown, never zero and never "no".
"""

from calendar import monthrange
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session

from xinyidai.consents.queries import ranking_datasets
from xinyidai.core.clock import business_date
from xinyidai.credit.known_data import Months, Record, displayed_records, last_received, monthly_figures
from xinyidai.leads.facts import Fact, plain_number
from xinyidai.products.fact_catalogue import CATALOGUE, TAX_GRADES

SALES, EXEMPT_SALES, INSURED, NORMAL_MONTHS = 2201, 2202, 3001, 3004
DEPOSITORS, ENERGY, WATER, GAS = 3201, 4111, 4013, 4213
_METRICS = {
    "tax_monthly_summary": (SALES, EXEMPT_SALES),
    "social_insurance": (INSURED, NORMAL_MONTHS),
    "provident_fund": (DEPOSITORS,),
    "electricity_supply": (ENERGY,),
    "water_supply": (WATER,),
    "gas_supply": (GAS,),
}
_RECORDS = ("tax_credit_grade", "tax_levy")
_LISTS = ("dishonest_debtor", "judgment_debtor", "admin_penalty", "abnormal_list", "tax_arrears")
_QUARTER_ENDS = (3, 6, 9, 12)
MONTHS_READ = 25
"""Two years and the month that runs: enough for a year against the one before."""


@dataclass(frozen=True, slots=True)
class Known:
    """What may be used of one enterprise. ``delivered`` are the lists that came for the city lately enough."""

    as_of: date
    figures: Mapping[int, Months]
    records: Mapping[str, Sequence[Record]]
    delivered: frozenset[str]

    def fresh(self, name: str, day: date) -> bool:
        """Whether the fact may still rest on something of ``day``."""
        days = CATALOGUE[name].fresh_days
        return days is None or (self.as_of - day).days <= days

    def newest(self, name: str, metric: int) -> date | None:
        """The newest month of a metric, if it is fresh enough for the fact."""
        month = max(self.figures.get(metric, {}), default=None)
        return month if month is not None and self.fresh(name, month_end(month)) else None


def credit_facts(session: Session, enterprise_ids: Collection[UUID], as_of: date) -> dict[UUID, dict[str, Fact]]:
    """Known facts only, in the order of the catalogue, for every enterprise asked about."""
    ids = list(dict.fromkeys(enterprise_ids))
    allowed = ranking_datasets(session, ids, as_of)
    since = months_before(as_of.replace(day=1), MONTHS_READ)
    figures: dict[UUID, dict[int, Months]] = {}
    records: dict[UUID, dict[str, Sequence[Record]]] = {}
    for dataset, metrics in _METRICS.items():
        consenting = [one for one in ids if dataset in allowed.get(one, ())]
        for enterprise_id, found in monthly_figures(session, metrics, consenting, since).items():
            figures.setdefault(enterprise_id, {}).update(found)
    for kinds in ((kind,) for kind in _RECORDS):
        consenting = [one for one in ids if kinds[0] in allowed.get(one, ())]
        for enterprise_id, kept in displayed_records(session, kinds, consenting, as_of).items():
            records.setdefault(enterprise_id, {}).update(kept)
    for enterprise_id, kept in displayed_records(session, _LISTS, ids, as_of).items():
        records.setdefault(enterprise_id, {}).update(kept)
    delivered = _delivered_lists(session, as_of)
    return {one: _facts(Known(as_of, figures.get(one, {}), records.get(one, {}), delivered)) for one in ids}


def _delivered_lists(session: Session, as_of: date) -> frozenset[str]:
    """Lists that came for the city within their freshness: on those, nothing means "not on the list"."""
    received = last_received(session, _LISTS)
    days = {dataset: fact.fresh_days or 0 for fact in CATALOGUE.values() for dataset in fact.datasets}
    return frozenset(
        dataset for dataset, at in received.items() if (as_of - business_date(at)) <= timedelta(days=days[dataset])
    )


def _facts(known: Known) -> dict[str, Fact]:
    found = {name: _READERS[name](known, name) for name in CATALOGUE if name in _READERS}
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


def _tax_paid(known: Known, name: str) -> Fact | None:
    """Paid into the treasury within twelve months before the day; unknown where nothing came lately."""
    paid = [
        (one.decided_on, Decimal(str(one.payload["paid_amount"])))
        for one in known.records.get("tax_levy", ())
        if one.decided_on is not None and one.payload.get("paid_amount") is not None
    ]
    newest = max((day for day, _amount in paid), default=None)
    if newest is None or not known.fresh(name, newest):
        return None
    since = months_before(known.as_of, 12)
    return plain_number(sum((amount for day, amount in paid if since < day <= known.as_of), Decimal(0)))


def _year_of(known: Known, name: str, metric: int) -> Fact | None:
    """The sum of twelve months up to the newest; unknown where one of them is missing."""
    newest = known.newest(name, metric)
    if newest is None:
        return None
    months = [months_before(newest, back) for back in range(12)]
    of_metric = known.figures[metric]
    given = [of_metric[month] for month in months if month in of_metric]
    quarterly = len(given) == 4 and all(month.month in _QUARTER_ENDS for month in months if month in of_metric)
    return plain_number(sum(given, Decimal(0))) if len(given) == 12 or quarterly else None


def _revenue(known: Known, name: str) -> Fact | None:
    """Taxed sales and, where they are declared, those exempt from tax."""
    taxed = _year_of(known, name, SALES)
    exempt = _year_of(known, name, EXEMPT_SALES)
    if not isinstance(taxed, int | float):
        return None
    return taxed + exempt if isinstance(exempt, int | float) else taxed


def _now(known: Known, name: str, metric: int) -> Fact | None:
    newest = known.newest(name, metric)
    return None if newest is None else plain_number(known.figures[metric][newest])


def _insured_change(known: Known, name: str) -> Fact | None:
    """Percent against twelve months before; unknown where there was nobody then."""
    newest = known.newest(name, INSURED)
    before = known.figures.get(INSURED, {}).get(months_before(newest, 12)) if newest else None
    if newest is None or not before:
        return None
    change = (known.figures[INSURED][newest] - before) / before * 100
    return plain_number(change.quantize(Decimal("0.1")))


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
    """Named with a balance in a notice of the last two quarters."""
    if "tax_arrears" not in known.delivered:
        return None
    since = months_before(known.as_of, 6)
    return any(
        one.decided_on is not None
        and one.decided_on > since
        and Decimal(str(one.payload.get("arrears_balance") or 0)) > 0
        for one in known.records.get("tax_arrears", ())
    )


_READERS: Mapping[str, Callable[[Known, str], Fact | None]] = {
    "tax_grade": _tax_grade,
    "tax_paid_12m": _tax_paid,
    "declared_revenue_12m": _revenue,
    "social_insurance_headcount": lambda known, name: _now(known, name, INSURED),
    "social_insurance_months": lambda known, name: _now(known, name, NORMAL_MONTHS),
    "insured_persons_change_12m": _insured_change,
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
