"""What became of a credit line after the money went out: repayments, overdue reports, renewals, open proposals."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.errors import NotFound
from xinyidai.lending.types import LoanGrade, ProposalStatus


@dataclass(frozen=True, slots=True)
class RepaymentRow:
    """A repayment, what a renewal carried over, or a reversal of either. Yuan."""

    id: UUID
    line_id: UUID
    contract_number: str
    enterprise: str
    principal: Decimal
    interest: Decimal
    repaid_on: date
    reference: str
    renewal_line_id: UUID | None
    is_reversal: bool
    is_reversed: bool
    reason: str
    recorded_at: datetime
    recorded_by: str | None


@dataclass(frozen=True, slots=True)
class OverdueRow:
    as_of: date
    principal: Decimal
    interest: Decimal
    days: int
    grade: LoanGrade
    note: str


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A payout that waits for a second person, or did."""

    id: UUID
    line_id: UUID
    contract_number: str
    enterprise: str
    amount: Decimal
    paid_on: date
    reference: str
    status: ProposalStatus
    proposed_at: datetime
    proposed_by: str | None
    proposer_id: UUID
    note: str


@dataclass(frozen=True, slots=True)
class OtherLine:
    id: UUID
    contract_number: str


@dataclass(frozen=True, slots=True)
class LineLedger:
    """Everything about one line beside its payouts. ``standing`` is the newest overdue report."""

    repaid: Decimal
    interest: Decimal
    carried: Decimal
    repayments: list[RepaymentRow]
    overdue: list[OverdueRow]
    proposals: list[ProposalRow]
    renews: OtherLine | None
    renewed_by: OtherLine | None

    @property
    def standing(self) -> OverdueRow | None:
        return self.overdue[0] if self.overdue else None


_REPAYMENTS = """
    select r.id, r.credit_line_id, c.contract_number, e.name, r.principal, r.interest, r.repaid_on,
           coalesce(o.external_reference, r.external_reference), r.renewal_line_id, r.reverses_id is not null,
           back.id is not null, r.reversal_reason, r.recorded_at, u.display_name
      from repayments r
      join credit_lines c on c.id = r.credit_line_id
      join enterprises e on e.id = r.enterprise_id
      left join repayments o on o.id = r.reverses_id
      left join repayments back on back.reverses_id = r.id
      left join users u on u.id = r.recorded_by
"""
_REPAYMENTS_OF_LINE = text(f"{_REPAYMENTS} where r.credit_line_id = :line order by r.recorded_at, r.id")
_ONE_REPAYMENT = text(f"{_REPAYMENTS} where r.id = :id")
_OVERDUE = text(
    "select as_of, principal, interest, days, grade, note from overdue_reports where credit_line_id = :line"
    " order by as_of desc, id desc limit 24"
)
_PROPOSALS = """
    select p.id, p.credit_line_id, c.contract_number, e.name, p.amount, p.paid_on, p.external_reference, p.status,
           p.proposed_at, u.display_name, p.proposed_by, p.note
      from payout_proposals p
      join credit_lines c on c.id = p.credit_line_id
      join enterprises e on e.id = p.enterprise_id
      left join users u on u.id = p.proposed_by
"""
_PROPOSALS_OF_LINE = text(
    f"{_PROPOSALS} where p.credit_line_id = :line and p.status <> 'confirmed' order by p.proposed_at, p.id"
)
_WAITING = text(f"{_PROPOSALS} where p.status = 'open' order by p.proposed_at, p.id")
_BALANCE = text("select repaid, interest, carried from line_balances where id = :line")
_RENEWS = text(
    "select o.id, o.contract_number from credit_lines c join credit_lines o on o.id = c.renews_id where c.id = :line"
)
_RENEWED_BY = text("""
    select c.id, c.contract_number from line_balances b join credit_lines c on c.id = b.id
     where c.renews_id = :line and b.carried > 0
""")


def line_ledger(session: Session, line_id: UUID) -> LineLedger:
    """Of a line that this actor may see. Raises NotFound for any other."""
    asked = {"line": line_id}
    balance = session.execute(_BALANCE, asked).one_or_none()
    if balance is None:
        raise NotFound()
    return LineLedger(
        repaid=balance.repaid,
        interest=balance.interest,
        carried=balance.carried,
        repayments=[RepaymentRow(*tuple(row)) for row in session.execute(_REPAYMENTS_OF_LINE, asked)],
        overdue=[
            OverdueRow(row.as_of, row.principal, row.interest, row.days, LoanGrade(row.grade), row.note)
            for row in session.execute(_OVERDUE, asked)
        ],
        proposals=[_proposal(row) for row in session.execute(_PROPOSALS_OF_LINE, asked)],
        renews=_other(session.execute(_RENEWS, asked).one_or_none()),
        renewed_by=_other(session.execute(_RENEWED_BY, asked).one_or_none()),
    )


def _other(row: Any) -> OtherLine | None:
    return OtherLine(*tuple(row)) if row else None


def _proposal(row: Any) -> ProposalRow:
    values = list(row)
    values[7] = ProposalStatus(values[7])
    return ProposalRow(*values)


def repayment(session: Session, repayment_id: UUID) -> RepaymentRow:
    row = session.execute(_ONE_REPAYMENT, {"id": repayment_id}).one_or_none()
    if row is None:
        raise NotFound()
    return RepaymentRow(*tuple(row))


def waiting_payouts(session: Session) -> list[ProposalRow]:
    """Payouts of this actor's institution that wait for a second person, oldest first."""
    return [_proposal(row) for row in session.execute(_WAITING)]
