"""Writes the closed deals of a large city in bulk: thousands of rows in a statement, past the services.

Each deal has everything that a played one has: need, ranking with frozen inputs, lead, offer, line, payout, their
histories and the audit trail. Its ranking was over the one product that the enterprise had chosen, and replays like
any other. ``xyd check`` holds for these rows as for all others.
"""

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Session

from matching import WEIGHTS_VERSION, NeedTable, load_weights, rank
from xinyidai.core.clock import business_date
from xinyidai.demo.entries import IDS_A_DEAL, Chosen, Entry
from xinyidai.demo.firms import Firm
from xinyidai.demo.history import PastDeal
from xinyidai.demo.people import Cast, lender_of
from xinyidai.demo.registry import ids_of
from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.facts import facts_of
from xinyidai.leads.models import ProductSet
from xinyidai.leads.products_on_sale import ProductsOnSale, compiled_products
from xinyidai.products.types import GuaranteeMode

_BATCH = 500
_CONSIDERED = 20
_IDS = text("select uuidv7() from generate_series(1, :count)")
_NUMBERS = text("select nextval('need_numbers') from generate_series(1, :count)")
Record = dict[str, Any]


class Archive:
    """Writes deals of ``firms`` through one session that sees everything. The caller commits."""

    def __init__(self, session: Session, cast: Cast, firms: list[Firm], opened: datetime) -> None:
        self._session, self._cast, self._firms, self._opened = session, cast, firms, opened
        self._on_sale = compiled_products(session)
        self._single: dict[str, tuple[ProductsOnSale, str]] = {}
        self._weights = load_weights(WEIGHTS_VERSION)

    def write(self, deals: list[PastDeal], tell: Callable[[int], None]) -> None:
        source, done = iter(deals), 0
        while batch := list(islice(source, _BATCH)):
            self._write(batch)
            done += len(batch)
            tell(done)

    def _write(self, deals: list[PastDeal]) -> None:
        enterprises = ids_of(self._session, [self._firms[deal.firm] for deal in deals])
        records = [self._record(deal, str(place)) for place, deal in enumerate(deals)]
        choices = self._choose(deals, records)
        ids = iter(self._session.execute(_IDS, {"count": IDS_A_DEAL * len(choices)}).scalars().all())
        numbers = self._session.execute(_NUMBERS, {"count": len(choices)}).scalars().all()
        rows: dict[str, list[Record]] = {}
        for (place, chosen), number in zip(choices.items(), numbers, strict=True):
            deal, own = deals[place], [str(one) for one in islice(ids, IDS_A_DEAL)]
            firm, lender = self._firms[deal.firm], chosen.made.lender
            entry = Entry(
                deal=deal,
                chosen=chosen,
                need_record={**records[place], "id": own[0]},
                enterprise=str(enterprises[firm.code]),
                institution=str(self._cast.institutions[lender]),
                region=firm.area,
                officer=str(self._cast.officers[lender].user_id),
                manager=str(self._cast.managers[lender].user_id),
                number=number,
                ids=own,
            )
            for table, row in entry.rows(self._weights):
                rows.setdefault(table, []).append(row)
        for table, found in rows.items():
            self._insert(table, found)

    def _record(self, deal: PastDeal, identity: str) -> Record:
        facts = facts_of(_enterprise(self._firms[deal.firm]), business_date(deal.moments[0]))
        return {
            "id": identity,
            "amount": int(deal.amount),
            "term": deal.term,
            "max_rate": None,
            "guarantees": [mode.value for mode in deal.offered],
            "facts": {**facts, "existing_loans": False, "existing_loan_balance": 0},
        }

    def _choose(self, deals: list[PastDeal], records: list[Record]) -> dict[int, Chosen]:
        """For each deal one of its best products, by the lenders' appetite; a deal that nothing fits is left out."""
        ranked = rank(NeedTable.from_records(records), self._on_sale.table, top=_CONSIDERED).records()
        fitting: dict[int, list[tuple[str, GuaranteeMode]]] = {}
        for one in ranked:
            place = int(one["need"])
            made = self._cast.products[UUID(one["product"])]
            security = next((mode for mode in made.guarantees if mode in deals[place].offered), None)
            if security:
                fitting.setdefault(place, []).append((one["product"], security))
        return {place: self._pick(deals[place], found) for place, found in sorted(fitting.items())}

    def _pick(self, deal: PastDeal, fitting: list[tuple[str, GuaranteeMode]]) -> Chosen:
        weights = [lender_of(self._cast.products[UUID(product)].lender).appetite for product, _security in fitting]
        product, security = Random(deal.chance).choices(fitting, weights)[0]  # noqa: S311 - repeatable
        sale, stored = self._sale_of(product)
        return Chosen(self._cast.products[UUID(product)], product, security, sale, stored)

    def _sale_of(self, product: str) -> tuple[ProductsOnSale, str]:
        """The set of this product alone, and its id; stored once."""
        if product not in self._single:
            record = next(one for one in self._on_sale.records if one["id"] == product)
            sale = ProductsOnSale.of([record], [self._on_sale.version_of(product)])
            stored = ProductSet(
                content_hash=sale.content_hash,
                records=sale.records,
                version_ids=sale.version_ids,
                created_at=self._opened,
            )
            self._session.add(stored)
            self._session.flush()
            self._single[product] = (sale, str(stored.id))
        return self._single[product]

    def _insert(self, table: str, rows: list[Record]) -> None:
        columns = ", ".join(rows[0])
        statement = text(
            f"insert into {table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, :rows)"  # noqa: S608
        ).bindparams(bindparam("rows", type_=JSONB))
        self._session.execute(statement, {"rows": rows})


def _enterprise(firm: Firm) -> Enterprise:
    """The firm as the register knows it, for the facts that follow from it; never stored."""
    return Enterprise(
        name=firm.name,
        name_pinyin="",
        region_code=firm.area,
        industry_code=firm.industry,
        size_class=firm.size.value,
        subject_kind=firm.kind.value,
        registration_status=firm.status.value,
        registered_on=firm.registered_on,
        registered_capital=firm.registered_capital,
        capital_currency=None if firm.registered_capital is None else "CNY",
        employees=firm.employees,
        revenue=firm.revenue,
        labels=list(firm.labels),
    )
