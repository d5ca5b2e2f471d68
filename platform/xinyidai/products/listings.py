"""Lists of products: the public catalogue, and what an institution has of its own."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Select, exists, func, or_, select, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from xinyidai.core.money import yuan_from_wan
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.core.validation import Command
from xinyidai.institutions.models import Institution
from xinyidai.institutions.types import InstitutionKind
from xinyidai.products.models import Product, ProductVersion
from xinyidai.products.types import GuaranteeMode, ProductStatus, VersionState

_P, _V, _I = Product, ProductVersion, Institution

CATALOGUE_SORTS = {
    "rate": "rate_min",
    "speed": "decision_days",
    "amount": "amount_max",
    "term": "term_max",
    "name": "name_pinyin",
    "institution": "institution_pinyin",
}
OWN_SORTS = {"name": "name_pinyin", "code": "code", "rate": "rate_min", "amount": "amount_max", "updated": "updated_at"}


class CatalogueFilter(Command):
    """What the reader is looking for. ``amount`` in 万元, ``term`` in months, ``max_rate`` in percent a year."""

    institution: UUID | None = None
    kind: InstitutionKind | None = None
    amount: Annotated[Decimal, Field(gt=0, le=1_000_000)] | None = None
    term: Annotated[int, Field(ge=1, le=360)] | None = None
    max_rate: Annotated[Decimal, Field(gt=0, le=100)] | None = None
    guarantee: GuaranteeMode | None = None


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product in a list. Amounts in yuan, terms in months, rates in percent a year."""

    id: UUID
    code: str
    name: str
    institution_name: str
    institution_kind: InstitutionKind
    status: ProductStatus
    amount_min: Decimal
    amount_max: Decimal
    term_min: int
    term_max: int
    rate_min: Decimal
    rate_max: Decimal
    guarantees: list[GuaranteeMode]
    decision_days: int
    condition_count: int
    version: int
    updated_at: datetime
    has_draft: bool


@dataclass(frozen=True, slots=True)
class CatalogueSize:
    products: int
    institutions: int


def catalogue_size(session: Session) -> CatalogueSize:
    """How many products are on sale, and of how many institutions."""
    row = session.execute(
        select(func.count(), func.count(func.distinct(_P.institution_id)))
        .join(_I, col(_I.id) == _P.institution_id)
        .where(col(_P.status) == ProductStatus.PUBLISHED.value, col(_I.active))
    ).one()
    return CatalogueSize(row[0], row[1])


def catalogue(session: Session, asked: ListRequest, chosen: CatalogueFilter) -> Listing[ProductRow]:
    """Products on sale that fit the filter; the cheapest first where nothing else was asked."""
    query = (
        _rows()
        .join(_V, col(_V.id) == _P.current_version_id)
        .where(col(_I.active), *_conditions(chosen), *_matches(asked.search))
    )
    return _listing(session, query, asked, order_by(asked.sort, CATALOGUE_SORTS, "rate"))


def own_products(
    session: Session, institution_id: UUID | None, asked: ListRequest, status: ProductStatus | None = None
) -> Listing[ProductRow]:
    """All products of one institution with the terms in force, else the newest; last changed first."""
    newest = aliased(ProductVersion)
    latest = (
        select(col(newest.id))
        .where(col(newest.product_id) == _P.id)
        .order_by(col(newest.version).desc())
        .limit(1)
        .correlate(_P)
        .scalar_subquery()
    )
    query = (
        _rows()
        .join(_V, col(_V.id) == func.coalesce(_P.current_version_id, latest))
        .where(col(_P.institution_id) == institution_id, *_matches(asked.search))
    )
    if status:
        query = query.where(col(_P.status) == status.value)
    return _listing(session, query, asked, order_by(asked.sort, OWN_SORTS, "-updated"))


@cache
def _rows() -> Select[Any]:
    draft = aliased(ProductVersion)
    has_draft = exists().where(col(draft.product_id) == _P.id, col(draft.state) == VersionState.DRAFT.value)
    return (
        select(
            col(_P.id).label("id"),
            col(_P.code),
            col(_P.status),
            col(_P.updated_at),
            col(_V.name),
            col(_V.name_pinyin).collate("C").label("name_pinyin"),
            col(_V.version),
            *(col(getattr(_V, f"{what}_{end}")) for what in ("amount", "term", "rate") for end in ("min", "max")),
            col(_V.guarantees),
            col(_V.decision_days),
            func.jsonb_array_length(_V.criteria).label("condition_count"),
            col(_I.name).label("institution_name"),
            col(_I.kind).label("institution_kind"),
            col(_I.name_pinyin).collate("C").label("institution_pinyin"),
            has_draft.label("has_draft"),
        )
        .select_from(_P)
        .join(_I, col(_I.id) == _P.institution_id)
    )


def _conditions(chosen: CatalogueFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.institution:
        found.append(col(_P.institution_id) == chosen.institution)
    if chosen.kind:
        found.append(col(_I.kind) == chosen.kind.value)
    if chosen.amount:
        wanted = yuan_from_wan(chosen.amount)
        found += [col(_V.amount_min) <= wanted, col(_V.amount_max) >= wanted]
    if chosen.term:
        found += [col(_V.term_min) <= chosen.term, col(_V.term_max) >= chosen.term]
    if chosen.max_rate:
        found.append(col(_V.rate_min) <= chosen.max_rate)
    if chosen.guarantee:
        found.append(col(_V.guarantees).contains([chosen.guarantee.value]))
    return found


def _matches(search: str) -> list[ColumnElement[bool]]:
    """Every word must occur in the product's or the institution's name, as written or in pinyin, or in the code."""
    found: list[ColumnElement[bool]] = []
    for word in search.lower().split():
        places = [
            col(_V.name),
            _toneless(_V.name_pinyin),
            col(_I.name),
            _toneless(_I.name_pinyin),
            col(_P.code),
        ]
        found.append(or_(*(place.icontains(word, autoescape=True) for place in places)))
    return found


def _toneless(key: str) -> ColumnElement[str]:
    """The stored key ``shui4 yi4 dai4`` as a reader types it: shuiyidai."""
    return func.regexp_replace(key, "[0-9 ]", "", "g")


def _listing(session: Session, query: Select[Any], asked: ListRequest, ordering: str) -> Listing[ProductRow]:
    counted = query.add_columns(func.count().over().label("total"))
    page = session.execute(counted.order_by(text(ordering)).limit(asked.size).offset(asked.offset)).mappings().all()
    if page or not asked.offset:
        total = page[0]["total"] if page else 0
    else:  # beyond the last page, where no row is left to say how many there are
        total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    return Listing([_row(one) for one in page], total, asked.page, asked.size, asked.sort)


def _row(found: Any) -> ProductRow:
    values = {name: found[name] for name in ProductRow.__slots__}
    return ProductRow(
        **{
            **values,
            "status": ProductStatus(found["status"]),
            "institution_kind": InstitutionKind(found["institution_kind"]),
            "guarantees": [GuaranteeMode(one) for one in found["guarantees"]],
        }
    )
