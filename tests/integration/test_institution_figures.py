"""How institutions answer and lend."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.factories import Factory
from tests.ledger import Ledger
from xinyidai.core.db import ActorSession
from xinyidai.core.working_days import PUBLISHED
from xinyidai.statistics.filters import PayoutFilter
from xinyidai.statistics.periods import this_year
from xinyidai.statistics.queries.institutions import institution_rows

# A Wednesday, eight days before the Qingming holiday (4 to 6 April 2026).
SENT = datetime(2026, 3, 25, 2, 0, tzinfo=UTC)


def test_the_median_counts_working_days_until_taken_or_declined(factory: Factory, session: ActorSession) -> None:
    bank = factory.institution()
    product = factory.product(bank)

    def lead(days: int | None, status: str) -> None:
        answered = SENT + timedelta(days=days) if days is not None else None
        fields = {
            "accepted": {"accepted_at": answered},
            "declined": {"closed_at": answered, "reason": "weak_revenue"},
            "expired": {"closed_at": SENT + timedelta(days=20)},
            "sent": {},
        }[status]
        factory.lead(factory.need(factory.enterprise()), product, status=status, sent_at=SENT, **fields)

    lead(1, "accepted")  # Thursday: 1 working day
    lead(2, "declined")  # Friday: 2
    lead(14, "accepted")  # Wednesday after next, a holiday Monday between: 9
    lead(None, "expired")
    lead(None, "sent")
    [row] = institution_rows(session, PayoutFilter(), PUBLISHED)
    assert (row.received, row.answered, row.expired, row.median_days) == (5, 3, 1, 2)
    assert row.answered_share == Decimal("0.6")


def test_leads_lines_and_money_count_by_their_own_days(factory: Factory, session: ActorSession) -> None:
    ledger = Ledger(factory)
    bank = factory.institution()
    line = ledger.line(factory.product(bank), factory.enterprise(), approved_on=date(2025, 12, 30))
    ledger.pay(line, 100_000, date(2025, 12, 31))
    ledger.pay(line, 200_000, date(2026, 1, 1))
    [row] = institution_rows(session, PayoutFilter(this_year(date(2026, 5, 5))), PUBLISHED)
    assert (row.received, row.granted.count, row.paid.amount, row.credit_share) == (0, 0, 200_000, 1)


def test_test_institutions_and_those_that_left_without_figures_are_not_listed(
    factory: Factory, session: ActorSession
) -> None:
    factory.institution(is_test=True)
    factory.institution(active=False)
    shown = factory.institution()
    assert [row.id for row in institution_rows(session, PayoutFilter(), PUBLISHED)] == [shown.id]
