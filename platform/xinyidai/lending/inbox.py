"""The officer's inbox: leads by state, with their last days, in the order of the day's work."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, or_, select, text
from sqlalchemy import func as sql
from sqlmodel import Session, col

from xinyidai.accounts.models import User
from xinyidai.core.calendar_table import working_day_overrides
from xinyidai.core.errors import UnknownYear
from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.core.working_days import WorkCalendar, working_days_between
from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.models import Lead, MatchResult
from xinyidai.leads.types import LeadRoute, LeadStatus
from xinyidai.lending.models import Offer
from xinyidai.needs.models import Need
from xinyidai.needs.types import Purpose
from xinyidai.products.models import ProductVersion

S = LeadStatus


class LeadTab(LabelledEnum):
    """The inbox's baskets; every status of a lead lies in exactly one of the first seven."""

    WAITING = "waiting", N_("To answer")
    TAKEN = "taken", N_("Taken")
    OFFERED = "offered", N_("Offers made")
    GRANTED = "granted", N_("Granted")
    FUNDED = "funded", N_("Paid out")
    ENDED = "ended", N_("Ended")
    EXPIRED = "expired", N_("Not answered in time")
    ALL = "all", N_("All leads")


TABS: dict[LeadTab, frozenset[LeadStatus]] = {
    LeadTab.WAITING: frozenset({S.SENT}),
    LeadTab.TAKEN: frozenset({S.ACCEPTED}),
    LeadTab.OFFERED: frozenset({S.OFFERED, S.OFFER_ACCEPTED}),
    LeadTab.GRANTED: frozenset({S.CREDIT_APPROVED, S.DISBURSING}),
    LeadTab.FUNDED: frozenset({S.FUNDED}),
    LeadTab.ENDED: frozenset({S.DECLINED, S.REFUSED, S.NO_DEAL, S.UNREACHABLE, S.WITHDRAWN}),
    LeadTab.EXPIRED: frozenset({S.EXPIRED}),
    LeadTab.ALL: frozenset(S),
}

SORTS = {
    "due": "due",
    "score": "score",
    "amount": "amount",
    "sent": "sent_at",
    "updated": "updated_at",
    "name": "name_pinyin",
}


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """``officer_id``: only what this officer has taken."""

    tab: LeadTab = LeadTab.WAITING
    product_id: UUID | None = None
    officer_id: UUID | None = None

    @property
    def default_sort(self) -> str:
        return "due" if self.tab in (LeadTab.WAITING, LeadTab.OFFERED) else "-updated"


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


def inbox_counts(session: Session) -> dict[LeadTab, int]:
    """How many leads lie in each basket."""
    rows = session.execute(select(col(Lead.status), sql.count()).group_by(col(Lead.status))).all()
    by_status = {LeadStatus(status): count for status, count in rows}
    return {tab: sum(by_status.get(status, 0) for status in statuses) for tab, statuses in TABS.items()}


def inbox(session: Session, request: ListRequest, chosen: InboxFilter, today: date) -> Listing[InboxRow]:
    """One page of the basket. Three statements, whatever the number of rows."""
    conditions = _conditions(request.search, chosen)
    total = session.execute(
        select(sql.count()).select_from(Lead).join(Enterprise).join(Need).where(*conditions)
    ).scalar_one()
    order = text(order_by(request.sort, SORTS, chosen.default_sort))
    found = session.execute(_rows().where(*conditions).order_by(order).limit(request.size).offset(request.offset)).all()
    calendar = WorkCalendar(working_day_overrides(session))
    rows = [_row(one, today, calendar) for one in found]
    return Listing(rows, total, request.page, request.size, request.sort or chosen.default_sort)


def products_in_inbox(session: Session) -> list[tuple[str, str]]:
    """Id and name of every product that a lead was ever sent for, for the filter."""
    rows = session.execute(
        select(col(Lead.product_id), sql.max(ProductVersion.name).label("name"))
        .join(ProductVersion, col(ProductVersion.id) == Lead.product_version_id)
        .group_by(col(Lead.product_id))
        .order_by(text("name, 1"))
    ).all()
    return [(str(row.product_id), row.name) for row in rows]


def _conditions(search: str, chosen: InboxFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.tab is not LeadTab.ALL:
        conditions.append(col(Lead.status).in_(sorted(TABS[chosen.tab])))
    if chosen.product_id:
        conditions.append(col(Lead.product_id) == chosen.product_id)
    if chosen.officer_id:
        conditions.append(col(Lead.officer_id) == chosen.officer_id)
    if words := search.strip():
        conditions.append(enterprise_matches(words) | (col(Need.number) == words.upper()))
    return conditions


def enterprise_matches(words: str) -> ColumnElement[bool]:
    """By any part of the name, or by the beginning of the credit code or of a household's number."""
    return or_(
        col(Enterprise.name).icontains(words, autoescape=True),
        col(Enterprise.usci).startswith(words.upper(), autoescape=True),
        col(Enterprise.internal_code).startswith(words.upper(), autoescape=True),
    )


def _rows() -> Any:
    due = case(
        (col(Lead.status) == S.SENT.value, col(Lead.respond_by)),
        (col(Lead.status) == S.OFFERED.value, col(Offer.valid_until)),
    )
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
            col(User.display_name).label("officer"),
        )
        .select_from(Lead)
        .join(Enterprise, col(Enterprise.id) == Lead.enterprise_id)
        .join(Need, col(Need.id) == Lead.need_id)
        .join(ProductVersion, col(ProductVersion.id) == Lead.product_version_id)
        .outerjoin(MatchResult, col(MatchResult.id) == Lead.match_result_id)
        .outerjoin(Offer, and_(col(Offer.lead_id) == Lead.id, col(Offer.status) == "open"))
        .outerjoin(User, col(User.id) == Lead.officer_id)
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
    )


def days_left(today: date, due: date | None, calendar: WorkCalendar) -> int | None:
    """Working days from tomorrow to ``due``. A year that nobody has published is not counted rather than guessed."""
    if due is None:
        return None
    try:
        return working_days_between(today, due, calendar)
    except UnknownYear:
        return None
