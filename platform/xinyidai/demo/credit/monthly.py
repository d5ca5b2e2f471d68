"""The monthly figures of each data set, drawn from the economy. Columns are called by their code in the catalogue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xinyidai.demo.credit.economy import FACTORY, MONTHS, Economy, Figures, Flags, owed, running
from xinyidai.demo.credit.seasons import cooling, usage_of
from xinyidai.demo.firms import Firm
from xinyidai.enterprises.types import SubjectKind

BLANK = ""
_RECENT = 4
"""Months in which states (arrears, account status) are told of everybody; before, only of those in arrears."""
_STEPS = np.array([50, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2500, 4000, 8000])
"""Transformers come in these sizes, in kVA."""
_LARGE_INDUSTRY_KVA = 315
_YUAN_PER_KWH, _YUAN_PER_WATER, _YUAN_PER_GAS = 0.72, 4.25, 3.9
_EMPLOYER_SHARE = 0.255
"""Of the base: pension 16, medical 8, unemployment 0.7, injury 0.8 percent; assumed."""


@dataclass(frozen=True, slots=True)
class MonthlyTable:
    """What a source would have of all months; ``present`` says which firm has a line in which month.

    Values of ``columns`` are firms × months; a mask beside them says where a cell is filled.
    """

    dataset: str
    period: str
    present: Flags
    columns: tuple[tuple[str, NDArray[Any], Flags | None], ...]
    parts: tuple[tuple[str, list[str]], ...] = ()

    @property
    def header(self) -> list[str]:
        return ["usci", self.period, *(name for name, _ in self.parts), *(name for name, _, _ in self.columns)]

    def rows(self, economy: Economy, first: int, beyond: int) -> Iterator[tuple[object, ...]]:
        """Lines of the months ``first`` to ``beyond`` (excluded), by firm and month."""
        firms, places = np.nonzero(self.present[:, first:beyond])
        places += first
        codes = [economy.firms[firm].usci for firm in firms.tolist()]
        months = [f"{month:%Y%m}" for month in economy.months]
        cells: list[list[object]] = [list(codes), [months[place] for place in places.tolist()]]
        cells += [[values[firm] for firm in firms.tolist()] for _, values in self.parts]
        cells += [_cells(values, filled, firms, places) for _, values, filled in self.columns]
        return zip(*cells, strict=True)


def _cells(
    values: NDArray[Any], filled: Flags | None, firms: NDArray[np.int64], places: NDArray[np.int64]
) -> list[object]:
    found: list[object] = values[firms, places].tolist()
    if filled is None:
        return found
    return [value if full else BLANK for value, full in zip(found, filled[firms, places].tolist(), strict=True)]


def _whole(values: Figures) -> NDArray[np.int64]:
    return np.round(values).astype(np.int64)


def _cents(values: Figures) -> Figures:
    return np.round(values, 2)


def _told(amounts: Figures) -> Flags:
    """Where a state is told: in the last months, and wherever something is owed."""
    return (np.arange(MONTHS) >= MONTHS - _RECENT) | (amounts > 0)


def _chosen(economy: Economy, what: str, chance: Callable[[Firm], float]) -> Flags:
    """Which firms a source knows at all; the factory always is."""
    chances = np.array([chance(firm) for firm in economy.firms])
    found: Flags = economy.rng(what).random(len(chances)) < chances
    found[FACTORY] = True
    return found


def _reported(economy: Economy, what: str) -> Flags:
    """Months that are missing for one firm alone: a share of firms has a gap of one to three months."""
    rng = economy.rng(f"{what} gaps")
    count = len(economy.firms)
    begins, lasts = rng.integers(2, MONTHS - 3, count), rng.integers(1, 4, count)
    has_gap = rng.random(count) < 0.03
    has_gap[FACTORY] = False
    place = np.arange(MONTHS)
    after = place - begins[:, None]
    return ~(has_gap[:, None] & (after >= 0) & (after < lasts[:, None]))


def is_farm(firm: Firm) -> bool:
    """What farmers sell is free of VAT."""
    return firm.industry.startswith("A") and firm.kind is not SubjectKind.ENTERPRISE


def taxes(economy: Economy) -> Figures:
    """VAT with what goes with it, of each month; small taxpayers pay one percent, farmers nothing."""
    rng = economy.rng("taxes")
    own = np.array([_burden(firm) for firm in economy.firms]) * np.exp(0.18 * rng.standard_normal(len(economy.firms)))
    wobble = np.exp(0.1 * rng.standard_normal(economy.revenue.shape))
    return _cents(economy.revenue * own[:, None] * wobble)


def _burden(firm: Firm) -> float:
    burden = usage_of(firm.industry).burden
    return min(burden, 0.01) if firm.kind is SubjectKind.SELF_EMPLOYED else burden


def taxpayers(economy: Economy) -> Flags:
    """Individual businesses on a fixed tax do not declare by the month."""
    return _chosen(economy, "taxpayers", lambda firm: 0.6 if firm.kind is SubjectKind.SELF_EMPLOYED else 1.0)


def tax_summary(economy: Economy) -> MonthlyTable:
    farms = np.array([is_farm(firm) for firm in economy.firms])
    exempt = np.broadcast_to(farms[:, None], economy.revenue.shape)
    paid = np.where(economy.unpaid, 0.0, taxes(economy))
    return MonthlyTable(
        "tax_monthly_summary",
        "stat_period",
        economy.active & taxpayers(economy)[:, None] & _reported(economy, "tax"),
        (
            ("sales_revenue", economy.revenue, None),
            ("exempt_sales_revenue", economy.revenue, exempt),
            ("tax_total", _cents(paid), None),
        ),
    )


def invoices(economy: Economy) -> MonthlyTable:
    """What is invoiced is a little less than what is declared; purchases follow sales."""
    rng, shape = economy.rng("invoices"), economy.revenue.shape
    invoiced = _cents(economy.revenue * np.minimum(rng.normal(0.95, 0.05, shape), 1.1))
    bought_share = np.clip(rng.normal(0.7, 0.1, shape[0]), 0.3, 0.92)[:, None]
    bought = _cents(economy.revenue * bought_share * np.exp(0.12 * rng.standard_normal(shape)))
    buyers = np.clip(rng.normal(52, 16, (shape[0], 1)) + rng.normal(0, 3, shape), 8, 100)
    sellers = np.clip(rng.normal(58, 15, (shape[0], 1)) + rng.normal(0, 3, shape), 8, 100)
    void = np.clip(np.abs(rng.normal(0.8, 1.2, shape)) + (economy.health < -1.2)[:, None] * 3.0, 0, 30)
    quarterly = np.broadcast_to(np.array([month.month % 3 == 0 for month in economy.months]), shape)
    declares = taxpayers(economy)[:, None] & ~np.array([is_farm(firm) for firm in economy.firms])[:, None]
    return MonthlyTable(
        "tax_invoice_summary",
        "month",
        economy.active & declares & _reported(economy, "tax"),
        (
            ("output_amount", invoiced, None),
            ("input_amount", bought, None),
            ("top5_buyers_share", _cents(buyers), quarterly),
            ("top5_sellers_share", _cents(sellers), quarterly),
            ("void_red_ratio", _cents(void), None),
        ),
    )


def wage_base(economy: Economy) -> Figures:
    """Monthly base of one insured person, in yuan."""
    rng = economy.rng("wages")
    return np.clip(
        np.round(4900 * np.exp(0.16 * rng.standard_normal(len(economy.firms)) + 0.05 * economy.health)), 4100, None
    )


def social_insurance(economy: Economy) -> MonthlyTable:
    due = _cents(economy.insured * wage_base(economy)[:, None] * _EMPLOYER_SHARE)
    unpaid = economy.unpaid
    arrears = owed(due, unpaid)
    young = np.array([firm.registered_on >= economy.months[0] for firm in economy.firms])
    before = np.where(young, 0, economy.rng("insured before").integers(8, 25, len(economy.firms)))
    told = _told(arrears)
    return MonthlyTable(
        "social_insurance",
        "fee_period",
        (economy.insured > 0) & _reported(economy, "social"),
        (
            ("insured_persons", _whole(economy.insured), None),
            ("employer_amount", _cents(np.where(unpaid, 0.0, due)), None),
            ("consecutive_normal_months", _whole(running(~unpaid & (economy.insured > 0), before, 24)), None),
            ("in_arrears", (arrears > 0).astype(np.int64), told),
            ("arrears_amount", arrears, told),
            ("deferred_amount", np.zeros_like(arrears), told),
        ),
    )


def provident_fund(economy: Economy) -> MonthlyTable:
    """A third of the companies pay into the fund; larger and sounder ones more often."""
    rng = economy.rng("fund")
    typical = np.median(economy.insured, axis=1)
    chance = np.clip(0.12 + 0.1 * np.log1p(typical) + 0.08 * economy.health, 0.02, 0.95)
    joins = (rng.random(len(economy.firms)) < chance) & economy.of_firms((SubjectKind.ENTERPRISE,)) & (typical >= 3)
    joins[FACTORY] = True
    persons = np.floor(economy.insured * rng.uniform(0.4, 1.0, len(economy.firms))[:, None])
    due = _cents(persons * np.round(wage_base(economy) * 0.1)[:, None])
    arrears = owed(due, economy.unpaid)
    told = _told(arrears)
    before = rng.integers(4, 25, len(economy.firms))
    return MonthlyTable(
        "provident_fund",
        "fee_period",
        economy.active & joins[:, None] & (persons >= 1) & _reported(economy, "fund"),
        (
            ("depositors", _whole(persons), None),
            ("deposit_amount", _cents(np.where(economy.unpaid, 0.0, due)), None),
            ("consecutive_months", _whole(running(~economy.unpaid, before, 24)), told),
            ("in_arrears", (arrears > 0).astype(np.int64), told),
            ("arrears_amount", arrears, told),
        ),
    )


def energy(economy: Economy) -> Figures:
    """kWh of each month: follows revenue, the weather, and a habit of its own."""
    rng = economy.rng("energy")
    heads = np.array([firm.employees or max(1, trade.employees // 2) for firm, trade in _pairs(economy)])
    usual = heads * np.array([trade.kwh_per_head for trade in economy.trades]) / 12
    usual = usual * np.exp(0.2 * rng.standard_normal(len(heads)))
    weather = np.array([cooling(month.month) for month in economy.months])
    making = np.array([firm.industry.startswith(("B", "C", "D")) for firm in economy.firms])[:, None]
    moved = np.where(making, weather**0.4, weather)
    noise = np.exp(0.06 * rng.standard_normal(economy.revenue.shape))
    used: Figures = np.round(usual[:, None] * (0.08 + 0.92 * economy.ratio**0.85) * moved * noise)
    return used


def _pairs(economy: Economy) -> Iterator[tuple[Any, Any]]:
    return zip(economy.firms, economy.trades, strict=True)


def electricity(economy: Economy) -> MonthlyTable:
    used = energy(economy)
    bill = _cents(used * _YUAN_PER_KWH)
    arrears = owed(bill, economy.unpaid)
    wanted = used.max(axis=1) / (720 * economy.rng("capacity").uniform(0.25, 0.6, len(economy.firms)))
    capacity = _STEPS[np.minimum(np.searchsorted(_STEPS, wanted), len(_STEPS) - 1)]
    large = (capacity >= _LARGE_INDUSTRY_KVA)[:, None] & np.array(
        [firm.industry.startswith(("B", "C", "D")) for firm in economy.firms]
    )[:, None]
    farming = np.array([firm.industry.startswith("A") for firm in economy.firms])[:, None]
    kinds = np.where(farming, "agriculture", np.where(large, "large_industry", "general"))
    status = np.where(
        running(economy.unpaid, np.zeros(len(capacity)), 24) >= 6,
        "suspended",
        np.where(arrears > 0, "arrears", "normal"),
    )
    told = _told(arrears)
    metered = _chosen(economy, "metered", lambda firm: 0.97 if firm.industry.startswith(("B", "C", "D")) else 0.78)
    present = economy.active & metered[:, None] & _reported(economy, "power")
    # The factory's meter was replaced last winter: two months that nobody has read.
    present[FACTORY, MONTHS - 10 : MONTHS - 8] = False
    shape = used.shape
    return MonthlyTable(
        "electricity_supply",
        "billing_period",
        present,
        (
            ("monthly_energy", _whole(used), None),
            ("monthly_amount", bill, None),
            ("contract_capacity", np.broadcast_to(capacity[:, None], shape), told),
            ("account_status", status, told),
            ("use_type", np.broadcast_to(kinds, shape), told),
            ("arrears_amount", arrears, told),
            ("in_arrears", (arrears > 0).astype(np.int64), told),
            ("defaults_24m", _whole(np.cumsum(economy.unpaid, axis=1).astype(float)), told),
        ),
        (("account_no", _accounts(economy, "37")),),
    )


def _accounts(economy: Economy, prefix: str) -> list[str]:
    return [f"{prefix}{place + 1:08}" for place in range(len(economy.firms))]


def water(economy: Economy) -> MonthlyTable:
    rate = np.array([usage_of(firm.industry).water for firm in economy.firms])
    heads = np.array([firm.employees or max(1, trade.employees // 2) for firm, trade in _pairs(economy)])
    noise = np.exp(0.1 * economy.rng("water").standard_normal(economy.revenue.shape))
    used = np.maximum(np.round((heads * rate)[:, None] * (0.2 + 0.8 * economy.ratio**0.6) * noise), 1)
    return _piped(economy, "water_supply", "20", used, _YUAN_PER_WATER, _chosen(economy, "piped", lambda _: 0.62))


def gas(economy: Economy) -> MonthlyTable:
    rate = np.array([usage_of(firm.industry).gas for firm in economy.firms])
    heads = np.array([firm.employees or max(1, trade.employees // 2) for firm, trade in _pairs(economy)])
    noise = np.exp(0.1 * economy.rng("gas").standard_normal(economy.revenue.shape))
    used = np.round((heads * rate)[:, None] * (0.1 + 0.9 * economy.ratio**0.8) * noise)
    burns = _chosen(economy, "burns gas", lambda _: 0.7) & (rate > 0)
    return _piped(economy, "gas_supply", "60", used, _YUAN_PER_GAS, burns)


def _piped(economy: Economy, dataset: str, prefix: str, used: Figures, price: float, supplied: Flags) -> MonthlyTable:
    bill = _cents(used * price)
    arrears = owed(bill, economy.unpaid)
    told = _told(arrears)
    periods = running(economy.unpaid, np.zeros(len(economy.firms)), 24)
    return MonthlyTable(
        dataset,
        "billing_period",
        economy.active & supplied[:, None] & _reported(economy, dataset),
        (
            ("monthly_use", _whole(used), None),
            ("arrears_amount", arrears, told),
            ("in_arrears", (arrears > 0).astype(np.int64), told),
            ("arrears_periods", _whole(periods), told),
        ),
        (("account_no", _accounts(economy, prefix)),),
    )


def exporters(economy: Economy) -> Flags:
    return _chosen(
        economy,
        "exporters",
        lambda firm: (
            0.3
            if firm.industry in ("F5181", "G5821")
            else 0.14
            if firm.industry.startswith("C") and (firm.employees or 0) > 25
            else 0.0
        ),
    )


def customs(economy: Economy) -> MonthlyTable:
    """Exporters send between a tenth and two thirds of what they sell abroad, counted in US dollars."""
    rng, shape = economy.rng("customs"), economy.revenue.shape
    abroad = rng.uniform(0.1, 0.65, (shape[0], 1))
    sent = _cents(economy.revenue * abroad / 7.1 * np.exp(0.2 * rng.standard_normal(shape)))
    bought = _cents(sent * rng.uniform(0, 0.3, (shape[0], 1)))
    certified = np.where((economy.health > 1.1)[:, None], "advanced", "other")
    return MonthlyTable(
        "customs",
        "month",
        economy.active & exporters(economy)[:, None] & (sent > 0),
        (
            ("credit_grade", np.broadcast_to(certified, shape), None),
            ("import_value", bought, None),
            ("export_value", sent, None),
            ("declaration_count", _whole(np.maximum(sent / 60_000, 1)), None),
        ),
        (
            ("customs_code", [f"{firm.area[:4]}9{place % 100_000:05}" for place, firm in enumerate(economy.firms)]),
            ("currency", ["USD"] * shape[0]),
        ),
    )


def waybills(economy: Economy) -> MonthlyTable:
    rng, shape = economy.rng("waybills"), economy.revenue.shape
    sends = _chosen(
        economy,
        "sends",
        lambda firm: 0.7 if firm.industry.startswith("G") else 0.3 if firm.industry.startswith(("C", "F51")) else 0.0,
    )
    freight_share = rng.uniform(0.01, 0.04, (shape[0], 1))
    freight = _cents(economy.revenue * freight_share * np.exp(0.1 * rng.standard_normal(shape)))
    return MonthlyTable(
        "waybill_summary",
        "month",
        economy.active & sends[:, None] & (economy.revenue > 0),
        (
            ("waybill_count", _whole(np.maximum(freight / 900, 1)), None),
            ("freight", freight, None),
            ("on_time_rate", _cents(np.clip(rng.normal(95, 3, shape) + economy.health[:, None], 60, 100)), None),
        ),
    )


def all_monthly(economy: Economy) -> list[MonthlyTable]:
    makers = (
        tax_summary, invoices, social_insurance, provident_fund, electricity, water, gas, customs, waybills,
    )  # fmt: skip
    return [make(economy) for make in makers]
