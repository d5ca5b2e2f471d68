"""The enterprises of the demo city, one after the other and always the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import exp
from random import Random

from xinyidai.core.reference import divisions
from xinyidai.core.reference.divisions import Division
from xinyidai.core.usci import Prefix, synthetic
from xinyidai.demo import names
from xinyidai.demo.trades import Trade, trades, trades_of
from xinyidai.enterprises.service import HOUSEHOLD_CODE
from xinyidai.enterprises.size_class import size_class
from xinyidai.enterprises.types import EnterpriseLabel, RegistrationStatus, SizeClass, SubjectKind

_KINDS = {
    SubjectKind.ENTERPRISE: 66,
    SubjectKind.SELF_EMPLOYED: 24,
    SubjectKind.FARMER_COOP: 5,
    SubjectKind.FARM_HOUSEHOLD: 5,
}
_PREFIXES = {
    SubjectKind.ENTERPRISE: Prefix.ENTERPRISE,
    SubjectKind.SELF_EMPLOYED: Prefix.SELF_EMPLOYED,
    SubjectKind.FARMER_COOP: Prefix.FARMER_COOP,
}
_STATUSES = {
    RegistrationStatus.OPERATING: 78,
    RegistrationStatus.EXISTING: 15,
    RegistrationStatus.SUSPENDED: 2,
    RegistrationStatus.DORMANT: 1,
    RegistrationStatus.MOVED_OUT: 1,
    RegistrationStatus.CANCELLED: 2,
    RegistrationStatus.REVOKED: 1,
}
_SMALL_KINDS = frozenset({SubjectKind.SELF_EMPLOYED, SubjectKind.FARM_HOUSEHOLD})
# The county-level city holds a third of the firms, as such cities do; elsewhere all areas weigh the same.
_AREA_WEIGHTS = {"370402": 22, "370403": 15, "370404": 11, "370405": 9, "370406": 9, "370481": 34}


@dataclass(frozen=True, slots=True)
class Firm:
    """One made-up borrower. Capital, revenue and assets in 万元; None is unknown."""

    usci: str | None
    internal_code: str | None
    kind: SubjectKind
    name: str
    legal_representative: str
    status: RegistrationStatus
    registered_on: date
    registered_capital: Decimal | None
    area: str
    industry: str
    employees: int | None
    revenue: Decimal | None
    total_assets: Decimal | None
    size: SizeClass
    address: str
    scope: str
    labels: tuple[str, ...]

    @property
    def code(self) -> str:
        """The credit code, or a farm household's internal code."""
        return self.usci or self.internal_code or ""

    @property
    def is_alive(self) -> bool:
        return self.status in (RegistrationStatus.OPERATING, RegistrationStatus.EXISTING)


def make_firms(seed: int, count: int, today: date, region: str) -> Iterator[Firm]:
    """``count`` firms of the city ``region`` (GB/T 2260 prefix); the first is the noodle factory of the demo login."""
    rng = Random(f"firms {seed}")  # noqa: S311 - a made-up city wants repeatable numbers, not secret ones
    areas = divisions.children(region)
    if not areas:
        raise ValueError(f"{region} is not a city of GB/T 2260 with areas below it")
    weights = [_AREA_WEIGHTS.get(area.code, 10) for area in areas]
    serials: dict[tuple[str, SubjectKind], int] = {}
    taken: set[str] = set()
    for number in range(count):
        area = rng.choices(areas, weights)[0] if number else areas[0]
        kind = rng.choices(list(_KINDS), list(_KINDS.values()))[0] if number else SubjectKind.ENTERPRISE
        serial = serials[area.code, kind] = serials.get((area.code, kind), 0) + 1
        yield _factory(rng, area, today) if number == 0 else _firm(rng, kind, area, serial, today, taken)


def _codes(kind: SubjectKind, area: Division, serial: int) -> tuple[str | None, str | None]:
    """The credit code, or the internal code of a farm household, which has none."""
    if kind is SubjectKind.FARM_HOUSEHOLD:
        return None, f"{HOUSEHOLD_CODE}{area.code}-{serial:06}"
    return synthetic(area.code, serial, prefix=_PREFIXES[kind]), None


def _factory(rng: Random, area: Division, today: date) -> Firm:
    """The firm behind the account ``factory``: a noodle factory with a good record."""
    trade = next(trade for trade in trades() if trade.word == "面条")
    name = f"{names.place(area)}禾笙面条有限公司"
    revenue, assets, employees = Decimal(1680), Decimal(1250), 42
    usci, _none = _codes(SubjectKind.ENTERPRISE, area, 1)
    return Firm(
        usci=usci,
        internal_code=None,
        kind=SubjectKind.ENTERPRISE,
        name=name,
        legal_representative="周建国",
        status=RegistrationStatus.OPERATING,
        registered_on=date(today.year - 9, 4, 18),
        registered_capital=Decimal(500),
        area=area.code,
        industry=trade.industry,
        employees=employees,
        revenue=revenue,
        total_assets=assets,
        size=size_class(trade.industry, employees=employees, revenue=revenue, total_assets=assets),
        address=names.address(rng, area, rural=False),
        scope=_scope(trade),
        labels=(EnterpriseLabel.SPECIALISED_NEW.value, EnterpriseLabel.TECH_SME.value),
    )


def _firm(rng: Random, kind: SubjectKind, area: Division, serial: int, today: date, taken: set[str]) -> Firm:
    usci, internal_code = _codes(kind, area, serial)
    trade = rng.choices(*trades_of(kind))[0]
    owner = names.person(rng)
    name = names.firm(rng, kind, area, trade.word, owner)
    while kind is not SubjectKind.FARM_HOUSEHOLD and name in taken:
        name = names.firm(rng, kind, area, trade.word, owner)
    taken.add(name)
    employees, revenue, assets = _figures(rng, kind, trade)
    return Firm(
        usci=usci,
        internal_code=internal_code,
        kind=kind,
        name=name,
        legal_representative=owner,
        status=_status(rng, kind),
        registered_on=_registered_on(rng, kind, today),
        registered_capital=_capital(rng, kind, assets),
        area=area.code,
        industry=trade.industry,
        employees=employees,
        revenue=revenue,
        total_assets=assets,
        size=size_class(trade.industry, employees=employees, revenue=revenue, total_assets=assets),
        address=names.address(rng, area, rural=trade.industry.startswith("A")),
        scope=_scope(trade),
        labels=_labels(rng, kind, trade, employees or 0),
    )


def _scope(trade: Trade) -> str:
    return f"{trade.word}；依法须经批准的项目，经相关部门批准后方可开展经营活动。"


def _status(rng: Random, kind: SubjectKind) -> RegistrationStatus:
    if kind is SubjectKind.FARM_HOUSEHOLD:
        return RegistrationStatus.OPERATING
    return rng.choices(list(_STATUSES), list(_STATUSES.values()))[0]


def _registered_on(rng: Random, kind: SubjectKind, today: date) -> date:
    """Most firms are young: half of them under five years, one in ten over fifteen."""
    median_years = 3.5 if kind in _SMALL_KINDS else 5.5
    days = int(365 * median_years * exp(rng.gauss(0, 0.85)))
    return today - timedelta(days=max(20, min(days, 365 * 32)))


def _figures(rng: Random, kind: SubjectKind, trade: Trade) -> tuple[int | None, Decimal | None, Decimal | None]:
    """Employees, revenue and assets as the last annual report has them; some firms have not filed one."""
    if kind is SubjectKind.FARM_HOUSEHOLD:
        employees = rng.randint(1, 4)
    else:
        scale = 0.45 if kind is SubjectKind.SELF_EMPLOYED else 0.75
        employees = max(1, round(trade.employees * scale * exp(rng.gauss(0, 0.95))))
    revenue = Decimal(max(1, round(employees * trade.revenue_per_head * exp(rng.gauss(0, 0.45)))))
    assets = Decimal(max(1, round(float(revenue) * rng.uniform(0.35, 1.6))))
    if kind is not SubjectKind.FARM_HOUSEHOLD and rng.random() < 0.08:
        return (employees if rng.random() < 0.5 else None), None, None
    return employees, revenue, assets


def _capital(rng: Random, kind: SubjectKind, assets: Decimal | None) -> Decimal | None:
    """Capital in the round sums that people register; individual businesses and households have none."""
    if kind in _SMALL_KINDS:
        return None
    wanted = float(assets or 100) * rng.uniform(0.2, 1.2)
    steps = (10, 30, 50, 100, 200, 300, 500, 800, 1000, 2000, 3000, 5000, 10_000, 20_000)
    return Decimal(next((step for step in steps if step >= wanted), 20_000))


_TECHNICAL = ("C26", "C27", "C34", "C35", "C36", "C38", "C39", "I64", "I65", "M73", "M75")


def _labels(rng: Random, kind: SubjectKind, trade: Trade, employees: int) -> tuple[str, ...]:
    found: set[EnterpriseLabel] = set()
    farming = trade.industry.startswith("A")
    chances: tuple[tuple[EnterpriseLabel, bool, float], ...] = (
        (EnterpriseLabel.MODEL_COOP, kind is SubjectKind.FARMER_COOP, 0.15),
        (EnterpriseLabel.FAMILY_FARM, farming and kind in _SMALL_KINDS, 0.3),
        (EnterpriseLabel.LARGE_GROWER, farming and kind in _SMALL_KINDS, 0.2),
        (EnterpriseLabel.LEADING_FARM_FIRM, trade.industry.startswith(("C13", "C14")) and employees > 30, 0.2),
        (EnterpriseLabel.TECH_SME, trade.industry.startswith(_TECHNICAL), 0.22),
        (EnterpriseLabel.HIGH_TECH, trade.industry.startswith(_TECHNICAL) and employees > 15, 0.16),
        (EnterpriseLabel.INNOVATIVE_SME, trade.industry.startswith("C") and employees > 10, 0.07),
        (EnterpriseLabel.SPECIALISED_NEW, trade.industry.startswith("C") and employees > 30, 0.09),
        (EnterpriseLabel.LITTLE_GIANT, trade.industry.startswith(_TECHNICAL) and employees > 80, 0.06),
    )
    for label, applies, chance in chances:
        if applies and rng.random() < chance:
            found.add(label)
    return tuple(sorted(label.value for label in found))
