"""The products on sale as the ranking engine sees them, compiled once and shared by every ranking of this process."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from matching import ProductTable
from xinyidai.institutions.models import Institution
from xinyidai.products.models import Product, ProductVersion

Record = dict[str, Any]
_KEPT_SETS = 8


@dataclass(frozen=True, slots=True, eq=False)
class ProductsOnSale:
    """``records`` in order of product id; ``versions`` and ``institutions`` are found by product id.

    ``content_hash`` is over the records and the versions: two runs with the same hash saw the same products.
    """

    records: list[Record]
    version_ids: list[str]
    content_hash: str
    table: ProductTable

    @classmethod
    def of(cls, records: list[Record], version_ids: list[str]) -> "ProductsOnSale":
        """Raises matching.InvalidRecords for a record that the engine refuses: publication must not let it through."""
        digest = hashlib.sha256(canonical([records, version_ids])).hexdigest()
        return cls(records, version_ids, digest, ProductTable.from_records(records))

    def version_of(self, product_id: str) -> str:
        return self.version_ids[self.table.position(product_id)]

    def institution_of(self, product_id: str) -> str:
        return self.table.products[self.table.position(product_id)].institution


def canonical(value: object) -> bytes:
    """One text for one value: what replays and hashes compare."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


_sets: dict[tuple[UUID, ...], ProductsOnSale] = {}

_VERSIONS_ON_SALE = text(
    "select p.current_version_id from products p join institutions i on i.id = p.institution_id"
    " where p.status = 'published' and i.active order by p.id"
)


def products_on_sale(session: Session) -> ProductsOnSale:
    """Loaded and compiled once for each set of versions: a published version never changes."""
    key = tuple(session.execute(_VERSIONS_ON_SALE).scalars())
    found = _sets.get(key)
    if found is None:
        found = load(session, key)
        while len(_sets) >= _KEPT_SETS:
            _sets.pop(next(iter(_sets)), None)
        _sets[key] = found
    return found


def load(session: Session, version_ids: Sequence[UUID]) -> ProductsOnSale:
    rows = session.exec(
        select(ProductVersion, Product, Institution)
        .join(Product, col(Product.id) == ProductVersion.product_id)
        .join(Institution, col(Institution.id) == ProductVersion.institution_id)
        .where(col(ProductVersion.id).in_(version_ids))
        .order_by(col(ProductVersion.product_id))
    ).all()
    return ProductsOnSale.of([matching_record(row[0]) for row in rows], [str(row[0].id) for row in rows])


def matching_record(version: ProductVersion) -> Record:
    """A version in the form of the matching contract: yuan, months, percent a year."""
    return {
        "id": str(version.product_id),
        "institution": str(version.institution_id),
        "name": version.name,
        "amount": {"min": _plain(version.amount_min), "max": _plain(version.amount_max)},
        "term": {"min": version.term_min, "max": version.term_max},
        "annual_rate": {"min": _plain(version.rate_min), "max": _plain(version.rate_max)},
        "guarantees": list(version.guarantees),
        "decision_days": version.decision_days,
        "criteria": list(version.criteria),
    }


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
