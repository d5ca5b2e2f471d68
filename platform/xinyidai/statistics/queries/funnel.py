"""From need to money, told twice: by the day each thing happened, and for the needs posted in a period."""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.statistics.filters import PayoutFilter
from xinyidai.statistics.periods import Period
from xinyidai.statistics.queries.headline import CountAndAmount, granted, posted
from xinyidai.statistics.queries.needs import REACHED, DateBasis, NeedFilter, Stage, need_totals
from xinyidai.statistics.queries.totals import totals


@dataclass(frozen=True, slots=True)
class Funnel:
    """Count and yuan of each stage. What is counted differs by basis; see the two functions."""

    posted: CountAndAmount
    in_contact: CountAndAmount
    credited: CountAndAmount
    disbursed: CountAndAmount

    def stages(self) -> list[tuple[Stage, CountAndAmount]]:
        return [
            (Stage.POSTED, self.posted),
            (Stage.IN_CONTACT, self.in_contact),
            (Stage.CREDITED, self.credited),
            (Stage.DISBURSED, self.disbursed),
        ]


def by_event(session: Session, filter_: PayoutFilter) -> Funnel:
    """What happened in the period: needs posted, needs first taken, credit lines approved, payouts made.

    Asked amounts for needs, limits for credit lines, net amounts for payouts. A need may be posted in one period and
    paid in another, so a later stage can be larger than an earlier one.
    """
    paid = totals(session, filter_)
    return Funnel(
        posted=posted(session, filter_.period, filter_.region),
        in_contact=_first_taken(session, filter_),
        credited=granted(session, filter_.period, filter_.region),
        disbursed=CountAndAmount(paid.standing, paid.amount),
    )


def _first_taken(session: Session, filter_: PayoutFilter) -> CountAndAmount:
    taken = need_totals(session, NeedFilter(period=filter_.period, by=DateBasis.CONTACT, region=filter_.region))
    return CountAndAmount(taken.count, taken.asked)


def cohort(session: Session, period: Period, region: str = "") -> Funnel:
    """What has become by now of the needs posted in the period: every count is a number of needs.

    Asked amounts for the first two stages, limits granted for the third, net amounts paid for the last.
    """
    where, values = NeedFilter(period=period, region=region).conditions()
    statement = f"""
        select count(*), coalesce(sum(n.amount), 0),
               count(n.taken_at), coalesce(sum(n.amount) filter (where n.taken_at is not null), 0),
               count(*) filter (where {REACHED[Stage.CREDITED]}), coalesce(sum(n.granted), 0),
               count(*) filter (where {REACHED[Stage.DISBURSED]}), coalesce(sum(n.paid), 0)
          from needs n where {where}
    """
    found = session.execute(text(statement), values).one()
    pairs = [CountAndAmount(int(found[at]), Decimal(found[at + 1])) for at in (0, 2, 4, 6)]
    return Funnel(*pairs)
