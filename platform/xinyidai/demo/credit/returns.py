"""Taxes paid and tax returns, item by item: who pays when, who is late, who does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from xinyidai.credit.catalogue import catalogue
from xinyidai.demo.credit.economy import MONTHS, Economy, Fate, Figures, Flags
from xinyidai.demo.credit.monthly import taxes, taxpayers
from xinyidai.demo.credit.timetable import Consignment, moment

_LEVY = ("usci", "levy_item", "tax_kind", "period_from", "period_to", "paid_amount", "treasury_date")
_RETURN = ("usci", "tax_kind", "period_from", "period_to", "due_on", "filed_on", "declared_amount")
_DUE_DAY = 15
_FILE_DAY = 18
"""Day of the next month on which the tax office sends what came in for a month."""
Line = tuple[object, ...]
_QUARTER = 3
_SMALL_TAXPAYER = 5_000_000
"""Yuan a year; from here on a taxpayer is a general one and files every month."""


@dataclass(frozen=True, slots=True)
class _Dated:
    """A line that was true on ``day``."""

    day: date
    line: Line


def tax_files(economy: Economy, opened: datetime, now: datetime) -> Iterator[Consignment]:
    """History in one file, then a file for each month."""
    declared, pays = taxes(economy), taxpayers(economy)
    for dataset, header, found in (
        ("tax_levy", _LEVY, list(_payments(economy, declared, pays))),
        ("tax_filing", _RETURN, list(_returns(economy, declared, pays))),
    ):
        known = catalogue().datasets[dataset]
        since = date.min
        for month in economy.months:
            until = _after(month, _FILE_DAY)
            if until <= opened.date() and month is not economy.months[-1]:
                continue
            when = min(max(moment(until, dataset), opened), now)
            lines = [one.line for one in found if since < one.day <= min(until, when.date() - timedelta(days=1))]
            name = f"{known.name_zh}_{month:%Y%m}.csv" if since > date.min else f"{known.name_zh}_历史数据.csv"
            since = min(until, when.date() - timedelta(days=1))
            if lines:
                yield Consignment(when, dataset, known.source_unit, name, header, lambda lines=lines: lines)  # type: ignore[misc]


def _after(month: date, day: int) -> date:
    """That day of the month after ``month``."""
    return (month + timedelta(days=32)).replace(day=day)


def _last(month: date) -> date:
    return _after(month, 1) - timedelta(days=1)


def _payments(economy: Economy, declared: Figures, pays: Flags) -> Iterator[_Dated]:
    """VAT of each month or quarter in the month after it; what was not paid comes when the firm pays again, if ever."""
    days = economy.rng("treasury").integers(3, _DUE_DAY + 1, declared.shape)
    settled, small = _settled(economy.unpaid), _small_taxpayers(economy)
    closes = np.array([month.month % _QUARTER == 0 for month in economy.months])
    sums = np.where(small[:, None], _of_quarters(declared * economy.active), declared)
    owing = economy.active & pays[:, None] & (sums >= 1) & (closes[None, :] | ~small[:, None])
    for firm, place in zip(*(found.tolist() for found in np.nonzero(owing & (settled >= 0))), strict=True):
        month = economy.months[max(0, place - 2) if small[firm] else place]
        day = _after(economy.months[settled[firm, place]], int(days[firm, place]))
        yield _Dated(
            day,
            (
                economy.firms[firm].usci,
                "税款",
                "增值税",
                month.isoformat(),
                _last(economy.months[place]).isoformat(),
                round(float(sums[firm, place]), 2),
                day.isoformat(),
            ),
        )


def _small_taxpayers(economy: Economy) -> Flags:
    found: Flags = economy.revenue.sum(axis=1) / 2 < _SMALL_TAXPAYER
    return found


def _of_quarters(declared: Figures) -> Figures:
    """The sum of each month and the two before it."""
    whole = np.cumsum(declared, axis=1)
    whole[:, _QUARTER:] -= np.cumsum(declared, axis=1)[:, :-_QUARTER]
    return whole


def _settled(unpaid: Flags) -> NDArray[np.int64]:
    """The month in which each month's tax is paid: itself, or the first after it that is paid; -1 for never."""
    found = np.full(unpaid.shape, -1, np.int64)
    later = np.full(unpaid.shape[0], -1, np.int64)
    for place in range(MONTHS - 1, -1, -1):
        later = np.where(unpaid[:, place], later, place)
        found[:, place] = later
    return found


def _returns(economy: Economy, declared: Figures, pays: Flags) -> Iterator[_Dated]:
    """Small taxpayers file by the quarter, others by the month; those in trouble file late, and the lost not at all."""
    rng = economy.rng("returns")
    small_taxpayers = _small_taxpayers(economy)
    early = rng.integers(1, 13, declared.shape)
    late = rng.integers(3, 40, declared.shape)
    slips = rng.random(declared.shape) < np.clip(0.012 - 0.008 * economy.health, 0.001, 0.05)[:, None]
    for firm, subject in enumerate(economy.firms):
        if not pays[firm] or subject.usci is None:
            continue
        small = bool(small_taxpayers[firm])
        for place in range(MONTHS):
            month = economy.months[place]
            span = _QUARTER if small else 1
            first = max(0, place - span + 1)
            if not economy.active[firm, place] or (small and month.month % _QUARTER):
                continue
            due, is_late = _after(month, _DUE_DAY), bool(economy.unpaid[firm, place] or slips[firm, place])
            lost = is_late and economy.fate[firm] == Fate.FAILING and place % 3 == 0
            filed = (
                due + timedelta(days=int(late[firm, place])) if is_late else due - timedelta(int(early[firm, place]))
            )
            begins = economy.months[first] if place - first == span - 1 else month
            amount = round(float(declared[firm, first : place + 1].sum()), 2)
            line = (subject.usci, "增值税", begins.isoformat(), _last(month).isoformat(), due.isoformat())
            yield _Dated(due if lost else max(filed, due), (*line, "" if lost else filed.isoformat(), amount))
