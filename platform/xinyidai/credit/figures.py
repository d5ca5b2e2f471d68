"""Monthly figures of one enterprise as series; a month of which nothing was delivered is a gap, never zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.clock import business_date
from xinyidai.credit.catalogue import Dataset, Metric, catalogue

_SERIES = text("""
    select o.metric, o.month, sum(o.value) as value, max(b.received_at) as received_at, max(b.source_unit) as unit
    from credit_observations o left join lateral credit_batch_source(o.batch) b on true
    where o.enterprise_id = :enterprise_id and o.metric = any(cast(:metrics as smallint[]))
        and o.month >= :first and o.month <= :last
    group by o.metric, o.month
""")


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each month asked for, in the stored unit (amounts in yuan); parts such as meters are added up."""

    metric: Metric
    dataset: Dataset
    values: tuple[Decimal | None, ...]
    source_unit: str
    received_on: date | None

    @property
    def known(self) -> int:
        return sum(one is not None for one in self.values)

    @property
    def gaps(self) -> int:
        """Months without a figure after the first one that has one."""
        first = next((place for place, one in enumerate(self.values) if one is not None), len(self.values))
        return sum(one is None for one in self.values[first:])


def monthly_series(
    session: Session, enterprise_id: UUID, metrics: Sequence[str], months: Sequence[date]
) -> list[Series]:
    """``metrics`` are codes such as ``social_insurance.insured_persons``; one series for each, in that order."""
    asked = [catalogue().metric_codes[code] for code in metrics]
    rows = session.connection().execute(
        _SERIES,
        {
            "enterprise_id": enterprise_id,
            "metrics": [one.number for one in asked],
            "first": months[0],
            "last": months[-1],
        },
    )
    found = {(row.metric, row.month): row for row in rows}
    result = []
    for metric in asked:
        mine = [found.get((metric.number, month)) for month in months]
        newest = max((one.received_at for one in mine if one and one.received_at), default=None)
        dataset = catalogue().datasets[metric.field.dataset]
        units = [one.unit for one in mine if one and one.unit]
        result.append(
            Series(
                metric,
                dataset,
                tuple(one.value if one else None for one in mine),
                units[-1] if units else dataset.source_unit,
                business_date(newest) if newest else None,
            )
        )
    return result
