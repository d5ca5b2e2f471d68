"""One firm as the departments' records see it, the records themselves, and the days on which they fall."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import numpy as np

from xinyidai.core.usci import Prefix, synthetic
from xinyidai.demo.credit.economy import FACTORY, Economy, Fate
from xinyidai.demo.credit.monthly import exporters
from xinyidai.demo.firms import Firm
from xinyidai.demo.timing import weekday_on_or_after
from xinyidai.enterprises.types import SubjectKind

_ONE_DAY = timedelta(days=1)
_DAYS_A_MONTH = 30.4
_WITHIN_DAYS = 8
"""Seven working days are allowed; a round collects what happened in about so many days before it."""
_ROUNDS_OF_A_YEAR = 3
MONTHLY = frozenset({"admin_licence", "admin_penalty"})
"""Data sets whose files come every month; the others come every four months."""


@dataclass(frozen=True, slots=True)
class Record:
    """One dated record. ``unit`` delivers it where any department may.

    ``later``: what is added to it on a later day, when it is delivered again.
    """

    dataset: str
    day: date
    values: Mapping[str, object]
    unit: str = ""
    later: tuple[date, Mapping[str, object]] | None = None


class Desk:
    """The days of the departments: when records happen, and in which round of files they come.

    What happened after the platform opened mostly falls into the days before a round, as if each file had been sent
    at once; what happened earlier came with the history.
    """

    def __init__(self, opened: date, today: date) -> None:
        self.opened, self.today = opened, today
        self._monthly = self._rounds(30.4)
        self._quarterly = self._rounds(365 / _ROUNDS_OF_A_YEAR)

    def _rounds(self, step: float) -> list[date]:
        found, back = [self.opened], 3.0
        while (day := self.today - timedelta(days=int(back))) > self.opened + timedelta(days=20):
            found.append(min(weekday_on_or_after(day), self.today))
            back += step
        return sorted(set(found))

    def rounds(self, dataset: str) -> list[date]:
        return self._monthly if dataset in MONTHLY else self._quarterly

    def round_of(self, dataset: str, day: date) -> date | None:
        """The first round at or after ``day``; None where it has not been yet."""
        return next((one for one in self.rounds(dataset) if one >= day), None)

    def back(self, rng: Random, dataset: str, oldest: float, newest: float = 0.0) -> date:
        """Some day between ``oldest`` and ``newest`` months ago."""
        days = rng.uniform(newest * _DAYS_A_MONTH, oldest * _DAYS_A_MONTH)
        return self.near(rng, dataset, self.today - timedelta(days=max(3, int(days))))

    def near(self, rng: Random, dataset: str, day: date) -> date:
        """A day near ``day`` that a department would have told of in time."""
        if day <= self.opened:
            return day
        round_ = self.round_of(dataset, day) or self.rounds(dataset)[-1]
        return max(round_ - timedelta(days=rng.randint(1, _WITHIN_DAYS)), self.opened + _ONE_DAY)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is true of one firm. Revenue in yuan a year."""

    place: int
    firm: Firm
    health: float
    fate: Fate
    trouble: date
    """When its trouble began, where its fate is one."""
    revenue: float
    insured: int
    exports: bool

    @property
    def code(self) -> str:
        return self.firm.code

    @property
    def is_company(self) -> bool:
        return self.firm.kind is SubjectKind.ENTERPRISE

    @property
    def category(self) -> str:
        return "self_employed" if self.firm.kind is SubjectKind.SELF_EMPLOYED else "legal_person"

    @property
    def makes(self) -> bool:
        return self.firm.industry.startswith(("B", "C", "D"))

    @property
    def serves_food(self) -> bool:
        return self.firm.industry.startswith(("C13", "C14", "C15", "H62", "F5212", "F5213", "F5226"))

    def had(self, day: date) -> bool:
        """Whether the firm was there on ``day``."""
        return self.firm.registered_on < day


Maker = Callable[[Subject, Random, Desk], Iterator[Record]]


def subjects(economy: Economy) -> Iterator[Subject]:
    """Every firm with a credit code; farm households have another source."""
    sends = exporters(economy)
    yearly = economy.revenue[:, -12:].sum(axis=1)
    for place, firm in enumerate(economy.firms):
        yield Subject(
            place=place,
            firm=firm,
            health=float(economy.health[place]),
            fate=Fate(int(economy.fate[place])),
            trouble=economy.months[int(economy.onset[place])],
            revenue=float(yearly[place]),
            insured=int(np.max(economy.insured[place, -1:])),
            exports=bool(sends[place]),
        )


def is_factory(subject: Subject) -> bool:
    return subject.place == FACTORY


_UNITS = (
    "市市场监督管理局", "市生态环境局", "市应急管理局", "市消防救援支队", "市住房和城乡建设局", "市城市管理局",
    "市卫生健康委员会", "市税务局", "市行政审批服务局", "市发展和改革委员会", "市工业和信息化局", "市交通运输局",
    "市人力资源和社会保障局", "市农业农村局", "海关",
)  # fmt: skip
_FIRST_SERIAL = 870_000


def unit_code(unit: str, area: str) -> str:
    """A made-up credit code for a department."""
    return synthetic(area, _FIRST_SERIAL + _UNITS.index(unit), prefix=Prefix.AGENCY)


def chance(base: float, health: float, lean: float = 0.6) -> float:
    """``base`` for a firm of middling health; a weak one has more of it (negative ``lean``: a sound one)."""
    return min(0.95, base * float(np.exp(-lean * health)))
