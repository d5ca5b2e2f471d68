"""A lender invites an enterprise that it found to look at a product, seldom enough not to be a nuisance."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from xinyidai.audit.service import record
from xinyidai.core.actor import INSTITUTION_ROLES, Actor
from xinyidai.core.clock import business_date
from xinyidai.core.day_words import day_in_words
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.core.validation import Command
from xinyidai.enterprises.models import Enterprise
from xinyidai.institutions.models import Institution
from xinyidai.leads.screening.messages import INVITED
from xinyidai.leads.screening.models import ScreeningInvitation
from xinyidai.leads.screening.openings import current_opening
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_enterprise
from xinyidai.products.models import Product, ProductVersion
from xinyidai.products.types import ProductStatus

INVITE_AGAIN_DAYS = 30
"""Assumed: one institution invites one enterprise once in so many days, whatever the product."""


class InviteEnterprise(Command):
    product_id: UUID


@dataclass(frozen=True, slots=True)
class Invitable:
    """An enterprise that can be invited, and the products to choose from. ``last``: when it was invited lately."""

    id: UUID
    name: str
    products: list[tuple[str, str]]
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """As the enterprise reads it. ``product`` is the name of the version on sale, None once it is off sale."""

    institution: str
    product_id: UUID
    product: str | None
    invited_at: datetime


def invitable(session: Session, actor: Actor, enterprise_id: UUID, now: datetime) -> Invitable:
    """Raises NotFound for an enterprise that does not let itself be found (any more)."""
    if actor.role not in INSTITUTION_ROLES or actor.institution_id is None:
        raise Forbidden()
    enterprise = session.get(Enterprise, enterprise_id)
    if enterprise is None or current_opening(session, enterprise_id) is None:
        raise NotFound()
    rows = session.exec(
        select(Product.id, ProductVersion.name)
        .join(ProductVersion, col(ProductVersion.id) == Product.current_version_id)
        .where(Product.institution_id == actor.institution_id, Product.status == ProductStatus.PUBLISHED.value)
        .order_by(col(ProductVersion.name_pinyin), col(Product.id))
    )
    products = [(str(product_id), name) for product_id, name in rows]
    return Invitable(enterprise.id, enterprise.name, products, _last(session, actor.institution_id, enterprise_id, now))


def invite_enterprise(
    session: Session, actor: Actor, enterprise_id: UUID, command: InviteEnterprise, now: datetime
) -> ScreeningInvitation:
    """Tell the enterprise; nothing else comes of it unless the enterprise acts.

    Raises NotFound, InvalidInput for a product that is not this institution's on sale, and Conflict where the
    enterprise was invited lately.
    """
    if actor.institution_id is None:
        raise Forbidden()
    # Two colleagues at once: the second waits here and then finds the first one's invitation.
    key = f"screening_invitations {actor.institution_id} {enterprise_id}"
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
    found = invitable(session, actor, enterprise_id, now)
    name = dict(found.products).get(str(command.product_id))
    if name is None:
        raise InvalidInput({"product_id": N_("Please choose one of your products on sale.")})
    if found.last is not None:
        again = business_date(found.last + timedelta(days=INVITE_AGAIN_DAYS))
        raise Conflict(
            N_("Your institution has invited this enterprise lately. It can be invited again from %(day)s on."),
            day=day_in_words(again),
        )
    made = ScreeningInvitation(
        institution_id=actor.institution_id,
        enterprise_id=enterprise_id,
        product_id=command.product_id,
        invited_at=now,
        invited_by=actor.user_id,
    )
    session.add(made)
    session.flush()
    lender = session.get_one(Institution, actor.institution_id).name
    link = f"/products/{command.product_id}"
    notify(session, to_enterprise(enterprise_id), INVITED, now, link=link, lender=lender, product=name)
    record(session, actor, "screening.invited", "enterprise", enterprise_id, now, product=str(command.product_id))
    return made


def invitations_of(session: Session, enterprise_id: UUID, request: ListRequest) -> Listing[Invitation]:
    """Who invited this enterprise, the latest first."""
    mine = ScreeningInvitation.enterprise_id == enterprise_id
    total = session.exec(select(func.count()).select_from(ScreeningInvitation).where(mine)).one()
    rows = session.exec(
        select(Institution.name, ScreeningInvitation.product_id, ProductVersion.name, ScreeningInvitation.invited_at)
        .join(Institution, col(Institution.id) == ScreeningInvitation.institution_id)
        .join(Product, col(Product.id) == ScreeningInvitation.product_id)
        .outerjoin(ProductVersion, col(ProductVersion.id) == Product.current_version_id)
        .where(mine)
        .order_by(col(ScreeningInvitation.invited_at).desc(), col(ScreeningInvitation.id).desc())
        .limit(request.size)
        .offset(request.offset)
    )
    return Listing([Invitation(*row) for row in rows], total, request.page, request.size)


def _last(session: Session, institution_id: UUID, enterprise_id: UUID, now: datetime) -> datetime | None:
    return session.exec(
        select(func.max(ScreeningInvitation.invited_at)).where(
            ScreeningInvitation.institution_id == institution_id,
            ScreeningInvitation.enterprise_id == enterprise_id,
            col(ScreeningInvitation.invited_at) > now - timedelta(days=INVITE_AGAIN_DAYS),
        )
    ).one()
