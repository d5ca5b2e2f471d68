"""Credit lines and payouts as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, column, literal, select, text
from sqlalchemy import func as sql
from sqlalchemy import table as view
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from xinyidai.accounts.models import User
from xinyidai.core.errors import NotFound
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.models import Lead
from xinyidai.lending.inbox import enterprise_matches
from xinyidai.lending.models import CreditLine, Disbursement
from xinyidai.lending.types import LineState
from xinyidai.products.models import ProductVersion
from xinyidai.products.types import GuaranteeMode, RepaymentMode


@dataclass(frozen=True, slots=True)
class LineRow:
    """A credit line and what is left of it, in yuan."""

    id: UUID
    lead_id: UUID
    contract_number: str
    enterprise: str
    code: str | None
    product: str
    amount: Decimal
    paid: Decimal
    annual_rate: Decimal
    term_months: int
    guarantee: GuaranteeMode
    repayment: RepaymentMode
    approved_on: date
    expires_on: date
    closed_on: date | None
    last_paid_on: date | None
    state: LineState
    left: Decimal
    """What can still be paid out."""
    outstanding: Decimal
    """Principal that is owed."""
    renews_id: UUID | None


BALANCES = view("line_balances", column("id"), column("paid"), column("repaid"), column("outstanding"))
"""What each line has come to, summed by the database under the rights of whoever asks."""

LINE_SORTS = {
    "approved": "approved_on",
    "expires": "expires_on",
    "amount": "amount",
    "paid": "paid",
    "left": "remaining",
    "owed": "outstanding",
    "contract": "contract_number",
    "name": "name_pinyin",
}


def credit_lines(
    session: Session, request: ListRequest, today: date, state: LineState | None = None
) -> Listing[LineRow]:
    """Lines of this actor's institution: two statements, whatever the number of rows."""
    lines = _lines(today).subquery()
    conditions: list[ColumnElement[bool]] = [lines.c.state == state.value] if state else []
    total = session.execute(
        _searched(select(sql.count()).select_from(lines), lines, request.search).where(*conditions)
    ).scalar_one()
    query = _searched(select(lines), lines, request.search).where(*conditions)
    order = text(order_by(request.sort, LINE_SORTS, "-approved"))
    rows = session.execute(query.order_by(order).limit(request.size).offset(request.offset)).all()
    return Listing([_line(row) for row in rows], total, request.page, request.size, request.sort or "-approved")


def credit_line(session: Session, line_id: UUID, today: date) -> LineRow:
    lines = _lines(today).subquery()
    row = session.execute(select(lines).where(lines.c.id == line_id)).one_or_none()
    if row is None:
        raise NotFound()
    return _line(row)


def _searched(query: Any, lines: Any, search: str) -> Any:
    words = search.strip()
    if not words:
        return query
    found = select(col(Enterprise.id)).where(enterprise_matches(words))
    return query.where(lines.c.enterprise_id.in_(found) | lines.c.contract_number.icontains(words, autoescape=True))


def _lines(today: date) -> Any:
    reversal = aliased(Disbursement)
    last = (
        select(sql.max(Disbursement.paid_on))
        .where(
            col(Disbursement.credit_line_id) == CreditLine.id,
            col(Disbursement.reverses_id).is_(None),
            ~select(col(reversal.id)).where(col(reversal.reverses_id) == Disbursement.id).exists(),
        )
        .correlate(CreditLine)
        .scalar_subquery()
    )
    is_renewal = col(CreditLine.renews_id).is_not(None)
    revolving = col(CreditLine.repayment_mode) == RepaymentMode.REVOLVING.value
    back = case((revolving, BALANCES.c.repaid), else_=literal(0))
    # As services/credit_lines.left_of has it.
    remaining = case((is_renewal, literal(0)), else_=col(CreditLine.amount) - BALANCES.c.paid + back)
    nothing_owed = BALANCES.c.outstanding == 0
    state = case(
        (col(CreditLine.closed_on).is_not(None), literal("closed")),
        (is_renewal & nothing_owed, literal("repaid")),
        (is_renewal, literal("renewal")),
        ((remaining <= 0) & nothing_owed, literal("repaid")),
        (remaining <= 0, literal("paid_out")),
        (col(CreditLine.expires_on) < today, literal("ended")),
        else_=literal("open"),
    )
    return (
        select(
            *CreditLine.__table__.columns,  # type: ignore[attr-defined]
            col(Enterprise.name).label("enterprise"),
            col(Enterprise.name_pinyin).label("name_pinyin"),
            sql.coalesce(Enterprise.usci, Enterprise.internal_code).label("code"),
            col(ProductVersion.name).label("product"),
            BALANCES.c.paid.label("paid"),
            BALANCES.c.outstanding.label("outstanding"),
            remaining.label("remaining"),
            last.label("last_paid_on"),
            state.label("state"),
        )
        .join(BALANCES, BALANCES.c.id == CreditLine.id)
        .join(Enterprise, col(Enterprise.id) == CreditLine.enterprise_id)
        .join(Lead, col(Lead.id) == CreditLine.lead_id)
        .join(ProductVersion, col(ProductVersion.id) == Lead.product_version_id)
    )


def _line(row: Any) -> LineRow:
    return LineRow(
        id=row.id,
        lead_id=row.lead_id,
        contract_number=row.contract_number,
        enterprise=row.enterprise,
        code=row.code,
        product=row.product,
        amount=row.amount,
        paid=row.paid,
        annual_rate=row.annual_rate,
        term_months=row.term_months,
        guarantee=GuaranteeMode(row.guarantee_mode),
        repayment=RepaymentMode(row.repayment_mode),
        approved_on=row.approved_on,
        expires_on=row.expires_on,
        closed_on=row.closed_on,
        last_paid_on=row.last_paid_on,
        state=LineState(row.state),
        left=row.remaining,
        outstanding=row.outstanding,
        renews_id=row.renews_id,
    )


def line_of_lead(session: Session, lead_id: UUID) -> UUID | None:
    """The newest credit line of a lead."""
    lines = select(col(CreditLine.id)).where(col(CreditLine.lead_id) == lead_id)
    return session.execute(lines.order_by(col(CreditLine.approved_at).desc()).limit(1)).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A payout or a reversal. ``reference`` of a reversal is that of the payout it takes back."""

    id: UUID
    line_id: UUID
    contract_number: str
    enterprise: str
    code: str | None
    amount: Decimal
    paid_on: date
    reference: str
    is_reversal: bool
    is_reversed: bool
    reason: str
    recorded_at: datetime
    recorded_by: str | None


def payouts_of_line(session: Session, line_id: UUID) -> list[PayoutRow]:
    """All payouts and reversals of a line, as they were recorded."""
    return _payouts(session, [col(Disbursement.credit_line_id) == line_id])


def all_payouts(session: Session, limit: int) -> list[PayoutRow]:
    """The newest payouts and reversals of this actor's institution, for the file to take home."""
    return _payouts(session, [], limit)


def payout(session: Session, payout_id: UUID) -> PayoutRow:
    found = _payouts(session, [col(Disbursement.id) == payout_id])
    if not found:
        raise NotFound()
    return found[0]


def _payouts(session: Session, conditions: Sequence[ColumnElement[bool]], limit: int | None = None) -> list[PayoutRow]:
    reversal, original = aliased(Disbursement), aliased(Disbursement)
    query: Any = (
        select(
            Disbursement,
            sql.coalesce(original.external_reference, Disbursement.external_reference).label("reference"),
            col(reversal.id).is_not(None).label("is_reversed"),
            col(CreditLine.contract_number).label("contract_number"),
            col(Enterprise.name).label("enterprise"),
            sql.coalesce(Enterprise.usci, Enterprise.internal_code).label("code"),
            col(User.display_name).label("recorded_by"),
        )
        .join(CreditLine, col(CreditLine.id) == Disbursement.credit_line_id)
        .join(Enterprise, col(Enterprise.id) == Disbursement.enterprise_id)
        .outerjoin(reversal, col(reversal.reverses_id) == Disbursement.id)
        .outerjoin(original, col(original.id) == Disbursement.reverses_id)
        .outerjoin(User, col(User.id) == Disbursement.recorded_by)
        .where(*conditions)
    )
    newest_first = limit is not None
    at, last = col(Disbursement.recorded_at), col(Disbursement.id)
    query = query.order_by(at.desc(), last.desc()).limit(limit) if newest_first else query.order_by(at, last)
    return [_payout(row) for row in session.execute(query)]


def _payout(row: Any) -> PayoutRow:
    paid: Disbursement = row.Disbursement
    return PayoutRow(
        id=paid.id,
        line_id=paid.credit_line_id,
        contract_number=row.contract_number,
        enterprise=row.enterprise,
        code=row.code,
        amount=paid.amount,
        paid_on=paid.paid_on,
        reference=row.reference,
        is_reversal=paid.reverses_id is not None,
        is_reversed=row.is_reversed,
        reason=paid.reversal_reason,
        recorded_at=paid.recorded_at,
        recorded_by=row.recorded_by,
    )
