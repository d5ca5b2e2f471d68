"""The four figures that anybody may read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.statistics.filters import PayoutFilter
from xinyidai.statistics.models import PublicFigures
from xinyidai.statistics.queries.needs import NeedFilter, need_totals
from xinyidai.statistics.queries.totals import enterprises_funded, totals

FEWEST_ENTERPRISES = 5
"""While fewer were funded, nothing is shown: a small total would tell about single firms."""
REFRESH_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class FourFigures:
    """Yuan net of reversals, enterprises that kept money, needs posted, products on sale; all since the start."""

    as_of: datetime
    disbursed: Decimal
    enterprises: int
    needs: int
    products: int


def public_figures(session: Session) -> FourFigures | None:
    """The newest figures; None where nothing may be shown yet."""
    row = session.execute(
        text("select as_of, disbursed, enterprises, needs, products from public_figures order by as_of desc limit 1")
    ).one_or_none()
    return FourFigures(*tuple(row)) if row else None


def refresh_public_figures(session: Session, now: datetime) -> int:
    """Scheduled: counts the figures again when the last ones are ten minutes old. Tells whether it did.

    Where too few enterprises are funded, figures that were shown before are taken away.
    """
    last = public_figures(session)
    if last and now - last.as_of < REFRESH_AFTER:
        return 0
    everything = PayoutFilter()
    enterprises = enterprises_funded(session, everything)
    session.execute(text("delete from public_figures"))
    if enterprises < FEWEST_ENTERPRISES:
        return int(last is not None)
    session.add(
        PublicFigures(
            as_of=now,
            disbursed=totals(session, everything).amount,
            enterprises=enterprises,
            needs=need_totals(session, NeedFilter()).count,
            products=_products_on_sale(session),
        )
    )
    return 1


def _products_on_sale(session: Session) -> int:
    statement = text(
        "select count(*) from products p join institutions i on i.id = p.institution_id"
        " where p.status = 'published' and i.active and not i.is_test"
    )
    return int(session.execute(statement).scalar_one())
