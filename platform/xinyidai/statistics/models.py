from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import id_field, moment, money


class PayoutSum(SQLModel, table=True):
    """Payouts of one month summed up, so that a total needs not read every payout.

    Written by a trigger on ``disbursements`` in the payout's own transaction, never by the application. A cell (month,
    region, institution, kind, key) may stand in several rows: payouts only add rows, so that they never wait for each
    other, and ``compact`` folds them now and then. The rows of ``disbursements`` stay the truth; ``xyd check`` proves
    that both agree. ``weighted`` is the sum of amount times rate.
    """

    __tablename__ = "payout_sums"
    __table_args__ = (
        CheckConstraint("kind in ('guarantee', 'product', 'size', 'section')", name="kind"),
        Index("ix_payout_sums_cell", "kind", "month", "institution_id", "key"),
    )

    id: UUID = id_field()
    month: date
    region_code: str | None = None
    institution_id: UUID = Field(foreign_key="institutions.id")
    kind: str
    key: str
    payouts: int
    reversals: int
    amount: Decimal = money()
    weighted: Decimal = Field(sa_type=Numeric(26, 6))


class PublicFigures(SQLModel, table=True):
    """The four figures that anybody may read, as of a moment; the newest row counts.

    A row is only written once enough enterprises were funded: a small total would tell about single firms.
    """

    __tablename__ = "public_figures"

    id: UUID = id_field()
    as_of: datetime = moment(index=True)
    disbursed: Decimal = money()
    enterprises: int
    needs: int
    products: int
