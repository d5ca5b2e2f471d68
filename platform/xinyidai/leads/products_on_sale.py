"""The products on sale as the ranking engine sees them, compiled once and shared by every ranking of this process."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from matching import ProductTable
from xinyidai.leads.institution_records import records_on
from xinyidai.products.queries import products_on_sale

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


_sets: dict[tuple[date | None, tuple[UUID, ...]], ProductsOnSale] = {}

_VERSIONS_ON_SALE = text(
    "select p.current_version_id, (select max(as_of) from institution_records) as records_of"
    " from products p join institutions i on i.id = p.institution_id"
    " where p.status = 'published' and i.active order by p.id"
)


def compiled_products(session: Session) -> ProductsOnSale:
    """Loaded and compiled once for each set of versions and each day of the institutions' records.

    A published version never changes, and neither does the record of a day.
    """
    asked = session.execute(_VERSIONS_ON_SALE).all()
    records_of = asked[0].records_of if asked else None
    found = _sets.get((records_of, tuple(row.current_version_id for row in asked)))
    if found is None:
        products = products_on_sale(session)
        answering = records_on(session, records_of)
        records = [
            {**one.record, "institution_record": answering[one.institution_id]}
            if one.institution_id in answering
            else one.record
            for one in products
        ]
        found = ProductsOnSale.of(records, [str(one.version_id) for one in products])
        while len(_sets) >= _KEPT_SETS:
            _sets.pop(next(iter(_sets)), None)
        # Under what was loaded, which may be newer than what was asked for.
        _sets[records_of, tuple(one.version_id for one in products)] = found
    return found
