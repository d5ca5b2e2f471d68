"""An enterprise's needs: the list, and one need with all that belongs to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlmodel import Session

from xinyidai.core.guarantees import GuaranteeMode
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.leads.match_queries import Ranking, latest_ranking
from xinyidai.leads.need_closing import can_withdraw
from xinyidai.leads.need_story import (
    Happening,
    LeadState,
    NextStep,
    Step,
    StoryEvent,
    next_of,
    next_step,
    reason_in_words,
    stages,
    story,
    told,
)
from xinyidai.leads.status import TRANSITIONS
from xinyidai.leads.types import CLOSED, LeadStatus
from xinyidai.needs.types import ApplicantRole, NeedStatus, Purpose


@dataclass(frozen=True, slots=True)
class NeedRow:
    """One need in the list. A draft may have no amount yet."""

    id: UUID
    number: str | None
    status: NeedStatus
    amount: Decimal | None
    term_months: int | None
    purpose: Purpose | None
    updated_at: datetime
    posted_at: datetime | None
    draft_step: int
    applications: int
    next: NextStep


_LIST = """
    select n.id, n.number, n.status, n.amount, n.term_months, n.purpose, n.updated_at, n.posted_at, n.draft_step,
           (select m.eligible + m.conditional from match_runs m where m.need_id = n.id
             order by m.finished_at desc, m.id desc limit 1) as open_products,
           coalesce((select jsonb_agg(jsonb_build_object('status', l.status, 'institution', i.name,
                                                         'respond_by', l.respond_by, 'contact_by', l.contact_by,
                                                         'decide_by', l.decide_by) order by l.sent_at, l.id)
                       from leads l join institutions i on i.id = l.institution_id where l.need_id = n.id),
                    '[]') as leads
      from needs n
     where n.enterprise_id = :enterprise
"""
_DAYS = ("respond_by", "contact_by", "decide_by")
_SORTS = {"posted": "coalesce(posted_at, updated_at)", "amount": "amount", "term": "term_months", "status": "status"}


def needs_of(session: Session, enterprise_id: UUID, request: ListRequest, *, status: str = "") -> Listing[NeedRow]:
    """One page of the enterprise's needs, newest first unless asked otherwise. The search looks at number and note."""
    conditions, values = [_LIST], {"enterprise": enterprise_id, "size": request.size, "offset": request.offset}
    if status:
        conditions.append("n.status = :status")
        values["status"] = status
    if request.search:
        conditions.append(
            "(position(upper(:search) in coalesce(n.number, '')) > 0 or position(:search in n.purpose_note) > 0)"
        )
        values["search"] = request.search
    query = text(
        f"select *, count(*) over () as total from ({' and '.join(conditions)}) as rows"  # noqa: S608 - constants of this module
        f" order by {order_by(request.sort, _SORTS, '-posted')} limit :size offset :offset"
    )
    rows = session.execute(query, values).mappings().all()
    return Listing([_row(row) for row in rows], rows[0]["total"] if rows else 0, request.page, request.size)


def _row(row: RowMapping) -> NeedRow:
    status = NeedStatus(row["status"])
    leads = [_lead_state(one) for one in row["leads"]]
    return NeedRow(
        id=row["id"],
        number=row["number"],
        status=status,
        amount=row["amount"],
        term_months=row["term_months"],
        purpose=Purpose(row["purpose"]) if row["purpose"] else None,
        updated_at=row["updated_at"],
        posted_at=row["posted_at"],
        draft_step=row["draft_step"],
        applications=len(leads),
        next=next_step(status, row["open_products"], leads),
    )


def _lead_state(one: Mapping[str, Any]) -> LeadState:
    days = {name: date.fromisoformat(day) if (day := one[name]) else None for name in _DAYS}
    return LeadState(LeadStatus(one["status"]), one["institution"], **days)


@dataclass(frozen=True, slots=True)
class NeedDetail:
    """What was asked for, as it stands in the table."""

    id: UUID
    number: str
    status: NeedStatus
    amount: Decimal
    term_months: int
    purpose: Purpose
    purpose_note: str
    max_rate: Decimal | None
    guarantees: list[str]
    has_existing_loans: bool | None
    existing_loan_balance: Decimal | None
    applicant_role: ApplicantRole
    contact_name: str | None
    contact_phone: str | None
    posted_at: datetime
    closed_at: datetime | None
    open_to_claims: bool


@dataclass(frozen=True, slots=True)
class Application:
    """One lead of the need, as the enterprise sees it: what happened, whose turn it is, until when."""

    id: UUID
    product_id: UUID
    product: str
    institution: str
    phone: str | None
    status: LeadStatus
    sent_at: datetime
    respond_by: date
    contact_by: date | None
    decide_by: date | None
    papers_note: str
    updated_at: datetime
    reason: str
    next: NextStep
    events: list[StoryEvent]

    @property
    def can_withdraw(self) -> bool:
        return LeadStatus.WITHDRAWN in TRANSITIONS[self.status] and not self.can_confirm

    @property
    def can_confirm(self) -> bool:
        """A suggestion that waits for the enterprise's word."""
        return self.status is LeadStatus.SUGGESTED

    @property
    def can_hand_in(self) -> bool:
        """Papers are awaited; until they are there, the lender's clock stands still."""
        return self.status is LeadStatus.PAPERS_REQUESTED

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED


@dataclass(frozen=True, slots=True)
class NeedOverview:
    need: NeedDetail
    ranking: Ranking | None
    applications: list[Application]
    next: NextStep
    stages: list[Step]
    story: list[StoryEvent]
    can_withdraw: bool


_NEED = text("""
    select id, number, status, amount, term_months, purpose, purpose_note, max_rate, guarantees, has_existing_loans,
           existing_loan_balance, applicant_role, contact_name, contact_phone, posted_at, closed_at, open_to_claims
      from needs where id = :need and status <> 'draft'
""")
_LEADS = text("""
    select l.id, l.product_id, v.name as product, i.name as institution, i.phone, l.status, l.sent_at, l.respond_by,
           l.contact_by, l.decide_by, l.papers_note, l.updated_at, l.reason, l.reason_note
      from leads l join product_versions v on v.id = l.product_version_id join institutions i on i.id = l.institution_id
     where l.need_id = :need order by l.sent_at desc, l.id desc
""")
_EVENTS = text("""
    select l.id as lead_id, e.at, i.name as institution, v.name as product, e.from_status, e.to_status, e.detail
      from lead_events e join leads l on l.id = e.lead_id join institutions i on i.id = l.institution_id
      join product_versions v on v.id = l.product_version_id
     where l.need_id = :need order by e.at, e.id
""")


def need_overview(session: Session, need_id: UUID) -> NeedOverview | None:
    """A posted need with everything around it; None for a draft, and for what this actor may not see."""
    row = session.execute(_NEED, {"need": need_id}).mappings().one_or_none()
    if row is None:
        return None
    need = _detail(row)
    ranking = latest_ranking(session, need_id)
    logged = list(_happenings(session, need_id))
    applications = [
        _application(one, [happening for lead, happening in logged if lead == one["id"]])
        for one in session.execute(_LEADS, {"need": need_id}).mappings()
    ]
    happenings = [happening for _lead, happening in logged]
    states = [_state_of(one) for one in applications]
    upcoming = next_step(need.status, ranking.open if ranking else None, states)
    return NeedOverview(
        need=need,
        ranking=ranking,
        applications=applications,
        next=upcoming,
        stages=stages(need.status, [one.status for one in applications]),
        story=story(need.status, need.posted_at, need.closed_at, _ranking_told(ranking), happenings, upcoming),
        can_withdraw=can_withdraw(need.status, [one.status for one in applications]),
    )


def with_last_days(overview: NeedOverview, offers: Mapping[UUID, date]) -> NeedOverview:
    """The same, with the last day of each open offer (by its lead): lending knows it, leads do not."""
    if not offers:
        return overview
    soonest = min(offers.values())
    applications = [
        replace(one, next=replace(one.next, due=offers[one.id])) if one.id in offers else one
        for one in overview.applications
    ]
    story = [replace(one, due=soonest) if one.state == "current" else one for one in overview.story]
    return replace(overview, applications=applications, next=replace(overview.next, due=soonest), story=story)


def _detail(row: RowMapping) -> NeedDetail:
    return NeedDetail(
        **{
            **row,
            "status": NeedStatus(row["status"]),
            "purpose": Purpose(row["purpose"]),
            "guarantees": [GuaranteeMode(mode).label for mode in row["guarantees"]],
            "applicant_role": ApplicantRole(row["applicant_role"]),
        }
    )


def _application(row: RowMapping, happenings: list[Happening]) -> Application:
    fields = {name: value for name, value in row.items() if name not in ("reason", "reason_note")}
    status = LeadStatus(row["status"])
    state = LeadState(status, row["institution"], row["respond_by"], row["contact_by"], row["decide_by"])
    reason = reason_in_words(row["reason"], row["reason_note"])
    return Application(**{**fields, "status": status}, reason=reason, next=next_of(state), events=told(happenings))


def _state_of(one: Application) -> LeadState:
    return LeadState(one.status, one.institution, one.respond_by, one.contact_by, one.decide_by)


def _happenings(session: Session, need_id: UUID) -> Iterator[tuple[UUID, Happening]]:
    """Which lead, and what happened to it, oldest first."""
    for row in session.execute(_EVENTS, {"need": need_id}).mappings():
        after = LeadStatus(row["to_status"])
        yield (
            row["lead_id"],
            Happening(
                at=row["at"],
                institution=row["institution"],
                product=row["product"],
                before=LeadStatus(row["from_status"]) if row["from_status"] else None,
                after=after,
                cause=row["detail"].get("cause", ""),
                reason=row["detail"].get("reason", ""),
                note=row["detail"].get("note", "") if after is LeadStatus.PAPERS_REQUESTED else "",
            ),
        )


def _ranking_told(ranking: Ranking | None) -> StoryEvent | None:
    if ranking is None:
        return None
    told = _(
        "The platform compared your need with %(total)s products: you can apply for %(open)s of them.",
        total=ranking.total,
        open=ranking.open,
    )
    return StoryEvent(told, "done", ranking.finished_at)
