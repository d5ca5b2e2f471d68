"""The officer's inbox: leads by state, with their last days, in the order of the day's work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Float,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    null,
    or_,
    select,
    text,
)
from sqlalchemy import func as sql
from sqlmodel import col

from xinyidai.accounts.models import User
from xinyidai.core.db import ActorSession
from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.core.working_days import WorkCalendar
from xinyidai.enterprises.models import Enterprise
from xinyidai.institutions.models import Branch
from xinyidai.leads.clocks import calendar_of, days_left
from xinyidai.leads.models import Lead, MatchResult
from xinyidai.leads.types import EXAMINED, LeadRoute, LeadStatus
from xinyidai.lending.models import Offer
from xinyidai.needs.models import Need
from xinyidai.needs.types import Purpose
from xinyidai.products.models import ProductVersion

S = LeadStatus


class LeadTab(LabelledEnum):
    """The inbox's baskets; every status that a lender sees lies in exactly one of the first eight."""

    WAITING = "waiting", N_("To answer")
    TAKEN = "taken", N_("Taken")
    PAPERS = "papers", N_("Papers awaited")
    OFFERED = "offered", N_("Offers made")
    GRANTED = "granted", N_("Granted")
    FUNDED = "funded", N_("Paid out")
    ENDED = "ended", N_("Ended")
    EXPIRED = "expired", N_("Not answered in time")
    ALL = "all", N_("All leads")


TABS: dict[LeadTab, frozenset[LeadStatus]] = {
    LeadTab.WAITING: frozenset({S.SENT}),
    LeadTab.TAKEN: EXAMINED - {S.PAPERS_REQUESTED},
    LeadTab.PAPERS: frozenset({S.PAPERS_REQUESTED}),
    LeadTab.OFFERED: frozenset({S.OFFERED, S.OFFER_ACCEPTED}),
    LeadTab.GRANTED: frozenset({S.CREDIT_APPROVED, S.DISBURSING}),
    LeadTab.FUNDED: frozenset({S.FUNDED}),
    LeadTab.ENDED: frozenset({S.DECLINED, S.REFUSED, S.NO_DEAL, S.UNREACHABLE, S.WITHDRAWN}),
    LeadTab.EXPIRED: frozenset({S.EXPIRED}),
    LeadTab.ALL: frozenset(S) - {S.SUGGESTED},
}

SORTS = {
    "urgent": "urgency",
    "due": "due",
    "score": "score",
    "amount": "amount",
    "sent": "sent_at",
    "updated": "updated_at",
    "name": "name_pinyin",
}
_OF_THE_LEAD = {"sent": "leads.sent_at", "updated": "leads.updated_at"}
"""Orders that the lead alone decides."""


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """``officers``: only what these have taken. ``branches``: only their leads and those of no branch, and whatever
    one of the ``people`` has: a lead may be handed to somebody of another branch.

    ``only``: these leads and no others.
    """

    tab: LeadTab = LeadTab.WAITING
    product_id: UUID | None = None
    officers: tuple[UUID, ...] = ()
    branches: tuple[UUID, ...] = ()
    people: tuple[UUID, ...] = ()
    route: LeadRoute | None = None
    only: tuple[UUID, ...] = ()

    @property
    def default_sort(self) -> str:
        return "due" if self.tab in (LeadTab.WAITING, LeadTab.TAKEN, LeadTab.OFFERED) else "-updated"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """``due`` is the day by which the lender, or for an open offer the enterprise, must answer.

    ``days_left`` counts working days up to and including that day: 0 on the last one, negative after it, None where
    there is nothing to wait for or where the year's holidays are not published yet.
    """

    id: UUID
    enterprise: str
    code: str | None
    need_number: str
    region_code: str | None
    amount: Decimal
    term_months: int
    purpose: str
    product: str
    score: float | None
    verdict: str | None
    status: LeadStatus
    route: str
    sent_at: datetime
    due: date | None
    days_left: int | None
    officer: str | None
    branch: str | None
    papers_note: str

    @property
    def awaited(self) -> str:
        """Who is to act next; empty where nobody is."""
        return _AWAITED[self.status].label if self.status in _AWAITED else ""


class Awaited(LabelledEnum):
    """Whose turn it is, as the lender reads it."""

    US = "us", N_("we are to act")
    ENTERPRISE = "enterprise", N_("the enterprise is to act")


_AWAITED = {
    **dict.fromkeys((S.SENT, S.ACCEPTED, S.CONTACTED, S.PAPERS_COMPLETE), Awaited.US),
    **dict.fromkeys((S.OFFER_ACCEPTED, S.CREDIT_APPROVED, S.DISBURSING), Awaited.US),
    **dict.fromkeys((S.PAPERS_REQUESTED, S.OFFERED), Awaited.ENTERPRISE),
}


def inbox_counts(session: ActorSession, chosen: InboxFilter = InboxFilter()) -> dict[LeadTab, int]:
    """How many leads lie in each basket of the chosen perimeter and officers: one statement."""
    rows = session.execute(
        select(col(Lead.status), sql.count()).where(*_perimeter(session, chosen)).group_by(col(Lead.status))
    ).all()
    by_status = {LeadStatus(status): count for status, count in rows}
    return {tab: sum(by_status.get(status, 0) for status in statuses) for tab, statuses in TABS.items()}


def inbox(
    session: ActorSession,
    request: ListRequest,
    chosen: InboxFilter,
    today: date,
    counts: Mapping[LeadTab, int] | None = None,
) -> Listing[InboxRow]:
    """One page of the basket. Four statements at most, whatever the number of rows.

    ``counts`` of the same filter (see ``inbox_counts``) save counting again where nothing narrows the basket.
    """
    leads = select(col(Lead.id)).where(*_conditions(session, chosen))
    if words := request.search.strip():
        leads = (
            leads.join(Enterprise, col(Enterprise.id) == Lead.enterprise_id)
            .join(Need, col(Need.id) == Lead.need_id)
            .where(enterprise_matches(words) | (col(Need.number) == words.upper()))
        )
    if counts is not None and not (words or chosen.product_id or chosen.only or chosen.route):
        total = counts[chosen.tab]
    else:
        total = session.execute(select(sql.count()).select_from(leads.subquery())).scalar_one()
    order = order_by(request.sort, SORTS, chosen.default_sort)
    if (request.sort or chosen.default_sort).lstrip("-") in _OF_THE_LEAD:
        # The page is known before anything is joined: of thousands of leads a few are looked at.
        own = text(order_by(request.sort, _OF_THE_LEAD, chosen.default_sort, id_column="leads.id"))
        ids = session.execute(leads.order_by(own).limit(request.size).offset(request.offset)).scalars().all()
        found = session.execute(_page(order), {"today": today, "ids": ids}).all()
    else:
        page = _rows().where(col(Lead.id).in_(leads)).limit(request.size).offset(request.offset)
        found = session.execute(page.order_by(text(order)), {"today": today}).all()
    calendar = calendar_of(session)
    rows = [_row(one, today, calendar) for one in found]
    return Listing(rows, total, request.page, request.size, request.sort or chosen.default_sort)


# The few versions are found before their names are looked up, not a name for each of thousands of leads.
_PRODUCTS = text("""
    select sent.product_id, max(v.name) as name
      from (select distinct product_id, product_version_id from leads where institution_id = :institution) sent
      join product_versions v on v.id = sent.product_version_id
     group by sent.product_id order by name, 1
""")


def products_in_inbox(session: ActorSession) -> list[tuple[str, str]]:
    """Id and name of every product that a lead was ever sent for, for the filter."""
    rows = session.execute(_PRODUCTS, {"institution": session.actor.institution_id})
    return [(str(row.product_id), row.name) for row in rows]


def _conditions(session: ActorSession, chosen: InboxFilter) -> list[ColumnElement[bool]]:
    conditions = _perimeter(session, chosen)
    if chosen.tab is not LeadTab.ALL:
        conditions.append(col(Lead.status).in_(sorted(TABS[chosen.tab])))
    if chosen.product_id:
        conditions.append(col(Lead.product_id) == chosen.product_id)
    if chosen.only:
        conditions.append(col(Lead.id).in_(chosen.only))
    if chosen.route:
        conditions.append(col(Lead.route) == chosen.route.value)
    return conditions


def _perimeter(session: ActorSession, chosen: InboxFilter) -> list[ColumnElement[bool]]:
    conditions = _own(session)
    if chosen.officers:
        conditions.append(col(Lead.officer_id).in_(chosen.officers))
    if chosen.branches:
        theirs = col(Lead.officer_id).in_(chosen.people)
        conditions.append(col(Lead.branch_id).in_(chosen.branches) | col(Lead.branch_id).is_(None) | theirs)
    return conditions


def _own(session: ActorSession) -> list[ColumnElement[bool]]:
    """What row-level security asks as well, said so that an index can answer it."""
    return [col(Lead.institution_id) == session.actor.institution_id]


def enterprise_matches(words: str) -> ColumnElement[bool]:
    """By any part of the name, or by the beginning of the credit code or of a household's number."""
    return or_(
        col(Enterprise.name).icontains(words, autoescape=True),
        col(Enterprise.usci).startswith(words.upper(), autoescape=True),
        col(Enterprise.internal_code).startswith(words.upper(), autoescape=True),
    )


_NO_DUE_DAYS = 60
"""What has no last day counts as this far away; a day that has passed as a quarter of a day."""


@cache
def _rows() -> Any:
    """Built once: putting twenty columns and seven tables together takes longer than the database's answer."""
    due = _due()
    days = sql.greatest(sql.coalesce(due - bindparam("today", type_=Date), _NO_DUE_DAYS) + 1, 0.25)
    # Fit times amount, the more urgent the fewer days are left: calendar days, which order as working days do.
    urgency = sql.coalesce(col(MatchResult.score), 50) * cast(col(Need.amount), Float) / days
    return (
        select(
            col(Lead.id).label("id"),
            col(Enterprise.name).label("enterprise"),
            col(Enterprise.name_pinyin).label("name_pinyin"),
            sql.coalesce(Enterprise.usci, Enterprise.internal_code).label("code"),
            col(Need.number).label("need_number"),
            col(Lead.region_code).label("region_code"),
            col(Need.amount).label("amount"),
            col(Need.term_months).label("term_months"),
            col(Need.purpose).label("purpose"),
            col(ProductVersion.name).label("product"),
            col(MatchResult.score).label("score"),
            col(MatchResult.verdict).label("verdict"),
            col(Lead.status).label("status"),
            col(Lead.route).label("route"),
            col(Lead.sent_at).label("sent_at"),
            col(Lead.updated_at).label("updated_at"),
            due.label("due"),
            urgency.label("urgency"),
            col(Branch.name).label("branch"),
            col(Lead.papers_note).label("papers_note"),
            col(User.display_name).label("officer"),
        )
        .select_from(Lead)
        .join(Enterprise, col(Enterprise.id) == Lead.enterprise_id)
        .join(Need, col(Need.id) == Lead.need_id)
        .join(ProductVersion, col(ProductVersion.id) == Lead.product_version_id)
        .outerjoin(MatchResult, col(MatchResult.id) == Lead.match_result_id)
        .outerjoin(Offer, and_(col(Offer.lead_id) == Lead.id, col(Offer.status) == "open"))
        .outerjoin(User, col(User.id) == Lead.officer_id)
        .outerjoin(Branch, col(Branch.id) == Lead.branch_id)
    )


@cache
def _page(order: str) -> Any:
    return _rows().where(col(Lead.id) == any_(bindparam("ids", type_=ARRAY(Uuid)))).order_by(text(order))


def _due() -> Any:
    """Whose answer is awaited until when. While papers are awaited, and once another lender was chosen, by nobody."""
    chosen_elsewhere = col(Need.status).in_(["credited", "disbursed", "withdrawn", "expired", "settled"])
    examined = col(Lead.status).in_([S.CONTACTED.value, S.PAPERS_COMPLETE.value])
    return case(
        (col(Lead.status) == S.SENT.value, col(Lead.respond_by)),
        (col(Lead.status) == S.OFFERED.value, col(Offer.valid_until)),
        (chosen_elsewhere, null()),
        (col(Lead.status) == S.ACCEPTED.value, sql.coalesce(Lead.contact_by, Lead.decide_by)),
        (examined, col(Lead.decide_by)),
    )


def _row(one: Any, today: date, calendar: WorkCalendar) -> InboxRow:
    return InboxRow(
        id=one.id,
        enterprise=one.enterprise,
        code=one.code,
        need_number=one.need_number,
        region_code=one.region_code,
        amount=one.amount,
        term_months=one.term_months,
        purpose=Purpose(one.purpose).label,
        product=one.product,
        score=one.score,
        verdict=one.verdict,
        status=LeadStatus(one.status),
        route=LeadRoute(one.route).label,
        sent_at=one.sent_at,
        due=one.due,
        days_left=days_left(today, one.due, calendar),
        officer=one.officer,
        branch=one.branch,
        papers_note=one.papers_note,
    )
