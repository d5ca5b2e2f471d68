"""What leads are about, in a few words, for lists that only know their ids."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, select

from xinyidai.leads.models import Lead
from xinyidai.products.models import ProductVersion


def products_of_leads(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, str]:
    """Lead → name of the product that it is about."""
    rows = session.exec(
        select(Lead.id, ProductVersion.name)
        .join(ProductVersion, col(ProductVersion.id) == Lead.product_version_id)
        .where(col(Lead.id).in_(lead_ids))
    )
    return {row[0]: row[1] for row in rows}
