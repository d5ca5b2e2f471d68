"""What the platform keeps of an enterprise once a delivered row has been laid over what it knew.

A value replaces a value; nothing given erases nothing. A delivery that lacks a column, or leaves a cell empty,
says nothing about it, and what an earlier delivery said still stands. Three groups move as one, because their
parts explain each other: amount, currency and text of the capital; address and region; the section and the finer
code of one industry.
"""

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from xinyidai.core.pinyin import sort_key
from xinyidai.enterprises.models import UNTIL_FURTHER_NOTICE
from xinyidai.enterprises.registered_capital import CapitalProblem
from xinyidai.enterprises.registry_rows import RegistryRow
from xinyidai.enterprises.size_class import size_class

_STORED_DECIMALS = Decimal("0.000001")


class Facts(NamedTuple):
    """The columns of ``enterprises`` that registry files decide, in the order in which they are written.

    Money in 万元; ``size_class`` is always one of its names, ``unknown`` included.
    """

    usci: str | None
    registry_confirmed: bool
    subject_kind: str
    name: str
    name_pinyin: str
    legal_representative: str | None
    registration_status: str | None
    enterprise_kind: str | None
    registered_on: date | None
    operating_until: date | None
    registered_capital: Decimal | None
    capital_currency: str | None
    capital_text: str | None
    region_code: str | None
    registration_authority: str | None
    industry_code: str | None
    employees: int | None
    revenue: Decimal | None
    total_assets: Decimal | None
    size_class: str | None
    address: str | None
    business_scope: str | None
    content_hash: str = ""

    def completed(self) -> "Facts":
        """With what follows from the others: sort key, size class, hash; amounts as the database keeps them."""
        revenue, total_assets = _stored(self.revenue), _stored(self.total_assets)
        size = size_class(self.industry_code, employees=self.employees, revenue=revenue, total_assets=total_assets)
        facts = self._replace(
            name_pinyin=sort_key(self.name),
            registered_capital=_stored(self.registered_capital),
            revenue=revenue,
            total_assets=total_assets,
            size_class=size.value,
            content_hash="",
        )
        return facts._replace(content_hash=_hash(facts))


def merge(known: Facts | None, row: RegistryRow) -> Facts:
    """``row`` laid over what is ``known`` of the same code."""
    delivered = _delivered(row)
    if known is None:
        return delivered.completed()
    latest = Facts._make(old if new is None else new for old, new in zip(known, delivered, strict=True))
    if row.registered_capital.problem is not CapitalProblem.NOT_GIVEN:
        # A new text that cannot be read makes the amount unknown: the old amount belongs to the old text.
        latest = latest._replace(
            registered_capital=delivered.registered_capital, capital_currency=delivered.capital_currency
        )
    if row.address not in (None, known.address):
        # A new address that names no place makes the region unknown: the old region belongs to the old address.
        latest = latest._replace(region_code=row.region_code)
    return latest._replace(
        registry_confirmed=known.registry_confirmed or row.registry_confirmed,
        industry_code=_finer(known.industry_code, row.industry),
    ).completed()


def _delivered(row: RegistryRow) -> Facts:
    capital = row.registered_capital
    said = capital.problem is not CapitalProblem.NOT_GIVEN
    return Facts(
        usci=row.usci,
        registry_confirmed=row.registry_confirmed,
        subject_kind=row.subject_kind.value,
        name=row.name,
        name_pinyin="",
        legal_representative=row.legal_representative,
        registration_status=row.status.value if row.status else None,
        enterprise_kind=row.entity_type,
        registered_on=row.established_on,
        operating_until=UNTIL_FURTHER_NOTICE if row.is_long_term else row.term_to,
        registered_capital=capital.amount,
        capital_currency=capital.currency,
        capital_text=capital.raw if said else None,
        region_code=row.region_code,
        registration_authority=row.registration_division,
        industry_code=row.industry,
        employees=row.employees,
        revenue=row.revenue_wan,
        total_assets=row.total_assets_wan,
        size_class=None,
        address=row.address,
        business_scope=row.business_scope,
    )


def _finer(known: str | None, delivered: str | None) -> str | None:
    """A section (C) delivered after a class of it (C2614) says less, not something else."""
    if delivered is None or (known is not None and known.startswith(delivered)):
        return known
    return delivered


def _stored(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(_STORED_DECIMALS)


def _hash(facts: Facts) -> str:
    """Changes exactly when something of the row does."""
    return hashlib.sha256(json.dumps(facts, default=str, ensure_ascii=False).encode()).hexdigest()
