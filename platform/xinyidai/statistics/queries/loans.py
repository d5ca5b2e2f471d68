"""What is owed today, what is overdue, and who bears the risk beside the lenders. Yuan."""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.lending.types import LoanGrade
from xinyidai.statistics.filters import counted
from xinyidai.statistics.queries.totals import CountAndAmount


@dataclass(frozen=True, slots=True)
class GradeLine:
    grade: LoanGrade
    loans: CountAndAmount


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a guarantee company or a pool bears of what is owed now. ``capital`` and ``cap`` are the pool's."""

    name: str
    loans: int
    bears: Decimal
    capital: Decimal | None = None
    cap: Decimal | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    source: str = ""

    @property
    def used(self) -> Decimal | None:
        """The part of the capital that would be needed if every loan failed, 0 to 1 and beyond."""
        return self.bears / self.capital if self.capital else None


@dataclass(frozen=True, slots=True)
class Loans:
    """``owed`` counts loans with principal owed. ``renewed`` is no new money and in no total of payouts.

    ``overdue`` and ``grades`` follow the newest report on each loan; a loan never reported on is in neither.
    """

    owed: CountAndAmount
    repaid: Decimal
    interest: Decimal
    renewed: CountAndAmount
    overdue: CountAndAmount
    grades: list[GradeLine]
    guarantors: list[Bearer]
    pools: list[Bearer]

    @property
    def guaranteed(self) -> Decimal:
        return sum((one.bears for one in self.guarantors), Decimal(0))

    @property
    def pooled(self) -> Decimal:
        return sum((one.bears for one in self.pools), Decimal(0))


_OWED = text(f"""
    select count(*) filter (where b.outstanding > 0), coalesce(sum(b.outstanding), 0),
           count(*) filter (where b.carried > 0), coalesce(sum(b.carried), 0)
      from line_balances b join credit_lines c on c.id = b.id where {counted("c")}
""")
_REPAID = text(f"""
    select coalesce(sum(r.principal), 0), coalesce(sum(r.interest), 0)
      from repayments r where r.kind = 'payment' and {counted("r")}
""")
_GRADES = text(f"""
    select v.grade, count(*), coalesce(sum(b.outstanding), 0), count(*) filter (where v.days > 0),
           coalesce(sum(v.principal), 0)
      from (select distinct on (o.credit_line_id) o.* from overdue_reports o where {counted("o")}
             order by o.credit_line_id, o.as_of desc, o.id desc) v
      join line_balances b on b.id = v.credit_line_id
     where b.outstanding > 0 group by 1
""")
_SHARES = """
    select s.guarantor_id, s.pool_id, count(*) as loans, sum(round(s.share * owed.outstanding / 100, 2)) as bears
      from risk_shares s
      join offers o on o.id = s.offer_id and o.status = 'accepted'
      join lateral (select coalesce(sum(b.outstanding), 0) as outstanding
                      from line_balances b where b.lead_id = o.lead_id) owed on owed.outstanding > 0
     where {counted} group by 1, 2
""".format(counted=counted("s"))
_GUARANTORS = text(f"""
    select i.name, x.loans, x.bears from ({_SHARES}) x join institutions i on i.id = x.guarantor_id
     order by x.bears desc, i.name
""")
_POOLS = text(f"""
    select p.name, coalesce(x.loans, 0), coalesce(x.bears, 0), p.capital, p.ratio_cap, p.valid_from, p.valid_until,
           p.source
      from risk_pools p left join ({_SHARES}) x on x.pool_id = p.id order by p.name, p.valid_from
""")


def loans(session: Session) -> Loans:
    """Over all that this actor may see: a district's staff sees its district. Five statements."""
    owed, amount, renewals, carried = session.execute(_OWED).one()
    repaid, interest = session.execute(_REPAID).one()
    by_grade: dict[str, Any] = {row[0]: row for row in session.execute(_GRADES)}
    graded = [
        GradeLine(grade, CountAndAmount(by_grade[grade][1], by_grade[grade][2]))
        for grade in LoanGrade
        if grade in by_grade
    ]
    overdue = CountAndAmount(
        sum(row[3] for row in by_grade.values()), sum((row[4] for row in by_grade.values()), Decimal(0))
    )
    return Loans(
        owed=CountAndAmount(owed, amount),
        repaid=repaid,
        interest=interest,
        renewed=CountAndAmount(renewals, carried),
        overdue=overdue,
        grades=graded,
        guarantors=[Bearer(*tuple(row)) for row in session.execute(_GUARANTORS)],
        pools=[Bearer(*tuple(row)) for row in session.execute(_POOLS)],
    )
