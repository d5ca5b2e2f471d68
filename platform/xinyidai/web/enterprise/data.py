"""The enterprise's own monthly figures as charts, with gaps visible as gaps."""

from dataclasses import dataclass

from litestar import get
from litestar.response import Template

from xinyidai.core.clock import business_date
from xinyidai.core.i18n import _
from xinyidai.credit.figures import Series, monthly_series
from xinyidai.credit.queries import months_back
from xinyidai.credit.types import Unit
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.enterprise.records import own
from xinyidai.web.forms import FormState
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.render import render
from xinyidai.web.requests import Request

_REVENUE = "tax_monthly_summary.sales_revenue"
_STAFF = "social_insurance.insured_persons"
_ENERGY = "electricity_supply.monthly_energy"
_BILL = "electricity_supply.monthly_amount"


@dataclass(frozen=True, slots=True)
class ChartOfSeries:
    """``values`` in ``unit``: amounts in 10,000 yuan, the rest as stored. None is a gap."""

    name: str
    title: str
    unit: str
    kind: str
    values: list[float | None]
    series: Series


@dataclass(frozen=True, slots=True)
class DataPage:
    title: str
    months: list[str]
    charts: list[ChartOfSeries]
    form: FormState
    metrics: list[tuple[str, str]]
    month_choices: list[tuple[str, str]]


@get("/enterprise/data", allow=ENTERPRISE, sync_to_thread=True)
def data(request: Request, session: Session, actor: CurrentActor, now: Now) -> Template:
    months = months_back(business_date(now))
    revenue, staff, energy, bill = monthly_series(session, own(actor), [_REVENUE, _STAFF, _ENERGY, _BILL], months)
    power = energy if energy.known or not bill.known else bill
    charts = [
        _chart("revenue", _("Sales revenue"), "bar", revenue),
        _chart("staff", _("Insured staff"), "line", staff),
        _chart("power", _("Electricity consumed") if power is energy else _("Electricity billed"), "bar", power),
    ]
    known = [one for one in charts if one.series.known]
    labels = [f"{month:%Y-%m}" for month in months]
    page = DataPage(
        title=_("My figures"),
        months=labels,
        charts=charts,
        form=FormState(),
        metrics=[(str(one.series.metric.number), one.title) for one in known],
        month_choices=[(label, label) for label in reversed(labels)],
    )
    return render(request, "enterprise/data.html", page)


def _chart(name: str, title: str, kind: str, series: Series) -> ChartOfSeries:
    in_yuan = series.metric.stored_unit is Unit.YUAN
    values = [None if one is None else round(float(one / 10_000 if in_yuan else one), 2) for one in series.values]
    unit = _("10,000 yuan") if in_yuan else series.metric.stored_unit.label
    return ChartOfSeries(name, title, unit, kind, values, series)


ROUTES = [data]
