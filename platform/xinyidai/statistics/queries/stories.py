"""One need from posting to money, and one payout back to its need: every step on the way, with who and when."""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.actor import Role
from xinyidai.core.errors import NotFound
from xinyidai.leads.types import LeadStatus, RefusalReason
from xinyidai.needs.types import ApplicantRole, NeedStatus, Purpose
from xinyidai.products.types import GuaranteeMode, RepaymentMode
from xinyidai.statistics.queries.payouts import PRODUCT_NAME
from xinyidai.statistics.trail_words import trail_words


@dataclass(frozen=True, slots=True)
class NeedFacts:
    """What was asked for. Yuan, months, percent."""

    id: UUID
    number: str
    posted_at: datetime
    closed_at: datetime | None
    status: NeedStatus
    enterprise_id: UUID
    enterprise: str | None
    region: str | None
    amount: Decimal
    term_months: int
    purpose: Purpose
    max_rate: Decimal | None
    guarantees: tuple[GuaranteeMode, ...]
    applicant: ApplicantRole


@dataclass(frozen=True, slots=True)
class OfferFacts:
    amount: Decimal
    annual_rate: Decimal
    term_months: int
    guarantee: GuaranteeMode
    repayment: RepaymentMode
    status: str
    offered_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class PayoutFacts:
    """One row of money; ``reversed_by`` is the row that takes it back, ``reverses`` the one it takes back."""

    id: UUID
    amount: Decimal
    annual_rate: Decimal
    guarantee: GuaranteeMode
    paid_on: date
    reference: str
    recorded_at: datetime
    reverses: UUID | None
    reversed_by: UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class CreditLineFacts:
    id: UUID
    contract_number: str
    amount: Decimal
    annual_rate: Decimal
    approved_on: date
    expires_on: date
    closed_on: date | None
    payouts: tuple[PayoutFacts, ...]

    @property
    def paid(self) -> Decimal:
        return sum((payout.amount for payout in self.payouts), Decimal(0))


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """One application of the need to one lender, with all that followed. ``is_test`` money counts nowhere."""

    id: UUID
    institution: str
    is_test: bool
    product: str
    status: LeadStatus
    sent_at: datetime
    respond_by: date
    accepted_at: datetime | None
    closed_at: datetime | None
    reason: RefusalReason | None
    reason_note: str
    offers: tuple[OfferFacts, ...]
    lines: tuple[CreditLineFacts, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A status that the need or one of its leads took. ``institution`` is empty for a step of the need itself."""

    at: datetime
    role: Role
    institution: str
    from_status: NeedStatus | LeadStatus | None
    to_status: NeedStatus | LeadStatus


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """What the audit trail says of a row. ``who`` is empty for the platform and for whom the reader may not know."""

    at: datetime
    action: str
    role: Role
    who: str
    request_id: str

    @property
    def said(self) -> str:
        return trail_words(self.action)


@dataclass(frozen=True, slots=True)
class NeedStory:
    need: NeedFacts
    leads: tuple[LeadFacts, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class PayoutStory:
    """``lead`` holds only the line and the payouts that the asked one belongs to."""

    payout: PayoutFacts
    line: CreditLineFacts
    lead: LeadFacts
    need: NeedFacts
    trail: tuple[TrailEntry, ...]


_NEED = text("""
    select n.id, n.number, n.posted_at, n.closed_at, n.status, n.enterprise_id, e.name as enterprise, n.region_code,
           n.amount, n.term_months, n.purpose, n.max_rate, n.guarantees, n.applicant_role
      from needs n left join enterprises e on e.id = n.enterprise_id
     where n.id = :need and n.posted_at is not null
""")
_LEADS = text(f"""
    select l.id, i.name as institution, i.is_test, {PRODUCT_NAME.format(alias="l")} as product, l.status, l.sent_at,
           l.respond_by, l.accepted_at, l.closed_at, l.reason, l.reason_note
      from leads l join institutions i on i.id = l.institution_id
     where l.need_id = :need order by l.sent_at, l.id
""")
_OFFERS = text("""
    select lead_id, amount, annual_rate, term_months, guarantee_mode, repayment_mode, status, offered_at, decided_at
      from offers where need_id = :need order by offered_at, id
""")
_LINES = text("""
    select id, lead_id, contract_number, amount, annual_rate, approved_on, expires_on, closed_on
      from credit_lines where need_id = :need order by approved_on, id
""")
_PAYOUTS = text("""
    select d.id, d.credit_line_id, d.amount, d.annual_rate, d.guarantee_mode, d.paid_on, d.external_reference,
           d.recorded_at, d.reverses_id, r.id as reversed_by, d.reversal_reason
      from disbursements d left join disbursements r on r.reverses_id = d.id
     where d.need_id = :need order by d.recorded_at, d.id
""")
_STEPS = text("""
    select ev.at, ev.actor_role, '' as institution, ev.from_status, ev.to_status, ev.id
      from need_events ev where ev.need_id = :need
    union all
    select ev.at, ev.actor_role, i.name, ev.from_status, ev.to_status, ev.id
      from lead_events ev join institutions i on i.id = ev.institution_id
     where ev.lead_id in (select l.id from leads l where l.need_id = :need)
     order by at, id
""")
_TRAIL = text("""
    select a.at, a.action, a.actor_role, coalesce(u.display_name, '') as who, a.request_id
      from audit_entries a left join users u on u.id = a.actor_user_id
     where a.subject_kind || ' ' || a.subject_id = any(:subjects)
       and a.subject_kind = any(:kinds) and a.subject_id = any(:ids)
     order by a.at, a.id
""")
_NEED_OF_PAYOUT = text("select need_id, credit_line_id from disbursements where id = :payout")


def need_story(session: Session, need_id: UUID) -> NeedStory:
    """Raises NotFound for what is not there, not posted, or outside the reader's district."""
    need = _need(session, need_id)
    steps = tuple(
        Step(
            at=row.at,
            role=Role(row.actor_role),
            institution=row.institution,
            from_status=_status(row.from_status, row.institution),
            to_status=_known_status(row.to_status, row.institution),
        )
        for row in session.execute(_STEPS, {"need": need_id})
    )
    return NeedStory(need, _leads(session, need_id), steps)


def payout_story(session: Session, payout_id: UUID) -> PayoutStory:
    """Raises NotFound for what is not there or outside the reader's district."""
    found = session.execute(_NEED_OF_PAYOUT, {"payout": payout_id}).one_or_none()
    if found is None:
        raise NotFound()
    lead, line = next(
        (lead, line)
        for lead in _leads(session, found.need_id)
        for line in lead.lines
        if line.id == found.credit_line_id
    )
    payout = next(payout for payout in line.payouts if payout.id == payout_id)
    subjects = {
        "disbursement": [str(row) for row in (payout.id, payout.reverses, payout.reversed_by) if row],
        "credit_line": [str(line.id)],
        "lead": [str(lead.id)],
        "need": [str(found.need_id)],
    }
    return PayoutStory(payout, line, lead, _need(session, found.need_id), _trail(session, subjects))


def _need(session: Session, need_id: UUID) -> NeedFacts:
    row = session.execute(_NEED, {"need": need_id}).one_or_none()
    if row is None:
        raise NotFound()
    return NeedFacts(
        id=row.id,
        number=row.number,
        posted_at=row.posted_at,
        closed_at=row.closed_at,
        status=NeedStatus(row.status),
        enterprise_id=row.enterprise_id,
        enterprise=row.enterprise,
        region=row.region_code,
        amount=row.amount,
        term_months=row.term_months,
        purpose=Purpose(row.purpose),
        max_rate=row.max_rate,
        guarantees=tuple(GuaranteeMode(mode) for mode in row.guarantees),
        applicant=ApplicantRole(row.applicant_role),
    )


def _leads(session: Session, need_id: UUID) -> tuple[LeadFacts, ...]:
    """All leads of the need with their offers, lines and payouts: four statements, however many there are."""
    payouts = _by(session.execute(_PAYOUTS, {"need": need_id}).all(), "credit_line_id", _payout)
    lines = _by(
        session.execute(_LINES, {"need": need_id}).all(), "lead_id", lambda row: _line(row, payouts.get(row.id, ()))
    )
    offers = _by(session.execute(_OFFERS, {"need": need_id}).all(), "lead_id", _offer)
    return tuple(
        LeadFacts(
            id=row.id,
            institution=row.institution,
            is_test=row.is_test,
            product=row.product,
            status=LeadStatus(row.status),
            sent_at=row.sent_at,
            respond_by=row.respond_by,
            accepted_at=row.accepted_at,
            closed_at=row.closed_at,
            reason=RefusalReason(row.reason) if row.reason else None,
            reason_note=row.reason_note,
            offers=offers.get(row.id, ()),
            lines=lines.get(row.id, ()),
        )
        for row in session.execute(_LEADS, {"need": need_id})
    )


def _by(rows: Any, key: str, make: Any) -> dict[UUID, tuple[Any, ...]]:
    found: dict[UUID, tuple[Any, ...]] = {}
    for row in rows:
        found[getattr(row, key)] = (*found.get(getattr(row, key), ()), make(row))
    return found


def _payout(row: Any) -> PayoutFacts:
    return PayoutFacts(
        id=row.id,
        amount=row.amount,
        annual_rate=row.annual_rate,
        guarantee=GuaranteeMode(row.guarantee_mode),
        paid_on=row.paid_on,
        reference=row.external_reference,
        recorded_at=row.recorded_at,
        reverses=row.reverses_id,
        reversed_by=row.reversed_by,
        reason=row.reversal_reason,
    )


def _line(row: Any, payouts: tuple[PayoutFacts, ...]) -> CreditLineFacts:
    return CreditLineFacts(
        id=row.id,
        contract_number=row.contract_number,
        amount=row.amount,
        annual_rate=row.annual_rate,
        approved_on=row.approved_on,
        expires_on=row.expires_on,
        closed_on=row.closed_on,
        payouts=payouts,
    )


def _offer(row: Any) -> OfferFacts:
    return OfferFacts(
        amount=row.amount,
        annual_rate=row.annual_rate,
        term_months=row.term_months,
        guarantee=GuaranteeMode(row.guarantee_mode),
        repayment=RepaymentMode(row.repayment_mode),
        status=row.status,
        offered_at=row.offered_at,
        decided_at=row.decided_at,
    )


def _status(value: str | None, institution: str) -> NeedStatus | LeadStatus | None:
    return _known_status(value, institution) if value else None


def _known_status(value: str, institution: str) -> NeedStatus | LeadStatus:
    return LeadStatus(value) if institution else NeedStatus(value)


def _trail(session: Session, subjects: dict[str, list[str]]) -> tuple[TrailEntry, ...]:
    values = {
        "kinds": list(subjects),
        "ids": [one for ids in subjects.values() for one in ids],
        "subjects": [f"{kind} {one}" for kind, ids in subjects.items() for one in ids],
    }
    return tuple(
        TrailEntry(row.at, row.action, Role(row.actor_role), row.who, row.request_id)
        for row in session.execute(_TRAIL, values)
    )
