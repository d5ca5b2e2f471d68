"""A financing market made up for measuring: needs and products like a city's or a nation's.

Every product states sixteen criteria. Shares and ranges are set so that most
products are closed to a given need, as in practice: other places, other
industries, other sizes. About one fact in twelve is unknown.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching import NeedTable, ProductTable

Numbers = NDArray[Any]

SIZES = ("micro", "small", "medium", "large")
GRADES = ("A", "B", "M", "C", "D")
LABELS = ("high_tech", "specialised_new", "tech_sme", "green", "agricultural_leader")
GUARANTEES = ("guarantee", "pledge", "mortgage", "insurance")
SECTIONS = "ABCDEFGHIJKLMNOPQRS"
UNKNOWN_SHARE = 0.08


@dataclass(frozen=True)
class Scale:
    name: str
    needs: int
    products: int
    provinces: int
    cities: int
    areas: int


SCALES = {
    "city": Scale("city", 61_357, 143, 1, 1, 6),
    "nation": Scale("nation", 1_000_000, 10_000, 31, 11, 9),
}

# fact → (op, thresholds that products choose from, spread of the needs as a lognormal (median, sigma) or normal)
NUMBERS: dict[str, tuple[str, tuple[float, ...], str, float, float]] = {
    "months_in_business": (">=", (6, 12, 24, 36), "log", 50, 0.9),
    "tax_paid_12m": (">=", (0, 10_000, 50_000, 100_000, 200_000), "log", 90_000, 1.3),
    "declared_revenue_12m": (">=", (0, 500_000, 1_000_000, 3_000_000), "log", 4_000_000, 1.2),
    "revenue_growth_yoy": (">=", (-0.3, -0.2, -0.1, 0.0), "normal", 0.05, 0.25),
    "insured_persons": (">=", (0, 1, 3, 5), "log", 9, 1.0),
    "social_insurance_normal_months": (">=", (0, 6, 12), "log", 20, 0.6),
    "electricity_6m_yoy": (">=", (0.4, 0.5, 0.6), "normal", 1.0, 0.3),
    "loan_balance_to_revenue": ("<=", (0.6, 0.8, 1.0, 1.5), "log", 0.3, 0.9),
    "defendant_loan_cases_36m": ("<=", (0, 1, 2), "log", 0.3, 1.2),
    "credit_score": ("between", (500, 540, 620, 700), "normal", 680, 90),
}
WHOLE = {"months_in_business", "insured_persons", "social_insurance_normal_months", "defendant_loan_cases_36m"}


def regions(scale: Scale) -> list[str]:
    return [
        f"{11 + province:02d}{1 + city:02d}{1 + area:02d}"
        for province in range(scale.provinces)
        for city in range(scale.cities)
        for area in range(scale.areas)
    ]


def industries() -> list[str]:
    """About 1,400 classes, as GB/T 4754 has: a section letter and four digits."""
    return [
        f"{section}{5 * at + division + 1:02d}{group}{one}"
        for at, section in enumerate(SECTIONS)
        for division in range(5)
        for group in range(1, 4)
        for one in range(5)
    ]


def need_columns(scale: Scale, seed: int = 7) -> dict[str, Any]:
    """The needs as `NeedTable.from_columns` takes them."""
    random = np.random.default_rng(seed)
    count = scale.needs
    facts: dict[str, Numbers] = {
        "region": _skewed(random, regions(scale), count),
        "industry": _skewed(random, industries(), count),
        "size": random.choice(SIZES, count, p=(0.55, 0.33, 0.1, 0.02)),
        "tax_grade": random.choice(GRADES, count, p=(0.15, 0.5, 0.25, 0.07, 0.03)),
        "dishonest_debtor": random.random(count) < 0.03,
    }
    for name, (_, _, shape, middle, spread) in NUMBERS.items():
        drawn = (
            random.lognormal(np.log(middle), spread, count) if shape == "log" else random.normal(middle, spread, count)
        )
        facts[name] = np.floor(drawn) if name in WHOLE else np.round(drawn, 2)
    sets = [[], *[[one] for one in LABELS], list(LABELS[:2]), list(LABELS[1:4])]
    facts["labels"] = _lists(random.choice(len(sets), count, p=(0.6, *[0.06] * 5, 0.05, 0.05)), sets)
    offered = [[], ["guarantee"], ["pledge"], ["mortgage"], ["mortgage", "guarantee"], list(GUARANTEES)]
    return {
        "ids": [f"N{at:07d}" for at in range(count)],
        "amount": np.round(random.lognormal(np.log(900_000), 1.0, count), -4) + 10_000,
        "term": random.choice((3, 6, 12, 18, 24, 36, 60), count, p=(0.05, 0.1, 0.45, 0.1, 0.15, 0.1, 0.05)),
        "max_rate": np.where(random.random(count) < 0.6, np.nan, np.round(random.uniform(3.2, 8, count), 2)),
        "guarantees": _lists(random.choice(len(offered), count, p=(0.4, 0.2, 0.1, 0.15, 0.1, 0.05)), offered),
        "facts": facts,
        "unknown": {name: random.random(count) < UNKNOWN_SHARE for name in facts},
    }


def _skewed(random: np.random.Generator, values: list[str], count: int) -> Numbers:
    """A few values are common, most are rare."""
    weights = 1.0 / np.arange(1, len(values) + 1) ** 0.7
    shuffled = random.permutation(values)
    return shuffled[random.choice(len(values), count, p=weights / weights.sum())]


def _lists(codes: Numbers, sets: list[list[str]]) -> Numbers:
    lists = np.empty(len(codes), object)
    choices = np.empty(len(sets), object)
    choices[:] = [tuple(one) for one in sets]
    lists[:] = choices[codes]
    return lists


def products(scale: Scale, seed: int = 8) -> list[dict[str, Any]]:
    """The products as records, sixteen criteria each."""
    random = np.random.default_rng(seed)
    places = regions(scale)
    return [_product(random, at, scale, places) for at in range(scale.products)]


def _product(random: np.random.Generator, at: int, scale: Scale, places: list[str]) -> dict[str, Any]:
    low = float(random.choice((10_000, 50_000, 100_000, 300_000, 500_000)))
    rate = round(float(random.uniform(2.8, 8)), 2)
    received = int(random.integers(0, 400))
    answered = int(random.integers(0, received + 1))
    return {
        "id": f"P{at:05d}",
        "institution": f"B{at % max(scale.products // 9, 1):04d}",
        "name": f"product {at}",
        "amount": {"min": low, "max": low * float(random.choice((10, 20, 30, 100)))},
        "term": {"min": int(random.choice((1, 3, 6))), "max": int(random.choice((12, 24, 36, 60)))},
        "annual_rate": {"min": rate, "max": round(rate + float(random.uniform(0, 3)), 2)},
        "guarantees": _some(random, ("credit", *GUARANTEES), 0.4),
        "decision_days": int(random.integers(1, 25)),
        "institution_record": {"received": received, "answered": answered, "approved": int(answered * random.random())},
        "criteria": _criteria(random, scale, places),
    }


def _criteria(random: np.random.Generator, scale: Scale, places: list[str]) -> list[dict[str, Any]]:
    width = 4 if scale.cities > 1 else 6
    served = sorted({str(place)[:width] for place in random.choice(places, int(random.integers(2, 9)))})
    # Most products of a city serve all of it; of a nation's, a fifth serve every province, a fifth some.
    drawn = random.random()
    if scale.cities == 1 and drawn < 0.8:
        served = sorted({str(place)[:4] for place in places})
    elif scale.cities > 1 and drawn < 0.4:
        served = sorted({str(place)[:2] for place in (places if drawn < 0.2 else random.choice(places, 3))})
    stated: list[tuple[str, str, Any]] = [
        ("region", "prefix_in", served),
        ("industry", "prefix_in", _some(random, tuple(SECTIONS), 0.7)),
        ("size", "in", _some(random, SIZES, 0.75)),
        ("tax_grade", "in", list(GRADES[: int(random.integers(2, 5))])),
        ("dishonest_debtor", "is", False),
        ("labels", "any_of", _some(random, LABELS, 0.5)) if random.random() < 0.15 else ("labels", "none_of", ["none"]),
    ]
    for name, (op, choices, *_) in NUMBERS.items():
        threshold = float(random.choice(choices))
        stated.append((name, op, [threshold, 1000.0] if op == "between" else threshold))
    return [{"fact": fact, "op": op, "value": value} for fact, op, value in stated]


def _some(random: np.random.Generator, values: tuple[str, ...], share: float) -> list[str]:
    chosen = [value for value in values if random.random() < share]
    return chosen or [values[int(random.integers(len(values)))]]


def tables(scale: Scale) -> tuple[NeedTable, ProductTable]:
    return NeedTable.from_columns(**need_columns(scale)), ProductTable.from_records(products(scale))
