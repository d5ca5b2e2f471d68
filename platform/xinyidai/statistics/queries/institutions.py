"""How the institutions answer and lend, one line each."""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.working_days import WorkCalendar
from xinyidai.institutions.types import InstitutionKind
from xinyidai.products.types import GuaranteeMode
from xinyidai.statistics.dimensions import UNKNOWN, Dimension
from xinyidai.statistics.filters import NEWLY_GRANTED, PayoutFilter, counted
from xinyidai.statistics.periods import Period
from xinyidai.statistics.queries.totals import CountAndAmount, Totals, lines


@dataclass(frozen=True, slots=True)
class InstitutionRow:
    """Leads count by the day they were sent, credit lines by approval, money by payout.

    ``answered`` are leads taken or declined; silence and withdrawal are no answer. ``median_days`` are working days
    from the sending to the answer; nothing where nobody answered or a year's holidays are not published.
    """

    id: UUID
    name: str
    name_pinyin: str
    kind: InstitutionKind
    received: int
    answered: int
    expired: int
    median_days: Decimal | None
    granted: CountAndAmount
    paid: Totals
    credit: Totals
    filter: PayoutFilter

    @property
    def answered_share(self) -> Decimal | None:
        return Decimal(self.answered) / self.received if self.received else None

    @property
    def credit_share(self) -> Decimal | None:
        return self.credit.share_of(self.paid.amount)


@dataclass(frozen=True, slots=True)
class _Answers:
    received: int = 0
    answered: int = 0
    expired: int = 0
    median_days: Decimal | None = None


def institution_rows(session: Session, filter_: PayoutFilter, calendar: WorkCalendar) -> list[InstitutionRow]:
    """Every lender that is active or has figures in the period, in order of name."""
    answers = _answers(session, filter_.period, filter_.region, calendar)
    granted = _granted(session, filter_)
    paid = dict(lines(session, filter_, Dimension.INSTITUTION))
    unsecured = PayoutFilter(period=filter_.period, region=filter_.region, guarantee=GuaranteeMode.CREDIT.value)
    credit = dict(lines(session, unsecured, Dimension.INSTITUTION))
    known = session.execute(
        text("select id, name, name_pinyin, kind, active from institutions where not is_test order by name_pinyin, id")
    )
    return [
        _row(row.id, row.name, row.name_pinyin, row.kind, answers, granted, paid, credit, filter_)
        for row in known
        if row.active or row.id in answers or row.id in granted or str(row.id) in paid
    ]


def _row(
    id_: UUID,
    name: str,
    pinyin: str,
    kind: str,
    answers: Mapping[UUID, _Answers],
    granted: Mapping[UUID, CountAndAmount],
    paid: Mapping[str, Totals],
    credit: Mapping[str, Totals],
    filter_: PayoutFilter,
) -> InstitutionRow:
    own = answers.get(id_, _Answers())
    return InstitutionRow(
        id=id_,
        name=name,
        name_pinyin=pinyin,
        kind=InstitutionKind(kind),
        received=own.received,
        answered=own.answered,
        expired=own.expired,
        median_days=own.median_days,
        granted=granted.get(id_, CountAndAmount()),
        paid=paid.get(str(id_), Totals()),
        credit=credit.get(str(id_), Totals()),
        filter=filter_.narrowed(Dimension.INSTITUTION, str(id_)),
    )


def _granted(session: Session, filter_: PayoutFilter) -> dict[UUID, CountAndAmount]:
    conditions, values = filter_.period.days_sql("c.approved_on")
    where = " and ".join([counted("c"), NEWLY_GRANTED, *conditions, *_in_region("c", filter_.region, values)])
    found = session.execute(
        text(f"select c.institution_id, count(*), sum(c.amount) from credit_lines c where {where} group by 1"), values
    )
    return {row[0]: CountAndAmount(int(row[1]), Decimal(row[2])) for row in found}


# Days are numbered by the working days before them, so that the days between two of them are a subtraction. First
# the leads are counted by pair of days: there are few pairs, and the working days are looked up once for each.
_ANSWERS = """
    with pairs as (
      select l.institution_id, (l.sent_at at time zone 'Asia/Shanghai')::date as sent,
             (case when l.accepted_at is not null then l.accepted_at when l.status = 'declined' then l.closed_at end
               at time zone 'Asia/Shanghai')::date as answered, count(*) as leads,
             count(*) filter (where l.status = 'expired') as expired
        from leads l where {where} group by 1, 2, 3
    )
    select institution_id, sent, answered, leads, expired from pairs
"""


def _answers(session: Session, period: Period, region: str, calendar: WorkCalendar) -> dict[UUID, _Answers]:
    conditions, values = period.moments_sql("l.sent_at")
    reached = "(l.suggested_at is null or l.confirmed_at is not null)"
    where = " and ".join([counted("l"), reached, *conditions, *_in_region("l", region, values)])
    found = session.execute(text(_ANSWERS.format(where=where)), values).all()
    days = WorkingDayNumbers(calendar)
    by_institution: dict[UUID, list[tuple[date, date | None, int, int]]] = {}
    for institution, sent, answered, leads, expired in found:
        by_institution.setdefault(institution, []).append((sent, answered, leads, expired))
    return {institution: _summed(pairs, days) for institution, pairs in by_institution.items()}


def _summed(pairs: list[tuple[date, date | None, int, int]], days: "WorkingDayNumbers") -> _Answers:
    waited: dict[int, int] = {}
    all_known = True
    for sent, answered, leads, _ in pairs:
        if answered is None:
            continue
        length = days.between(sent, answered)
        if length is None:
            all_known = False
        else:
            waited[length] = waited.get(length, 0) + leads
    return _Answers(
        received=sum(leads for _, _, leads, _ in pairs),
        answered=sum(leads for _, answered, leads, _ in pairs if answered),
        expired=sum(expired for *_, expired in pairs),
        median_days=median(waited) if all_known else None,
    )


def median(counts: Mapping[int, int]) -> Decimal | None:
    """The middle of values that stand ``counts`` times each; the mean of the two in the middle where they are even."""
    total = sum(counts.values())
    if not total:
        return None
    middle = {(total - 1) // 2, total // 2}
    found, passed = [], 0
    for value in sorted(counts):
        found += [value for place in middle if passed <= place < passed + counts[value]]
        passed += counts[value]
    return Decimal(sum(found)) / len(found)


class WorkingDayNumbers:
    """How many working days lie before each day, counted once and kept for one page."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self._calendar = calendar
        self._known: dict[int, dict[date, int]] = {}
        self._between: dict[tuple[date, date], int | None] = {}

    def between(self, start: date, end: date) -> int | None:
        """As ``working_days_between``; None where a year is not known."""
        if (start, end) not in self._between:
            self._between[start, end] = self._count(start, end)
        return self._between[start, end]

    def _count(self, start: date, end: date) -> int | None:
        if not all(self._calendar.knows(year) for year in range(start.year, end.year + 1)):
            return None
        whole_years = sum(max(self._worked(year).values()) for year in range(start.year, end.year))
        return whole_years + self._worked(end.year)[end] - self._worked(start.year)[start]

    def _worked(self, year: int) -> dict[date, int]:
        """Day → working days of its year up to and including it."""
        if year not in self._known:
            numbers, count, day = {}, 0, date(year, 1, 1)
            while day.year == year:
                count += self._calendar.is_working_day(day)
                numbers[day] = count
                day += timedelta(days=1)
            self._known[year] = numbers
        return self._known[year]


def _in_region(alias: str, region: str, values: dict[str, object]) -> list[str]:
    if not region:
        return []
    values["region"] = region
    return [f"coalesce({alias}.region_code, '{UNKNOWN}') = :region"]
