"""What the ranking is fed with, and a product with all its versions as pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from xinyidai.accounts.models import User
from xinyidai.core.errors import NotFound
from xinyidai.institutions.models import Institution
from xinyidai.institutions.types import InstitutionKind
from xinyidai.products.criterion_words import criterion_in_words
from xinyidai.products.fact_catalogue import find_fact
from xinyidai.products.models import Product, ProductVersion
from xinyidai.products.service import draft_mark
from xinyidai.products.types import GuaranteeMode, ProductStatus, RepaymentMode, VersionState
from xinyidai.products.version_words import Difference, differences


@dataclass(frozen=True, slots=True)
class ProductOnSale:
    """A product as the ranking needs it; ``record`` is ``matching_record`` of the version in force."""

    product_id: UUID
    version_id: UUID
    institution_id: UUID
    record: dict[str, Any]


def products_on_sale(session: Session) -> list[ProductOnSale]:
    """Every product that can be applied for now, in order of its id. Institutions that are not active are left out."""
    versions = session.exec(
        select(ProductVersion)
        .join(Product, col(Product.current_version_id) == col(ProductVersion.id))
        .join(Institution, col(Institution.id) == col(Product.institution_id))
        .where(col(Institution.active))
        .order_by(col(Product.id))
    )
    return [ProductOnSale(one.product_id, one.id, one.institution_id, matching_record(one)) for one in versions]


def matching_record(version: ProductVersion) -> dict[str, Any]:
    """The version in the form of the matching contract: yuan, months, percent a year, days."""
    return {
        "id": str(version.product_id),
        "institution": str(version.institution_id),
        "name": version.name,
        "amount": {"min": _number(version.amount_min), "max": _number(version.amount_max)},
        "term": {"min": version.term_min, "max": version.term_max},
        "annual_rate": {"min": _number(version.rate_min), "max": _number(version.rate_max)},
        "guarantees": list(version.guarantees),
        "decision_days": version.decision_days,
        "criteria": [dict(one) for one in version.criteria],
    }


def _number(value: Decimal) -> int | float:
    """A JSON number; whole ones without a point, so that the same terms always give the same bytes."""
    return int(value) if value == value.to_integral_value() else float(value)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in words; ``by_consent`` where its fact is read only if the enterprise agrees."""

    text: str
    source: str
    by_consent: bool


@dataclass(frozen=True, slots=True)
class VersionTerms:
    """One version in full. Amounts in yuan, terms in months, rates in percent a year."""

    number: int
    state: VersionState
    name: str
    description: str
    amount_min: Decimal
    amount_max: Decimal
    term_min: int
    term_max: int
    rate_min: Decimal
    rate_max: Decimal
    guarantees: list[GuaranteeMode]
    repayment_modes: list[RepaymentMode]
    decision_days: int
    materials: list[str]
    conditions: list[Condition]
    criteria: list[dict[str, Any]]
    published_at: datetime | None
    drafted_at: datetime
    mark: str
    """What ``publish_product`` and ``save_draft`` take as ``seen``."""


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A published version in the history, with what it changed."""

    number: int
    state: VersionState
    published_at: datetime | None
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class ProductDetail:
    """A product, its institution, the version in force (or last in force) and every published version, newest first.

    ``published`` is none for a product that was never on sale; ``draft`` is there for its own institution only.
    """

    id: UUID
    code: str
    status: ProductStatus
    institution_id: UUID
    institution_name: str
    institution_kind: InstitutionKind
    institution_phone: str
    institution_introduction: str
    published: VersionTerms | None
    history: list[VersionLine]
    draft: VersionTerms | None = None
    draft_differences: list[Difference] | None = None
    drafted_by: str = ""


def product_detail(session: Session, product_id: UUID, *, number: int | None = None) -> ProductDetail:
    """What everybody may read of a product; with ``number``, that version instead of the one in force.

    Raises NotFound for a product or version that was never published.
    """
    product, institution = _load(session, product_id)
    versions = [one for one in _versions(session, product_id) if one.state != VersionState.DRAFT]
    shown = [one for one in versions if number in (None, one.version)]
    if not shown:
        raise NotFound()
    return _detail(product, institution, shown[0], versions)


def own_product_detail(session: Session, institution_id: UUID | None, product_id: UUID) -> ProductDetail:
    """The same for the institution itself, with the draft and what the draft would change."""
    product, institution = _load(session, product_id)
    if product.institution_id != institution_id:
        raise NotFound()
    everything = _versions(session, product_id)
    versions = [one for one in everything if one.state != VersionState.DRAFT]
    draft = next((one for one in everything if one.state == VersionState.DRAFT), None)
    drafter = session.get(User, draft.drafted_by) if draft and draft.drafted_by else None
    newest = versions[0] if versions else None
    return _detail(product, institution, newest, versions, draft, drafter.display_name if drafter else "")


def _load(session: Session, product_id: UUID) -> tuple[Product, Institution]:
    row = session.exec(
        select(Product, Institution)
        .join(Institution, col(Institution.id) == col(Product.institution_id))
        .where(Product.id == product_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row[0], row[1]


def _versions(session: Session, product_id: UUID) -> Sequence[ProductVersion]:
    """All versions that the actor may see, newest first."""
    return session.exec(
        select(ProductVersion)
        .where(ProductVersion.product_id == product_id)
        .order_by(col(ProductVersion.version).desc())
    ).all()


def _detail(
    product: Product,
    institution: Institution,
    shown: ProductVersion | None,
    versions: Sequence[ProductVersion],
    draft: ProductVersion | None = None,
    drafted_by: str = "",
) -> ProductDetail:
    older = [*versions[1:], None]
    return ProductDetail(
        id=product.id,
        code=product.code,
        status=ProductStatus(product.status),
        institution_id=institution.id,
        institution_name=institution.name,
        institution_kind=InstitutionKind(institution.kind),
        institution_phone=institution.phone or "",
        institution_introduction=institution.introduction,
        published=_terms(shown) if shown else None,
        history=[
            VersionLine(
                one.version, VersionState(one.state), one.published_at, differences(before, one) if before else []
            )
            for one, before in zip(versions, older, strict=False)
        ],
        draft=_terms(draft) if draft else None,
        draft_differences=differences(versions[0], draft) if draft and versions else None,
        drafted_by=drafted_by,
    )


def _terms(version: ProductVersion) -> VersionTerms:
    return VersionTerms(
        number=version.version,
        state=VersionState(version.state),
        name=version.name,
        description=version.description,
        amount_min=version.amount_min,
        amount_max=version.amount_max,
        term_min=version.term_min,
        term_max=version.term_max,
        rate_min=version.rate_min,
        rate_max=version.rate_max,
        guarantees=[GuaranteeMode(one) for one in version.guarantees],
        repayment_modes=[RepaymentMode(one) for one in version.repayment_modes],
        decision_days=version.decision_days,
        materials=list(version.materials),
        conditions=[_condition(one) for one in version.criteria],
        criteria=[dict(one) for one in version.criteria],
        published_at=version.published_at,
        drafted_at=version.drafted_at,
        mark=draft_mark(version),
    )


def _condition(criterion: dict[str, Any]) -> Condition:
    fact = find_fact(criterion["fact"])
    return Condition(
        criterion_in_words(criterion), fact.source.label if fact else "", fact.by_consent if fact else False
    )
