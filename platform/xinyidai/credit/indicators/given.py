"""Values whose data are born on the platform itself, above credit in the order of imports: loans and repayments.

The domain above passes them in; nothing here knows where they come from. Until then they are missing.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.credit.indicators.load import scorecard
from xinyidai.credit.jobs import ScoreEnterprise
from xinyidai.outbox.jobs import enqueue

LOAN_BALANCE = "loan_balance_to_revenue"
"""Given as the balance of existing loans in yuan; the formula divides it by revenue."""
OVERDUE = "platform_repayment_12m"
"""Given as how often payments on this platform's financing were overdue within twelve months."""

_GIVE = text(
    "insert into credit_given_values as g (enterprise_id, indicator, value, as_of)"
    " values (:enterprise, :indicator, :value, :as_of) on conflict (enterprise_id, indicator) do update"
    " set value = excluded.value, as_of = excluded.as_of where g.as_of <= excluded.as_of"
)


def give(session: Session, enterprise_id: UUID, code: str, value: Decimal, as_of: date, now: datetime) -> None:
    """Write a value down, as the platform itself, and have the enterprise scored again; an older one is left out."""
    indicator = scorecard().by_code[code]
    if not indicator.formula.startswith("given"):
        raise ValueError(f"{code} is computed from delivered data and cannot be given")
    values = {"enterprise": enterprise_id, "indicator": indicator.number, "value": value, "as_of": as_of}
    session.connection().execute(_GIVE, values)
    enqueue(session, ScoreEnterprise(enterprise_id, "given"), now)
