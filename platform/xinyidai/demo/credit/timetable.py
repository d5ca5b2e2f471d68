"""When which department delivers what: on most days in time, and on some not, as departments do.

The platform opened a good year ago with one file of history from each source. Files of three months followed, and
since four months ago each month comes by itself.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random

from xinyidai.core.clock import BUSINESS_ZONE
from xinyidai.credit.catalogue import catalogue
from xinyidai.demo.credit.economy import MONTHS, Economy
from xinyidai.demo.credit.monthly import MonthlyTable
from xinyidai.demo.credit.yearly import YearlyLines
from xinyidai.demo.timing import weekday_on_or_after

SINGLE_MONTHS = 4
_MONTHS_A_FILE = 3
# Days after the end of the month on which a source usually delivers; fifteen working days are allowed.
_DAY = {
    "tax_monthly_summary": 16, "tax_invoice_summary": 16, "social_insurance": 12, "provident_fund": 9,
    "electricity_supply": 5, "water_supply": 8, "gas_supply": 11, "customs": 14, "waybill_summary": 9,
}  # fmt: skip
SILENT = ("water_supply", (MONTHS - 11, MONTHS - 10))
"""The waterworks changed their system: two months that never came."""
LATE = {("social_insurance", MONTHS - 3): 32, ("provident_fund", MONTHS - 2): 43, ("customs", MONTHS - 4): 36}
"""Data set and month that came so many days after its end."""
NOT_YET = ("waybill_summary", MONTHS - 1)
WITHDRAWN = ("gas_supply", MONTHS - 3)
_WRONG_METER = "表计倍率取错，用气量放大十倍，更正后整批重报"
IN_WAN = ("tax_monthly_summary", MONTHS - 4)
"""Delivered in 万元 at first, which the platform noticed and refused."""
SPOILED = {
    ("tax_monthly_summary", MONTHS - 2): 5,
    ("social_insurance", MONTHS - 2): 3,
    ("electricity_supply", MONTHS - 1): 2,
}
"""So many lines of this file are wrong."""
MISCOUNTED = {("provident_fund", MONTHS - 1): 17, ("customs", MONTHS - 2): 2}
"""The source says that it sent so many records more than the file holds."""
Rows = Callable[[], Iterable[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class Consignment:
    """One file on its way: who sends it when, and what is the matter with it.

    ``because`` names why the batch is withdrawn the day after; ``is_refused`` files are wrong as a whole.
    """

    when: datetime
    dataset: str
    unit: str
    file_name: str
    header: tuple[str, ...]
    rows: Rows
    spoiled: int = 0
    more_stated: int | None = None
    because: str = ""
    is_refused: bool = False


def consignments(
    tables: list[MonthlyTable], yearly: Iterable[YearlyLines], economy: Economy, opened: datetime, now: datetime
) -> Iterator[Consignment]:
    """Every file of figures, in no order."""
    for table in tables:
        for first, beyond in _files(table.dataset, economy.months, opened):
            yield from _of_months(table, economy, first, beyond, opened, now)
    for one in yearly:
        if one.lines and one.day < now.date():
            name = f"{catalogue().datasets[one.dataset].name_zh}_{one.year}年度_{one.day:%Y%m%d}.csv"
            when = max(moment(one.day, one.dataset), opened)
            unit = catalogue().datasets[one.dataset].source_unit
            yield Consignment(min(when, now), one.dataset, unit, name, one.header, lambda one=one: one.lines)  # type: ignore[misc]


def _files(dataset: str, months: tuple[date, ...], opened: datetime) -> Iterator[tuple[int, int]]:
    """First month and the month beyond the last of each file; the silent months part the files around them."""
    history = max(1, sum(1 for month in months if month + timedelta(days=45) <= opened.date()))
    single = MONTHS - SINGLE_MONTHS
    bounds = [0, *range(single, history, -_MONTHS_A_FILE)][::-1]
    cuts = sorted({0, history, single, *bounds, *range(single, MONTHS + 1)})
    for first, beyond in pairwise(cuts):
        for part in _without_silence(dataset, first, beyond):
            if (dataset, part[1] - 1) != NOT_YET:
                yield part


def _without_silence(dataset: str, first: int, beyond: int) -> Iterator[tuple[int, int]]:
    silent = SILENT[1] if dataset == SILENT[0] else ()
    run: list[int] = []
    for place in range(first, beyond):
        if place not in silent:
            run.append(place)
        elif run:
            yield run[0], run[-1] + 1
            run = []
    if run:
        yield run[0], run[-1] + 1


def _of_months(
    table: MonthlyTable, economy: Economy, first: int, beyond: int, opened: datetime, now: datetime
) -> Iterator[Consignment]:
    dataset, last = catalogue().datasets[table.dataset], beyond - 1
    place = (table.dataset, last)
    span = f"{economy.months[first]:%Y%m}" + (f"-{economy.months[last]:%Y%m}" if beyond - first > 1 else "")
    name = f"{dataset.name_zh}_{span}"
    due = _month_end(economy.months[last]) + timedelta(days=LATE.get(place, _DAY[table.dataset]))
    when = min(max(moment(due, table.dataset), opened), now)
    header = tuple(table.header)

    def rows() -> Iterator[tuple[object, ...]]:
        return table.rows(economy, first, beyond)

    def sent(at: datetime, suffix: str, what: Rows, **more: object) -> Consignment:
        return Consignment(at, table.dataset, dataset.source_unit, f"{name}{suffix}.csv", header, what, **more)  # type: ignore[arg-type]

    if place == WITHDRAWN:
        wrong = sent(
            when, "", lambda: _times(rows(), table, 10, 1), because="表计倍率取错，用气量放大十倍，更正后整批重报"
        )
        yield wrong
        when = min(when + timedelta(days=2, hours=1), now)
        name += "_更正"
    if place == IN_WAN:
        yield sent(when, "", lambda: _times(rows(), table, 1e-4, len(table.columns)), is_refused=True)
        when = min(when + timedelta(days=1, hours=2), now)
        name += "_重报"
    yield sent(when, "", rows, spoiled=SPOILED.get(place, 0), more_stated=MISCOUNTED.get(place))


def _times(
    rows: Iterable[tuple[object, ...]], table: MonthlyTable, factor: float, count: int
) -> Iterator[tuple[object, ...]]:
    """The same lines with their first ``count`` figures multiplied: a mistake of the source."""
    first = 2 + len(table.parts)
    for row in rows:
        wrong = (round(one * factor, 4) if isinstance(one, int | float) else one for one in row[first : first + count])
        yield (*row[:first], *wrong, *row[first + count :])


def _month_end(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def moment(day: date, what: str) -> datetime:
    """Some moment of the working hours of that day, the same for the same file."""
    rng = Random(f"{day} {what}")  # noqa: S311 - repeatable, not secret
    return datetime.combine(
        weekday_on_or_after(day), time(rng.randrange(9, 17), rng.randrange(60), rng.randrange(60)), BUSINESS_ZONE
    )
