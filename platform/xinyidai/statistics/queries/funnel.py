"""From need to money, told twice: by the day each thing happened, and for the needs posted in a period."""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.statistics.dimensions import UNKNOWN
from xinyidai.statistics.filters import NEWLY_GRANTED, counted
from xinyidai.statistics.periods import Period
from xinyidai.statistics.queries.needs import REACHED, Stage
from xinyidai.statistics.queries.totals import CountAndAmount, Totals


@dataclass(frozen=True, slots=True)
class Funnel:
    """Count and yuan of each stage. What is counted differs by basis; see ``Funnels``."""

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


@dataclass(frozen=True, slots=True)
class Funnels:
    """``by_event`` is what happened in the period: needs posted, needs first taken, credit lines approved, payouts
    that stand. A need may be posted in one period and paid in another, so a later stage can be the larger one.

    ``cohort`` is what has become by now of the needs posted in the period: every count is a number of needs. In both,
    amounts are what was asked for the first two stages, limits granted for the third, net money for the last.
    """

    by_event: Funnel
    cohort: Funnel


def funnels(session: Session, period: Period, region: str, paid: Totals) -> Funnels:
    """``paid`` are the totals of the same period and region."""
    taken, cohort = _needs(session, period, region)
    credited = granted(session, period, region)
    disbursed = CountAndAmount(paid.standing, paid.amount)
    return Funnels(Funnel(cohort.posted, taken, credited, disbursed), cohort)


def granted(session: Session, period: Period, region: str = "") -> CountAndAmount:
    """Credit lines approved in the period and their limits."""
    conditions, values = period.days_sql("c.approved_on")
    where = " and ".join([counted("c"), NEWLY_GRANTED, *conditions, *_in_region("c", region, values)])
    row = session.execute(
        text(f"select count(*), coalesce(sum(c.amount), 0) from credit_lines c where {where}"), values
    ).one()
    return CountAndAmount(int(row[0]), Decimal(row[1]))


def _needs(session: Session, period: Period, region: str) -> tuple[CountAndAmount, Funnel]:
    """The needs first taken in the period, and the cohort of those posted in it, in one reading of the needs."""
    posted, values = period.moments_sql("n.posted_at")
    taken, _ = period.moments_sql("n.taken_at")
    where = " and ".join(["n.posted_at is not null", *_in_region("n", region, values)])
    marks = {
        "taken": " and ".join(["n.taken_at is not null", *taken]),
        "posted": " and ".join(posted) or "true",
        **{stage.value: REACHED[stage] for stage in (Stage.IN_CONTACT, Stage.CREDITED, Stage.DISBURSED)},
    }
    # A need is one of few kinds, by what is true of it: counted by kind, each need is added up once.
    statement = f"""
        select {", ".join(marks.values())}, count(*), sum(n.amount), sum(n.granted), sum(n.paid)
          from needs n where {where} group by {", ".join(str(at + 1) for at in range(len(marks)))}
    """
    kinds = [
        (dict(zip(marks, row[: len(marks)], strict=True)), *row[len(marks) :])
        for row in session.execute(text(statement), values)
    ]
    first_taken = _added(kinds, "taken", amount=0)
    cohort = [kind for kind in kinds if kind[0]["posted"]]
    return first_taken, Funnel(
        posted=_added(cohort, "posted", amount=0),
        in_contact=_added(cohort, Stage.IN_CONTACT.value, amount=0),
        credited=_added(cohort, Stage.CREDITED.value, amount=1),
        disbursed=_added(cohort, Stage.DISBURSED.value, amount=2),
    )


def _added(kinds: list[tuple[Any, ...]], mark: str, *, amount: int) -> CountAndAmount:
    """Over the kinds that bear the mark; ``amount`` is the place of asked, granted or paid."""
    own = [kind for kind in kinds if kind[0][mark]]
    return CountAndAmount(sum(kind[1] for kind in own), sum((kind[2 + amount] for kind in own), Decimal(0)))


def _in_region(alias: str, region: str, values: dict[str, Any]) -> list[str]:
    if not region:
        return []
    values["region"] = region
    return [f"coalesce({alias}.region_code, '{UNKNOWN}') = :region"]
