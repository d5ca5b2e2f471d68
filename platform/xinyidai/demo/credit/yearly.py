"""What comes once a year: annual reports, VAT and income tax of the year, spending on research."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from xinyidai.demo.credit.economy import FACTORY, Economy
from xinyidai.demo.credit.monthly import BLANK
from xinyidai.demo.firms import Firm
from xinyidai.enterprises.types import EnterpriseLabel, SubjectKind

_TECHNICAL = frozenset({EnterpriseLabel.HIGH_TECH.value, EnterpriseLabel.TECH_SME.value})
_AMOUNTS = (
    "total_assets", "total_liabilities", "owners_equity", "total_revenue", "total_profit", "net_profit", "main_revenue",
    "tax_total",
)  # fmt: skip
_PUBLIC = ("total_assets", "total_revenue", "net_profit")
_REPORT = ("usci", "report_year", *_AMOUNTS, "employee_count", *(f"{one}_public" for one in _PUBLIC), "filed_on")
Line = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class YearlyLines:
    """Lines of one year that come on ``day``."""

    dataset: str
    year: int
    day: date
    header: tuple[str, ...]
    lines: list[Line]


def all_yearly(economy: Economy, today: date) -> Iterator[YearlyLines]:
    """The last three years, as far as they have been delivered by ``today``."""
    for year in range(today.year - 3, today.year):
        yield from _reports(economy, year)
        yield YearlyLines(
            "tax_payment_summary",
            year,
            date(year + 1, 3, 16),
            ("usci", "stat_year", "vat_payable", "vat_paid", "income_tax_payable", "income_tax_paid"),
            list(_tax_years(economy, year)),
        )
        yield YearlyLines(
            "rd_spend", year, date(year + 1, 3, 23), ("usci", "year", "rd_amount"), list(_research(economy, year))
        )


def yearly_revenue(economy: Economy, firm: int, year: int) -> float:
    """Yuan. The last year is what the register knows from the annual report; earlier ones are derived from it."""
    last = economy.months[-1].year - (0 if economy.months[-1].month == 12 else 1)
    known = economy.firms[firm].revenue
    base = float(known) * 10_000 if known is not None else float(np.median(economy.revenue[firm])) * 12
    growth = 1 + min(max(0.03 + 0.09 * float(economy.health[firm]), -0.3), 0.45)
    return float(base / growth ** (last - year))


def _existed(firm: Firm, year: int) -> bool:
    return firm.usci is not None and firm.registered_on.year <= year


def _reports(economy: Economy, year: int) -> Iterator[YearlyLines]:
    """Filed from January to June of the next year: those of the first weeks come in March, the rest in July."""
    rng = economy.rng(f"annual reports {year}")
    early: list[Line] = []
    late: list[Line] = []
    for place, firm in enumerate(economy.firms):
        chance, filing = rng.random(3), int(rng.integers(0, 175))
        if not _existed(firm, year) or (place != FACTORY and (firm.revenue is None or chance[0] < 0.03)):
            continue
        filed = date(year + 1, 1, 5) + timedelta(days=filing)
        filed = min(filed, filed.replace(day=28))
        line = _report(economy, place, year, filed, float(chance[1]), float(chance[2]))
        (early if filed < date(year + 1, 3, 20) else late).append(line)
    yield YearlyLines("annual_report", year, date(year + 1, 3, 25), _REPORT, early)
    yield YearlyLines("annual_report", year, date(year + 1, 7, 3), _REPORT, late)


def _report(economy: Economy, place: int, year: int, filed: date, debt: float, public: float) -> Line:
    """Amounts in 万元, as the form asks for them."""
    firm, health = economy.firms[place], float(economy.health[place])
    revenue = yearly_revenue(economy, place, year) / 10_000
    assets = float(firm.total_assets or 0) * revenue / max(float(firm.revenue or 1), 1)
    liabilities = assets * min(0.97, max(0.12, 0.52 - 0.11 * health + 0.3 * (debt - 0.5)))
    profit = revenue * min(0.18, max(-0.15, 0.045 + 0.03 * health))
    net = profit * (0.95 if firm.size.value in ("small", "micro") else 0.75) if profit > 0 else profit
    amounts = (assets, liabilities, assets - liabilities, revenue, profit, net, revenue * 0.97, revenue * 0.028)
    shown = [1 if public > 0.55 else 0] * len(_PUBLIC)
    cells = [round(amount, 2) for amount in amounts]
    heads = firm.employees if firm.employees is not None else BLANK
    return (firm.usci, year, *cells, heads, *shown, filed.isoformat())


def _tax_years(economy: Economy, year: int) -> Iterator[Line]:
    for place, firm in enumerate(economy.firms):
        if not _existed(firm, year) or firm.kind is not SubjectKind.ENTERPRISE:
            continue
        revenue, health = yearly_revenue(economy, place, year), float(economy.health[place])
        vat = round(revenue * 0.022, 2)
        income_tax = round(max(0.0, revenue * (0.045 + 0.03 * health)) * 0.05, 2)
        paid = 1.0 if health > -1.4 else 0.8
        yield (firm.usci, year, vat, round(vat * paid, 2), income_tax, round(income_tax * paid, 2))


def _research(economy: Economy, year: int) -> Iterator[Line]:
    """Firms with a technical label spend three to eight percent of what they earn."""
    shares = economy.rng("research").uniform(0.03, 0.08, len(economy.firms))
    for place, firm in enumerate(economy.firms):
        if _existed(firm, year) and _TECHNICAL.intersection(firm.labels):
            yield (firm.usci, year, round(yearly_revenue(economy, place, year) * float(shares[place]), 2))
