"""Leads and credit lines as an institution's program reads them: codes instead of words, amounts in yuan.

Lists are paged by a cursor over (updated_at, id), oldest change first. A step takes its moment when it begins and is
seen when it ends: while a step on leads is under way, the list ends before it, so that no cursor passes a change by.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.errors import InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.core.money import to_fen
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.offer_queries import offer_card
from xinyidai.lending.risk_queries import guarantor_choices, pools_in_force
from xinyidai.products.types import RepaymentMode

MOST = 200
_BEFORE_ITS_FIRST_WORD = timedelta(minutes=1)
"""A step has taken its moment before it says its first word to the database, hardly ever as long as this before."""
_PERCENT = Decimal("0.01")
"""As the cost sheet prints it."""

_LEADS = """
    select l.id, l.status, l.route, l.sent_at, l.respond_by, l.accepted_at, l.closed_at, l.updated_at, l.reason,
           n.number as need_number, n.amount, n.term_months, n.purpose, n.max_rate, n.guarantees, p.id as product_id,
           p.code as product_code, e.name as enterprise_name, e.usci as enterprise_code,
           case when l.accepted_at is not null then n.contact_name end as contact_name,
           case when l.accepted_at is not null then n.contact_phone end as contact_phone,
           m.verdict, m.score, m.contributions, m.unknown,
           (select c.id from credit_lines c where c.lead_id = l.id
             order by c.approved_at desc limit 1) as credit_line_id
      from leads l join needs n on n.id = l.need_id join products p on p.id = l.product_id
      join enterprises e on e.id = l.enterprise_id left join match_results m on m.id = l.match_result_id
"""
_PAGE = text(f"""{_LEADS}
     where (cast(:status as text) is null or l.status = :status) and (l.updated_at, l.id) > (:at, :id)
       and l.updated_at < coalesce(:until, 'infinity'::timestamptz)
     order by l.updated_at, l.id limit :most
""")
# Who has written to a lead and not ended, or waits for somebody who has. Asked before the page is read.
_UNDER_WAY = text("""
    select min(a.xact_start) from pg_stat_activity a
     where a.datname = current_database() and a.pid <> pg_backend_pid() and exists (
        select 1 from pg_locks l where l.pid = a.pid
           and (l.relation = 'leads'::regclass and l.mode in ('RowShareLock', 'RowExclusiveLock')
                or not l.granted and l.locktype in ('transactionid', 'tuple')))
""")
_ONE = text(f"{_LEADS} where l.id = :id")
_LINE = text("""
    select c.id, c.lead_id, c.contract_number, c.amount, c.annual_rate, c.term_months, c.guarantee_mode,
           c.repayment_mode, c.approved_on, c.expires_on, c.closed_on,
           b.paid, b.repaid as repaid_principal, b.interest as repaid_interest, b.outstanding
      from credit_lines c join line_balances b on b.id = c.id where c.id = :id
""")
_PAYOUTS = text("""
    select d.id, d.amount, d.paid_on, d.external_reference, d.reverses_id, d.recorded_at
      from disbursements d where d.credit_line_id = :id order by d.recorded_at, d.id
""")
_REPAYMENTS = text("""
    select r.id, r.kind, r.principal, r.interest, r.repaid_on, r.external_reference, r.reverses_id, r.recorded_at
      from repayments r where r.credit_line_id = :id order by r.recorded_at, r.id
""")
_OVERDUE = text("""
    select o.as_of, o.principal, o.interest, o.days, o.grade, o.recorded_at
      from overdue_reports o where o.credit_line_id = :id order by o.as_of desc, o.id desc limit 1
""")
_BEGINNING = {"at": "1970-01-01T00:00:00+00:00", "id": "00000000-0000-0000-0000-000000000000"}


@dataclass(frozen=True, slots=True)
class ApiLead:
    """``score`` is the fit of need and product, 0 to 100; ``unknown`` names facts nobody has told or consented to."""

    id: UUID
    status: str
    route: str
    sent_at: datetime
    respond_by: date
    accepted_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime
    reason: str | None
    need_number: str
    amount: Decimal
    term_months: int
    purpose: str
    max_rate: Decimal | None
    guarantees: list[str]
    product_id: UUID
    product_code: str
    enterprise_name: str
    enterprise_code: str | None
    contact_name: str | None
    contact_phone: str | None
    verdict: str | None
    score: float | None
    contributions: dict[str, float] | None
    unknown: list[str] | None
    credit_line_id: UUID | None


@dataclass(frozen=True, slots=True)
class ApiLeads:
    """``next_cursor`` is to be sent with the next request; there is always one, so that polling can go on from it."""

    items: list[ApiLead]
    next_cursor: str
    more: bool


@dataclass(frozen=True, slots=True)
class ApiCost:
    """What the offered loan costs in all: yuan, and percent a year. Null where the repayment mode leaves it open."""

    received: Decimal
    interest: Decimal | None
    fees: Decimal
    total: Decimal | None
    nominal_percent: Decimal | None
    effective_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class ApiOffer:
    """An offer, and its cost as the enterprise is shown it."""

    id: UUID
    lead_id: UUID
    kind: str
    status: str
    cost: ApiCost


@dataclass(frozen=True, slots=True)
class ApiBearer:
    """``most`` is the largest share that a pool bears, in percent of a loan; null for a guarantee company."""

    id: UUID
    name: str
    most: Decimal | None


@dataclass(frozen=True, slots=True)
class ApiBearers:
    guarantors: list[ApiBearer]
    pools: list[ApiBearer]


@dataclass(frozen=True, slots=True)
class ApiPayout:
    id: UUID
    amount: Decimal
    paid_on: date
    external_reference: str
    reverses_id: UUID | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ApiRepayment:
    """``kind`` is ``payment``, or ``carried_over`` where a renewal took the principal over without money."""

    id: UUID
    kind: str
    principal: Decimal
    interest: Decimal
    repaid_on: date
    external_reference: str
    reverses_id: UUID | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ApiOverdue:
    """The newest report of what is past due; ``days`` 0 says that nothing is."""

    as_of: date
    principal: Decimal
    interest: Decimal
    days: int
    grade: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ApiLine:
    """Amounts in yuan; ``paid`` is net of reversals, ``left`` what can still be paid out while the line is open.

    ``outstanding`` is the principal owed. ``overdue`` is null while nobody has reported: not known, not "no".
    """

    id: UUID
    lead_id: UUID
    contract_number: str
    amount: Decimal
    annual_rate: Decimal
    term_months: int
    guarantee_mode: str
    repayment_mode: str
    approved_on: date
    expires_on: date
    closed_on: date | None
    paid: Decimal
    left: Decimal
    repaid_principal: Decimal
    repaid_interest: Decimal
    outstanding: Decimal
    disbursements: list[ApiPayout]
    repayments: list[ApiRepayment]
    overdue: ApiOverdue | None


def api_leads(session: Session, *, status: str = "", cursor: str = "", limit: int = 50) -> ApiLeads:
    """Raises InvalidInput for a status that no lead has, a cursor that is none of ours, or a limit out of bounds."""
    if status and status not in set(LeadStatus):
        raise InvalidInput({"status": N_("Please choose one of the listed values.")})
    if not 1 <= limit <= MOST:
        raise InvalidInput({"limit": N_("Please ask for 1 to 200 rows at a time.")})
    place = _read(cursor) if cursor else _BEGINNING
    begun = session.execute(_UNDER_WAY).scalar()
    asked = {"status": status or None, "most": limit + 1, "until": begun - _BEFORE_ITS_FIRST_WORD if begun else None}
    found = session.execute(_PAGE, asked | place).all()
    items = [ApiLead(**row._mapping) for row in found[:limit]]
    last = {"at": items[-1].updated_at.isoformat(), "id": str(items[-1].id)} if items else place
    return ApiLeads(items, _write(last), len(found) > limit)


def _write(place: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([place["at"], place["id"]]).encode()).decode().rstrip("=")


def _read(cursor: str) -> dict[str, str]:
    try:
        at, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return {"at": datetime.fromisoformat(at).isoformat(), "id": str(UUID(key))}
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise InvalidInput(
            {"cursor": N_("This cursor is not one of ours. Please leave it out to begin anew.")}
        ) from error


def api_lead(session: Session, lead_id: UUID) -> ApiLead:
    """Raises NotFound for what is not there or not theirs."""
    row = session.execute(_ONE, {"id": lead_id}).one_or_none()
    if row is None:
        raise NotFound()
    return ApiLead(**row._mapping)


def api_offer(session: Session, offer_id: UUID) -> ApiOffer:
    """Raises NotFound for what is not there or not theirs."""
    found = offer_card(session, offer_id)
    cost, rate = found.cost, found.cost.all_in
    return ApiOffer(
        found.id,
        found.lead_id,
        found.kind.value,
        found.status.value,
        ApiCost(
            received=cost.received,
            interest=cost.interest,
            fees=to_fen(cost.fees_total),
            total=cost.total,
            nominal_percent=rate.nominal.quantize(_PERCENT) if rate else None,
            effective_percent=rate.effective.quantize(_PERCENT) if rate else None,
        ),
    )


def api_bearers(session: Session, today: date) -> ApiBearers:
    """Whom an offer can name beside the lender; of a pool the rule of the day."""
    guarantors = [ApiBearer(UUID(key), name, None) for key, name in guarantor_choices(session)]
    return ApiBearers(
        guarantors, [ApiBearer(one.id, one.name, one.ratio_cap) for one in pools_in_force(session, today)]
    )


def api_line(session: Session, line_id: UUID) -> ApiLine:
    """A credit line with every payout, repayment and reversal, and the newest overdue report.

    Raises NotFound for what is not there or not theirs.
    """
    row = session.execute(_LINE, {"id": line_id}).one_or_none()
    if row is None:
        raise NotFound()
    fields: dict[str, Any] = dict(row._mapping)
    fields |= {name: to_fen(fields[name]) for name in ("paid", "repaid_principal", "repaid_interest", "outstanding")}
    payouts = [ApiPayout(**one._mapping) for one in session.execute(_PAYOUTS, {"id": line_id})]
    back = [ApiRepayment(**one._mapping) for one in session.execute(_REPAYMENTS, {"id": line_id})]
    last = session.execute(_OVERDUE, {"id": line_id}).one_or_none()
    return ApiLine(
        **fields,
        left=_left(fields),
        disbursements=payouts,
        repayments=back,
        overdue=ApiOverdue(**last._mapping) if last else None,
    )


def _left(line: dict[str, Any]) -> Decimal:
    """What came back on a revolving line can be drawn again."""
    again = line["repaid_principal"] if line["repayment_mode"] == RepaymentMode.REVOLVING else Decimal(0)
    return Decimal(line["amount"] - line["paid"] + again)
