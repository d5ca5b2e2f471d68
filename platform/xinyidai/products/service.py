"""Drafting, publishing and withdrawing products.

Officers and managers draft; only a manager publishes, withdraws, or puts a whole product on sale. A published version
is never changed: the next publication supersedes it, and it stays readable.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from xinyidai.audit.service import record
from xinyidai.core.actor import INSTITUTION_ROLES, Actor, Role
from xinyidai.core.db import CONSTRAINT_ERRORS
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.core.pinyin import sort_key
from xinyidai.institutions.models import Institution
from xinyidai.outbox.jobs import enqueue
from xinyidai.products.commands import DraftProduct, WholeProduct
from xinyidai.products.criteria import criteria_errors
from xinyidai.products.jobs import ProductChanged
from xinyidai.products.models import Product, ProductVersion
from xinyidai.products.policies import can_draft, can_publish
from xinyidai.products.types import ProductStatus, VersionState

CONSTRAINT_ERRORS["uq_products_code"] = ("code", N_("Another product has this code."))

_TERMS = (
    "name",
    "description",
    "amount_min",
    "amount_max",
    "term_min",
    "term_max",
    "rate_min",
    "rate_max",
    "decision_days",
)
_LISTS = ("guarantees", "repayment_modes", "materials")


def draft_product(session: Session, actor: Actor, command: DraftProduct, now: datetime) -> ProductVersion:
    """A new product of the actor's institution, seen by that institution only until it is published."""
    if not can_draft(actor) or actor.institution_id is None:
        raise Forbidden()
    version = _new_product(session, actor, actor.institution_id, command, now)
    record(session, actor, "product.drafted", "product", version.product_id, now, version=version.version)
    return version


def save_draft(
    session: Session, actor: Actor, product_id: UUID, command: DraftProduct, now: datetime, *, seen: str = ""
) -> ProductVersion:
    """Replace the terms of the draft. ``seen`` is the mark of the draft that the form was filled from."""
    product = _lock(session, actor, product_id)
    draft = _draft_of(session, product)
    _refuse_if_changed(draft, seen)
    for column, value in _terms(command).items():
        setattr(draft, column, value)
    draft.drafted_by, draft.drafted_at, product.updated_at = actor.user_id, now, now
    session.flush()
    record(session, actor, "product.draft_saved", "product", product.id, now, version=draft.version)
    return draft


def start_new_version(session: Session, actor: Actor, product_id: UUID, now: datetime) -> ProductVersion:
    """A draft that begins as a copy of what is, or last was, on sale."""
    product = _lock(session, actor, product_id)
    versions = _versions_of(session, product)
    if any(version.state == VersionState.DRAFT for version in versions):
        raise Conflict(N_("There is a draft of this product already. Please go on with that one."))
    newest = versions[0]
    copied = newest.model_dump(include={*_TERMS, *_LISTS, "criteria", "name_pinyin", "product_id", "institution_id"})
    draft = ProductVersion(
        **copied,
        version=newest.version + 1,
        state=VersionState.DRAFT.value,
        drafted_by=actor.user_id,
        drafted_at=now,
    )
    session.add(draft)
    product.updated_at = now
    session.flush()
    record(session, actor, "product.version_started", "product", product.id, now, version=draft.version)
    return draft


def discard_draft(session: Session, actor: Actor, product_id: UUID, now: datetime) -> None:
    """Throw the draft away, and with it a product that was never published."""
    product = _lock(session, actor, product_id)
    draft = _draft_of(session, product)
    record(session, actor, "product.draft_discarded", "product", product.id, now, version=draft.version)
    session.delete(draft)
    session.flush()
    if product.status == ProductStatus.DRAFT:
        session.delete(product)
        session.flush()


def publish_product(
    session: Session, actor: Actor, product_id: UUID, now: datetime, *, seen: str = ""
) -> ProductVersion:
    """Put the draft on sale in place of the version before it.

    ``seen`` is the mark of the draft that the manager read: another one is not published unread.
    """
    if not can_publish(actor):
        raise Forbidden()
    product = _lock(session, actor, product_id)
    draft = _draft_of(session, product)
    _refuse_if_changed(draft, seen)
    if wrong := criteria_errors(draft.criteria):
        raise InvalidInput(wrong)
    return _publish(session, actor, product, draft, now)


def publish_whole_product(session: Session, actor: Actor, command: WholeProduct, now: datetime) -> ProductVersion:
    """Draft and publish in one act; for the platform itself and for managers."""
    if not can_publish(actor):
        raise Forbidden()
    institution_id = command.institution_id if actor.role is Role.SYSTEM else actor.institution_id
    if institution_id is None or command.institution_id not in (None, institution_id):
        raise Forbidden()
    version = _new_product(session, actor, institution_id, command, now, command.code)
    return _publish(session, actor, session.get_one(Product, version.product_id), version, now)


def withdraw_product(session: Session, actor: Actor, product_id: UUID, now: datetime) -> ProductVersion:
    """Take the product off sale. Its versions stay readable, leads under way go on, and a draft stays a draft."""
    if not can_publish(actor):
        raise Forbidden()
    product = _lock(session, actor, product_id)
    if product.status != ProductStatus.PUBLISHED or product.current_version_id is None:
        raise Conflict(N_("This product is not on sale."))
    version = session.get_one(ProductVersion, product.current_version_id)
    version.state = VersionState.WITHDRAWN.value
    product.status, product.current_version_id, product.updated_at = ProductStatus.WITHDRAWN.value, None, now
    session.flush()
    record(session, actor, "product.withdrawn", "product", product.id, now, version=version.version)
    enqueue(session, ProductChanged(product.id), now)
    return version


def draft_mark(version: ProductVersion) -> str:
    """Changes with every saving of the draft; pages carry it as ``seen``."""
    return version.drafted_at.isoformat()


def _new_product(
    session: Session, actor: Actor, institution_id: UUID, command: DraftProduct, now: datetime, code: str | None = None
) -> ProductVersion:
    terms = _terms(command)
    product = Product(
        institution_id=institution_id,
        code=code or _next_code(session, institution_id),
        status=ProductStatus.DRAFT.value,
        created_at=now,
        updated_at=now,
    )
    session.add(product)
    session.flush()
    version = ProductVersion(
        **terms,
        product_id=product.id,
        institution_id=institution_id,
        version=1,
        state=VersionState.DRAFT.value,
        drafted_by=actor.user_id,
        drafted_at=now,
    )
    session.add(version)
    session.flush()
    return version


def _next_code(session: Session, institution_id: UUID) -> str:
    """The institution's code and the first number above all used ones; its row is locked against a second drafter."""
    institution = session.exec(
        select(Institution).where(Institution.id == institution_id).with_for_update(key_share=True)
    ).one()
    prefix = f"{institution.code}-"
    codes = session.exec(
        select(Product.code).where(
            Product.institution_id == institution_id, col(Product.code).startswith(prefix, autoescape=True)
        )
    )
    numbers = [int(code.removeprefix(prefix)) for code in codes if code.removeprefix(prefix).isdecimal()]
    return f"{prefix}{max(numbers, default=0) + 1:03}"


def _terms(command: DraftProduct) -> dict[str, Any]:
    """The columns that a command fills. Conditions that are wrong are refused at their rows."""
    if wrong := criteria_errors(command.criteria):
        raise InvalidInput(wrong)
    return {
        **{name: getattr(command, name) for name in _TERMS},
        **{name: [str(one) for one in getattr(command, name)] for name in _LISTS},
        "name_pinyin": sort_key(command.name),
        "criteria": [dict(one) for one in command.criteria],
    }


def _publish(session: Session, actor: Actor, product: Product, draft: ProductVersion, now: datetime) -> ProductVersion:
    if product.current_version_id is not None:
        # Written first: the database allows one published version at a time.
        session.get_one(ProductVersion, product.current_version_id).state = VersionState.SUPERSEDED.value
        session.flush()
    draft.state, draft.published_by, draft.published_at = VersionState.PUBLISHED.value, actor.user_id, now
    product.status, product.current_version_id = ProductStatus.PUBLISHED.value, draft.id
    product.updated_at = now
    session.flush()
    record(session, actor, "product.published", "product", product.id, now, version=draft.version)
    enqueue(session, ProductChanged(product.id), now)
    return draft


def _lock(session: Session, actor: Actor, product_id: UUID) -> Product:
    """The product of the actor's own institution, locked. Anything else is as if it did not exist."""
    if not can_draft(actor):
        raise Forbidden()
    product = session.exec(select(Product).where(Product.id == product_id).with_for_update()).one_or_none()
    if product is None or (actor.role in INSTITUTION_ROLES and product.institution_id != actor.institution_id):
        raise NotFound()
    return product


def _versions_of(session: Session, product: Product) -> list[ProductVersion]:
    """Newest first."""
    return list(
        session.exec(
            select(ProductVersion)
            .where(ProductVersion.product_id == product.id)
            .order_by(col(ProductVersion.version).desc())
        )
    )


def _draft_of(session: Session, product: Product) -> ProductVersion:
    for version in _versions_of(session, product):
        if version.state == VersionState.DRAFT:
            return version
    raise Conflict(N_("There is no draft of this product. Start a new version to change it."))


def _refuse_if_changed(draft: ProductVersion, seen: str) -> None:
    if seen and seen != draft_mark(draft):
        raise Conflict(N_("Somebody has changed this draft since you opened it. Please read it again first."))
