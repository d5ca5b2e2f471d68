"""What one enterprise has asked for and received, as the office sees it: needs, leads, payouts."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.leads.types import LeadStatus
from xinyidai.needs.types import NeedStatus

SHOWN = 50
"""Latest rows of each kind; few enterprises ever have more."""


@dataclass(frozen=True, slots=True)
class NeedOfEnterprise:
    """A posted need; ``amount`` in yuan."""

    id: UUID
    number: str
    status: NeedStatus
    amount: Decimal
    term_months: int
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class LeadOfEnterprise:
    id: UUID
    need_number: str
    institution: str
    product: str
    status: LeadStatus
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class PayoutOfEnterprise:
    """``amount`` in yuan; negative where it reverses an earlier payout."""

    id: UUID
    institution: str
    amount: Decimal
    annual_rate: Decimal
    paid_on: date
    is_reversal: bool


@dataclass(frozen=True, slots=True)
class FinancingHistory:
    needs: list[NeedOfEnterprise]
    leads: list[LeadOfEnterprise]
    payouts: list[PayoutOfEnterprise]
    paid_total: Decimal
    """Yuan, over all payouts and their reversals."""


_NEEDS = text(
    "select id, number, status, amount, term_months, posted_at from needs"
    " where enterprise_id = :id and status <> 'draft' order by posted_at desc, id desc limit :limit"
)
_LEADS = text(
    "select l.id, n.number, i.name as institution, v.name as product, l.status, l.sent_at"
    " from leads l join needs n on n.id = l.need_id join institutions i on i.id = l.institution_id"
    " join product_versions v on v.id = l.product_version_id"
    " where l.enterprise_id = :id order by l.sent_at desc, l.id desc limit :limit"
)
_PAYOUTS = text(
    "select d.id, i.name as institution, d.amount, d.annual_rate, d.paid_on, d.reverses_id is not null as is_reversal"
    " from disbursements d join institutions i on i.id = d.institution_id"
    " where d.enterprise_id = :id order by d.paid_on desc, d.id desc limit :limit"
)
_PAID_TOTAL = text("select coalesce(sum(amount), 0) from disbursements where enterprise_id = :id")


def financing_history(session: Session, enterprise_id: UUID) -> FinancingHistory:
    """As far as the actor may see it; a fixed number of statements."""
    connection, values = session.connection(), {"id": enterprise_id, "limit": SHOWN}
    return FinancingHistory(
        needs=[
            NeedOfEnterprise(row.id, row.number, NeedStatus(row.status), row.amount, row.term_months, row.posted_at)
            for row in connection.execute(_NEEDS, values)
        ],
        leads=[
            LeadOfEnterprise(row.id, row.number, row.institution, row.product, LeadStatus(row.status), row.sent_at)
            for row in connection.execute(_LEADS, values)
        ],
        payouts=[PayoutOfEnterprise(*row) for row in connection.execute(_PAYOUTS, values)],
        paid_total=connection.scalar(_PAID_TOTAL, {"id": enterprise_id}) or Decimal(0),
    )
