"""The hidden state of every firm, month by month: all figures that departments deliver follow from it.

A firm has a health (standard normal), a growth that leans on it, the season of its trade, and a fate: most go on as
before, some stand still for a while, some stop paying, some never catch up again. Arrays are firms × months.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xinyidai.demo.credit.seasons import season_of
from xinyidai.demo.firms import Firm
from xinyidai.demo.trades import Trade, trades
from xinyidai.enterprises.types import RegistrationStatus, SubjectKind

MONTHS = 24
FACTORY = 0
"""Place of the noodle factory, whose story is told by hand."""
Figures = NDArray[np.float64]
Flags = NDArray[np.bool_]

_YUAN = 10_000.0
_GONE = (RegistrationStatus.CANCELLED, RegistrationStatus.REVOKED, RegistrationStatus.MOVED_OUT)
_IDLE = (RegistrationStatus.SUSPENDED, RegistrationStatus.DORMANT)


class Fate(IntEnum):
    STEADY = 0
    PAUSE = 1
    """One to three months without revenue."""
    LAGGING = 2
    """Stops paying for two to five months and catches up."""
    FAILING = 3
    """Revenue falls away, and what is owed is no longer paid."""


@dataclass(frozen=True, slots=True)
class Economy:
    """What is true of the city; amounts in yuan, energy in kWh.

    ``unpaid``: in this month the firm pays neither contributions nor bills. ``active``: registered, and not gone.
    """

    seed: int
    firms: list[Firm]
    trades: list[Trade]
    months: tuple[date, ...]
    health: Figures
    fate: NDArray[np.int64]
    onset: NDArray[np.int64]
    revenue: Figures
    insured: Figures
    active: Flags
    unpaid: Flags

    @property
    def ratio(self) -> Figures:
        """Revenue of the month to the firm's own usual month."""
        usual = np.maximum(np.median(self.revenue, axis=1, keepdims=True), 1.0)
        return np.clip(self.revenue / usual, 0.0, 4.0)

    def rng(self, what: str) -> np.random.Generator:
        """Chance of one matter alone: the same whatever else is drawn."""
        return np.random.default_rng([self.seed, *what.encode()])

    def of_firms(self, kinds: tuple[SubjectKind, ...]) -> Flags:
        return np.array([firm.kind in kinds for firm in self.firms])


def last_months(today: date, count: int = MONTHS) -> tuple[date, ...]:
    """First days of the ``count`` months that are over, the oldest first."""
    index = today.year * 12 + today.month - 1
    return tuple(date((index - back) // 12, (index - back) % 12 + 1, 1) for back in range(count, 0, -1))


@cache
def _trade_of(industry: str) -> Trade:
    return next(trade for trade in trades() if trade.industry == industry)


def make_economy(seed: int, firms: list[Firm], today: date) -> Economy:
    rng = np.random.default_rng([seed, *b"economy"])
    months, count = last_months(today), len(firms)
    own_trades = [_trade_of(firm.industry) for firm in firms]
    health = rng.standard_normal(count)
    health[FACTORY] = 0.9
    fate, onset, length = _fates(rng, firms, health)
    active = _active(rng, firms, months)
    shape = _shape(rng, firms, months, health, fate, onset, length)
    revenue = np.round(_scaled(shape, firms, own_trades, months, today, active, rng), 2)
    return Economy(
        seed=seed,
        firms=firms,
        trades=own_trades,
        months=months,
        health=health,
        fate=fate,
        onset=onset,
        revenue=revenue,
        insured=_insured(rng, firms, own_trades, revenue, active),
        active=active,
        unpaid=_unpaid(rng, fate, onset, length) & active,
    )


def _fates(
    rng: np.random.Generator, firms: list[Firm], health: Figures
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Fate, the month in which it begins, and how many months it takes. Weak firms are hit more often."""
    strain = rng.standard_normal(len(firms)) - 0.9 * health
    order = np.argsort(np.argsort(strain)) / max(len(firms) - 1, 1)
    fate = np.select([order > 0.95, order > 0.88, order > 0.82], [Fate.FAILING, Fate.LAGGING, Fate.PAUSE], Fate.STEADY)
    fate[FACTORY] = Fate.STEADY
    return fate.astype(np.int64), rng.integers(6, MONTHS - 2, len(firms)), rng.integers(2, 6, len(firms))


def _active(rng: np.random.Generator, firms: list[Firm], months: tuple[date, ...]) -> Flags:
    """From the month after the registration until a firm that is gone went."""
    begun = np.array([firm.registered_on.year * 12 + firm.registered_on.month for firm in firms])
    left = rng.integers(-6, MONTHS - 3, len(firms))
    gone = np.array([firm.status in _GONE for firm in firms])
    household = np.array([firm.usci is None for firm in firms])
    index = np.array([month.year * 12 + month.month for month in months])
    place = np.arange(len(months))
    found: Flags = (index > begun[:, None]) & ~(gone[:, None] & (place >= left[:, None])) & ~household[:, None]
    return found


def _shape(
    rng: np.random.Generator,
    firms: list[Firm],
    months: tuple[date, ...],
    health: Figures,
    fate: NDArray[np.int64],
    onset: NDArray[np.int64],
    length: NDArray[np.int64],
) -> Figures:
    """The course of the revenue without its size: season, growth, chance, fate."""
    count, place = len(firms), np.arange(len(months))
    growth = np.clip(0.03 + 0.09 * health + 0.07 * rng.standard_normal(count), -0.35, 0.6)
    season = np.array([season_of(firm.industry) for firm in firms])[:, [month.month - 1 for month in months]]
    noise = _smooth_noise(rng, count, len(months), 0.09)
    shape: Figures = season * np.exp(growth[:, None] * (place - 8) / 12 + noise)
    after = place - onset[:, None]
    failing = (fate == Fate.FAILING)[:, None] & (after > 0)
    shape = np.where(failing, shape * np.exp(-0.16 * np.maximum(after, 0)), shape)
    lagging = (fate == Fate.LAGGING)[:, None] & (after >= 0) & (after < length[:, None])
    shape = np.where(lagging, shape * 0.72, shape)
    still = (fate == Fate.PAUSE)[:, None] & (after >= 0) & (after < (length // 2 + 1)[:, None])
    idle = np.array([firm.status in _IDLE for firm in firms])[:, None] & (after > 0)
    return np.where(still | idle, 0.0, shape)


def _smooth_noise(rng: np.random.Generator, count: int, length: int, spread: float) -> Figures:
    """Chance with a memory: a good month is likelier after a good month."""
    noise = rng.standard_normal((count, length)) * spread
    for place in range(1, length):
        noise[:, place] += 0.55 * noise[:, place - 1]
    return noise


def _scaled(
    shape: Figures,
    firms: list[Firm],
    own_trades: list[Trade],
    months: tuple[date, ...],
    today: date,
    active: Flags,
    rng: np.random.Generator,
) -> Figures:
    """Last year adds up to about what the annual report says; a firm without one has what is usual in its trade."""
    yearly = np.array([_yearly(firm, trade) for firm, trade in zip(firms, own_trades, strict=True)])
    last_year = np.array([month.year == today.year - 1 for month in months])
    known = np.where(active[:, last_year].any(axis=1), _mean(shape, active, last_year), shape.mean(axis=1))
    misreported = np.exp(0.03 * rng.standard_normal(len(firms)))
    return np.where(active, shape * (yearly / 12 / np.maximum(known, 0.05) * misreported)[:, None], 0.0)


def _mean(shape: Figures, active: Flags, chosen: Flags) -> Figures:
    part, counted = shape[:, chosen], active[:, chosen]
    mean: Figures = (part * counted).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
    return mean


def _yearly(firm: Firm, trade: Trade) -> float:
    if firm.revenue is not None:
        return float(firm.revenue) * _YUAN
    return (firm.employees or max(1, trade.employees // 2)) * trade.revenue_per_head * _YUAN


def _insured(
    rng: np.random.Generator, firms: list[Firm], own_trades: list[Trade], revenue: Figures, active: Flags
) -> Figures:
    """Staff follows revenue slowly, and not everybody is insured; a third of small businesses insure nobody."""
    heads = np.array(
        [firm.employees or max(1, trade.employees // 2) for firm, trade in zip(firms, own_trades, strict=True)]
    )
    chance = np.array([{SubjectKind.ENTERPRISE: 0.93, SubjectKind.SELF_EMPLOYED: 0.45}.get(f.kind, 0.4) for f in firms])
    covered = np.where(rng.random(len(firms)) < chance, rng.uniform(0.6, 1.0, len(firms)), 0.0)
    covered[FACTORY] = 0.95
    usual = np.maximum(np.median(revenue, axis=1), 1.0)
    course = np.empty_like(revenue)
    level = np.ones(len(firms))
    for place in range(revenue.shape[1]):
        level += 0.22 * (np.clip(revenue[:, place] / usual, 0.35, 1.9) - level)
        course[:, place] = level
    persons = np.round(heads[:, None] * covered[:, None] * course**0.5)
    return np.where((covered > 0)[:, None] & active, np.maximum(persons, 1.0), 0.0)


def _unpaid(
    rng: np.random.Generator, fate: NDArray[np.int64], onset: NDArray[np.int64], length: NDArray[np.int64]
) -> Flags:
    place = np.arange(MONTHS)
    after = place - onset[:, None]
    lagging = (fate == Fate.LAGGING)[:, None] & (after >= 0) & (after < length[:, None])
    failing = (fate == Fate.FAILING)[:, None] & (after >= 2)
    forgotten = rng.random((len(fate), MONTHS)) < 0.004
    forgotten[FACTORY] = False
    found: Flags = lagging | failing | forgotten
    return found


def running(paid: Flags, start: NDArray[Any], most: int) -> Figures:
    """How many months in a row, up to each month, are ``paid``; ``start`` is what had run up before."""
    found, count = np.empty(paid.shape), start.astype(float)
    for place in range(paid.shape[1]):
        count = np.where(paid[:, place], np.minimum(count + 1, most), 0)
        found[:, place] = count
    return found


def owed(amounts: Figures, unpaid: Flags) -> Figures:
    """What has run up, month by month: settled as a whole in the first month that is paid again."""
    found, balance = np.empty(amounts.shape), np.zeros(amounts.shape[0])
    for place in range(amounts.shape[1]):
        balance = np.where(unpaid[:, place], balance + amounts[:, place], 0.0)
        found[:, place] = balance
    return np.round(found, 2)
