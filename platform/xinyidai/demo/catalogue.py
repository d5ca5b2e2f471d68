"""The 143 products that the demo city's lenders publish, always the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from xinyidai.core.reference import divisions
from xinyidai.demo.families import FAMILIES, Family
from xinyidai.demo.lenders import LENDERS, Lender
from xinyidai.institutions.types import InstitutionKind
from xinyidai.products.types import GuaranteeMode, RepaymentMode

_PAPERS = ("营业执照", "法定代表人身份证件")
# Large banks lend across the province's towns from here too; the others say where they lend.
_REGION_CHANCE = {InstitutionKind.STATE_BANK: 0.6, InstitutionKind.PRIVATE_BANK: 0.0}
_HIGHEST_RATE = 36.0
# All lenders look at these, but not all of them print it.
_OFTEN_UNSAID = frozenset({"dishonest_debtor", "judgment_debtor", "abnormal_list"})
_SAID_CHANCE = 0.45


@dataclass(frozen=True, slots=True)
class MadeProduct:
    """Amounts in yuan, terms in months, rates in percent a year; ``criteria`` in the form of the matching contract."""

    lender: str
    code: str
    name: str
    description: str
    amount: tuple[int, int]
    term: tuple[int, int]
    rate: tuple[Decimal, Decimal]
    guarantees: tuple[GuaranteeMode, ...]
    repayments: tuple[RepaymentMode, ...]
    decision_days: int
    materials: tuple[str, ...]
    criteria: tuple[dict[str, object], ...]

    def record(self) -> dict[str, object]:
        """As the matching contract writes a product."""
        return {
            "id": self.code,
            "institution": self.lender,
            "name": self.name,
            "amount": {"min": self.amount[0], "max": self.amount[1]},
            "term": {"min": self.term[0], "max": self.term[1]},
            "annual_rate": {"min": float(self.rate[0]), "max": float(self.rate[1])},
            "guarantees": [mode.value for mode in self.guarantees],
            "decision_days": self.decision_days,
            "criteria": list(self.criteria),
        }


def make_products(seed: int, region: str) -> Iterator[MadeProduct]:
    """Every lender's products. Each family at most once per lender, its name led by the lender's own brand."""
    rng = Random(f"products {seed}")  # noqa: S311 - repeatable, not secret
    for lender in LENDERS:
        fitting = [family for family in FAMILIES if lender.kind in family.kinds]
        if len(fitting) < lender.product_count:
            raise ValueError(f"{lender.name} has {lender.product_count} products, but {len(fitting)} families fit")
        # The first families are what every bank has; the rest is chance.
        common = fitting[: min(3, lender.product_count)]
        others = rng.sample(fitting[len(common) :], lender.product_count - len(common))
        for number, family in enumerate([*common, *others], start=1):
            yield _product(rng, lender, family, number, region)


def _product(rng: Random, lender: Lender, family: Family, number: int, region: str) -> MadeProduct:
    lowest = round(lender.rate_from + family.premium + rng.choice((0.0, 0.05, 0.1, 0.2, 0.3)), 2)
    highest = min(_HIGHEST_RATE, round(lowest + family.spread * rng.uniform(0.7, 1.1), 2))
    return MadeProduct(
        lender=lender.code,
        code=f"{lender.code}-{number:02}",
        name=f"{lender.brand}{family.word}",
        description=family.text,
        amount=rng.choice(family.amounts),
        term=rng.choice(family.terms),
        rate=(Decimal(str(lowest)), Decimal(str(highest))),
        guarantees=family.guarantees,
        repayments=family.repayments,
        decision_days=rng.choice(family.days),
        materials=(*_PAPERS, *family.materials),
        criteria=tuple(_criteria(rng, lender, family, region)),
    )


def _criteria(rng: Random, lender: Lender, family: Family, region: str) -> Iterator[dict[str, object]]:
    if lender.area_places:
        areas = divisions.children(region)
        served = [areas[place].code for place in lender.area_places if place < len(areas)]
        yield {"fact": "region", "op": "prefix_in", "value": served or [region]}
    elif rng.random() < _REGION_CHANCE.get(lender.kind, 0.9):
        yield {"fact": "region", "op": "prefix_in", "value": [region]}
    for fact, op, value in family.criteria:
        if fact in _OFTEN_UNSAID and rng.random() > _SAID_CHANCE:
            continue
        yield {"fact": fact, "op": op, "value": rng.choice(value) if isinstance(value, tuple) else value}
